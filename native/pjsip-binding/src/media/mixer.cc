// Several phones hearing one another.
#include "mixer.h"

#include <algorithm>

#include "player.h"

namespace pbx::media {

void Mixer::set_members(std::vector<Member> members) {
  std::lock_guard lock(mutex_);
  wanted_ = std::move(members);
  changed_ = true;
}

bool Mixer::tick(uint64_t) {
  // Asked first: members set before the stop are still let go of.
  const bool over = stopping_;
  reseat();
  if (over) return false;
  const auto gone = [this](const auto &seat) {
    if (seat->port->is_shut()) leave(*seat);
    return seat->port->is_shut();
  };
  seats_.erase(std::remove_if(seats_.begin(), seats_.end(), gone), seats_.end());
  int32_t sum[samples] = {};
  for (const auto &seat : seats_) {
    std::fill_n(seat->said, samples, int16_t{0});
    if (!seat->ear || !seat->ear->pull(seat->said) || !seat->speaks) continue;
    for (size_t i = 0; i < samples; ++i) sum[i] += seat->said[i];
  }
  for (const auto &seat : seats_)
    if (seat->hears) speak_to(*seat, sum);
  return true;
}

void Mixer::reseat() {
  std::vector<Member> wanted;
  {
    std::lock_guard lock(mutex_);
    if (!changed_) return;
    changed_ = false;
    wanted = std::move(wanted_);
    wanted_.clear();
  }
  std::vector<std::unique_ptr<Seat>> before = std::move(seats_);
  seats_.clear();
  for (const auto &member : wanted) {
    const auto old = std::find_if(before.begin(), before.end(), [&](const auto &s) { return s && s->port == member.port; });
    std::unique_ptr<Seat> seat;
    if (old != before.end()) {
      seat = std::move(*old);
    } else {
      seat = std::make_unique<Seat>();
      seat->port = member.port;
      seat->speaker = new_speaker();
      seat->port->claim(Voice::mix);
    }
    if (member.speaks && !seat->ear) {
      seat->ear = std::make_shared<Ear>(room_, rate);
      seat->port->listen_in(seat->ear);
    }
    seat->speaks = member.speaks;
    seat->hears = member.hears;
    seats_.push_back(std::move(seat));
  }
  for (const auto &seat : before)
    if (seat) leave(*seat);
}

void Mixer::leave(Seat &seat) {
  if (seat.ear) seat.port->stop_listening(seat.ear.get());
  seat.port->release(Voice::mix);
}

void Mixer::speak_to(Seat &seat, const int32_t *sum) {
  const Codec codec = seat.port->codec();
  if (codec == Codec::none) return;
  if (!seat.encoder || seat.encoder->codec() != codec) {
    seat.encoder = std::make_unique<Encoder>(room_, codec);
    seat.down = std::make_unique<Resampler>();
  }
  int32_t others[samples];
  // Nobody hears himself.
  for (size_t i = 0; i < samples; ++i) others[i] = sum[i] - (seat.speaks ? seat.said[i] : 0);
  int16_t heard[samples], converted[most_samples];
  seat.limiter.limit(others, samples, heard);
  convert(*seat.down, heard, rate, converted, pcm_rate(codec));
  seat.encoder->expect_loss(seat.port->far_loss());
  uint8_t bytes[most_encoded];
  const size_t size = seat.encoder->encode(converted, bytes);
  if (size > 0) seat.port->speak({Voice::mix, seat.speaker, bytes, size, rtp_samples_per_tick(codec)});
}

}  // namespace pbx::media
