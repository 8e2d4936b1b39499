// How well a phone's stream arrives: what happens seldom, and the snapshot.
#include "reception.h"

#include <algorithm>

namespace pbx::media {
namespace {

/** So many packets in a row that came end a burst (RFC 3611 section 4.7.2). */
constexpr int64_t gmin = 16;

double percent(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }
double ms_of(double ticks, int rate) { return rate > 0 ? ticks * 1000 / rate : 0; }

}  // namespace

void Reception::Bursts::lose() {
  ++all;
  if (since > 0 || all == 1) ++runs;
  if (since >= gmin || losses == 0) {
    close();
    losses = 1;
  } else {
    ++losses;
    if (since == 0) ++c33;
    else ++c23, c22 += static_cast<uint64_t>(since - 1);
  }
  since = 0;
}

void Reception::Bursts::close() {
  if (losses == 1) ++c14;
  if (losses > 1) ++c13;
  c11 += since;
}

void Reception::begin(const rtp::Packet &packet) {
  // A source that follows another: the former is judged to its end.
  for (int bit = 63; expected_ > 0 && bit >= 0; --bit) judge(window_ >> bit & 1);
  // What the window pretends to have seen before the first packet is taken back: all but that one.
  window_ = ~uint64_t{0};
  bursts_.since -= 63;
  ssrc_ = packet.ssrc;
  highest_ = packet.seq;
  expected_before_ = expected_++;
  before_first_ = packet.seq - 1u;
  timed_ = false;
}

void Reception::leap(uint16_t seq, unsigned step) {
  for (unsigned i = 0; i < step; ++i) {
    judge(window_ >> 63);
    window_ <<= 1;
  }
  window_ |= 1;
  highest_ = seq;
  expected_ += step;
}

void Reception::overtaken(const rtp::Packet &packet, unsigned back, int clock_rate, uint64_t now_us) {
  const uint64_t bit = back < 64 ? uint64_t{1} << back : 0;
  if (window_ & bit) {
    ++duplicate_;
    return;
  }
  const bool too_late = timed_ && clock_rate == rate_ && transit_of(packet, clock_rate, now_us) - quickest_before_ > late_ticks_;
  // One that left the window was judged to be lost.
  if (bit == 0 || too_late) {
    ++late_;
    return;
  }
  ++reordered_;
  window_ |= bit;
}

void Reception::late(int16_t step) {
  if (step <= 0) return;
  ++late_;
  window_ &= ~uint64_t{1};
}

void Reception::waited(const rtp::Packet &packet, uint64_t us, int16_t step) {
  const double spoken_us = static_cast<double>(packet.ts - ts_) * 1e6 / rate_;
  // The sender itself made a pause: silence suppression, hold.
  const bool paused = packet.marker || (step == 1 && spoken_us * 2 >= static_cast<double>(us));
  if (step > 0 && !paused) longest_us_ = us;
}

void Reception::settle(uint32_t transit, int clock_rate) {
  if (rate_ != 0 && rate_ != clock_rate) {
    jitter_ = static_cast<uint32_t>(uint64_t(jitter_) * static_cast<uint64_t>(clock_rate) / static_cast<uint64_t>(rate_));
    most_jitter_ = static_cast<uint32_t>(uint64_t(most_jitter_) * static_cast<uint64_t>(clock_rate) / static_cast<uint64_t>(rate_));
  }
  timed_ = true;
  rate_ = clock_rate;
  late_ticks_ = static_cast<uint32_t>(clock_rate / 1000 * buffer_ms);
  quickest_ = quickest_before_ = transit;
  sought_ = 0;
}

uint64_t Reception::lost() const {
  const uint64_t came = received_ - duplicate_;
  return expected_ > came ? expected_ - came : 0;
}

Arrival Reception::arrival(double packet_ms) const {
  Bursts b = bursts_;
  const auto judged = [&](bool came) { came ? void(++b.since) : b.lose(); };
  for (int bit = 63; expected_ > 0 && bit >= 0; --bit) judged(window_ >> bit & 1);
  b.close();
  Arrival a;
  a.received = received_;
  a.expected = expected_;
  a.lost = lost();
  a.duplicate = duplicate_;
  a.reordered = reordered_;
  a.late = late_;
  a.loss_runs = b.runs;
  a.jitter_ms = ms_of(jitter_ / 16.0, rate_);
  a.jitter_most_ms = ms_of(most_jitter_ / 16.0, rate_);
  a.longest_gap_ms = longest_us_ > least_gap_us ? static_cast<double>(longest_us_) / 1000 : 0;
  a.gap_loss = percent(double(b.c14), double(b.c11 + b.c14));
  if (b.c13 == 0) return a;
  // Of a burst: c31 = c13, c32 = c23.
  const auto bursts = static_cast<double>(b.c13);
  const double p32 = double(b.c23) / double(b.c13 + b.c23 + b.c33);
  const double p23 = b.c22 + b.c23 == 0 ? 1 : 1 - double(b.c22) / double(b.c22 + b.c23);
  a.burst_loss = 100 * p23 / (p23 + p32);
  a.gap_ms = double(b.c11 + b.c14 + b.c13) * packet_ms / bursts;
  a.burst_ms = double(b.c13 + b.c22 + 2 * b.c23 + b.c33) * packet_ms / bursts;
  return a;
}

}  // namespace pbx::media
