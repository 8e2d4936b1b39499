// Speaks to one phone: sounds from memory, and tones.
#include "player.h"

#include <algorithm>
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

void Tones::fill(int16_t *pcm, size_t count, int rate) {
  constexpr double turn = 2 * 3.14159265358979323846;
  // Two tones together at -10 dBm0, what tone plans ask for.
  const double level = hertz_.empty() ? 0 : 9000.0 / static_cast<double>(hertz_.size());
  for (size_t i = 0; i < count; ++i) {
    double sum = 0;
    for (size_t k = 0; k < hertz_.size(); ++k) {
      sum += std::sin(phases_[k]) * level;
      phases_[k] = std::fmod(phases_[k] + turn * hertz_[k] / rate, turn);
    }
    pcm[i] = static_cast<int16_t>(std::lrint(sum));
  }
}

TonePlayer::TonePlayer(std::shared_ptr<Port> port_, std::string play_, Over over, std::shared_ptr<CodecRoom> room, Tone tone)
    : Player(std::move(port_), std::move(play_), std::move(over)), room_(std::move(room)), tone_(std::move(tone)), tones_(tone_.steps.front().hertz) {}

void TonePlayer::next_step() {
  if (++step_ == tone_.steps.size()) step_ = tone_.from;
  at_ = 0;
  // A tone that lasts goes on without a seam.
  if (tone_.steps.size() - tone_.from > 1 || step_ != tone_.from) tones_ = Tones(tone_.steps[step_].hertz);
}

Player::Step TonePlayer::speak(Codec codec) {
  if (!encoder_ || encoder_->codec() != codec) encoder_ = std::make_unique<Encoder>(room_, codec);
  constexpr size_t per_ms = 16;
  const size_t stride = static_cast<size_t>(16000 / pcm_rate(codec)), count = pcm_samples_per_tick(codec);
  int16_t pcm[most_samples] = {};
  for (size_t done = 0; done < count;) {
    const size_t length = static_cast<size_t>(tone_.steps[step_].ms) * per_ms;
    const size_t n = std::min(count - done, (length - at_ + stride - 1) / stride);
    tones_.fill(pcm + done, n, pcm_rate(codec));
    done += n;
    at_ += n * stride;
    if (at_ >= length) next_step();
  }
  uint8_t bytes[most_encoded];
  say(codec, {bytes, encoder_->encode(pcm, bytes)});
  return Step::spoke;
}

}  // namespace pbx::media
