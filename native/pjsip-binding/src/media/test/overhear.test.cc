// An ear at a bridge: who hears whom when it listens, whispers and speaks, and what changes hands without a hole.
#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "check.h"
#include "speech.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

using Manner = Plane::Overhearing;
constexpr double of_a = 401, of_b = 997, of_ear = 1511;

struct Scene {
  explicit Scene(const Format &a_speaks, const Format &b_speaks, const Format &ear_speaks)
      : a(a_speaks, of_a), b(b_speaks, of_b), ear(ear_speaks, of_ear), pa(box.connect(a.phone, a.format)), pb(box.connect(b.phone, b.format)), pe(box.connect(ear.phone, ear.format)) {
    box.plane->bridge(pa, pb);
  }
  /** Three people talk for a while; what they heard before is forgotten. */
  void listen(int ms = 900) {
    talk({&a, &b, &ear}, 300);
    for (Talker *one : {&a, &b, &ear}) one->heard.clear();
    talk({&a, &b, &ear}, ms);
  }
  static bool hears(const Talker &who, double hertz) {
    auto pcm = who.heard_pcm();
    // What a decoder makes of the first packets of a stream that it hears from the middle.
    pcm.erase(pcm.begin(), pcm.begin() + std::min<std::ptrdiff_t>(pcm_rate(who.codec) / 10, static_cast<std::ptrdiff_t>(pcm.size())));
    return share_of(pcm, hertz, pcm_rate(who.codec)) > 0.2;
  }
  void expect(const std::string &when, const std::string &a_hears, const std::string &b_hears, const std::string &ear_hears) {
    const auto all = [](const Talker &who) { return std::string(hears(who, of_a) ? "a" : "") + (hears(who, of_b) ? "b" : "") + (hears(who, of_ear) ? "e" : ""); };
    check_equal(all(a), a_hears, when + ": a hears");
    check_equal(all(b), b_hears, when + ": b hears");
    check_equal(all(ear), ear_hears, when + ": the ear hears");
  }

  Box box;
  Talker a, b, ear;
  PortId pa, pb, pe;
};

/** Longest run of samples without a sound, ms. */
int longest_hole(const std::vector<int16_t> &pcm, int rate) {
  int longest = 0, run = 0;
  for (const int16_t sample : pcm) longest = std::max(longest, run = std::abs(sample) < 500 ? run + 1 : 0);
  return longest * 1000 / rate;
}

}  // namespace

TEST("overhear", "An ear that listens is heard by nobody, one that whispers by one side, one that speaks by both") {
  const Format pcmu = format("PCMU", 0), opus = format("opus", 111), g722 = format("G722", 9);
  for (const auto &[left, right, ear] : {std::tuple(pcmu, pcmu, g722), std::tuple(opus, pcmu, pcmu)}) {
    Scene scene(left, right, ear);
    scene.box.plane->overhear(scene.pe, scene.pa, Manner::listen);
    scene.listen();
    scene.expect("listening", "b", "a", "ab");
    scene.box.plane->overhear(scene.pe, scene.pa, Manner::whisper);
    scene.listen();
    scene.expect("whispering", "be", "a", "ab");
    scene.box.plane->overhear(scene.pe, scene.pb, Manner::whisper);
    scene.listen();
    scene.expect("whispering to the other", "b", "ae", "ab");
    scene.box.plane->overhear(scene.pe, scene.pa, Manner::speak);
    scene.listen();
    scene.expect("speaking", "be", "ae", "ab");
    scene.box.plane->end_overhear(scene.pe);
    scene.listen();
    scene.expect("gone", "b", "a", "");
    check_equal(scene.box.plane->dump().mixes, 0, "mixes");
  }
}

TEST("overhear", "While an ear listens the relay passes packets byte for byte") {
  Scene scene(format("PCMU", 0), format("PCMU", 0), format("PCMU", 0));
  scene.box.plane->overhear(scene.pe, scene.pb, Manner::listen);
  scene.listen(200);
  scene.b.phone.hear_for(60);
  scene.a.phone.say({9001, 600000, 0, 0x88, std::vector<uint8_t>(160, 0x42)});
  bool passed = false;
  for (const auto &heard : scene.b.phone.hear_for(300)) passed = passed || (heard.packet.payload_size == 160 && heard.packet.payload[9] == 0x42);
  check(passed, "relayed");
}

TEST("overhear", "From one manner to the next nobody hears a hole, and each phone hears one stream") {
  Scene scene(format("PCMU", 0), format("PCMU", 0), format("PCMU", 0));
  std::vector<Talker *> all{&scene.a, &scene.b, &scene.ear};
  talk(all, 400);
  for (Talker *one : {&scene.a, &scene.b}) one->heard.clear();
  for (const auto manner : {Manner::listen, Manner::whisper, Manner::speak, Manner::whisper, Manner::listen, Manner::speak, Manner::listen}) {
    scene.box.plane->overhear(scene.pe, scene.pa, manner);
    talk(all, 300);
  }
  scene.box.plane->end_overhear(scene.pe);
  talk(all, 300);
  for (const Talker *one : {&scene.a, &scene.b}) {
    const auto pcm = one->heard_pcm();
    check(pcm.size() > 8 * 1800, "heard throughout");
    check(longest_hole({pcm.begin() + 800, pcm.end()}, 8000) <= 40, "a hole of " + std::to_string(longest_hole({pcm.begin() + 800, pcm.end()}, 8000)) + " ms");
    for (size_t i = 1; i < one->heard.size(); ++i) {
      const auto &now = one->heard[i].packet, &before = one->heard[i - 1].packet;
      check_equal(int(uint16_t(now.seq - before.seq)), 1, "sequence");
      const auto step = static_cast<int32_t>(now.ts - before.ts);
      check(step > 0 && step <= 160 * 3, "time goes on, by " + std::to_string(step));
    }
  }
}

TEST("overhear", "An ear leaves with its call, and is left when the bridge ends") {
  Scene scene(format("PCMU", 0), format("PCMU", 0), format("PCMU", 0));
  scene.box.plane->overhear(scene.pe, scene.pa, Manner::speak);
  scene.listen(300);
  scene.box.plane->unbridge(scene.pb);
  scene.listen(300);
  scene.expect("no bridge", "", "", "");
  scene.box.plane->bridge(scene.pa, scene.pb);
  scene.listen(300);
  scene.expect("bridged anew", "b", "a", "");
  scene.box.plane->overhear(scene.pe, scene.pa, Manner::speak);
  scene.box.plane->close(scene.pe);
  scene.listen(300);
  scene.expect("the ear hung up", "b", "a", "");
  scene.box.plane->overhear(scene.pe, scene.pa, Manner::speak);
  scene.box.plane->overhear(scene.pa, scene.pb, Manner::listen);
  scene.listen(300);
  scene.expect("neither a closed ear nor one of the two", "b", "a", "");
}
