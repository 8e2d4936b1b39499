// What strangers and broken phones send: it costs them silence, never the process.
#include <unistd.h>

#include <cstring>
#include <memory>
#include <random>
#include <thread>

#include "check.h"
#include "digits.h"
#include "ear.h"
#include "out_stream.h"
#include "port_allocator.h"
#include "port_record.h"
#include "rtcp.h"
#include "speech.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

/** The same disorder in every run. */
struct Disorder {
  std::mt19937 random{20261120};
  uint32_t any() { return static_cast<uint32_t>(random()); }
  uint32_t below(uint32_t n) { return any() % n; }
  std::vector<uint8_t> bytes(size_t n) {
    std::vector<uint8_t> out(n);
    for (auto &byte : out) byte = static_cast<uint8_t>(random());
    return out;
  }
  /** Something that begins like RTP or RTCP and is then cut, stretched or altered. */
  std::vector<uint8_t> packet() {
    auto out = bytes(below(400));
    if (out.size() < 2 || below(8) == 0) return out;
    out[0] = static_cast<uint8_t>(0x80 | (below(4) ? 0 : below(64)));
    static const int types[] = {0, 8, 9, 101, 111, 13, 200, 201, 202, 203, 205, 206};
    out[1] = static_cast<uint8_t>(types[below(12)] | (below(4) ? 0 : 0x80));
    if (out.size() >= 4 && below(2)) {
      out[2] = 0;
      out[3] = static_cast<uint8_t>(out.size() / 4 - 1);
    }
    if (below(40) == 0) out.resize(1400 + below(700), 0x5a);
    return out;
  }
};

}  // namespace

TEST("robust", "Ports are found although another program holds three hundred in a row") {
  const Address here = address("127.0.0.1", 0);
  PortAllocator theirs(50000, 51999);
  std::vector<SocketPair> held;
  for (int i = 0; i < 300; ++i) held.push_back(theirs.take(here));
  for (int i = 0; i < 50; ++i) {
    const SocketPair own = PortAllocator(50000, 51999).take(here);
    check(own.port != 0, "a port beyond theirs is found");
    close(own.rtp);
    close(own.rtcp);
  }
  for (const SocketPair &pair : held) {
    close(pair.rtp);
    close(pair.rtcp);
  }
}

TEST("robust", "Twenty thousand malformed packets leave calls, mixes, pages and recordings working") {
  Directory directory;
  Box box;
  Disorder disorder;
  Talker a(format("PCMU", 0), 400), b(format("PCMU", 0), 1000), c(format("opus", 111), 0), d(format("G722", 9), 0), e(format("PCMA", 8), 0);
  const PortId pa = box.connect(a.phone, a.format), pb = box.connect(b.phone, b.format), pc = box.connect(c.phone, c.format),
               pd = box.connect(d.phone, d.format), pe = box.connect(e.phone, e.format);
  box.plane->bridge(pa, pb);
  box.plane->mix("m", {{pc, true, true}, {pd, true, true}});
  Phone far;
  PageListener listener;
  listener.id = "x";
  listener.to = far.at();
  box.plane->page("p", {}, pe, {listener}, 0);
  box.plane->record(pa, directory.file("r.wav"), Sides::mixed);
  talk({&a, &b, &c, &d, &e}, 100);
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 100; ++i)
      for (Talker *one : {&a, &b, &c, &d, &e}) one->phone.send(disorder.packet());
    talk({&a, &b, &c, &d, &e}, 20);
  }
  Talker fresh(format("PCMU", 0), 400), other(format("PCMU", 0), 0);
  const PortId p1 = box.connect(fresh.phone, fresh.format), p2 = box.connect(other.phone, other.format);
  box.plane->bridge(p1, p2);
  talk({&fresh, &other}, 400);
  check(share_of(other.heard_pcm(), 400, 8000) > 0.9, "a new call works");
  check(box.counter("malformed") > 1000, "they were counted: " + std::to_string(box.counter("malformed")));
  box.plane->stop_page("p");
  box.plane->stop_record(pa);
  check(box.facts.until([](const Facts &f) { return f.ended.size() == 1 && f.recorded.size() == 1; }), "page and recording ended");
}

TEST("robust", "Parsers read nothing beyond what they were given") {
  Disorder disorder;
  for (int i = 0; i < 100000; ++i) {
    const auto made = disorder.packet();
    // Exactly as large as the packet, so that a sanitizer sees one byte too much.
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[made.size() + 1]);
    std::unique_ptr<uint8_t[]> exact(new uint8_t[made.size() ? made.size() : 1]);
    if (!made.empty()) memcpy(exact.get(), made.data(), made.size());
    rtp::Packet packet{};
    if (rtp::parse(exact.get(), made.size(), packet)) {
      check(packet.payload >= exact.get() && packet.payload + packet.payload_size <= exact.get() + made.size(), "payload within the packet");
      DigitDetector detector;
      detector.hear_event(packet);
    }
    RtcpTranslation translation{1, 2, 3, 4, 5};
    check(translate_rtcp(exact.get(), made.size(), translation) <= made.size(), "a translation does not grow");
  }
}

TEST("robust", "Decoders survive every payload") {
  Disorder disorder;
  const auto room = CodecRoom::enter();
  for (const Codec codec : all_codecs) {
    Decoder decoder(room, codec);
    for (int i = 0; i < 3000; ++i) {
      const auto payload = disorder.bytes(1 + disorder.below(1280));
      size_t samples = 0;
      int16_t out[Decoder::most_decoded];
      const auto frames = decoder.split(payload.data(), payload.size(), disorder.below(1 << 30), samples);
      for (const auto &frame : frames) check(decoder.decode(frame.bytes, frame.size, out) <= Decoder::most_decoded, "samples");
      if (disorder.below(4) == 0) decoder.conceal(1 + disorder.below(2000), out);
    }
  }
}

TEST("robust", "An ear takes any order, any timestamps and any packet length") {
  Disorder disorder;
  const auto room = CodecRoom::enter();
  for (const auto &f : {format("PCMU", 0), format("opus", 111), format("G722", 9)}) {
    Ear ear(room, 16000);
    int16_t pcm[most_samples];
    uint32_t ts = 0;
    for (int i = 0; i < 4000; ++i) {
      const auto payload = disorder.bytes(1 + disorder.below(500));
      ts = disorder.below(20) ? ts + 160 : disorder.any();
      const int type = disorder.below(50) ? f.payload_type : int(disorder.below(128));
      const uint32_t ssrc = disorder.below(100) ? 1 : disorder.any();
      ear.hear(f, {false, uint8_t(type), uint16_t(i), ts, ssrc, payload.data(), payload.size()});
      if (disorder.below(2)) ear.pull(pcm);
    }
  }
}

TEST("robust", "A record line of noise is refused or read, never more") {
  Disorder disorder;
  PortState s;
  s.bind = address("127.0.0.1", 0);
  s.local_port = 4000;
  const std::string good = line_of(s);
  for (int i = 0; i < 20000; ++i) {
    std::string line = good;
    for (uint32_t k = 0; k <= disorder.below(6); ++k) line[disorder.below(static_cast<uint32_t>(line.size()))] = static_cast<char>(disorder.any());
    PortState back;
    if (state_of(line, back)) line_of(back);
  }
}

TEST("robust", "Sequence numbers wrap, and a late packet of before a seam is left out") {
  OutStream stream(1, 65534, 0xffffff00);
  rtp::Header header{};
  rtp::Packet in{false, 0, 100, 1000, 9, nullptr, 0};
  check(stream.relay(in, 8000, 1'000'000, header) && header.seq == 65535, "before the wrap");
  in.seq = 101, in.ts = 1160;
  check(stream.relay(in, 8000, 1'020'000, header) && header.seq == 0, "after the wrap");
  in.seq = 99;
  check(!stream.relay(in, 8000, 1'020'000, header), "from before the seam");
  const auto own = stream.speak(5, 160, 8000, 1'040'000);
  check(own.seq == 1 && own.marker, "the box goes on");
  in.seq = 102, in.ts = 1320;
  check(stream.relay(in, 8000, 1'060'000, header) && header.seq == 2 && header.marker, "and the phone again");
}

TEST("robust", "Opening, bridging, speaking and closing from several threads at once ends with nothing left") {
  Directory directory;
  Box box("", 2);
  box.plane->load_sound("s", sine_wav(directory, "s.wav", 440, 8000, 40));
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&box, t] {
      for (int i = 0; i < 15; ++i) {
        Phone a, b;
        int port = 0;
        const std::string name = std::to_string(t) + "-" + std::to_string(i);
        const PortId pa = box.plane->open(address("127.0.0.1", 0), port);
        a.aim(port);
        const PortId pb = box.plane->open(address("127.0.0.1", 0), port);
        b.aim(port);
        for (const auto &[id, phone] : {std::pair{pa, &a}, std::pair{pb, &b}}) {
          box.plane->set_remote(id, phone->remote());
          box.plane->set_format(id, format(i % 3 && id == pb ? "G722" : "PCMU", i % 3 && id == pb ? 9 : 0));
        }
        box.plane->bridge(pa, pb);
        a.say({1, 160});
        b.say({1, 160});
        box.plane->play(pa, name, {{"s"}, 1, 0});
        box.plane->send_digits(pb, "5");
        if (i % 2) box.plane->mix(name, {{pa, true, true}, {pb, true, true}});
        PageListener listener;
        listener.id = "x";
        listener.port = pa;
        box.plane->page(name, {{"s"}, 1, 0}, 0, {listener}, 0);
        a.hear(20);
        box.plane->record_of(pa);
        box.plane->quality(pb);
        if (i % 2) box.plane->unmix(name);
        box.plane->close(pa);
        box.plane->close(pb);
      }
    });
  for (auto &thread : threads) thread.join();
  check(box.facts.until([](const Facts &f) { return f.played.size() == 45 && f.ended.size() == 45; }), "all told");
  const auto dump = box.plane->dump();
  check(dump.ports == 0 && dump.players == 0 && dump.mixes == 0 && dump.pages == 0 && dump.recorders == 0, "nothing left");
}
