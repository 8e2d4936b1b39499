// How well a phone's stream arrives: counted packet by packet in a handful of instructions, read as one snapshot.
#pragma once

#include <cstdint>

#include "quality.h"
#include "rtp.h"

namespace pbx::media {

// INVARIANT: `window_` has one bit for each of the 64 numbers up to `highest_`, bit 0 being `highest_`: set once it came in
// time. A number is judged when it leaves the window, so that a packet which was overtaken is not taken for a lost one.
class Reception {
 public:
  /** `clock_rate` 0 for packets whose timestamp stands still (telephone events): counted, but no measure of jitter. */
  void hear(const rtp::Packet &packet, int clock_rate, uint64_t now_us) {
    const auto step = static_cast<int16_t>(packet.seq - highest_);
    if (received_++ == 0 || packet.ssrc != ssrc_ || step > most_dropout || step < -most_dropout) {
      begin(packet);
    } else if (step == 1) {
      judge(window_ >> 63);
      window_ = window_ << 1 | 1;
      highest_ = packet.seq;
      ++expected_;
    } else if (step > 1) {
      leap(packet.seq, static_cast<unsigned>(step));
    } else {
      overtaken(packet, static_cast<unsigned>(-step), clock_rate, now_us);
    }
    if (clock_rate > 0) measure(packet, clock_rate, now_us, step);
  }

  /** All that was counted, with what is still in the window. `packet_ms`: how long a packet speaks. */
  Arrival arrival(double packet_ms) const;
  uint32_t ssrc() const { return ssrc_; }
  uint64_t received() const { return received_; }
  uint64_t expected() const { return expected_; }
  uint64_t lost() const;
  /** As a report block has it: cycles and highest number (RFC 3550 section 6.4.1). */
  uint32_t extended_highest() const { return before_first_ + static_cast<uint32_t>(expected_ - expected_before_); }
  /** In timestamp units. */
  uint32_t jitter() const { return jitter_ >> 4; }

 private:
  static constexpr int16_t most_dropout = 3000;
  /** What comes so much later than the quickest of the last seconds comes too late for the jitter buffer of a desk phone. */
  static constexpr int buffer_ms = 100;
  /** The quickest is sought among so many packets and as many before them: two to four seconds, after which a buffer has followed. */
  static constexpr uint32_t quickest_of = 100;
  /** Nobody hears that a packet came so late. */
  static constexpr uint64_t least_gap_us = 40'000;

  /** Appendix A.1 of RFC 3611: transitions between receiving in a gap (1), receiving in a burst (2) and losing in a burst (3). */
  struct Bursts {
    int64_t c11 = 0;
    uint64_t c13 = 0, c14 = 0, c22 = 0, c23 = 0, c33 = 0;
    /** Packets that came since the last loss, and losses since the last gap. */
    int64_t since = 0;
    uint64_t losses = 0;
    uint64_t runs = 0, all = 0;
    void lose();
    void close();
  };

  void judge(uint64_t came) {
    if (came) ++bursts_.since;
    else bursts_.lose();
  }
  void begin(const rtp::Packet &);
  void leap(uint16_t seq, unsigned step);
  void overtaken(const rtp::Packet &, unsigned back, int clock_rate, uint64_t now_us);
  void waited(const rtp::Packet &, uint64_t us, int16_t step);
  void settle(uint32_t transit, int clock_rate);
  void late(int16_t step);

  static uint32_t transit_of(const rtp::Packet &packet, int clock_rate, uint64_t now_us) {
    return static_cast<uint32_t>(now_us * static_cast<uint64_t>(clock_rate) / 1'000'000) - packet.ts;
  }

  void measure(const rtp::Packet &packet, int clock_rate, uint64_t now_us, int16_t step) {
    const uint32_t transit = transit_of(packet, clock_rate, now_us);
    const auto d = static_cast<int32_t>(transit - transit_);
    const uint32_t off = d < 0 ? 0u - static_cast<uint32_t>(d) : static_cast<uint32_t>(d);
    if (timed_ && rate_ == clock_rate && off < static_cast<uint32_t>(clock_rate)) {
      // RFC 3550 appendix A.8, in its integers: sixteen times the jitter.
      jitter_ += off - ((jitter_ + 8) >> 4);
      if (jitter_ > most_jitter_) most_jitter_ = jitter_;
      if (static_cast<int32_t>(transit - quickest_) < 0) quickest_ = transit;
      if (static_cast<int32_t>(transit - quickest_before_) < 0) quickest_before_ = transit;
      if (transit - quickest_before_ > late_ticks_) late(step);
      if (now_us - arrived_us_ > longest_us_) waited(packet, now_us - arrived_us_, step);
      if (++sought_ == quickest_of) {
        quickest_before_ = quickest_;
        quickest_ = transit;
        sought_ = 0;
      }
    } else {
      // A jump of the timestamp is a new talk spurt of the sender, not jitter of the network.
      settle(transit, clock_rate);
    }
    transit_ = transit;
    arrived_us_ = now_us;
    ts_ = packet.ts;
  }

  bool timed_ = false;
  uint16_t highest_ = 0;
  uint32_t ssrc_ = 0;
  uint64_t window_ = ~uint64_t{0};
  uint64_t received_ = 0, expected_ = 0;
  uint64_t arrived_us_ = 0, longest_us_ = least_gap_us;
  uint32_t transit_ = 0, ts_ = 0, quickest_ = 0, quickest_before_ = 0, sought_ = 0, late_ticks_ = 0;
  uint32_t jitter_ = 0, most_jitter_ = 0;
  int rate_ = 0;
  Bursts bursts_;
  uint64_t duplicate_ = 0, reordered_ = 0, late_ = 0;
  uint64_t expected_before_ = 0;
  uint32_t before_first_ = 0;
};

}  // namespace pbx::media
