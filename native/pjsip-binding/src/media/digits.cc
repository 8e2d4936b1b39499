// Keys pressed during a call, as RFC 4733 telephone events.
#include "digits.h"

#include <algorithm>
#include <cstring>

namespace pbx::media {
namespace {

constexpr const char *keys = "0123456789*#ABCD";
constexpr int steps_down = 5, steps_ending = 3, steps_pause = 4;
/** -10 dBm0, what most phones send. */
constexpr uint8_t volume = 10;
/** Samples by which a packet of a former key may come late; further back the sender began anew. */
constexpr int32_t reordering = 48000;

}  // namespace

int event_of(char digit) {
  if (digit == 0) return -1;
  const char *at = strchr(keys, digit >= 'a' && digit <= 'd' ? digit - 'a' + 'A' : digit);
  return at ? static_cast<int>(at - keys) : -1;
}

char digit_of(int event) { return event >= 0 && event < 16 ? keys[event] : '\0'; }

char DigitDetector::hear_event(const rtp::Packet &packet) {
  if (packet.payload_size < 4) return 0;
  const uint8_t event = packet.payload[0];
  const bool ended = (packet.payload[1] & 0x80) != 0;
  const bool same_source = seen_ && packet.ssrc == ssrc_;
  const bool same = same_source && packet.ts == ts_ && event == event_;
  const auto later = static_cast<int32_t>(packet.ts - ts_);
  if (!same && same_source && later < 0 && later > -reordering) return 0;
  // The former key's end packets were lost, and the next key is already down.
  const char lost = !same && pressed_ ? digit_of(event_) : '\0';
  if (!same) {
    seen_ = pressed_ = true;
    ssrc_ = packet.ssrc;
    ts_ = packet.ts;
    event_ = event;
  }
  duration_ = rtp::get16(packet.payload + 2);
  if (!pressed_ || !ended || lost) return lost;
  pressed_ = false;
  return digit_of(event);
}

char DigitDetector::hear_other(const rtp::Packet &packet, int clock_rate) {
  if (!pressed_) return 0;
  const auto since = static_cast<int32_t>(packet.ts - ts_ - duration_);
  if (since < clock_rate / 4) return 0;
  pressed_ = false;
  return digit_of(event_);
}

bool DigitSender::next(uint32_t samples_per_step, Step &step) {
  while (index_ < digits_.size() && event_of(digits_[index_]) < 0) ++index_;
  if (index_ >= digits_.size()) return false;
  step = {};
  const int now = step_++;
  if (now >= steps_down + steps_ending) {
    if (step_ >= steps_down + steps_ending + steps_pause) step_ = 0, ++index_;
    return true;
  }
  const bool ends = now >= steps_down;
  step.send = true;
  step.begins = now == 0;
  step.duration = samples_per_step * static_cast<uint32_t>(std::min(now + 1, steps_down));
  step.payload[0] = static_cast<uint8_t>(event_of(digits_[index_]));
  step.payload[1] = static_cast<uint8_t>((ends ? 0x80 : 0) | volume);
  rtp::put16(step.payload + 2, static_cast<uint16_t>(std::min<uint32_t>(step.duration, 0xffff)));
  return true;
}

}  // namespace pbx::media
