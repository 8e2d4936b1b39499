// What a phone says about the call in its RTCP.
#include "rtcp_ear.h"

#include <time.h>

#include "rtp.h"

namespace pbx::media {
namespace {

using rtp::get16, rtp::get32;

enum : uint8_t { sender_report = 200, receiver_report = 201, extended_report = 207 };
constexpr uint8_t voip_metrics = 7;
constexpr size_t report_block = 24, voip_block = 36;
/** A round trip longer than this is a clock that jumped, or a report about something else. */
constexpr double most_round_trip_ms = 10'000;

double percent_of_byte(uint8_t value) { return value * 100.0 / 256; }

}  // namespace

void RtcpEar::hear(const uint8_t *packet, size_t size, const Stream &stream, uint64_t now_us) {
  for (size_t at = 0; size - at >= 8 && packet[at] >> 6 == 2;) {
    const uint8_t *p = packet + at;
    const size_t length = 4 * (size_t(get16(p + 2)) + 1);
    if (length < 8 || length > size - at) return;
    const int count = p[0] & 0x1f;
    if (p[1] == sender_report && length >= 28) {
      last_report_ = get32(p + 8) << 16 | get32(p + 12) >> 16;
      last_report_us_ = now_us;
      hear_blocks(p + 28, p + length, count, stream, now_us);
    }
    if (p[1] == receiver_report) hear_blocks(p + 8, p + length, count, stream, now_us);
    if (p[1] == extended_report) hear_extended(p + 8, p + length, stream);
    at += length;
  }
}

void RtcpEar::hear_blocks(const uint8_t *block, const uint8_t *end, int count, const Stream &stream, uint64_t now_us) {
  for (; count > 0 && end - block >= static_cast<ptrdiff_t>(report_block); --count, block += report_block)
    if (get32(block) == stream.ssrc) hear_block(block, stream, now_us);
}

void RtcpEar::hear_block(const uint8_t *block, const Stream &stream, uint64_t now_us) {
  const uint32_t highest = get32(block + 8);
  // Where the phone began to count: its cycles are its own, the first number is known here.
  if (report_.reports++ == 0) base_ = highest - static_cast<uint16_t>(static_cast<uint16_t>(highest) - stream.first_seq);
  const auto lost = static_cast<int32_t>(get32(block + 4) << 8) >> 8;
  report_.lost = lost;
  percent_lost_ = (block[4] * 100 + 255) / 256;
  report_.expected = highest - base_ + 1u;
  report_.jitter_ms = stream.clock_rate > 0 ? get32(block + 12) * 1000.0 / stream.clock_rate : 0;
  time(get32(block + 16), get32(block + 20), now_us);
}

void RtcpEar::time(uint32_t ntp_middle, uint32_t delay, uint64_t now_us) {
  if (ntp_middle == 0) return;
  for (const Sent &sent : sent_) {
    if (sent.at_us == 0 || sent.ntp_middle != ntp_middle) continue;
    const double trip = static_cast<double>(now_us - sent.at_us) / 1000 - delay * 1000.0 / 65536;
    // A phone that counts its delay a little long answers before it was asked: no time at all.
    if (trip > -50 && trip < most_round_trip_ms) report_.round_trip_ms = trip > 0 ? trip : 0;
    return;
  }
}

void RtcpEar::sent(uint32_t ntp_middle, uint64_t now_us) { sent_[next_++ % sent_.size()] = {ntp_middle, now_us}; }

void RtcpEar::hear_extended(const uint8_t *at, const uint8_t *end, const Stream &stream) {
  while (end - at >= 4) {
    const size_t length = 4 * (size_t(get16(at + 2)) + 1);
    if (length > static_cast<size_t>(end - at)) return;
    if (at[0] == voip_metrics && length >= voip_block && get32(at + 4) == stream.ssrc) {
      VoipMetrics &m = metrics_;
      m.heard = true;
      m.lost = percent_of_byte(at[8]);
      m.discarded = percent_of_byte(at[9]);
      m.burst_loss = percent_of_byte(at[10]);
      m.gap_loss = percent_of_byte(at[11]);
      m.burst_ms = get16(at + 12);
      m.gap_ms = get16(at + 14);
      m.round_trip_ms = get16(at + 16);
      m.system_delay_ms = get16(at + 18);
      m.r = at[24];
      m.mos_lq = at[26];
      m.mos_cq = at[27];
      m.jitter_buffer_ms = get16(at + 30);
    }
    at += length;
  }
}

NtpTime ntp_now() {
  constexpr uint32_t from_1900_to_1970 = 2'208'988'800u;
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return {static_cast<uint32_t>(t.tv_sec) + from_1900_to_1970, static_cast<uint32_t>((uint64_t(t.tv_nsec) << 32) / 1'000'000'000)};
}

}  // namespace pbx::media
