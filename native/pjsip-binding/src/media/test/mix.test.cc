// What must be heard to be done: mixing, transcoding, recording.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "check.h"
#include "speech.h"
#include "wav.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

std::vector<int16_t> settled(const std::vector<int16_t> &pcm, int rate) {
  const size_t skip = static_cast<size_t>(rate / 4);
  check(pcm.size() > 2 * skip, "enough was heard: " + std::to_string(pcm.size()));
  return {pcm.begin() + static_cast<std::ptrdiff_t>(skip), pcm.end()};
}

double share(const Talker &who, double hertz) { return share_of(settled(who.heard_pcm(), pcm_rate(who.codec)), hertz, pcm_rate(who.codec)); }

}  // namespace

TEST("mix", "Each hears the others and not himself, whatever their codecs") {
  Box box;
  Talker a(format("PCMU", 0), 400), b(format("G722", 9), 1000), c(format("opus", 111), 0);
  const PortId pa = box.connect(a.phone, a.format), pb = box.connect(b.phone, b.format), pc = box.connect(c.phone, c.format);
  box.plane->mix("m", {{pa, true, true}, {pb, true, true}, {pc, true, true}});
  talk({&a, &b, &c}, 1000);
  check(share(c, 400) > 0.35 && share(c, 1000) > 0.35, "c hears both");
  check(share(a, 1000) > 0.85 && share(a, 400) < 0.02, "a hears only b");
  check(share(b, 400) > 0.85 && share(b, 1000) < 0.02, "b hears only a");
  check_equal(box.plane->dump().mixes, 1, "mixes");
  box.plane->unmix("m");
  check_equal(box.plane->dump().mixes, 0, "mixes left");
}

TEST("mix", "An opus phone that asked for it is sent no silence, in time and without a loss, and speech whole; others are sent all") {
  for (const bool asked : {true, false}) {
    Box box;
    Format opus = format("opus", 111);
    opus.fmtp = asked ? "minptime=10; usedtx=1;useinbandfec=1" : "minptime=10;useinbandfec=1";
    Talker a(format("PCMU", 0), 400), b(opus, 0);
    const PortId pa = box.connect(a.phone, a.format), pb = box.connect(b.phone, b.format);
    box.plane->bridge(pa, pb);
    talk({&a, &b}, 700);
    check(share(b, 400) > 0.85, "speech before");
    a.reads(std::vector<int16_t>(8000, 0));
    b.heard.clear();
    talk({&a, &b}, 2000);
    const size_t packets = b.heard.size();
    if (!asked) {
      check(packets > 90, "every 20 ms a packet: " + std::to_string(packets));
      continue;
    }
    check(packets < 45 && packets >= 3, "packets in two seconds of silence: " + std::to_string(packets));
    a.reads(sine(400, 8000, 1000));
    talk({&a, &b}, 700);
    uint32_t leaps = 0;
    for (size_t i = 1; i < b.heard.size(); ++i) {
      const rtp::Packet &before = b.heard[i - 1].packet, &now = b.heard[i].packet;
      check_equal(int(uint16_t(now.seq - before.seq)), 1, "no number is missing");
      if (now.ts - before.ts == 960) continue;
      ++leaps;
      check(now.marker, "what follows a pause is marked");
      check((now.ts - before.ts) % 960 == 0 && now.ts - before.ts <= 48 * 500, "a pause of " + std::to_string(now.ts - before.ts));
    }
    check(leaps >= 3, "pauses: " + std::to_string(leaps));
    const uint32_t spoken = b.heard.back().packet.ts - b.heard.front().packet.ts;
    check(spoken > 48 * 2400 && spoken < 48 * 3000, "time went on: " + std::to_string(spoken / 48) + " ms");
    b.heard.erase(b.heard.begin(), b.heard.end() - 25);
    check(share_of(b.heard_pcm(), 400, 16000) > 0.85, "speech after");
  }
}

TEST("mix", "An ear only listens, a whisperer is heard by whom the members say, and members change without a seam") {
  Box box;
  Talker a(format("PCMU", 0), 400), ear(format("PCMA", 8), 1500);
  const PortId pa = box.connect(a.phone, a.format), pe = box.connect(ear.phone, ear.format);
  box.plane->mix("m", {{pa, true, true}, {pe, false, true}});
  talk({&a, &ear}, 700);
  check(share(ear, 400) > 0.9, "the ear hears");
  check(share_of(settled(a.heard_pcm(), 8000), 1500, 8000) < 0.02, "the ear is not heard");
  const rtp::Packet last = a.heard.back().packet;
  a.heard.clear();
  box.plane->mix("m", {{pa, true, true}, {pe, true, false}});
  talk({&a, &ear}, 700);
  check(share(a, 1500) > 0.9, "now it is heard");
  check_equal(int(uint16_t(a.heard.front().packet.seq - last.seq)), 1, "no seam");
  check_equal(a.heard.front().packet.ssrc, last.ssrc, "SSRC");
  box.plane->close(pe);
  a.heard.clear();
  talk({&a}, 700);
  check(share_of(settled(a.heard_pcm(), 8000), 1500, 8000) < 0.02, "who hung up is not heard");
}

TEST("mix", "A bridge becomes a mix and a bridge again without a seam") {
  Box box;
  Talker a(format("PCMU", 0), 400), b(format("PCMU", 0), 1000), c(format("PCMU", 0), 0);
  const PortId pa = box.connect(a.phone, a.format), pb = box.connect(b.phone, b.format), pc = box.connect(c.phone, c.format);
  box.plane->bridge(pa, pb);
  talk({&a, &b}, 200);
  box.plane->mix("m", {{pa, true, true}, {pb, true, true}, {pc, false, true}});
  talk({&a, &b, &c}, 600);
  box.plane->unmix("m");
  box.plane->bridge(pa, pb);
  talk({&a, &b}, 200);
  check(a.heard.size() > 40, "heard throughout");
  for (size_t i = 1; i < a.heard.size(); ++i) {
    check_equal(int(uint16_t(a.heard[i].packet.seq - a.heard[i - 1].packet.seq)), 1, "sequence");
    check(int32_t(a.heard[i].packet.ts - a.heard[i - 1].packet.ts) > 0, "time goes on");
    check_equal(a.heard[i].packet.ssrc, a.heard[0].packet.ssrc, "SSRC");
  }
  check(share(c, 400) > 0.35 && share(c, 1000) > 0.35, "the third heard both");
}

TEST("mix", "Phones without a codec in common are transcoded, keys pass, and a common codec relays again") {
  Box box;
  Talker a(format("PCMU", 0), 400), b(format("opus", 111), 1000);
  const PortId pa = box.connect(a.phone, a.format), pb = box.connect(b.phone, b.format);
  box.plane->bridge(pa, pb);
  talk({&a, &b}, 800);
  check(share(a, 1000) > 0.85, "a hears b");
  check(share(b, 400) > 0.85, "b hears a");
  check_equal(int(b.heard.back().packet.payload_type), 111, "in its own codec");
  check_equal(box.plane->dump().mixes, 0, "a transcoded bridge is no mix");
  a.phone.say({9000, 500000, 101, 0x77, {3, 0x8a, 0, 160}});
  bool key = false;
  for (const auto &heard : b.phone.hear_for(300)) key = key || (heard.packet.payload_type == 101 && heard.packet.payload[0] == 3);
  check(key, "the key arrives as an event");
  box.plane->set_format(pb, format("PCMU", 0));
  b.phone.hear_for(60);
  a.phone.say({9001, 600000, 0, 0x88, std::vector<uint8_t>(160, 0x42)});
  bool passed = false;
  for (const auto &heard : b.phone.hear_for(300)) passed = passed || (heard.packet.payload_size == 160 && heard.packet.payload[9] == 0x42);
  check(passed, "relayed byte for byte");
}

TEST("mix", "Lost packets are concealed, not cut") {
  Box box;
  Talker a(format("PCMU", 0), 400), b(format("PCMA", 8), 0);
  const PortId pa = box.connect(a.phone, a.format), pb = box.connect(b.phone, b.format);
  box.plane->bridge(pa, pb);
  talk({&a, &b}, 400);
  b.heard.clear();
  for (int i = 0; i < 10; ++i) {
    a.lose_next();
    talk({&a, &b}, 80);
  }
  const auto pcm = b.heard_pcm();
  int silent = 0;
  for (size_t i = 0; i + 80 <= pcm.size(); i += 80) {
    int most = 0;
    for (size_t k = i; k < i + 80; ++k) most = std::max(most, std::abs(int(pcm[k])));
    if (most < 400) ++silent;
  }
  check(pcm.size() > 5000, "heard");
  check(silent < 8, "pieces of 10 ms without sound: " + std::to_string(silent));
}

TEST("record", "Both sides are recorded while the relay runs on, and the file is valid before it is closed") {
  Directory directory;
  Box box;
  Talker a(format("PCMU", 0), 400), b(format("PCMU", 0), 1000);
  const PortId pa = box.connect(a.phone, a.format), pb = box.connect(b.phone, b.format);
  box.plane->bridge(pa, pb);
  const std::string file = directory.file("call.wav");
  box.plane->record(pa, file, Sides::mixed);
  talk({&a, &b}, 1200);
  check(read_wav(file).samples.size() > 4000, "valid while it is written");
  check_equal(box.plane->dump().recorders, 1, "recorders");
  box.plane->stop_record(pa);
  check(box.facts.until([](const Facts &f) { return f.recorded.size() == 1; }), "told");
  const auto &told = box.facts.recorded[0];
  check(told.error.empty() && told.file == file && told.seconds > 1.0, "seconds " + std::to_string(told.seconds) + told.error);
  const auto wav = read_wav(file);
  const auto pcm = settled(wav.samples, wav.rate);
  check(share_of(pcm, 400, wav.rate) > 0.35 && share_of(pcm, 1000, wav.rate) > 0.35, "both sides");
  check(a.heard.size() > 50 && share(a, 1000) > 0.95, "the relay ran on");
  check_equal(box.plane->dump().recorders, 0, "recorders left");
}

namespace {

/** The channels of a file of two, without its first quarter second. */
std::pair<std::vector<int16_t>, std::vector<int16_t>> channels_of(const std::string &file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<char> bytes(std::istreambuf_iterator<char>(in), {});
  check(bytes.size() > 44 && bytes[22] == 2 && bytes[32] == 4, "two channels");
  std::pair<std::vector<int16_t>, std::vector<int16_t>> out;
  for (size_t at = 44 + 8000; at + 4 <= bytes.size(); at += 4) {
    int16_t both[2];
    memcpy(both, &bytes[at], sizeof both);
    out.first.push_back(both[0]);
    out.second.push_back(both[1]);
  }
  return out;
}

}  // namespace

TEST("record", "Each side has a channel of its own where that is asked for, in step, and valid before it is closed") {
  for (const Sides sides : {Sides::left, Sides::right}) {
    Directory directory;
    Box box;
    Talker a(format("PCMU", 0), 400), b(format("PCMU", 0), 1000);
    const PortId pa = box.connect(a.phone, a.format), pb = box.connect(b.phone, b.format);
    box.plane->bridge(pa, pb);
    const std::string file = directory.file("call.wav");
    box.plane->record(pa, file, sides);
    talk({&a, &b}, 1400);
    check(channels_of(file).first.size() > 2000, "valid while it is written");
    box.plane->stop_record(pa);
    check(box.facts.until([](const Facts &f) { return f.recorded.size() == 1; }), "told");
    const double seconds = box.facts.recorded[0].seconds;
    check(seconds > 1.2 && seconds < 2.0, "seconds " + std::to_string(seconds));
    const auto [left, right] = channels_of(file);
    const auto &own = sides == Sides::left ? left : right, &other = sides == Sides::left ? right : left;
    check(share_of(own, 400, 8000) > 0.9 && share_of(own, 1000, 8000) < 0.01, "what its phone says, and nothing else");
    check(share_of(other, 1000, 8000) > 0.9 && share_of(other, 400, 8000) < 0.01, "what it hears, and nothing else");
  }
}

TEST("record", "What the box itself says is recorded, and a leg that ends ends its recording") {
  Directory directory;
  Box box;
  Talker a(format("G722", 9), 0);
  const PortId pa = box.connect(a.phone, a.format);
  box.plane->load_sound("s", sine_wav(directory, "s.wav", 700, 16000, 800));
  box.plane->record(pa, directory.file("prompt.wav"), Sides::mixed);
  box.plane->play(pa, "p", {{"s"}, 1, 0});
  talk({&a}, 1000);
  box.plane->close(pa);
  check(box.facts.until([](const Facts &f) { return f.recorded.size() == 1; }), "told");
  const auto wav = read_wav(directory.file("prompt.wav"));
  check_equal(wav.rate, 16000, "wideband");
  check(share_of({wav.samples.begin() + 4000, wav.samples.begin() + 11000}, 700, 16000) > 0.9, "the prompt is in it");
}

TEST("record", "A file that cannot be written is told as an error") {
  Box box;
  Phone phone;
  const PortId id = box.connect(phone, format("PCMU", 0));
  box.plane->record(id, "/nowhere/at/all.wav", Sides::mixed);
  check(box.facts.until([](const Facts &f) { return f.recorded.size() == 1; }), "told");
  check(box.facts.recorded[0].error.find("/nowhere/at/all.wav") == 0, box.facts.recorded[0].error);
  box.plane->record(PortId{9999}, "/tmp/x.wav", Sides::mixed);
  check_equal(box.facts.recorded.size(), 2u, "told at once for no port");
  check_equal(box.plane->dump().recorders, 0, "recorders left");
}
