// Killed and started again: the same ports go on with the same streams.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "check.h"
#include "port_record.h"
#include "record_file.h"
#include "speech.h"
#include "srtp-phone.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

/** A plane in a process of its own, which is killed without warning. */
template <class Work>
struct Predecessor {
  PortId ports[2] = {};

  Predecessor(const std::string &state_file, Work work) {
    int told[2];
    check(pipe(told) == 0, "pipe");
    pid_ = fork();
    if (pid_ == 0) {
      Box box(state_file);
      work(box, ports);
      if (write(told[1], ports, sizeof ports) != sizeof ports) _exit(1);
      for (;;) pause();
    }
    ::close(told[1]);
    const bool worked = read(told[0], ports, sizeof ports) == sizeof ports;
    ::close(told[0]);
    if (!worked) kill_it();
    check(worked, "the predecessor came up");
  }
  ~Predecessor() { kill_it(); }
  void kill_it() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

}  // namespace

TEST("restore", "After kill -9 both legs go on: same ports, same SSRC, sequence and time continued, strangers still refused") {
  Directory directory;
  const std::string file = directory.file("media");
  Phone a, b, stranger;
  Predecessor before(file, [&](Box &box, PortId *ports) {
    ports[0] = box.connect(a, format("PCMU", 0));
    ports[1] = box.connect(b, format("PCMU", 0));
    box.plane->bridge(ports[0], ports[1]);
    b.say({7, 777, 0, 0x22222222});
    check(a.hear().has_value(), "b is relayed");
    for (uint16_t i = 0; i < 50; ++i) {
      a.say({i, uint32_t(i) * 160});
      if (i < 49) check(b.hear().has_value(), "a is relayed");
    }
    // The last packet is left for the test itself.
    box.facts.until([](const Facts &) { return false; }, 100);
  });
  const auto last = b.hear();
  check(last.has_value(), "the last packet before the kill");
  before.kill_it();
  b.aim(port_of(last->from));
  stranger.aim(port_of(last->from));

  Box box(file);
  check(box.plane->restore(before.ports[0], "") && box.plane->restore(before.ports[1], ""), "both restored");
  check(!box.plane->restore(before.ports[0], ""), "not twice");
  stranger.say({1, 1, 0, 0x33333333});
  b.say({8, 937, 0, 0x22222222});
  const auto at_a = a.hear();
  check(at_a.has_value() && at_a->packet.payload_size == 160, "b reaches a again");
  a.aim(port_of(at_a->from));
  a.say({50, 8000});
  const auto first = b.hear();
  check(first.has_value(), "a reaches b again");
  check_equal(port_of(first->from), port_of(last->from), "from the same port");
  check_equal(first->packet.ssrc, last->packet.ssrc, "SSRC");
  check_equal(int(uint16_t(first->packet.seq - last->packet.seq)), 1, "sequence");
  check(int32_t(first->packet.ts - last->packet.ts) >= 160, "time");
  check(!a.hear(50), "the stranger is not heard");
  int port = 0;
  check(box.plane->open(address("127.0.0.1", 0), port) > std::max(before.ports[0], before.ports[1]), "ids go on");
}

TEST("restore", "Killed twice, the second successor knows what the first one did") {
  Directory directory;
  const std::string file = directory.file("media");
  Phone a, b;
  PortId ports[2];
  uint16_t seq = 0;
  {
    Predecessor first(file, [&](Box &box, PortId *p) {
      p[0] = box.connect(a, format("PCMA", 8));
      p[1] = box.connect(b, format("PCMA", 8));
      box.plane->bridge(p[0], p[1]);
      box.plane->set_held(p[0], true);
      a.say({1, 160, 8});
    });
    memcpy(ports, first.ports, sizeof ports);
    const auto heard = b.hear();
    check(heard.has_value(), "relayed by the first");
    seq = heard->packet.seq;
    a.aim(0);
    b.aim(port_of(heard->from));
  }
  {
    Predecessor second(file, [&](Box &box, PortId *p) {
      memcpy(p, ports, sizeof ports);
      check(box.plane->restore(ports[0], "") && box.plane->restore(ports[1], ""), "restored by the second");
      check(box.plane->held(ports[0]), "still held");
      box.plane->set_held(ports[0], false);
      b.say({1, 160, 8, 0x22222222});
      check(a.hear().has_value(), "heard by a");
    });
  }
  Box box(file);
  check(box.plane->restore(ports[1], "") && box.plane->restore(ports[0], ""), "restored by the third");
  check(!box.plane->held(ports[0]), "no more held");
  b.say({2, 320, 8, 0x22222222});
  const auto at_a = a.hear();
  check(at_a.has_value(), "heard");
  a.aim(port_of(at_a->from));
  a.say({2, 320, 8});
  const auto at_b = b.hear();
  check(at_b.has_value(), "heard by b");
  check_equal(int(uint16_t(at_b->packet.seq - seq)), 1, "sequence over three lives");
}

TEST("restore", "Without the memory file the line alone restores a port") {
  Phone phone;
  std::string line;
  PortId id;
  int port;
  {
    Box box;
    id = box.connect(phone, format("PCMU", 0));
    phone.say({1, 160});
    check(box.facts.until([](const Facts &f) { return f.latched.size() == 1; }), "latched");
    line = box.plane->record_of(id);
    PortState state;
    check(state_of(line, state), line);
    port = state.local_port;
  }
  Box box;
  check(box.plane->restore(id, line), "restored");
  PortState state;
  check(state_of(box.plane->record_of(id), state), "record");
  check_equal(state.local_port, port, "port");
  check(same_endpoint(state.rtp_source, phone.at()), "latched as before");
  check(!box.plane->restore(id + 1, line), "the port is in use");
  check(!box.plane->restore(id + 2, "port-1 nonsense"), "a broken line is refused");
}

TEST("restore", "A closed port leaves nothing behind, and a broken file does no harm") {
  Directory directory;
  const std::string file = directory.file("media");
  PortId id;
  {
    Box box(file);
    Phone phone;
    id = box.connect(phone, format("PCMU", 0));
    box.plane->close(id);
  }
  {
    Box box(file);
    check(!box.plane->restore(id, ""), "nothing to restore");
  }
  FILE *broken = fopen(file.c_str(), "r+");
  for (int i = 0; i < 20000; ++i) fputc(rand() & 0xff, broken);
  fclose(broken);
  Box box(file);
  int port = 0;
  check(box.plane->open(address("127.0.0.1", 0), port) != 0, "works with a broken file");
}

TEST("restore", "A record survives text and back, whatever the SDP put into it") {
  PortState s;
  s.bind = address("::1", 0);
  s.local_port = 4000;
  s.remote.rtp = address("10.1.2.3", 5004);
  s.remote.signalling = address("fe80::1", 5060);
  s.format = format("opus", 111, 97);
  s.format.fmtp = "useinbandfec=1; x=%41 end=2 \t\"\xff";
  s.ssrc = 0xffffffff, s.seq = 65535, s.ts = 0xfffffff0, s.sent_us = ~uint64_t{0}, s.peer = 7, s.held = true;
  PortState back;
  check(state_of(line_of(s), back), "read");
  check_equal(line_of(back), line_of(s), "line");
  check_equal(back.format.fmtp, s.format.fmtp, "fmtp");
  const std::string line = line_of(s);
  for (size_t i = 0; i < line.size(); ++i) check(!state_of(line.substr(0, i), back), "cut at " + std::to_string(i));
}

TEST("restore", "A record whose numbers cannot be counted with is no record") {
  PortState whole;
  whole.bind = address("127.0.0.1", 0);
  whole.local_port = 4000;
  whole.format = format("PCMU", 0, 101);
  const std::string line = line_of(whole);
  PortState back;
  check(state_of(line, back), "the whole one is read");
  const std::pair<const char *, const char *> spoilt[] = {{" rate=8000", " rate=0"}, {" rate=8000", " rate=4000000000"}, {" ptime=20", " ptime=0"}, {" ptime=20", " ptime=-1"},
                                                          {" pt=0", " pt=128"}, {" event=101", " event=-2"}, {" channels=1", " channels=0"}};
  for (const auto &[good, bad] : spoilt) {
    const size_t at = line.find(good);
    check(at != std::string::npos, std::string("it says ") + good);
    check(!state_of(std::string(line).replace(at, strlen(good), bad), back), std::string("refuses ") + bad);
  }
}

TEST("restore", "An encrypted leg goes on after kill -9 with its count of wraps both ways; what was heard before the kill is not heard again") {
  Directory directory;
  const std::string file = directory.file("media");
  const std::string suite = "AES_CM_128_HMAC_SHA1_80";
  const SrtpKeys keys = keys_of(suite, 21);
  Phone a, b;
  int to_box = 0;
  const auto sealed = [&](Sealer &sealer, uint16_t seq) {
    auto bytes = SrtpPhone::plain({seq, seq * 160u});
    bytes.resize(bytes.size() + srtp_trailer);
    bytes.resize(sealer.seal(bytes.data(), bytes.size() - srtp_trailer));
    return bytes;
  };
  Predecessor before(file, [&](Box &box, PortId *ports) {
    ports[0] = box.plane->open(address("127.0.0.1", 0), to_box);
    check(box.plane->set_keys(ports[0], keys), "keys");
    box.plane->set_remote(ports[0], a.remote());
    box.plane->set_format(ports[0], format("PCMU", 0));
    a.aim(to_box);
    ports[1] = box.connect(b, format("PCMU", 0));
    box.plane->bridge(ports[0], ports[1]);
    Sealer sealer(SrtpPhone::turned(keys), 0x11111111);
    for (uint16_t seq = 65436; seq != 101; ++seq) {
      a.send(sealed(sealer, seq));
      check(b.hear().has_value(), "a is relayed");
    }
    // A source is young for a hundred packets: what leaps then is taken for late.
    for (uint16_t i = 0, seq = 1; i < 112; ++i, seq = static_cast<uint16_t>(seq + (i < 102 ? 1 : 9000))) {
      b.say({seq, seq * 160u, 0, 0x22222222});
      if (i < 111) check(a.hear().has_value(), "b is relayed");
    }
    box.facts.until([](const Facts &) { return false; }, 100);
  });
  const auto last = a.hear();
  check(last.has_value(), "the last packet before the kill");
  before.kill_it();
  PortState state;
  check(RecordFile(file, 200).inherited_state(before.ports[0], state), "the state is there");
  check_equal(state.srtp.in_index, uint64_t(1) << 16 | 100, "where the phone's stream stood");
  check(state.srtp.out_index >> 16 >= 1, "where the box's stood");

  Box box(file);
  check(box.plane->restore(before.ports[0], "") && box.plane->restore(before.ports[1], ""), "both restored");
  check_equal(box.plane->quality(before.ports[0]).suite, suite, "still encrypted");
  a.aim(port_of(last->from));
  {
    Sealer again(SrtpPhone::turned(keys), 0x11111111);
    again.resume((uint64_t(1) << 16) + 99, 0);
    a.send(sealed(again, 100));
    check(!b.hear(200).has_value(), "what was heard before is not heard again");
  }
  Sealer sealer(SrtpPhone::turned(keys), 0x11111111);
  sealer.resume((uint64_t(1) << 16) + 100, 0);
  a.send(sealed(sealer, 101));
  const auto at_b = b.hear();
  check(at_b.has_value(), "the phone is heard again");
  b.aim(port_of(at_b->from));
  b.say({2, 320, 0, 0x22222222});
  auto at_a = a.hear();
  check(at_a.has_value(), "and hears");
  Opener opener(SrtpPhone::turned(keys));
  opener.resume(at_a->packet.ssrc, state.srtp.out_index);
  size_t size = at_a->bytes.size();
  check(opener.open(at_a->bytes.data(), size) == Opener::Verdict::opened, "with an index above all that were used");
}
