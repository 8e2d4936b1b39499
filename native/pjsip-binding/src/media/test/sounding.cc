// Signals of the tests: tones by level, noise, music and speech, the same each time.
#include "sounding.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "check.h"
#include "resampler.h"
#include "wav.h"

namespace pbx::media::test {
namespace {

constexpr double turn = 2 * 3.14159265358979323846;
/** Amplitude of a sine of 0 dBm0; full scale is 3.17 dBm0. */
constexpr double zero_level = 22747;

int16_t clipped(double sample) { return static_cast<int16_t>(std::lrint(std::clamp(sample, -32768.0, 32767.0))); }

const char *text =
    "The fire brigade stands at gate seven. Please leave the paint shop by the nearest door and do not use the lifts. "
    "Ninety nine forklifts, eight cranes, four ovens, five robots: we need all of them moving by a quarter to nine. "
    "Who took my blue bee hive? You knew she would be cruising through the moon lit avenue, humming a tune in June. "
    "Aah, ooh, eeh, mmm, low rolling vowels go on and on, while wheels whine and sirens sing. "
    "Extension two hundred and one does not answer; press nothing, say nothing, just hold on and somebody will come. ";

}  // namespace

void add_tones(std::vector<int16_t> &pcm, const std::vector<std::pair<double, double>> &tones, int ms) {
  for (int i = 0; i < 8 * ms; ++i) {
    double sum = 0;
    for (const auto &[hertz, level] : tones) sum += zero_level * std::pow(10, level / 20) * std::sin(turn * hertz * i / 8000 + hertz);
    pcm.push_back(clipped(sum));
  }
}

void add_noise(std::vector<int16_t> &pcm, double dbm0, uint32_t seed) {
  Dice dice(seed);
  // The sum of twelve has a variance of one, and is near enough to a bell.
  const double deviation = zero_level / std::sqrt(2.0) * std::pow(10, dbm0 / 20);
  for (auto &sample : pcm) {
    double bell = -6;
    for (int i = 0; i < 12; ++i) bell += dice.fraction();
    sample = clipped(sample + bell * deviation);
  }
}

std::vector<int16_t> music(int seconds, uint32_t seed) {
  Dice dice(seed);
  std::vector<double> sum(static_cast<size_t>(8000 * seconds), 0);
  for (size_t beat = 0; beat + 4000 < sum.size(); beat += 1000 * (1 + dice.next() % 4))
    for (int note = 0; note < 3; ++note) {
      const double hertz = 110 * std::pow(2, dice.next() % 36 / 12.0), loud = 1500 + 2500 * dice.fraction(), vibrato = 0.004 * dice.fraction();
      const size_t length = std::min<size_t>(sum.size() - beat, 2000 + dice.next() % 6000);
      double phase = 0;
      for (size_t i = 0; i < length; ++i) {
        const double at = static_cast<double>(i) / 8000;
        phase += turn * hertz * (1 + vibrato * std::sin(turn * 5 * at)) / 8000;
        double tone = 0;
        for (int harmonic = 1; harmonic <= 6 && harmonic * hertz < 3800; ++harmonic) tone += std::sin(harmonic * phase) / harmonic;
        sum[beat + i] += loud * tone * std::exp(-2.5 * at);
      }
    }
  std::vector<int16_t> pcm;
  for (const double sample : sum) pcm.push_back(clipped(sample));
  return pcm;
}

double each_voice(const Directory &directory, const std::function<void(const std::vector<int16_t> &, const std::string &)> &hear) {
  std::vector<double> babble;
  size_t samples = 0;
  for (const std::string voice : {"en-us", "en-us+f3 -p 80", "en-gb+m5 -p 20 -s 120", "de+f2", "es+m2 -s 200", "fr+f4 -p 95", "pt+m7 -p 10", "it+f5 -s 110"}) {
    const std::string file = directory.file("voice.wav");
    check(std::system(("espeak-ng -v " + voice + " -w " + file + " '" + text + "'").c_str()) == 0, "espeak-ng speaks");
    const auto wav = read_wav(file);
    std::vector<int16_t> pcm(wav.samples.size() / 2);
    Resampler down;
    down.down(wav.samples.data(), pcm.size() * 2, pcm.data());
    babble.resize(std::max(babble.size(), pcm.size()), 0);
    for (size_t i = 0; i < pcm.size(); ++i) babble[i] += pcm[i] / 3.0;
    samples += pcm.size();
    hear(pcm, voice);
  }
  std::vector<int16_t> together;
  for (const double sample : babble) together.push_back(clipped(sample));
  hear(together, "all at once");
  return static_cast<double>(samples + together.size()) / 8000;
}

}  // namespace pbx::media::test
