// Encrypted legs: what is opened and sealed, who is refused, and what keys do to everything that hears or speaks.
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "port_record.h"
#include "speech.h"
#include "srtp-phone.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

const char *const usual = "AES_CM_128_HMAC_SHA1_80";

/** An encrypting phone and a plain one, bridged. */
struct Mixed {
  explicit Mixed(const std::string &suite = usual) : a(keys_of(suite, 3)), pa(connect(box, a, format("PCMU", 0))), pb(box.connect(b, format("PCMU", 0))) {
    box.plane->bridge(pa, pb);
  }
  void talk(uint16_t seq) {
    a.say({seq, seq * 160u, 0, 0, std::vector<uint8_t>(160, 0x2a)});
    const auto at_b = b.hear();
    if (!at_b) { std::string all; for (const auto &[k, v] : box.plane->dump().counters) if (v) all += k + "=" + std::to_string(v) + " "; check(false, "b hears a " + std::to_string(seq) + " " + all); }
    check_equal(at_b->packet.payload_size, 160u, "what b hears has no tag");
    check_equal(int(at_b->packet.payload[9]), 0x2a, "b hears it in the clear");
    b.say({seq, seq * 160u, 0, 0x22222222, std::vector<uint8_t>(160, 0x4b)});
    const auto at_a = a.hear();
    check(at_a.has_value(), "a hears b, sealed with its key");
    check_equal(at_a->packet.payload_size, 160u, "size");
    check_equal(int(at_a->packet.payload[9]), 0x4b, "a hears what b said");
  }
  Box box;
  SrtpPhone a;
  Phone b;
  PortId pa, pb;
};

}  // namespace

TEST("srtp", "The packet that everybody checks his SRTP with comes out as everybody's does") {
  const uint8_t key[] = {0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3, 0x2c, 0x06, 0xde, 0x41,
                         0x39, 0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6};
  const uint8_t sealed[] = {0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe, 0x4e, 0x55, 0xdc, 0x4c, 0xe7, 0x99, 0x78,
                            0xd8, 0x8c, 0xa4, 0xd2, 0x15, 0x94, 0x9d, 0x24, 0x02, 0xb7, 0x8d, 0x6a, 0xcc, 0x99, 0xea, 0x17, 0x9b, 0x8d, 0xbb};
  const std::string master(reinterpret_cast<const char *>(key), sizeof key);
  Sealer sealer({usual, master, master}, 0xcafebabe);
  std::vector<uint8_t> packet(sealed, sealed + 12);
  packet.insert(packet.end(), 16, 0xab);
  packet.resize(28 + srtp_trailer);
  check_equal(sealer.seal(packet.data(), 28), sizeof sealed, "size");
  check(memcmp(packet.data(), sealed, sizeof sealed) == 0, "bytes");
}

TEST("srtp", "An encrypting phone and a plain one hear each other, under every suite") {
  for (const SrtpSuite &suite : srtp_suites()) {
    Mixed call(suite.name);
    for (uint16_t i = 1; i < 5; ++i) call.talk(i);
    check_equal(call.box.plane->quality(call.pa).suite, std::string(suite.name), "the leg says how it is encrypted");
    check(call.box.plane->quality(call.pb).suite.empty(), "the other says that it is not");
    check_equal(call.box.plane->dump().encrypted, 1, "one encrypted port");
  }
}

TEST("srtp", "Two encrypting phones have a key each: neither's packets pass as they are") {
  Box box;
  SrtpPhone a(keys_of(usual, 5)), b(keys_of("AEAD_AES_256_GCM", 9), 0x22222222);
  const PortId pa = connect(box, a, format("PCMU", 0)), pb = connect(box, b, format("PCMA", 8));
  box.plane->set_format(pb, format("PCMU", 0));
  box.plane->bridge(pa, pb);
  a.say({1, 160});
  check(b.hear().has_value(), "b opens it with its own key");
  b.say({1, 160});
  check(a.hear().has_value(), "a opens it with its own key");
}

TEST("srtp", "Who cannot prove himself is never latched to: in the clear, with another key, or cut short") {
  Mixed call;
  SrtpPhone forger(keys_of(usual, 77));
  Phone stranger;
  const int port = [&] {
    call.b.say({1, 160, 0, 0x22222222});
    const auto heard = call.a.phone.hear();
    check(heard.has_value(), "sent to the address of the description before anybody spoke");
    return static_cast<int>(port_of(heard->from));
  }();
  stranger.aim(port);
  forger.phone.aim(port);
  for (uint16_t i = 1; i < 20; ++i) {
    stranger.say({i, i * 160u});
    forger.say({i, i * 160u});
    auto cut = call.a.sealed({static_cast<uint16_t>(400 + i), 0});
    cut.resize(cut.size() - 1);
    stranger.send(cut);
  }
  check(!call.b.hear(300).has_value(), "nothing of it passes");
  check(call.box.facts.until([&](const Facts &f) { return f.latched.size() == 1; }), "b is latched");
  check(call.box.counter("forged") >= 57, "each is counted");
  call.talk(500);
  check_equal(call.box.facts.latched.size(), 2u, "the phone itself is latched to");
  check(call.box.plane->quality(call.pa).forged >= 57, "counted for the leg");
}

TEST("srtp", "A packet heard before is not heard again") {
  Mixed call;
  const auto packet = call.a.sealed({7, 7});
  call.a.phone.send(packet);
  check(call.b.hear().has_value(), "once");
  call.a.phone.send(packet);
  call.a.phone.send(packet);
  check(!call.b.hear(200).has_value(), "not again");
  check_equal(call.box.plane->quality(call.pa).replayed, 2u, "counted");
}

TEST("srtp", "A long call: the numbers wrap several times both ways and nobody loses count") {
  Mixed call;
  // A source is young for a hundred packets: what leaps then is taken for late.
  uint16_t seq = 1;
  for (; seq < 110; ++seq) call.talk(seq);
  for (int i = 0; i < 60; ++i) call.talk(seq = static_cast<uint16_t>(seq + 9000));
  PortState state;
  check(state_of(call.box.plane->record_of(call.pa), state), "state");
  check_equal(state.srtp.in_index >> 16, uint64_t(109 + 60 * 9000) >> 16, "wraps from the phone");
  check(state.srtp.out_index >> 16 >= 8, "wraps to the phone");
}

TEST("srtp", "A phone that takes another SSRC goes on being heard; one that takes a hundred costs nothing") {
  Mixed call;
  call.talk(1);
  for (uint32_t i = 0; i < 100; ++i) {
    call.a.change_ssrc(0x5000 + i);
    call.talk(static_cast<uint16_t>(10 + i));
  }
}

TEST("srtp", "Another key in the midst of a call: what is under way is still heard, and then what comes with the new key") {
  Mixed call;
  call.talk(1);
  const auto under_way = call.a.sealed({2, 320});
  const SrtpKeys fresh = keys_of("AEAD_AES_128_GCM", 55);
  check(call.box.plane->set_keys(call.pa, fresh), "taken");
  call.a.phone.send(under_way);
  check(call.b.hear().has_value(), "the packet under way");
  SrtpPhone after(fresh);
  call.a.keys = fresh;
  call.a.sealer = std::move(after.sealer);
  call.a.opener = std::move(after.opener);
  for (uint16_t i = 3; i < 8; ++i) call.talk(i);
  check(!call.box.plane->set_keys(call.pa, {usual, "short", "short"}), "keys that do not fit are refused");
  call.talk(9);
}

TEST("srtp", "Reports are opened and sealed as well, beside RTP and among it") {
  for (const bool muxed : {false, true}) {
    Mixed call;
    Phone a_rtcp, b_rtcp;
    Remote ra = call.a.phone.remote(), rb = call.b.remote();
    ra.rtcp = muxed ? call.a.phone.at() : a_rtcp.at();
    rb.rtcp = b_rtcp.at();
    call.box.plane->set_remote(call.pa, ra);
    call.box.plane->set_remote(call.pb, rb);
    call.talk(1);
    call.a.say({2, 320});
    const auto last = call.b.hear();
    check(last.has_value(), "b hears");
    call.b.say({2, 320, 0, 0x22222222});
    const auto heard = call.a.phone.hear();
    check(heard.has_value(), "a hears");
    a_rtcp.aim(port_of(heard->from) + 1);
    std::vector<uint8_t> report(28 + srtp_trailer);
    report[0] = 0x80, report[1] = 200, report[3] = 6;
    rtp::put32(&report[4], call.a.ssrc);
    rtp::put32(&report[8], 0x01020304);
    report.resize(call.a.sealer->seal_rtcp(report.data(), 28));
    (muxed ? call.a.phone : a_rtcp).send(report);
    const auto told = b_rtcp.hear();
    check(told.has_value(), "b is told");
    check_equal(told->bytes.size(), 28u, "in the clear");
    check_equal(rtp::get32(&told->bytes[8]), 0x01020304u, "what a reported");
    // Back: of the plain phone, sealed for the other.
    b_rtcp.aim(port_of(told->from));
    std::vector<uint8_t> answer(28);
    answer[0] = 0x80, answer[1] = 200, answer[3] = 6;
    rtp::put32(&answer[4], 0x22222222);
    b_rtcp.send(answer);
    auto sealed = (muxed ? call.a.phone : a_rtcp).hear();
    check(sealed.has_value(), "a is told");
    size_t size = sealed->bytes.size();
    check(size > 28, "not in the clear");
    check(call.a.opener->open(sealed->bytes.data(), size) == Opener::Verdict::opened, "a opens it");
    check_equal(size, 28u, "a whole report");
  }
}

TEST("srtp", "Keys, sounds and pages reach an encrypting phone, and its own keys are understood") {
  Mixed call;
  Directory directory;
  call.talk(1);
  call.a.say({2, 320, 101, 0, {5, 0x8a, 0, 160}});
  check(call.box.facts.until([](const Facts &f) { return f.digits == "5"; }), "the key 5");
  while (call.b.hear(100)) {}
  call.box.plane->unbridge(call.pa);
  call.box.plane->load_sound("chime", sine_wav(directory, "s.wav", 1000, 8000, 300));
  call.box.plane->play(call.pa, "p", {{"chime"}, 1, 0});
  int opened = 0;
  while (opened < 15 && call.a.hear(2000)) ++opened;
  check_equal(opened, 15, "the sound, packet by packet");
  check(call.box.facts.until([](const Facts &f) { return f.played.size() == 1 && f.played[0].complete; }), "played");
  PageListener listener;
  listener.id = "one";
  listener.port = call.pa;
  call.box.plane->page("page", {{"chime"}, 1, 0}, 0, {listener}, 0);
  opened = 0;
  while (opened < 15 && call.a.hear(2000)) ++opened;
  check_equal(opened, 15, "the page");
}

TEST("srtp", "What is recorded of an encrypting phone is what it said") {
  Mixed call;
  Directory directory;
  call.talk(1);
  call.box.plane->record(call.pa, directory.file("r.wav"), Sides::mixed);
  for (uint16_t i = 2; i < 60; ++i) {
    call.a.say({i, i * 160u, 0, 0, std::vector<uint8_t>(160, 0x2a)});
    check(call.b.hear().has_value(), "b hears a");
    usleep(10'000);
  }
  call.box.plane->stop_record(call.pa);
  check(call.box.facts.until([](const Facts &f) { return f.recorded.size() == 1; }, 10'000), "recorded");
  check_equal(call.box.facts.recorded[0].error, std::string(), "without fault");
  FILE *file = fopen(directory.file("r.wav").c_str(), "rb");
  check(file != nullptr, "the file is there");
  std::vector<int16_t> pcm(200'000);
  pcm.resize(fread(pcm.data(), 2, pcm.size(), file));
  fclose(file);
  // One byte said again and again is one level; what was not opened would be noise.
  int64_t same = 0;
  for (size_t i = 23; i < pcm.size(); ++i) same += pcm[i] != 0 && pcm[i] == pcm[i - 1];
  check(same > 2000, "one level, " + std::to_string(same) + " of " + std::to_string(pcm.size()));
}
