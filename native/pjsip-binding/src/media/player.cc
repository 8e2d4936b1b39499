// Speaks to one phone: sounds from memory, and tones.
#include "player.h"

#include <cmath>

namespace pbx::media {

uint64_t new_speaker() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

Player::Player(std::shared_ptr<Port> port_, std::string play_, Over over)
    : play(std::move(play_)), port(std::move(port_)), speaker_(new_speaker()), over_(std::move(over)) {
  port->claim(Voice::player);
}

bool Player::tick(uint64_t) {
  Step step = Step::impossible;
  if (!stopping_ && !port->is_shut()) {
    const Codec codec = port->codec();
    if (codec != Codec::none) step = speak(codec);
  }
  if (step == Step::spoke) return true;
  port->release(Voice::player);
  over_(*this, step == Step::done);
  return false;
}

void Player::say(Codec codec, Payload payload) {
  port->speak({Voice::player, speaker_, payload.bytes, payload.size, rtp_samples_per_tick(codec)});
}

ScorePlayer::ScorePlayer(std::shared_ptr<Port> port_, std::string play_, Over over, Score score, int repeats)
    : Player(std::move(port_), std::move(play_), std::move(over)), score_(std::move(score)), repeats_(repeats) {}

Player::Step ScorePlayer::speak(Codec codec) {
  if (score_.round_frames() == 0) return Step::impossible;
  if (frame_ == score_.round_frames() && repeats_ > 0 && round_ >= repeats_) return Step::done;
  if (frame_ == score_.round_frames() + score_.gap_frames()) frame_ = 0;
  say(codec, score_.frame(codec, frame_));
  if (++frame_ != score_.round_frames()) return Step::spoke;
  ++round_;
  return Step::spoke;
}

void Tones::fill(int16_t *pcm, int rate) {
  constexpr double turn = 2 * 3.14159265358979323846;
  // Two tones together at -10 dBm0, what tone plans ask for.
  const double level = hertz_.empty() ? 0 : 9000.0 / static_cast<double>(hertz_.size());
  for (int i = 0; i < rate / 50; ++i) {
    double sum = 0;
    for (size_t k = 0; k < hertz_.size(); ++k) {
      sum += std::sin(phases_[k]) * level;
      phases_[k] = std::fmod(phases_[k] + turn * hertz_[k] / rate, turn);
    }
    pcm[i] = static_cast<int16_t>(std::lrint(sum));
  }
}

TonePlayer::TonePlayer(std::shared_ptr<Port> port_, std::string play_, Over over, std::shared_ptr<CodecRoom> room, std::vector<double> hertz, Cadence cadence)
    : Player(std::move(port_), std::move(play_), std::move(over)), room_(std::move(room)), tones_(std::move(hertz)), cadence_(cadence) {}

Player::Step TonePlayer::speak(Codec codec) {
  if (!encoder_ || encoder_->codec() != codec) encoder_ = std::make_unique<Encoder>(room_, codec);
  const int period = cadence_.on_ms + cadence_.off_ms;
  const bool on = cadence_.off_ms <= 0 || (period > 0 && at_ms_ % period < cadence_.on_ms);
  at_ms_ = period > 0 ? (at_ms_ + tick_ms) % period : 0;
  int16_t pcm[most_samples] = {};
  if (on) tones_.fill(pcm, pcm_rate(codec));
  uint8_t bytes[most_encoded];
  say(codec, {bytes, encoder_->encode(pcm, bytes)});
  return Step::spoke;
}

}  // namespace pbx::media
