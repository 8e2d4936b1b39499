// Relaying between two phones: what passes, what is renumbered, who is refused.
#include <cstring>

#include "check.h"
#include "phone.h"
#include "port_record.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

struct Pair {
  explicit Pair(const Format &fa = format("PCMU", 0), const Format &fb = format("PCMU", 0), const std::string &host = "127.0.0.1")
      : a(host), b(host), pa(box.connect(a, fa)), pb(box.connect(b, fb)) {
    box.plane->bridge(pa, pb);
  }
  /** Both phones speak once, so that both are latched. */
  void latch() {
    a.say({1, 160});
    check(b.hear().has_value(), "b hears a before it was latched");
    b.say({1, 160, 0, 0x22222222});
    check(a.hear().has_value(), "a hears b");
  }
  Box box;
  Phone a, b;
  PortId pa, pb;
};

}  // namespace

TEST("relay", "A packet reaches the other phone with its payload, before that phone ever spoke") {
  Pair call;
  call.a.say({100, 8000});
  const auto heard = call.b.hear();
  check(heard.has_value(), "b hears a");
  check_equal(heard->packet.payload_size, 160u, "payload size");
  check_equal(int(heard->packet.payload[7]), 0x55, "payload");
  check(heard->packet.ssrc != 0x11111111, "the box has an SSRC of its own");
}

TEST("relay", "The same over IPv6") {
  Pair call(format("PCMU", 0), format("PCMU", 0), "::1");
  call.latch();
}

TEST("relay", "Sequence and timestamp go on without a seam when the source changes, and gaps stay gaps") {
  Pair call;
  call.a.say({100, 8000});
  const auto first = call.b.hear();
  call.a.say({103, 8480});
  const auto second = call.b.hear();
  check(first && second, "both heard");
  check_equal(int(uint16_t(second->packet.seq - first->packet.seq)), 3, "lost packets stay visible");
  check_equal(second->packet.ts - first->packet.ts, 480u, "timestamps keep their distance");
  call.a.say({60000, 77, 0, 0xabcdef01});
  const auto third = call.b.hear();
  check(third.has_value(), "heard after the source changed");
  check_equal(third->packet.ssrc, first->packet.ssrc, "one SSRC for the life of the leg");
  check_equal(int(uint16_t(third->packet.seq - second->packet.seq)), 1, "the next sequence number");
  check(third->packet.marker, "a new talk spurt is marked");
  check(int32_t(third->packet.ts - second->packet.ts) >= 160, "time goes on");
}

TEST("relay", "Payload types are mapped by codec name, telephone events too") {
  Pair call(format("opus", 96, 97), format("opus", 111, 101));
  call.latch();
  call.a.say({2, 1920, 96});
  check_equal(int(call.b.hear()->packet.payload_type), 111, "type of the codec");
  call.a.say({3, 2880, 97, 0x11111111, {5, 0x0a, 0, 160}});
  check_equal(int(call.b.hear()->packet.payload_type), 101, "type of events");
}

TEST("relay", "A codec the box does not know passes byte for byte") {
  Pair call(format("G729", 18), format("G729", 18));
  call.a.say({1, 160, 18, 0x11111111, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}});
  const auto heard = call.b.hear();
  check(heard && heard->packet.payload_size == 10 && heard->packet.payload[9] == 10, "payload");
  check_equal(int(heard->packet.payload_type), 18, "type");
}

TEST("relay", "A stranger is not heard, neither before nor after the phone was latched") {
  Pair call;
  Phone stranger("127.0.0.2");
  Phone neighbour("127.0.0.1");
  stranger.aim(0);
  int port = 0;
  Box &box = call.box;
  const PortId id = box.plane->open(address("0.0.0.0", 0), port);
  Phone phone;
  box.plane->set_remote(id, phone.remote());
  box.plane->set_format(id, format("PCMU", 0));
  box.plane->bridge(id, call.pb);
  Address to = address("127.0.0.1", port);
  const auto from = [&](Phone &who, uint8_t mark) {
    std::vector<uint8_t> bytes(172, mark);
    rtp::write(bytes.data(), {false, 0, mark, 160, mark});
    sendto(who.socket(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr *>(&to), length_of(to));
  };
  from(stranger, 1);
  from(phone, 2);
  const auto first = call.b.hear();
  check(first && first->packet.payload[0] == 2, "the first heard is the phone");
  from(neighbour, 3);
  from(stranger, 4);
  from(phone, 5);
  const auto second = call.b.hear();
  check(second && second->packet.payload[0] == 5, "after latching only the phone is heard");
}

TEST("relay", "A new remote address is latched anew, and the former source is refused") {
  Pair call;
  call.latch();
  Phone moved;
  call.box.plane->set_remote(call.pa, moved.remote());
  call.b.say({2, 320, 0, 0x22222222});
  const auto at_new_place = moved.hear();
  check(at_new_place.has_value(), "what b says goes to the new address at once");
  moved.aim(port_of(at_new_place->from));
  call.a.say({2, 320, 0, 0x11111111, std::vector<uint8_t>(160, 1)});
  moved.say({9, 320, 0, 0x33333333, std::vector<uint8_t>(160, 2)});
  const auto heard = call.b.hear();
  check(heard && heard->packet.payload[0] == 2, "the old source does not win the race");
}

TEST("relay", "A hold by 0.0.0.0 stops what is sent, and the old SDP finds the phone behind its NAT again") {
  Box box;
  // Its SDP names an address it does not send from; signalling comes from where it really is.
  Phone a, b;
  const PortId pa = box.connect(a, format("PCMU", 0)), pb = box.connect(b, format("PCMU", 0));
  Remote behind_nat;
  behind_nat.rtp = address("127.0.0.9", 4000);
  behind_nat.signalling = b.at();
  box.plane->set_remote(pb, behind_nat);
  box.plane->bridge(pa, pb);
  b.say({1, 160, 0, 0x22222222});
  check(a.hear().has_value(), "b was latched");
  Remote hold = behind_nat;
  hold.rtp = address("0.0.0.0", 4000);
  box.plane->set_remote(pb, hold);
  a.say({1, 160});
  check(!b.hear(50), "nothing is sent while on hold");
  box.plane->set_remote(pb, behind_nat);
  a.say({2, 320});
  check(b.hear().has_value(), "reached where it was latched, before it spoke again");
}

TEST("relay", "Packets carry the traffic class of voice") {
  Pair call;
  const int on = 1;
  setsockopt(call.b.socket(), IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
  call.a.say({1, 160});
  check_equal(control_of(call.b, IPPROTO_IP, IP_TOS), 0xb8, "EF");
}

TEST("relay", "A held phone is sent nothing of the other, and later no loss is seen") {
  Pair call;
  call.latch();
  call.a.say({2, 320});
  const auto before = call.b.hear();
  call.box.plane->set_held(call.pb, true);
  for (uint16_t i = 3; i < 20; ++i) call.a.say({i, uint32_t(i) * 160});
  check(!call.b.hear(100), "silence while held");
  check(call.box.plane->held(call.pb), "says that it is held");
  call.box.plane->set_held(call.pb, false);
  call.a.say({20, 3200});
  const auto after = call.b.hear();
  check(before && after, "heard again");
  check_equal(int(uint16_t(after->packet.seq - before->packet.seq)), 1, "no gap");
}

TEST("relay", "Loss and jitter are counted as RFC 3550 says") {
  Pair call;
  for (uint16_t i = 0; i < 20; ++i)
    if (i % 5 != 3) call.a.say({uint16_t(65530 + i), uint32_t(i) * 160});
  for (int i = 0; i < 16; ++i) check(call.b.hear().has_value(), "relayed");
  const Quality q = call.box.plane->quality(call.pa);
  check_equal(q.from.received, 16u, "received");
  check_equal(q.from.lost, 4u, "lost");
  check_equal(call.box.plane->quality(call.pb).sent, 16u, "sent to the other");
  check(q.from.jitter_ms > 0, "packets sent without their 20 ms between them are jitter");
  check_equal(q.codec, "PCMU", "codec");
}

TEST("relay", "A key is reported once, however often its end is repeated, and even if all ends are lost") {
  Pair call;
  call.latch();
  uint16_t seq = 2;
  const auto event = [&](uint8_t key, uint32_t ts, bool end, uint8_t duration) {
    call.a.say({seq++, ts, 101, 0x11111111, {key, uint8_t(end ? 0x8a : 0x0a), 0, duration}});
  };
  for (uint8_t i = 1; i <= 3; ++i) event(7, 1000, false, uint8_t(i * 40));
  for (int i = 0; i < 3; ++i) event(7, 1000, true, 160);
  for (uint8_t i = 1; i <= 3; ++i) event(7, 3000, false, uint8_t(i * 40));
  event(11, 6000, false, 40);
  event(11, 6000, true, 160);
  check(call.box.facts.until([](const Facts &f) { return f.digits == "77#"; }), "three keys");
  check_equal(call.b.hear_for(50).size(), 11u, "all events were relayed");
}

TEST("relay", "Reports of RTCP speak of the streams that each side sees") {
  Pair call;
  call.latch();
  Phone a_rtcp, b_rtcp;
  Remote ra = call.a.remote(), rb = call.b.remote();
  ra.rtcp = a_rtcp.at();
  rb.rtcp = b_rtcp.at();
  int port = 0;
  call.box.plane->set_remote(call.pa, ra);
  call.box.plane->set_remote(call.pb, rb);
  call.a.say({2, 320});
  const auto at_b = call.b.hear();
  call.b.say({2, 320, 0, 0x22222222});
  const auto at_a = call.a.hear();
  check(at_a && at_b, "both hear");
  port = port_of(at_a->from);
  a_rtcp.aim(port + 1);
  std::vector<uint8_t> report(52, 0);
  report[0] = 0x81, report[1] = 200;
  rtp::put16(&report[2], 12);
  rtp::put32(&report[4], 0x11111111);
  rtp::put32(&report[16], 320);
  rtp::put32(&report[28], at_a->packet.ssrc);
  rtp::put32(&report[36], at_a->packet.seq);
  a_rtcp.send(report);
  const auto heard = b_rtcp.hear();
  check(heard && heard->bytes.size() == 52, "the report arrives");
  check_equal(rtp::get32(&heard->bytes[4]), at_b->packet.ssrc, "sender");
  check_equal(rtp::get32(&heard->bytes[16]), at_b->packet.ts, "timestamp");
  check_equal(rtp::get32(&heard->bytes[28]), 0x22222222u, "reported stream");
  check_equal(rtp::get32(&heard->bytes[36]) & 0xffff, 2u, "highest sequence");
}

TEST("relay", "A port that only sends drops what comes back, and is still latched") {
  Box box;
  Phone phone;
  int port = 0;
  const PortId id = box.plane->open(address("127.0.0.1", 0), port);
  Remote remote = phone.remote();
  remote.send_only = true;
  box.plane->set_remote(id, remote);
  box.plane->set_format(id, format("PCMU", 0));
  phone.aim(port);
  phone.say({1, 160});
  check(box.facts.until([](const Facts &f) { return f.latched.size() == 1; }), "latched");
  for (uint16_t i = 2; i < 30; ++i) phone.say({i, 160});
  check_equal(box.plane->quality(id).from.received, 0u, "nothing of it is heard");
}

TEST("relay", "A closed port is gone, its number rests, and closing again is harmless") {
  Box box;
  int first = 0, second = 0;
  const PortId id = box.plane->open(address("127.0.0.1", 0), first);
  check_equal(first % 2, 0, "RTP ports are even");
  box.plane->close(id);
  box.plane->close(id);
  check_equal(box.plane->dump().ports, 0, "ports");
  for (int i = 0; i < 100; ++i) {
    const PortId next = box.plane->open(address("127.0.0.1", 0), second);
    check(next > id, "ids are never used twice");
    check(second != first, "the port rests");
  }
}

TEST("relay", "Ports that other programs hold are passed over, and an exhausted range says so") {
  Box box;
  int port = 0;
  int opened = 0;
  while (box.plane->open(address("127.0.0.1", 0), port) != 0) ++opened;
  check(opened > 150 && opened <= 200, "opened " + std::to_string(opened));
}

TEST("relay", "Bridged legs meet on one relay thread, wherever they began") {
  Box box("", 2);
  Phone a, b;
  const PortId pa = box.connect(a, format("PCMA", 8)), pb = box.connect(b, format("PCMA", 8));
  box.plane->bridge(pa, pb);
  for (uint16_t i = 0; i < 50; ++i) {
    a.say({i, uint32_t(i) * 160, 8});
    check(b.hear().has_value(), "heard");
    b.say({i, uint32_t(i) * 160, 8, 0x22222222});
    check(a.hear().has_value(), "heard back");
  }
  box.plane->unbridge(pa);
  a.say({51, 8160, 8});
  check(!b.hear(50), "nothing after the bridge ended");
}
