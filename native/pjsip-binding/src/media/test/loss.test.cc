// What an ear makes of a bad network: lost, late and bunched packets, pauses; told by what is heard, beat by beat.
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "check.h"
#include "ear.h"
#include "sounding.h"
#include "speech.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

constexpr double hertz = 437;

/** A phone and the ear that hears it, in made time: one beat is 20 ms. */
struct Line {
  explicit Line(const Format &f, int expected_loss = 0)
      : format(f), codec(codec_named(f.codec)), room(CodecRoom::enter()), encoder(room, codec), ear(std::make_shared<Ear>(room, pcm_rate(codec))) {
    encoder.expect_loss(expected_loss);
  }

  /** Says the next 20 ms of a tone, or of `voice`; when it arrives is the caller's business. */
  std::vector<uint8_t> made() {
    int16_t frame[most_samples];
    const size_t n = pcm_samples_per_tick(codec);
    for (size_t i = 0; i < n; ++i, ++said) frame[i] = voice ? voice(said) : static_cast<int16_t>(8000 * std::sin(2 * M_PI * hertz * static_cast<double>(said) / pcm_rate(codec)));
    std::vector<uint8_t> bytes(most_encoded);
    bytes.resize(encoder.encode(frame, bytes.data()));
    return bytes;
  }
  void arrives(uint32_t number, const std::vector<uint8_t> &bytes, int type = -1) {
    const auto at = type >= 0 ? static_cast<uint8_t>(type) : static_cast<uint8_t>(format.payload_type);
    ear->hear(format, {number == 0, at, static_cast<uint16_t>(number), 5000 + number * rtp_samples_per_tick(codec), 7, bytes.data(), bytes.size()});
  }
  void beat() {
    int16_t pcm[most_samples] = {};
    ear->pull(pcm);
    heard.insert(heard.end(), pcm, pcm + pcm_samples_per_tick(codec));
  }

  Format format;
  Codec codec;
  std::shared_ptr<CodecRoom> room;
  Encoder encoder;
  std::shared_ptr<Ear> ear;
  std::function<int16_t(size_t)> voice;
  size_t said = 0;
  std::vector<int16_t> heard;
};

/** Which packets are lost: at random, or in runs of three with the same mean. */
std::vector<bool> losses(size_t count, double share, bool bursts, uint32_t seed) {
  Dice dice(seed);
  std::vector<bool> lost(count, false);
  for (size_t i = 20; i < count; ++i)
    if (dice.fraction() < (bursts ? share / 3 : share))
      for (size_t k = i; k < std::min(count, i + (bursts ? 3 : 1)); ++k) lost[k] = true;
  return lost;
}

/** Share of 10 ms pieces that are 12 dB or more below the tone. */
double holes(const std::vector<int16_t> &pcm, int rate) {
  const size_t piece = static_cast<size_t>(rate / 100), skip = 20 * piece;
  size_t quiet = 0, all = 0;
  for (size_t at = skip; at + piece <= pcm.size(); at += piece, ++all) {
    double energy = 0;
    for (size_t i = at; i < at + piece; ++i) energy += double(pcm[i]) * pcm[i];
    quiet += std::sqrt(energy / static_cast<double>(piece)) < 8000 / std::sqrt(2.0) / 4;
  }
  return static_cast<double>(quiet) / static_cast<double>(all);
}

double level(const std::vector<int16_t> &pcm, size_t from, size_t to) {
  double energy = 0;
  for (size_t i = from; i < to; ++i) energy += double(pcm[i]) * pcm[i];
  return std::sqrt(energy / static_cast<double>(to - from));
}

std::vector<int16_t> through(Line &line, const std::vector<bool> &lost) {
  for (size_t i = 0; i < lost.size(); ++i) {
    const auto bytes = line.made();
    if (!lost[i]) line.arrives(static_cast<uint32_t>(i), bytes);
    line.beat();
  }
  return line.heard;
}

const std::vector<Format> all_formats{format("PCMU", 0), format("PCMA", 8), format("G722", 9), format("opus", 111)};

}  // namespace

TEST("loss", "A tone goes on through 5 and 20 % of loss, alone and in runs, in every codec") {
  for (const auto &f : all_formats)
    for (const double share : {0.05, 0.20})
      for (const bool bursts : {false, true}) {
        // Who loses so much reports it: opus is sent accordingly.
        Line line(f, static_cast<int>(100 * share));
        const auto lost = losses(500, share, bursts, 3);
        const auto heard = through(line, lost);
        const double unhelped = static_cast<double>(std::count(lost.begin(), lost.end(), true)) / static_cast<double>(lost.size());
        const int rate = pcm_rate(line.codec);
        const std::string what = f.codec + (bursts ? " in runs " : " ") + std::to_string(unhelped) + " lost: ";
        const double share_quiet = holes(heard, rate);
        // opus takes a tone that never changes for noise, and lets go of it sooner than of speech.
        const double helped = line.codec == Codec::opus ? (bursts ? 1.2 : 0.9) : bursts ? 0.5 : 0.2;
        check(share_quiet < unhelped * helped, what + "pieces too soft " + std::to_string(share_quiet));
        const size_t skip = static_cast<size_t>(rate / 4);
        const double loud = level(heard, skip, heard.size()) / (8000 / std::sqrt(2.0));
        check(loud > (line.codec == Codec::opus ? 0.75 : 0.85) && loud < 1.15, what + "level " + std::to_string(loud));
        int longest = 0, run = 0;
        for (const int16_t sample : heard) longest = std::max(longest, run = std::abs(sample) < 200 ? run + 1 : 0);
        check(longest < rate / (bursts ? 12 : 50) + static_cast<int>(skip), what + "longest hole " + std::to_string(longest * 1000 / rate) + " ms");
      }
}

TEST("loss", "A phone that reports loss is sent opus that mends it: the lost frame itself is heard, not a guess") {
  // A voice that moves: what lies between two frames cannot be guessed from the first.
  const auto moving = [](size_t i) {
    const double at = static_cast<double>(i) / 16000;
    return static_cast<int16_t>(7000 * std::sin(2 * M_PI * (300 * at + 7 * std::sin(2 * M_PI * 6 * at))));
  };
  const auto error = [&](int expected_loss, bool lossy) {
    std::vector<int16_t> whole, broken;
    for (auto *into : {&whole, &broken}) {
      Line line(format("opus", 111), expected_loss);
      line.voice = moving;
      // Short enough for the jitter buffer to keep its depth: then both say the same at the same time.
      std::vector<bool> lost(100, false);
      for (size_t i = 20; into == &broken && lossy && i < lost.size(); i += 5) lost[i] = true;
      *into = through(line, lost);
    }
    double sum = 0;
    for (size_t i = 0; i < whole.size(); ++i) sum += std::pow(double(whole[i]) - broken[i], 2);
    return std::sqrt(sum / static_cast<double>(whole.size()));
  };
  check_equal(error(20, false), 0.0, "nothing lost, nothing changed");
  const double guessed = error(0, true), mended = error(20, true);
  check(mended < guessed * 0.6, "mended " + std::to_string(mended) + ", guessed " + std::to_string(guessed));
}

TEST("loss", "A phone that pauses and says how its room sounds is heard as noise of that level, without a hole or a click") {
  Line line(format("PCMU", 0));
  uint32_t number = 0;
  for (; number < 50; ++number) line.arrives(number, line.made()), line.beat();
  const std::vector<uint8_t> room_noise{50};
  for (uint32_t i = 0; i < 100; ++i, ++number) {
    if (i % 25 == 0) line.arrives(number, room_noise, ComfortNoise::payload_type);
    line.made();
    line.beat();
  }
  const size_t pause_ends = line.heard.size();
  for (uint32_t i = 0; i < 50; ++i, ++number) line.arrives(number, line.made()), line.beat();
  const double expected = 32768 * std::pow(10.0, -50 / 20.0);
  // Pieces of 20 ms in the pause, from where what was buffered has been said.
  for (size_t at = 60 * 160; at + 160 <= pause_ends; at += 160) {
    const double heard = level(line.heard, at, at + 160);
    check(heard > expected / 2 && heard < expected * 2, "noise at " + std::to_string(at / 8) + " ms: " + std::to_string(heard) + " instead of " + std::to_string(expected));
  }
  check(level(line.heard, line.heard.size() - 1600, line.heard.size()) > 5000, "speech again");
  const auto room_before_speech = [&] {
    Line silent(format("PCMU", 0));
    silent.arrives(0, room_noise, ComfortNoise::payload_type);
    silent.beat();
    return level(silent.heard, 0, silent.heard.size());
  };
  check_equal(room_before_speech(), 0.0, "nobody spoke yet");
}

TEST("loss", "The jitter buffer is short while packets come evenly, deep enough when they come bunched, and short again") {
  Line line(format("PCMU", 0));
  std::multimap<uint64_t, std::pair<uint32_t, std::vector<uint8_t>>> under_way;
  Dice dice(11);
  uint64_t now = 0, latest = 0;
  uint32_t number = 0;
  // Late by so many ms; a Wi-Fi that stalls holds all packets back and lets go of them together, none overtakes.
  const auto go = [&](int beats, const std::function<uint64_t(uint64_t)> &late) {
    const size_t from = line.heard.size();
    for (int i = 0; i < beats; ++i, now += 20) {
      latest = std::max(latest, now + late(now));
      under_way.emplace(latest, std::pair{number++, line.made()});
      for (auto next = under_way.begin(); next != under_way.end() && next->first <= now; next = under_way.erase(next)) line.arrives(next->second.first, next->second.second);
      line.beat();
    }
    return std::vector<int16_t>(line.heard.begin() + static_cast<std::ptrdiff_t>(from), line.heard.end());
  };
  go(500, [](uint64_t) { return 0; });
  check(line.ear->delay_ms() <= 60, "steady: " + std::to_string(line.ear->delay_ms()) + " ms");
  const auto wifi = [&](uint64_t at) { return at % 1000 < 100 ? 100 - at % 1000 : dice.next() % 25; };
  go(250, wifi);
  const auto jittery = go(1000, wifi);
  check(line.ear->delay_ms() >= 60 && line.ear->delay_ms() <= 240, "jittery: " + std::to_string(line.ear->delay_ms()) + " ms");
  check(holes(jittery, 8000) < 0.005, "late losses: " + std::to_string(holes(jittery, 8000)));
  go(3000, [](uint64_t) { return 0; });
  check(line.ear->delay_ms() <= 60, "steady again: " + std::to_string(line.ear->delay_ms()) + " ms");
}
