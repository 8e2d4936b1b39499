// Signals of the tests: tones by level, noise, music and speech, the same each time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "speech.h"

namespace pbx::media::test {

/** Sines (hertz, dBm0) of 8 kHz behind what is there. */
void add_tones(std::vector<int16_t> &pcm, const std::vector<std::pair<double, double>> &tones, int ms);
/** White noise of that level over all. */
void add_noise(std::vector<int16_t> &pcm, double dbm0, uint32_t seed);
/** Chords of harmonics that wander over the scale, with vibrato and decay: much like what is played to those who wait. */
std::vector<int16_t> music(int seconds, uint32_t seed);
/** Several voices read the same text, and all of them at once; at 8 kHz. How many seconds that was. */
double each_voice(const Directory &, const std::function<void(const std::vector<int16_t> &, const std::string &voice)> &);

/** Deterministic and good enough for a noise. */
class Dice {
 public:
  explicit Dice(uint32_t seed) : state_(seed * 2654435761u + 1) {}
  uint32_t next() { return state_ ^= state_ << 13, state_ ^= state_ >> 17, state_ ^= state_ << 5; }
  /** Between 0 and 1. */
  double fraction() { return next() / 4294967296.0; }

 private:
  uint32_t state_;
};

}  // namespace pbx::media::test
