// What the box itself says to a phone: sounds, tones, keys.
#include <cstring>
#include <fstream>

#include "check.h"
#include "speech.h"
#include "wav.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

void check_seamless(const std::vector<Heard> &heard, uint32_t samples) {
  for (size_t i = 1; i < heard.size(); ++i) {
    check_equal(int(uint16_t(heard[i].packet.seq - heard[i - 1].packet.seq)), 1, "sequence at packet " + std::to_string(i));
    check_equal(heard[i].packet.ts - heard[i - 1].packet.ts, samples, "timestamp at packet " + std::to_string(i));
    check_equal(heard[i].packet.ssrc, heard[0].packet.ssrc, "SSRC");
  }
}

std::vector<Heard> hear_until_played(Box &box, Phone &phone) {
  std::vector<Heard> heard;
  check(box.facts.until([](const Facts &f) { return !f.played.empty(); }), "told that it was played");
  while (auto packet = phone.hear(0)) heard.push_back(std::move(*packet));
  return heard;
}

}  // namespace

TEST("speech", "A playlist is played without gaps, in rounds with silence between them, and told to be complete once") {
  Directory directory;
  Box box;
  Phone phone;
  const PortId id = box.connect(phone, format("PCMU", 0));
  check(box.plane->load_sound("a", sine_wav(directory, "a.wav", 440, 8000, 90)) > 0.089, "seconds of a");
  box.plane->load_sound("b", sine_wav(directory, "b.wav", 880, 16000, 60));
  box.plane->play(id, "p", {{"a", "b"}, 2, 60});
  const auto heard = hear_until_played(box, phone);
  check_equal(heard.size(), 19u, "two rounds of 5 + 3 frames and 3 of silence");
  check_seamless(heard, 160);
  check(heard[0].packet.marker && !heard[1].packet.marker, "the first is marked");
  const auto pcm = decoded(heard, Codec::pcmu);
  // The decoder's concealment holds back its first 10 ms.
  check(share_of({pcm.begin() + 80, pcm.begin() + 700}, 440, 8000) > 0.95, "a is heard");
  check(share_of({pcm.begin() + 850, pcm.begin() + 1250}, 880, 8000) > 0.9, "b is heard");
  check(share_of({pcm.begin() + 1300, pcm.begin() + 1760}, 880, 8000) < 0.1, "silence between rounds");
  check(box.facts.played.size() == 1 && box.facts.played[0].complete, "complete, once");
  check_equal(box.plane->dump().players, 0, "players left");
}

TEST("speech", "Wideband phones hear the wideband sound") {
  Directory directory;
  Box box;
  box.plane->load_sound("a", sine_wav(directory, "a.wav", 5000, 16000, 400));
  for (const auto &f : {format("G722", 9), format("opus", 111)}) {
    Phone phone;
    const PortId id = box.connect(phone, f);
    box.facts.played.clear();
    box.plane->play(id, "p", {{"a"}, 1, 0});
    const auto heard = hear_until_played(box, phone);
    check_equal(heard.size(), 20u, f.codec + " packets");
    check_seamless(heard, rtp_samples_per_tick(codec_named(f.codec)));
    check_equal(int(heard[0].packet.payload_type), f.payload_type, "type");
    auto pcm = decoded(heard, codec_named(f.codec));
    check(pcm.size() > 4000, "decoded");
    check(share_of({pcm.begin() + 1000, pcm.end() - 800}, 5000, 16000) > 0.8, f.codec + " carries 5 kHz");
  }
}

TEST("speech", "A player takes over from the other phone and gives back without a seam") {
  Directory directory;
  Box box;
  Phone a, b;
  const PortId pa = box.connect(a, format("PCMA", 8)), pb = box.connect(b, format("PCMA", 8));
  box.plane->load_sound("a", sine_wav(directory, "a.wav", 440, 8000, 100));
  box.plane->bridge(pa, pb);
  a.say({500, 160000, 8});
  const auto before = b.hear();
  check(before.has_value(), "relayed before");
  box.plane->play(pb, "p", {{"a"}, 1, 0});
  const auto first = b.hear();
  a.say({501, 160160, 8});
  const auto rest = hear_until_played(box, b);
  check(first && rest.size() == 4, "the other phone is not heard meanwhile");
  a.say({502, 160320, 8});
  const auto after = b.hear();
  check(after.has_value(), "relayed after");
  check_equal(int(uint16_t(first->packet.seq - before->packet.seq)), 1, "sequence into the player");
  check_equal(int(uint16_t(after->packet.seq - rest.back().packet.seq)), 1, "sequence out of the player");
  check(int32_t(after->packet.ts - rest.back().packet.ts) >= 160, "time goes on");
  check_equal(after->packet.ssrc, before->packet.ssrc, "SSRC");
}

TEST("speech", "However a play ends, it is told once, and complete only if it was") {
  Directory directory;
  Box box;
  Phone phone;
  box.plane->load_sound("a", sine_wav(directory, "a.wav", 440, 8000, 5000));
  const PortId id = box.connect(phone, format("PCMU", 0));
  const auto told = [&](size_t n) {
    check(box.facts.until([n](const Facts &f) { return f.played.size() >= n; }), "told " + std::to_string(n));
    check_equal(box.facts.played.size(), n, "told");
    check(!box.facts.played.back().complete, "not complete");
  };
  box.plane->play(id, "stopped", {{"a"}, 0, 0});
  check(phone.hear().has_value(), "heard");
  box.plane->stop_play(id, "another");
  box.plane->stop_play(id, "stopped");
  told(1);
  box.plane->play(id, "replaced", {{"a"}, 0, 0});
  box.plane->play(id, "closed", {{"a"}, 0, 0});
  told(2);
  check_equal(box.facts.played.back().play, std::string("replaced"), "which");
  box.plane->close(id);
  told(3);
  box.plane->play(id, "no port", {{"a"}, 1, 0});
  told(4);
  const PortId other = box.connect(phone, format("PCMU", 0));
  box.plane->play(other, "no sound", {{"nothing"}, 1, 0});
  told(5);
  box.plane->set_format(other, format("G729", 18));
  box.plane->play(other, "no codec", {{"a"}, 1, 0});
  told(6);
  box.plane->set_format(other, format("PCMU", 0));
  box.plane->play(other, "at the stop", {{"a"}, 1, 0});
  box.plane->stop();
  told(7);
  check_equal(box.plane->dump().players, 0, "players left");
}

TEST("speech", "Tones have their frequencies and their cadence") {
  Box box;
  Phone phone;
  const PortId id = box.connect(phone, format("PCMU", 0));
  box.plane->tone(id, "ring", {{{{440, 480}, 200}, {{}, 200}}});
  std::vector<Heard> heard;
  while (heard.size() < 40)
    if (auto packet = phone.hear()) heard.push_back(std::move(*packet));
    else break;
  check_equal(heard.size(), 40u, "packets");
  check_seamless(heard, 160);
  const auto pcm = decoded(heard, Codec::pcmu);
  const std::vector<int16_t> on(pcm.begin(), pcm.begin() + 1600), off(pcm.begin() + 1600, pcm.begin() + 3200);
  check(share_of(on, 440, 8000) > 0.4 && share_of(on, 480, 8000) > 0.4, "both tones");
  check(share_of(off, 440, 8000) < 0.05, "then silence");
  box.plane->stop_play(id, "ring");
  check(box.facts.until([](const Facts &f) { return f.played.size() == 1; }), "told");
}

TEST("speech", "A cadence is kept to the sample, and what is heard once is not heard again") {
  Box box;
  Phone phone;
  const PortId id = box.connect(phone, format("PCMU", 0));
  // A stutter, then 375 ms of engaged tone: neither is a multiple of a packet.
  box.plane->tone(id, "engaged", {{{{1000}, 55}, {{}, 55}, {{400}, 375}, {{}, 375}}, 2});
  std::vector<Heard> heard;
  while (heard.size() < 90)
    if (auto packet = phone.hear()) heard.push_back(std::move(*packet));
    else break;
  const auto all = decoded(heard, Codec::pcmu);
  check(all.size() > 8 * 1700, "packets");
  // What the decoder holds back at its beginning, 10 ms, is not in it.
  const std::vector<int16_t> pcm(all.begin(), all.end());
  std::vector<int> edges;
  bool sounds = false;
  for (size_t i = 0; i + 24 <= pcm.size(); ++i) {
    int most = 0;
    for (size_t k = i; k < i + 24; ++k) most = std::max(most, std::abs(int(pcm[k])));
    if ((most > 300) != sounds) sounds = !sounds, edges.push_back(static_cast<int>(i));
  }
  check(edges.size() >= 6, "edges");
  const int lead = edges[2];
  check(std::abs(edges[3] - lead - 8 * 375) <= 30, "tone for " + std::to_string((edges[3] - lead) / 8) + " ms");
  check(std::abs(edges[4] - lead - 8 * 750) <= 30, "again after " + std::to_string((edges[4] - lead) / 8) + " ms");
  check(share_of({pcm.begin() + edges[4] + 80, pcm.begin() + edges[5] - 80}, 400, 8000) > 0.95, "the tone, not the stutter");
  box.plane->stop_play(id, "engaged");
}

TEST("speech", "Keys go out as RFC 4733 events: one timestamp and one mark each, growing duration, the end three times") {
  Box box;
  Phone phone;
  const PortId id = box.connect(phone, format("PCMU", 0));
  box.plane->send_digits(id, "1");
  box.plane->send_digits(id, "#");
  std::vector<Heard> heard;
  while (heard.size() < 16)
    if (auto packet = phone.hear()) heard.push_back(std::move(*packet));
    else break;
  check_equal(heard.size(), 16u, "packets");
  for (size_t i = 0; i < 16; ++i) {
    const auto &p = heard[i].packet;
    check_equal(int(p.payload_type), 101, "type");
    check_equal(p.payload_size, 4u, "size");
    check_equal(int(p.payload[0]), i < 8 ? 1 : 11, "key");
    check_equal(p.marker, i % 8 == 0, "mark");
    check_equal((p.payload[1] & 0x80) != 0, i % 8 >= 5, "end");
    check_equal(int(rtp::get16(p.payload + 2)), int(160 * std::min<size_t>(i % 8 + 1, 5)), "duration");
    if (i % 8) check_equal(p.ts, heard[i - 1].packet.ts, "timestamp");
    if (i) check_equal(int(uint16_t(p.seq - heard[i - 1].packet.seq)), 1, "sequence");
  }
  check(int32_t(heard[8].packet.ts - heard[7].packet.ts) >= 1280, "a pause between keys");
}

TEST("speech", "A key reaches a phone without telephone events as a tone, also from the other side of a bridge") {
  Box box;
  Phone a, b;
  const PortId pa = box.connect(a, format("PCMU", 0)), pb = box.connect(b, format("PCMU", 0, -1));
  box.plane->bridge(pa, pb);
  a.say({1, 160, 101, 0x11111111, {5, 0x8a, 0, 160}});
  std::vector<Heard> heard;
  while (heard.size() < 8)
    if (auto packet = b.hear()) heard.push_back(std::move(*packet));
    else break;
  check_equal(heard.size(), 8u, "packets");
  const auto pcm = decoded(heard, Codec::pcmu);
  check(share_of(pcm, 770, 8000) > 0.4 && share_of(pcm, 1336, 8000) > 0.4, "the tones of key 5");
  check_equal(box.facts.digits, std::string("5"), "told");
}

TEST("speech", "A file that is no sound is refused with its name and the reason") {
  Directory directory;
  Box box;
  const auto refused = [&](const std::string &file, const std::string &why) {
    try {
      box.plane->load_sound("x", file);
    } catch (const std::runtime_error &error) {
      check(strstr(error.what(), file.c_str()) && strstr(error.what(), why.c_str()), error.what());
      return;
    }
    throw std::runtime_error("accepted " + file);
  };
  refused(directory.file("missing.wav"), "No such file");
  std::ofstream(directory.file("text.wav")) << "this is no sound at all";
  refused(directory.file("text.wav"), "not a WAV file");
  const std::string good = sine_wav(directory, "good.wav", 440, 8000, 20);
  const auto patched = [&](int at, char value) {
    std::fstream file(good, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file.put(value);
  };
  patched(22, 2);
  refused(good, "not mono");
  patched(22, 1);
  patched(34, 8);
  refused(good, "16 bit");
  patched(34, 16);
  patched(24, 0x11);
  refused(good, "kHz");
  WavFile(directory.file("empty.wav"), 8000).seconds();
  refused(directory.file("empty.wav"), "no samples");
}
