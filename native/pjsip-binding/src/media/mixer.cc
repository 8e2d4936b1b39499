// Several phones hearing one another.
#include "mixer.h"

#include <algorithm>

#include "player.h"

namespace pbx::media {
namespace {

/** Beats until somebody who does not speak is not waited for any more: 100 ms, longer than a jitter buffer fills. */
constexpr int most_waited = 5;

}  // namespace

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
    hear(*seat);
    if (!seat->spoke || seat->only_to) continue;
    for (size_t i = 0; i < samples; ++i) sum[i] += seat->said[i];
  }
  for (const auto &seat : seats_)
    if (seat->hears && is_ready(*seat)) speak_to(*seat, sum);
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
    seat(member, old != before.end() ? std::move(*old) : nullptr);
  }
  for (const auto &seat : before)
    if (seat) leave(*seat);
}

void Mixer::seat(const Member &member, std::unique_ptr<Seat> seat) {
  if (!seat) {
    seat = std::make_unique<Seat>();
    seat->port = member.port;
    seat->speaker = new_speaker();
  }
  const bool claims = !member.relayed || (member.hears && seat->claimed);
  if (claims && !seat->claimed) seat->port->claim(Voice::mix);
  if (!claims && seat->claimed) seat->port->release(Voice::mix);
  seat->claimed = claims;
  seat->waited = 0;
  if (member.speaks && !seat->ear) {
    seat->ear = std::make_shared<Ear>(room_, rate);
    seat->port->listen_in(seat->ear);
    seat->cleaner = VoiceCleaner::of(seat->port, room_, rate);
  }
  seat->speaks = member.speaks;
  seat->hears = member.hears;
  seat->only_to = member.only_to;
  seats_.push_back(std::move(seat));
}

bool Mixer::is_ready(Seat &seat) const {
  if (seat.claimed) return true;
  // Those of the bridge; an ear that whispers may stay silent for long.
  const bool silent = std::any_of(seats_.begin(), seats_.end(), [&](const auto &one) { return one.get() != &seat && !one->claimed && one->speaks && !one->spoke; });
  if (silent && ++seat.waited < most_waited) return false;
  seat.port->claim(Voice::mix);
  return seat.claimed = true;
}

void Mixer::hear(Seat &seat) const {
  std::fill_n(seat.said, samples, int16_t{0});
  bool heard = seat.ear && seat.ear->pull(seat.said);
  if (seat.cleaner) heard = seat.cleaner->clean(seat.said, heard);
  seat.spoke = heard && seat.speaks;
}

void Mixer::leave(Seat &seat) {
  if (seat.ear) seat.port->stop_listening(seat.ear.get());
  if (seat.claimed) seat.port->release(Voice::mix);
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
  const bool in_sum = seat.spoke && !seat.only_to;
  for (size_t i = 0; i < samples; ++i) others[i] = sum[i] - (in_sum ? seat.said[i] : 0);
  for (const auto &one : seats_)
    if (one->spoke && one->only_to == seat.port->id)
      for (size_t i = 0; i < samples; ++i) others[i] += one->said[i];
  int16_t heard[samples], converted[most_samples];
  seat.limiter.limit(others, samples, heard);
  convert(*seat.down, heard, rate, converted, pcm_rate(codec));
  seat.encoder->expect_loss(seat.port->far_loss());
  seat.encoder->pause_in_silence(seat.port->takes_pauses());
  uint8_t bytes[most_encoded];
  const size_t size = seat.encoder->encode(converted, bytes);
  if (size > 0) seat.port->speak({Voice::mix, seat.speaker, bytes, size, rtp_samples_per_tick(codec)});
  else seat.port->pause(Voice::mix, seat.speaker, rtp_samples_per_tick(codec));
}

}  // namespace pbx::media
