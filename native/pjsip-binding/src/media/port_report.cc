// One side of a leg's media: how it sounds, and the box's own RTCP where it is itself an end of the conversation.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "monotonic.h"
#include "port.h"
#include "random.h"

namespace pbx::media {
namespace {

/** RFC 3550 section 6.2: five seconds, drawn anew each time between half and one and a half. */
constexpr uint64_t report_every_us = 5'000'000;
constexpr uint8_t sender_report = 200, receiver_report = 201, description = 202;

/** Writes the report block about the phone's stream (RFC 3550 section 6.4.1). */
struct Block {
  uint32_t ssrc, highest, jitter, last_report, delay;
  uint8_t fraction;
  int32_t lost;
  void write(uint8_t *p) const {
    rtp::put32(p, ssrc);
    rtp::put32(p + 4, uint32_t(fraction) << 24 | (static_cast<uint32_t>(lost) & 0xffffff));
    rtp::put32(p + 8, highest);
    rtp::put32(p + 12, jitter);
    rtp::put32(p + 16, last_report);
    rtp::put32(p + 20, delay);
  }
};

}  // namespace

std::string Port::suite_word() const { return by_handshake_ && !keys_.empty() ? "DTLS " + keys_.suite : keys_.suite; }

std::string Port::suite() const {
  std::lock_guard tx(tx_);
  return suite_word();
}

Quality Port::quality() const {
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  return {format_.codec, suite_word(), forged_, replayed_, sent_, reception_.arrival(format_.ptime_ms), ear_.report(), ear_.metrics()};
}

void Port::report_when_due(uint64_t now_us) {
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  if (shut_ || send_only_ || now_us < report_due_us_) return;
  const bool first = report_due_us_ == 0;
  report_due_us_ = now_us + report_every_us / 2 + random32() % report_every_us;
  // While the reports of two phones pass through, a third voice would only contradict them.
  const bool passed_on = peer_ && relayed_ && may_speak(Voice::relay) && !held_;
  if (first || passed_on) return;
  const bool spoke = now_us - stream_.last_sent_us() < 2 * report_every_us && sent_ > 0;
  const bool heard = reception_.received() > 0;
  if (spoke || heard) send_report(now_us, spoke, heard);
}

void Port::send_report(uint64_t now_us, bool spoke, bool heard) {
  uint8_t packet[128]{};
  uint8_t *p = packet;
  const NtpTime now = ntp_now();
  p[0] = static_cast<uint8_t>(0x80 | (heard ? 1 : 0));
  p[1] = spoke ? sender_report : receiver_report;
  rtp::put32(p + 4, stream_.ssrc());
  p += 8;
  if (spoke) {
    const uint64_t since = now_us - stream_.last_sent_us();
    rtp::put32(p, now.seconds);
    rtp::put32(p + 4, now.fraction);
    rtp::put32(p + 8, stream_.last_ts() + static_cast<uint32_t>(since * static_cast<uint64_t>(tx_format_.clock_rate) / 1'000'000));
    rtp::put32(p + 12, static_cast<uint32_t>(sent_));
    rtp::put32(p + 16, static_cast<uint32_t>(octets_));
    p += 20;
  }
  if (heard) {
    write_block(p, now_us);
    p += 24;
  }
  rtp::put16(packet + 2, static_cast<uint16_t>((p - packet) / 4 - 1));
  // A name that says nothing of whoever speaks: RFC 7022 section 4.2.
  char name[16];
  const int length = snprintf(name, sizeof name, "%08x", stream_.ssrc());
  uint8_t *const chunk = p;
  p[0] = 0x81;
  p[1] = description;
  rtp::put32(p + 4, stream_.ssrc());
  p[8] = 1;
  p[9] = static_cast<uint8_t>(length);
  memcpy(p + 10, name, static_cast<size_t>(length));
  p += 10 + length + 1;
  while ((p - packet) % 4 != 0) ++p;
  rtp::put16(chunk + 2, static_cast<uint16_t>((p - chunk) / 4 - 1));
  if (send_rtcp(packet, static_cast<size_t>(p - packet)) && spoke) ear_.sent(now.middle(), now_us);
}

void Port::write_block(uint8_t *p, uint64_t now_us) {
  const uint64_t expected = reception_.expected(), lost = reception_.lost();
  const uint64_t newly_expected = expected - told_expected_;
  const uint64_t newly_lost = lost > told_lost_ ? lost - told_lost_ : 0;
  told_expected_ = expected;
  told_lost_ = lost;
  const auto fraction = newly_expected > 0 ? std::min<uint64_t>(255, newly_lost * 256 / newly_expected) : 0;
  const uint64_t delay = ear_.last_report_us() ? (now_us - ear_.last_report_us()) * 65536 / 1'000'000 : 0;
  Block{reception_.ssrc(), reception_.extended_highest(), reception_.jitter(), ear_.last_report(),
        static_cast<uint32_t>(delay), static_cast<uint8_t>(fraction), static_cast<int32_t>(std::min<uint64_t>(lost, 0x7fffff))}
      .write(p);
}

}  // namespace pbx::media
