// How a call sounds: loss, bursts, jitter and gaps from the packets; reports from the phone, and the box's own.
#include <cmath>

#include "check.h"
#include "phone.h"
#include "reception.h"
#include "rtcp_ear.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

/** A stream of 20 ms packets in PCMU that a test arranges as the network might. */
struct Stream {
  Reception reception;
  uint32_t first = 65'500;
  void comes(uint32_t number, double at_ms, bool marker = false) {
    const rtp::Packet packet{marker, 0, static_cast<uint16_t>(first + number), 1000 + number * 160, 7, nullptr, 160};
    reception.hear(packet, 8000, 1'000'000 + static_cast<uint64_t>(at_ms * 1000));
  }
  Arrival arrival() const { return reception.arrival(20); }
};

void near(double actual, double expected, double tolerance, const std::string &what) {
  check(std::abs(actual - expected) <= tolerance, what + ": " + std::to_string(actual) + " instead of " + std::to_string(expected));
}

std::vector<uint8_t> receiver_report(uint32_t about, int32_t lost, uint32_t highest, uint32_t last_report = 0, uint32_t delay = 0) {
  std::vector<uint8_t> p(32);
  p[0] = 0x81, p[1] = 201, p[3] = 7;
  rtp::put32(&p[4], 0x11111111);
  rtp::put32(&p[8], about);
  rtp::put32(&p[12], static_cast<uint32_t>(lost) & 0xffffff);
  rtp::put32(&p[16], highest);
  rtp::put32(&p[20], 80);
  rtp::put32(&p[24], last_report);
  rtp::put32(&p[28], delay);
  return p;
}

}  // namespace

TEST("quality", "A stream without fault has none, across the wrap of its numbers") {
  Stream s;
  for (uint32_t i = 0; i < 500; ++i) s.comes(i, i * 20);
  const Arrival a = s.arrival();
  check_equal(a.received, 500u, "received");
  check_equal(a.expected, 500u, "expected");
  check_equal(a.lost + a.duplicate + a.reordered + a.late + a.loss_runs, 0u, "faults");
  near(a.jitter_ms, 0, 0.001, "jitter");
  near(a.longest_gap_ms, 0, 0.001, "longest gap");
  check_equal(s.reception.extended_highest(), 65'500u + 499, "extended highest number");
}

TEST("quality", "Losses far apart are gap losses, without a burst") {
  Stream s;
  for (uint32_t i = 0; i < 1000; ++i)
    if (i % 50 != 25) s.comes(i, i * 20);
  const Arrival a = s.arrival();
  check_equal(a.lost, 20u, "lost");
  check_equal(a.loss_runs, 20u, "runs of loss");
  near(a.gap_loss, 2, 0.1, "loss in gaps");
  near(a.burst_loss, 0, 0, "loss in bursts");
  near(a.longest_gap_ms, 0, 0.001, "one packet missing is no gap to speak of");
}

TEST("quality", "Losses close together are bursts: their density, their length, and what lies between") {
  Stream s;
  // Of every hundred packets ten in a row lose every second one: 5 losses over 9 packets.
  for (uint32_t i = 0; i < 1000; ++i)
    if (!(i % 100 >= 50 && i % 100 < 60 && i % 2 == 0)) s.comes(i, i * 20);
  const Arrival a = s.arrival();
  check_equal(a.lost, 50u, "lost");
  check_equal(a.loss_runs, 50u, "runs of loss");
  near(a.burst_ms, 9 * 20, 1, "length of a burst");
  near(a.burst_loss, 55.5, 1, "loss in bursts");
  near(a.gap_loss, 0, 0, "loss in gaps");
  near(a.gap_ms, 91 * 20, 25, "length of a gap");
}

TEST("quality", "Packets lost in a row are one run") {
  Stream s;
  for (uint32_t i = 0; i < 1000; ++i)
    if (i % 200 < 100 || i % 200 >= 104) s.comes(i, i * 20);
  const Arrival a = s.arrival();
  check_equal(a.lost, 20u, "lost");
  check_equal(a.loss_runs, 5u, "runs");
  near(a.longest_gap_ms, 100, 0.001, "four missing packets are a gap of a hundred milliseconds");
}

TEST("quality", "Overtaken and doubled packets are no losses; what comes too late is, to the ear") {
  Stream s;
  for (uint32_t i = 0; i < 400; ++i) {
    if (i == 100) continue;
    if (i == 300) {
      s.comes(i, i * 20 + 150);
      continue;
    }
    // Behind the late one its successors come in order, on time.
    s.comes(i, i < 301 || i > 308 ? i * 20 : i * 20 + 150 - (i - 300) * 10);
    if (i == 101) s.comes(100, i * 20 + 1);
    if (i == 200) s.comes(200, i * 20 + 1);
  }
  const Arrival a = s.arrival();
  check_equal(a.lost, 0u, "lost");
  check_equal(a.reordered, 1u, "reordered");
  check_equal(a.duplicate, 1u, "duplicates");
  check(a.late >= 4 && a.late <= 6, "late: " + std::to_string(a.late));
  check_equal(a.loss_runs, 1u, "the late ones are one run");
}

TEST("quality", "Jitter is that of RFC 3550, and a pause of the sender is none") {
  Stream s;
  for (uint32_t i = 0; i < 2000; ++i) s.comes(i, i * 20 + (i % 2) * 8);
  near(s.arrival().jitter_ms, 8, 0.3, "every interval is 8 ms off");
  Stream paused;
  for (uint32_t i = 0; i < 50; ++i) paused.comes(i, i * 20);
  for (uint32_t i = 50; i < 100; ++i) paused.comes(i, i * 20 + 30'000, i == 50);
  near(paused.arrival().jitter_ms, 0, 0.001, "jitter after a pause");
  near(paused.arrival().longest_gap_ms, 0, 0.001, "a pause is no gap");
}

TEST("quality", "A phone's reports tell loss since its first packet, jitter and round trip; others' are left alone") {
  RtcpEar ear;
  const RtcpEar::Stream own{0xabc, 65'000, 8000};
  auto packet = receiver_report(0xdef, 5, 65'100);
  ear.hear(packet.data(), packet.size(), own, 1);
  check_equal(ear.report().reports, 0u, "a report about another stream");
  ear.sent(0x12345678, 10'000'000);
  packet = receiver_report(0xabc, 10, 65'099, 0x12345678, 65536 / 2);
  ear.hear(packet.data(), packet.size(), own, 10'540'000);
  check_equal(ear.report().lost, 10, "lost");
  check_equal(ear.report().expected, 100u, "expected");
  near(ear.report().jitter_ms, 10, 0.001, "jitter");
  near(ear.report().round_trip_ms, 40, 0.1, "round trip");
  packet = receiver_report(0xabc, -2, 65'536 + 463);
  ear.hear(packet.data(), packet.size(), own, 11'000'000);
  check_equal(ear.report().lost, -2, "doubled packets make it negative");
  check_equal(ear.report().expected, 1000u, "across the wrap");
  for (size_t cut = 0; cut < packet.size(); ++cut) ear.hear(std::vector<uint8_t>(packet.begin(), packet.begin() + static_cast<long>(cut)).data(), cut, own, 1);
}

TEST("quality", "The voice metrics of an extended report are read") {
  std::vector<uint8_t> p(8 + 36);
  p[0] = 0x80, p[1] = 207, p[3] = 10;
  rtp::put32(&p[4], 0x11111111);
  p[8] = 7, p[11] = 8;
  rtp::put32(&p[12], 0xabc);
  p[16] = 64, p[17] = 32;
  rtp::put16(&p[20], 120);
  p[8 + 24] = 80, p[8 + 26] = 38, p[8 + 27] = 127;
  RtcpEar ear;
  ear.hear(p.data(), p.size(), {0xabc, 1, 8000}, 1);
  check(ear.metrics().heard, "heard");
  near(ear.metrics().lost, 25, 0.01, "lost");
  near(ear.metrics().discarded, 12.5, 0.01, "discarded");
  check_equal(ear.metrics().burst_ms, 120, "burst");
  check_equal(ear.metrics().r, 80, "R");
  check_equal(ear.metrics().mos_lq, 38, "MOS");
  check_equal(ear.metrics().mos_cq, 127, "what the phone does not know");
}

TEST("quality", "The box reports by itself to a phone that it hears, of what it heard") {
  Box box;
  Phone phone, rtcp;
  Phone *const both[] = {&phone, &rtcp};
  int port = 0;
  const PortId id = box.plane->open(address("127.0.0.1", 0), port);
  Remote remote = both[0]->remote();
  remote.rtcp = both[1]->at();
  box.plane->set_remote(id, remote);
  box.plane->set_format(id, format("PCMU", 0));
  phone.aim(port);
  for (uint16_t i = 0; i < 20; ++i)
    if (i != 7) phone.say({static_cast<uint16_t>(100 + i), 160u * i});
  const auto report = rtcp.hear(20'000);
  check(report.has_value(), "a report comes");
  check_equal(int(report->bytes[1]), 201, "of a receiver");
  check_equal(rtp::get32(&report->bytes[8]), 0x11111111u, "about the phone's stream");
  check_equal(rtp::get32(&report->bytes[12]) & 0xffffff, 1u, "one packet lost");
  check_equal(rtp::get32(&report->bytes[16]), 119u, "the highest number");
  check_equal(int(report->bytes[33]), 202, "a description follows");
  check_equal(box.plane->quality(id).from.lost, 1u, "the same in the snapshot");
}
