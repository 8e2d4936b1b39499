// A room with thirty people: who hears whom, and how loud, when all speak at once.
#include <algorithm>
#include <memory>

#include "check.h"
#include "limiter.h"
#include "mixer.h"
#include "port_allocator.h"
#include "speech.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

constexpr int people = 30;

/** Whole waves in 10 ms: a jitter buffer that leaves a frame out leaves their phase as it is. */
double tone_of(int person) { return 300 + 100 * person; }

std::vector<int16_t> softer(std::vector<int16_t> pcm, int by) {
  for (auto &sample : pcm) sample = static_cast<int16_t>(sample / by);
  return pcm;
}

}  // namespace

TEST("room", "Thirty people who all speak each hear the other twenty-nine and not themselves, whatever their codecs") {
  // In made time: no clock and no relay thread, so that a busy machine changes nothing.
  Counters counters;
  PortAllocator allocator(56000, 59999);
  const Format codecs[] = {format("PCMU", 0), format("PCMA", 8), format("G722", 9), format("opus", 111)};
  std::vector<std::unique_ptr<Talker>> talkers;
  std::vector<std::shared_ptr<Port>> ports;
  std::vector<Mixer::Member> members;
  for (int i = 0; i < people; ++i) {
    talkers.push_back(std::make_unique<Talker>(codecs[i % 4], 0));
    talkers.back()->reads(softer(sine(tone_of(i), 8000, 1000), 4));
    const Address here = address("127.0.0.1", 0);
    ports.push_back(std::make_shared<Port>(static_cast<PortId>(i + 1), here, allocator.take(here), counters));
    ports.back()->set_remote(talkers.back()->phone.remote());
    ports.back()->set_format(talkers.back()->format);
    talkers.back()->phone.aim(ports.back()->local_port);
    members.push_back({ports.back(), true, true});
  }
  Mixer mixer(CodecRoom::enter());
  mixer.set_members(members);
  for (int beat = 0; beat < 80; ++beat) {
    for (size_t i = 0; i < people; ++i) {
      talkers[i]->say_next();
      Port::Heard heard;
      while (ports[i]->read_rtp(heard)) {
      }
    }
    check(mixer.tick(0), "it goes on");
    for (const auto &talker : talkers) talker->collect();
  }
  for (int i = 0; i < people; ++i) {
    const Talker &listener = *talkers[static_cast<size_t>(i)];
    const int rate = pcm_rate(listener.codec);
    auto pcm = listener.heard_pcm();
    check(pcm.size() > static_cast<size_t>(rate), "enough was heard");
    pcm.erase(pcm.begin(), pcm.begin() + rate / 2);
    const double fair = 1.0 / (people - 1);
    for (int k = 0; k < people; ++k) {
      const double share = share_of(pcm, tone_of(k), rate);
      const std::string who = std::to_string(i) + " (" + listener.format.codec + ") hears " + std::to_string(k) + ": " + std::to_string(share / fair);
      // Opus makes a little of it up between its neighbours.
      if (k == i) check(share < fair / 6, who);
      else check(share > fair / 4, who);
    }
  }
  for (const auto &port : ports) port->shut(), port->close_sockets();
}

TEST("room", "Loud voices together are made softer, not cut off: their tones stay tones") {
  const auto loud = [](double hertz) {
    auto pcm = sine(hertz, 16000, 2000);
    for (auto &sample : pcm) sample = static_cast<int16_t>(sample * 3);
    return pcm;
  };
  const auto a = loud(401), b = loud(997), c = loud(1511);
  Limiter limiter;
  std::vector<int16_t> heard, cut;
  for (size_t at = 0; at + 320 <= a.size(); at += 320) {
    int32_t sum[320];
    int16_t out[320];
    for (size_t i = 0; i < 320; ++i) {
      sum[i] = a[at + i] + b[at + i] + c[at + i];
      cut.push_back(static_cast<int16_t>(std::clamp(sum[i], -32768, 32767)));
    }
    limiter.limit(sum, 320, out);
    heard.insert(heard.end(), out, out + 320);
  }
  heard.erase(heard.begin(), heard.begin() + 4000);
  cut.erase(cut.begin(), cut.begin() + 4000);
  const auto tones = [](const std::vector<int16_t> &pcm) { return share_of(pcm, 401, 16000) + share_of(pcm, 997, 16000) + share_of(pcm, 1511, 16000); };
  check(tones(heard) > 0.999, "limited: " + std::to_string(tones(heard)));
  check(tones(cut) < 0.98, "cut off it would be: " + std::to_string(tones(cut)));
  check(*std::max_element(heard.begin(), heard.end()) > 20000, "still loud");
}

TEST("room", "Who speaks alone behind a loud moment is as loud as before within half a second, and a soft mix is left as it is") {
  Limiter limiter;
  const auto voice = sine(440, 16000, 1000);
  int16_t out[320];
  int32_t sum[320];
  for (size_t i = 0; i < 320; ++i) sum[i] = 8 * voice[i];
  limiter.limit(sum, 320, out);
  for (int beat = 0; beat < 45; ++beat) {
    for (size_t i = 0; i < 320; ++i) sum[i] = voice[static_cast<size_t>(beat) * 320 + i];
    limiter.limit(sum, 320, out);
  }
  for (size_t i = 0; i < 320; ++i) check(std::abs(out[i] - sum[i]) <= std::abs(sum[i]) / 20 + 1, "as loud as before");
  Limiter untouched;
  untouched.limit(sum, 320, out);
  check(std::equal(out, out + 320, sum), "left as it is");
}
