// Media of browsers: connectivity checks, the handshake that gives the keys, and everybody who must not be heard.
#include "browser.h"
#include "port_record.h"
#include "record_file.h"
#include "speech.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

const IceTerms box_ice{"box1", "a password of the box's own"};

/** A browser and a plain phone, bridged; the box knows of both what their descriptions say. */
struct Scene {
  explicit Scene(bool with_checks = true, bool box_begins = false) : pb(box.connect(b, format("PCMU", 0))) {
    pa = box.plane->open(address("127.0.0.1", 0), local);
    check(pa != 0, "a port");
    access.dtls = a.terms();
    access.dtls.begins = box_begins;
    if (with_checks) access.ice = box_ice;
    tell();
    box.plane->set_format(pa, format("PCMU", 0));
    box.plane->bridge(pa, pb);
    a.phone.aim(local);
    a.expect(box, !box_begins);
  }
  void tell() {
    box.plane->set_access(pa, access);
    Remote remote = a.phone.remote();
    remote.rtcp = remote.rtp;
    box.plane->set_remote(pa, remote);
  }
  void talk(uint16_t seq) {
    a.say(seq, 0x2a);
    const auto at_b = b.hear();
    check(at_b.has_value(), "the phone hears the browser");
    check_equal(at_b->packet.payload_size, 160u, "in the clear");
    check_equal(int(at_b->packet.payload[9]), 0x2a, "what it said");
    b.say({seq, seq * 160u, 0, 0x22222222, std::vector<uint8_t>(160, 0x4b)});
    check_equal(a.hears(), 0x4b, "the browser hears the phone");
  }
  void up() {
    if (!access.ice.empty()) check_equal(a.checks(), 1, "the check");
    check(a.shakes(), "the handshake");
    check(box.facts.until([](const Facts &f) { return f.keyed.size() == 1; }), "told");
    talk(1);
  }
  uint64_t count(const char *name) { return box.counter(name); }

  Box box;
  Browser a;
  Phone b;
  Access access;
  int local = 0;
  PortId pa = 0, pb = 0;
};

void send_from(Phone &phone, const std::string &host, int port, const std::vector<uint8_t> &bytes) {
  const Address to = address(host, port);
  sendto(phone.socket(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr *>(&to), length_of(to));
}

}  // namespace

TEST("dtls", "A browser that checks and shakes hands talks with a plain phone, and nothing passes in the clear before") {
  Scene call;
  call.b.say({1, 160, 0, 0x22222222});
  call.a.phone.say({1, 160});
  check(!call.a.phone.hear(150).has_value(), "nothing reaches the browser");
  check_equal(call.a.checks(), 1, "the check");
  call.a.phone.say({2, 320});
  call.b.say({2, 320, 0, 0x22222222});
  check(!call.a.phone.hear(150).has_value(), "still nothing");
  check(!call.b.hear(50).has_value(), "nor the phone");
  call.up();
  check_equal(call.box.facts.keyed[0], std::string("DTLS AEAD_AES_256_GCM"), "its suite");
  check_equal(call.box.plane->quality(call.pa).suite, std::string("DTLS AEAD_AES_256_GCM"), "for the page");
  check_equal(call.box.plane->dump().encrypted, 1, "one encrypted port");
}

TEST("dtls", "Without checks, and with the box beginning the handshake, it is the same") {
  for (const bool box_begins : {false, true})
    for (const bool with_checks : {false, true}) {
      Scene call(with_checks, box_begins);
      call.up();
      for (uint16_t i = 2; i < 6; ++i) call.talk(i);
    }
}

TEST("dtls", "Lost flights are repeated, from either side") {
  for (const bool box_begins : {false, true})
    for (int lost = 0; lost < 6; ++lost) {
      Scene call(true, box_begins);
      check_equal(call.a.checks(), 1, "the check");
      check(call.a.shakes(8000, [&](int i) { return i == lost; }), "datagram " + std::to_string(lost) + " of the handshake is lost");
      // The far side may have its keys while the box's last flight, or its own, is still to be repeated.
      for (int i = 0; i < 100 && call.count("handshakes") == 0; ++i) call.a.shakes(40);
      call.talk(1);
    }
}

TEST("dtls", "A hello that comes before the answer waits for its fingerprint, and is answered at once then") {
  for (const bool with_checks : {true, false}) {
    Scene call(with_checks);
    const DtlsTerms answered = call.access.dtls;
    // As offered: the answer is still under way.
    call.access.dtls = {};
    call.access.dtls.awaited = true;
    call.access.ice = box_ice;
    call.tell();
    if (with_checks) check_equal(call.a.checks(), 1, "a check is answered before the answer");
    call.a.pour();
    check(!call.a.phone.hear(100).has_value(), "nobody is shown the box's certificate yet");
    call.a.phone.say({1, 160});
    call.b.say({1, 160, 0, 0x22222222});
    check(!call.a.phone.hear(100).has_value() && !call.b.hear(50).has_value(), "nothing passes in the clear");
    PortState state;
    check(state_of(call.box.plane->record_of(call.pa), state) && state.access.dtls.awaited, "a successor waits on");
    call.access.dtls = answered;
    if (!with_checks) call.access.ice = {};
    call.tell();
    const auto flight = call.a.phone.hear(150);
    check(flight && kind_of(flight->bytes[0]) == PacketKind::dtls, "the box goes on before anything is repeated");
    check(call.a.shakes(), "the handshake");
    check(call.box.facts.until([](const Facts &f) { return f.keyed.size() == 1; }), "told");
    call.talk(2);
  }
}

TEST("dtls", "The certificate that a hello before the answer stands for must be the answer's") {
  Scene call(false);
  const DtlsTerms answered = call.access.dtls;
  call.access.dtls = {};
  call.access.dtls.awaited = true;
  call.tell();
  call.a.identity = std::make_shared<DtlsIdentity>();
  call.a.expect(call.box, true);
  call.a.pour();
  call.access.dtls = answered;
  call.tell();
  call.a.shakes(300);
  check(call.box.facts.until([&](const Facts &) { return call.count("failedHandshakes") >= 1; }), "refused");
  check_equal(call.count("handshakes"), 0u, "no keys");
}

TEST("dtls", "Who was to wait for the box's hello and begins himself is let begin") {
  for (const bool with_checks : {true, false}) {
    Scene call(with_checks, true);
    if (with_checks) check_equal(call.a.checks(), 1, "the check");
    check(call.a.phone.hear().has_value(), "the box's own hello");
    call.a.expect(call.box, true);
    check(call.a.shakes(), "the handshake");
    check(call.box.facts.until([](const Facts &f) { return f.keyed.size() == 1; }), "told");
    call.talk(1);
  }
}

TEST("dtls", "A certificate with another fingerprint gets no keys, and may not try for ever") {
  Scene call;
  check_equal(call.a.checks(), 1, "the check");
  call.a.identity = std::make_shared<DtlsIdentity>();
  for (int i = 0; i < 12; ++i) {
    call.a.expect(call.box, true);
    call.a.shakes(120);
  }
  check(call.count("failedHandshakes") >= 1, "counted");
  check(call.count("failedHandshakes") <= 8, "bounded");
  check_equal(call.count("handshakes"), 0u, "no keys");
  check(call.box.facts.keyed.empty(), "nobody is told");
  call.b.say({5, 800, 0, 0x22222222});
  for (const auto &heard : call.a.phone.hear_for(150)) check(kind_of(heard.bytes[0]) != PacketKind::rtp, "nothing is sent");
}

TEST("dtls", "Checks that do not prove themselves are refused as they should be, and change nothing") {
  Scene call;
  check_equal(call.a.checks({"box1:them", "another password"}), 401, "a wrong password");
  check_equal(call.a.checks({"box2:them"}), 401, "somebody else's name");
  check_equal(call.a.checks({"box1"}), 401, "half a name");
  check_equal(call.a.checks({""}), 400, "no name");
  check_equal(call.a.checks({"box1:them", ""}), 400, "no password");
  check_equal(call.a.checks({"box1:them", box_ice.password, true, true}), 487, "two that are controlled");
  check_equal(call.a.checks({"box1:them", box_ice.password, true, false, true, 0x7777}), 420, "something that must be understood");
  auto damaged = check_packet({});
  damaged[25] ^= 1;
  call.a.phone.send(damaged);
  check(!call.a.phone.hear(100).has_value(), "silence for what was damaged on its way");
  check(call.box.facts.latched.empty(), "nobody is latched to");
  check(!call.a.shakes(100), "and no handshake is begun");
  check_equal(call.count("handshakes"), 0u, "no keys");
  call.a.expect(call.box, true);
  call.up();
}

TEST("dtls", "A stranger's hello is not answered: with checks only who passed one, without only the hosts of the signalling") {
  Scene checked;
  check_equal(checked.a.checks(), 1, "the browser's check");
  Browser stranger;
  stranger.phone.aim(checked.local);
  stranger.expect(checked.box, true);
  stranger.pour();
  check(!stranger.phone.hear(150).has_value(), "silence");
  checked.up();
  Scene open(false);
  Browser far;
  far.expect(open.box, true);
  Phone elsewhere("127.0.0.2");
  for (const std::string &one : far.session->take_out()) send_from(elsewhere, "127.0.0.1", open.local, {one.begin(), one.end()});
  check(!elsewhere.hear(150).has_value(), "silence");
  open.up();
}

TEST("dtls", "A browser whose network changes is spoken to where it chose to be") {
  Scene call;
  call.up();
  Phone other;
  other.aim(call.local);
  auto packet = check_packet({"box1:them", box_ice.password, false});
  other.send(packet);
  check(other.hear().has_value(), "the other way is checked");
  call.talk(2);
  other.send(check_packet({}));
  check(other.hear().has_value(), "and chosen");
  call.b.say({3, 480, 0, 0x22222222, std::vector<uint8_t>(160, 0x4b)});
  auto heard = other.hear();
  check(heard.has_value(), "speech goes there");
  size_t size = heard->bytes.size();
  check(call.a.srtp->opener->open(heard->bytes.data(), size) == Opener::Verdict::opened, "under the same keys");
  const auto sealed = call.a.srtp->sealed({4, 640});
  other.send(sealed);
  check(call.b.hear().has_value(), "and comes from there");
  call.a.say(5, 0x2a);
  check(call.b.hear().has_value(), "what was under way the old way is heard");
}

TEST("dtls", "A stranger who knows neither password nor keys is not heard, wherever he sends from") {
  Scene call;
  call.up();
  Phone stranger;
  stranger.aim(call.local);
  SrtpPhone forger(keys_of("AEAD_AES_256_GCM", 9));
  for (uint16_t i = 1; i < 20; ++i) {
    stranger.say({i, i * 160u});
    stranger.send(forger.sealed({i, i * 160u}));
    call.a.phone.send(forger.sealed({static_cast<uint16_t>(100 + i), 0}));
  }
  check(!call.b.hear(200).has_value(), "nothing passes");
  call.talk(2);
}

TEST("dtls", "Another fingerprint in the midst of a call: the keys before it hold until the new ones are there") {
  Scene call;
  call.up();
  Browser next;
  next.phone.aim(call.local);
  call.access.dtls = next.terms();
  call.access.ice.password = "another password of the box";
  call.tell();
  call.talk(2);
  check_equal(call.a.checks(), 401, "the password before counts no more");
  check_equal(next.checks({"box1:them", "another password of the box"}), 1, "the new one does");
  next.expect(call.box, true);
  check(next.shakes(), "the handshake");
  check(call.box.facts.until([](const Facts &f) { return f.keyed.size() == 2; }), "told");
  next.say(900, 0x33);
  const auto heard = call.b.hear();
  check(heard && heard->packet.payload[9] == 0x33, "heard under the new keys");
  call.b.say({3, 480, 0, 0x22222222, std::vector<uint8_t>(160, 0x4b)});
  check_equal(next.hears(), 0x4b, "and spoken to");
}

TEST("dtls", "The same description again changes nothing") {
  Scene call;
  call.up();
  call.tell();
  call.talk(2);
  check_equal(call.count("handshakes"), 1u, "one handshake");
}

TEST("dtls", "A successor goes on with keys and passwords, without another handshake") {
  Scene call;
  call.up();
  const std::string line = call.box.plane->record_of(call.pa);
  check(line.size() < sizeof(RecordFile::Slot::line[0]), "the record fits");
  PortState state;
  check(state_of(line, state) && state.access.ice == box_ice && state.access.dtls == call.access.dtls, "the record says it");
  call.box.plane->close(call.pa);
  for (int i = 0; i < 200 && !call.box.plane->restore(call.pa, line); ++i) call.a.phone.hear_for(10);
  call.box.plane->bridge(call.pa, call.pb);
  call.talk(2);
  check_equal(call.a.checks(), 1, "a check");
  call.tell();
  call.talk(3);
  check_equal(call.count("handshakes"), 1u, "one handshake");
}

TEST("dtls", "What must survive fits into its place, however long addresses, keys and passwords are") {
  PortState state;
  const Address long_one = address("fd00:1234:5678:9abc:def0:1234:5678:9abc", 65535);
  state.bind = state.remote.rtp = state.remote.rtcp = state.remote.signalling = state.rtp_source = state.rtcp_source = long_one;
  state.local_port = 65534;
  state.format = format("opus", 111, 110);
  state.format.fmtp = "minptime=10;useinbandfec=1;stereo=1";
  state.ssrc = state.ts = 0xffffffff;
  state.seq = 65535;
  state.sent_us = 1'000'000'000'000;
  state.peer = 1'000'000;
  const std::string key(44, 'k');
  state.keys = {"AEAD_AES_256_GCM", key, key};
  state.srtp = {0xffffffff, 0x7fffffff, 1ull << 40, 1ull << 40};
  state.access = {{"01234567", std::string(32, 'p')}, {"sha-512", std::string(64, 'f'), true}};
  const std::string line = line_of(state);
  check(line.size() < sizeof(RecordFile::Slot::line[0]), std::to_string(line.size()) + " bytes");
  PortState again;
  check(state_of(line, again) && again.access.dtls == state.access.dtls && again.access.ice == state.access.ice, "and is read again");
  state.access.dtls.fingerprint[3] = 'x';
  check(!(again.access.dtls == state.access.dtls), "another certificate is another");
}

TEST("dtls", "Garbage on a browser's port harms nobody: checks and handshakes cut short, changed and grown") {
  Scene call;
  check_equal(call.a.checks(), 1, "the check");
  call.a.pour();
  const auto hello = [&] {
    Browser fresh;
    fresh.expect(call.box, true);
    return fresh.session->take_out().at(0);
  }();
  uint32_t seed = 1;
  const auto next = [&seed] { return seed = seed * 1664525u + 1013904223u, seed >> 8; };
  for (int i = 0; i < 3000; ++i) {
    auto bytes = next() % 2 ? check_packet({}) : std::vector<uint8_t>(hello.begin(), hello.end());
    for (uint32_t n = 1 + next() % 4; n > 0; --n) bytes[next() % bytes.size()] = static_cast<uint8_t>(next());
    if (next() % 3 == 0) bytes.resize(1 + next() % bytes.size());
    if (next() % 7 == 0) bytes.resize(bytes.size() + next() % 1500, 0x16);
    call.a.phone.send(bytes);
    if (i % 50 == 0) call.a.phone.hear_for(1);
  }
  call.a.phone.hear_for(100);
  // Whatever became of that handshake, another description begins anew.
  Browser after;
  after.phone.aim(call.local);
  call.access.dtls = after.terms();
  call.tell();
  check_equal(after.checks(), 1, "the check");
  after.expect(call.box, true);
  check(after.shakes(), "the handshake");
}

TEST("dtls", "A phone that offers checks whose network swallows them is heard as any other") {
  Box box;
  Phone a, b;
  int local = 0;
  const PortId pa = box.plane->open(address("127.0.0.1", 0), local), pb = box.connect(b, format("PCMU", 0));
  box.plane->set_access(pa, {box_ice, {}});
  box.plane->set_remote(pa, a.remote());
  box.plane->set_format(pa, format("PCMU", 0));
  box.plane->bridge(pa, pb);
  a.aim(local);
  a.say({1, 160});
  check(b.hear().has_value(), "heard");
  Phone other;
  other.aim(local);
  other.say({2, 320});
  check(!b.hear(150).has_value(), "nobody else is");
  other.send(check_packet({}));
  check_equal(code_of(other.hear()->bytes), 1, "until a check says where it is");
  other.say({3, 480});
  check(b.hear().has_value(), "then it is heard there");
  a.say({4, 640});
  check(!b.hear(150).has_value(), "and only there");
}
