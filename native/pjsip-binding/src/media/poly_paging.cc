// Group paging as phones of Poly's make hear it.
#include "poly_paging.h"

#include <algorithm>
#include <cstring>

#include "rtp.h"

namespace pbx::media {
namespace {

constexpr uint8_t op_alert = 0x0f, op_transmit = 0x10, op_end = 0xff;
constexpr size_t caller_size = 13;
constexpr int beat_ms = 20, between_ms = 30, pause_ms = 50;
/** Alerts, a pause, then speech. */
constexpr int beats_before_speech = (30 * between_ms + pause_ms + beat_ms - 1) / beat_ms;

/** Whether packet `index` of a row that is 30 ms apart is due by the end of this beat. */
bool is_due(int index, int beat) { return index * between_ms <= beat * beat_ms; }

uint8_t code_of(Codec codec) { return codec == Codec::g722 ? 9 : codec == Codec::pcma ? 8 : 0; }

}  // namespace

PolyPaging::PolyPaging(Page page) : page_(std::move(page)), waiting_((beats_before_speech + 2) * frame_bytes) {}

bool PolyPaging::beat(Payload frame, Packet &out) {
  const size_t room = waiting_.size() / frame_bytes;
  if (!finishing_ && frame.size == frame_bytes && count_ < room) {
    memcpy(&waiting_[(first_ + count_) % room * frame_bytes], frame.bytes, frame_bytes);
    ++count_;
  }
  const int beat = beats_++;
  if (alerts_ < alert_packets && is_due(alerts_, beat)) return alert(out);
  if (beat < beats_before_speech) return false;
  if (count_ > 0) return speak(out);
  return finishing_ && end(out);
}

void PolyPaging::cut() {
  finishing_ = true;
  count_ = 0;
  alerts_ = alert_packets;
  beats_ = std::max(beats_, beats_before_speech);
}

void PolyPaging::head(uint8_t op, Packet &out) const {
  uint8_t *p = out.head;
  p[0] = op;
  p[1] = page_.channel;
  rtp::put32(p + 2, page_.serial);
  p[6] = caller_size;
  memset(p + 7, 0, caller_size);
  memcpy(p + 7, page_.caller.data(), std::min(page_.caller.size(), caller_size));
  out.head_size = head_bytes;
  out.speech = {};
}

bool PolyPaging::alert(Packet &out) {
  head(op_alert, out);
  ++alerts_;
  return true;
}

bool PolyPaging::speak(Packet &out) {
  head(op_transmit, out);
  uint8_t *p = out.head + head_bytes;
  p[0] = code_of(page_.codec);
  p[1] = 0;
  rtp::put32(p + 2, samples_);
  out.head_size += speech_head_bytes;
  samples_ += frame_bytes;
  memmove(speech_, speech_ + frame_bytes, frame_bytes);
  memcpy(speech_ + frame_bytes, &waiting_[first_ * frame_bytes], frame_bytes);
  first_ = (first_ + 1) % (waiting_.size() / frame_bytes);
  --count_;
  out.speech = spoken_ ? Payload{speech_, sizeof speech_} : Payload{speech_ + frame_bytes, frame_bytes};
  return spoken_ = true;
}

bool PolyPaging::end(Packet &out) {
  const int since = ++ending_beats_ * beat_ms;
  if (over() || since < pause_ms + ends_ * between_ms) return false;
  head(op_end, out);
  ++ends_;
  return true;
}

}  // namespace pbx::media
