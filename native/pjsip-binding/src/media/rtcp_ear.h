// What a phone says about the call in its RTCP (RFC 3550 section 6.4, RFC 3611 section 4.7), and what the box must know of
// its own reports to understand that.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "quality.h"

namespace pbx::media {

class RtcpEar {
 public:
  /** The stream that the phone hears: reports about another tell nothing here. `first_seq`: its first number. */
  struct Stream {
    uint32_t ssrc;
    uint16_t first_seq;
    int clock_rate;
  };

  /** A compound packet of the phone, before anything in it is rewritten. Reads nothing beyond `size`. */
  void hear(const uint8_t *packet, size_t size, const Stream &heard_by_it, uint64_t now_us);
  /** A sender report went to the phone, the box's or one that was passed on: its round trip is told by the answer. */
  void sent(uint32_t ntp_middle, uint64_t now_us);

  const Report &report() const { return report_; }
  /** Of what was sent to it lately, as it said last. */
  int percent_lost() const { return percent_lost_; }
  const VoipMetrics &metrics() const { return metrics_; }
  /** For a report block about the phone's stream: the middle of its last sender report's time, and when it came; 0: none yet. */
  uint32_t last_report() const { return last_report_; }
  uint64_t last_report_us() const { return last_report_us_; }

 private:
  struct Sent {
    uint32_t ntp_middle = 0;
    uint64_t at_us = 0;
  };

  void hear_blocks(const uint8_t *block, const uint8_t *end, int count, const Stream &, uint64_t now_us);
  void hear_block(const uint8_t *block, const Stream &, uint64_t now_us);
  void hear_extended(const uint8_t *at, const uint8_t *end, const Stream &);
  void time(uint32_t ntp_middle, uint32_t delay, uint64_t now_us);

  Report report_;
  int percent_lost_ = 0;
  VoipMetrics metrics_;
  std::array<Sent, 4> sent_{};
  size_t next_ = 0;
  uint32_t base_ = 0;
  uint32_t last_report_ = 0;
  uint64_t last_report_us_ = 0;
};

/** What the middle 32 bits of an NTP time stamp say now (RFC 3550 section 4). */
struct NtpTime {
  uint32_t seconds, fraction;
  uint32_t middle() const { return seconds << 16 | fraction >> 16; }
};
NtpTime ntp_now();

}  // namespace pbx::media
