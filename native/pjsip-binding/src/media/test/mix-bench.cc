// What a room costs: N people in one mix who all speak, in four codecs, from phones in a process of their own.
//   mix-bench [people=30] [seconds=5]
#include <pjlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "monotonic.h"
#include "speech.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/** A second of one voice, encoded beforehand: the phones' own work is none of the box's. */
std::vector<std::vector<uint8_t>> second_of(const Format &f, double hertz) {
  Encoder encoder(CodecRoom::enter(), codec_named(f.codec));
  const auto pcm = sine(hertz, pcm_rate(encoder.codec()), 1000);
  std::vector<std::vector<uint8_t>> packets;
  for (size_t at = 0, n = pcm_samples_per_tick(encoder.codec()); at + n <= pcm.size(); at += n) {
    std::vector<uint8_t> bytes(most_encoded);
    bytes.resize(encoder.encode(&pcm[at], bytes.data()));
    packets.push_back(std::move(bytes));
  }
  return packets;
}

struct Voice {
  std::unique_ptr<Phone> phone;
  Format format;
  std::vector<std::vector<uint8_t>> second;
};

[[noreturn]] void speak(std::vector<Voice> &voices) {
  const uint64_t begin = monotonic_us();
  for (uint32_t n = 0;; ++n) {
    const uint64_t due = begin + uint64_t{n} * 20000, now = monotonic_us();
    if (due > now) std::this_thread::sleep_for(std::chrono::microseconds(due - now));
    for (auto &voice : voices) {
      while (voice.phone->hear(0)) {
      }
      const uint32_t samples = rtp_samples_per_tick(codec_named(voice.format.codec));
      voice.phone->say({static_cast<uint16_t>(n), n * samples, voice.format.payload_type, 0x11111111, voice.second[n % 50]});
    }
  }
}

}  // namespace

int main(int argc, char **argv) {
  const int people = argc > 1 ? atoi(argv[1]) : 30, seconds = argc > 2 ? atoi(argv[2]) : 5;
  pj_log_set_level(1);
  if (people < 2 || seconds < 1 || pj_init() != PJ_SUCCESS) return 2;
  const Format codecs[] = {format("PCMU", 0), format("PCMA", 8), format("G722", 9), format("opus", 111)};
  Box box;
  std::vector<Voice> voices;
  std::vector<Plane::MixMember> members;
  for (int i = 0; i < people; ++i) {
    voices.push_back({std::make_unique<Phone>(), codecs[i % 4], second_of(codecs[i % 4], 311 + 93 * i)});
    members.push_back({box.connect(*voices.back().phone, voices.back().format), true, true});
  }
  const pid_t phones = fork();
  if (phones == 0) speak(voices);
  box.plane->mix("room", members);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const double before = cpu_seconds();
  const uint64_t spoken_before = box.counter("spoken"), late_before = box.counter("lateTicks"), begin = monotonic_us();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  const double cpu = cpu_seconds() - before, beats = static_cast<double>(monotonic_us() - begin) / 20000;
  const auto spoken = static_cast<double>(box.counter("spoken") - spoken_before);
  kill(phones, SIGKILL);
  waitpid(phones, nullptr, 0);
  printf("{\"people\":%d,\"packets\":%.0f,\"missing_packets\":%.0f,\"late_ticks\":%llu,\"cpu_ms_per_beat\":%.2f}\n", people, spoken,
         std::max(0.0, beats * people - spoken - 2 * people), static_cast<unsigned long long>(box.counter("lateTicks") - late_before), cpu * 1000 / beats);
  return spoken > 0 ? 0 : 1;
}
