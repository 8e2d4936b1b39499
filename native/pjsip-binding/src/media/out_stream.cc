// What one phone hears, as one RTP stream for the life of its leg.
#include "out_stream.h"

#include <algorithm>
#include <utility>

namespace pbx::media {
namespace {

/** A packet older than the one a source began with belongs to before the seam, as long as the source is this young. */
constexpr uint16_t reordering_window = 100;
/** A speaker of our own that paused longer than this goes on at the time it is, not where it stopped. Longer than what
 * the clock makes up for in a burst. */
constexpr uint64_t pause_us = 300'000;
/** Distance of timestamps at a seam when the time since the last packet is not known or too short: 20 ms. */
constexpr int seams_per_second = 50;

}  // namespace

void OutStream::resume(uint16_t seq, uint32_t ts, uint64_t sent_us) {
  highest_ = seq;
  ts_ = ts;
  sent_us_ = sent_us;
  interrupt();
}

bool OutStream::relay(const rtp::Packet &in, int clock_rate, uint64_t now_us, rtp::Header &out) {
  const bool begins = !relaying_ || in.ssrc != source_ssrc_;
  if (begins) {
    relaying_ = true;
    speaker_ = 0;
    source_ssrc_ = in.ssrc;
    base_seq_ = in.seq;
    age_ = 0;
    seq_delta_ = static_cast<uint16_t>(highest_ + 1 - in.seq);
    ts_delta_ = ts_after_pause(static_cast<uint32_t>(clock_rate / seams_per_second), clock_rate, now_us) - in.ts;
  } else if (age_ < reordering_window) {
    ++age_;
    if (static_cast<int16_t>(in.seq - base_seq_) < 0) return false;
  }
  const auto seq = static_cast<uint16_t>(in.seq + seq_delta_);
  out = {in.marker || begins, in.payload_type, seq, in.ts + ts_delta_, ssrc_};
  if (static_cast<int16_t>(seq - highest_) > 0) {
    highest_ = seq;
    ts_ = out.ts;
    sent_us_ = now_us;
  }
  return true;
}

rtp::Header OutStream::speak(uint64_t speaker, uint32_t samples, int clock_rate, uint64_t now_us) {
  const bool begins = speaker_ != speaker || now_us - sent_us_ > pause_us;
  const bool resumes = std::exchange(paused_, false);
  ts_ = begins ? ts_after_pause(samples, clock_rate, now_us) : ts_ + samples;
  relaying_ = false;
  speaker_ = speaker;
  sent_us_ = now_us;
  return {begins || resumes, 0, ++highest_, ts_, ssrc_};
}

void OutStream::pause(uint64_t speaker, uint32_t samples, uint64_t now_us) {
  // Whoever has not begun yet begins at the time that it is then.
  if (speaker_ != speaker) return;
  ts_ += samples;
  sent_us_ = now_us;
  paused_ = true;
}

uint32_t OutStream::ts_after_pause(uint32_t least, int clock_rate, uint64_t now_us) const {
  if (sent_us_ == 0 || now_us <= sent_us_) return ts_ + least;
  const auto elapsed = static_cast<uint64_t>(clock_rate) * (now_us - sent_us_) / 1'000'000;
  return ts_ + std::max(least, static_cast<uint32_t>(elapsed));
}

}  // namespace pbx::media
