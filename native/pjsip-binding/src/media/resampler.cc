// Between 8 and 16 kHz: a half-band filter.
#include "resampler.h"

#include <algorithm>
#include <cmath>

namespace pbx::media {
namespace {

constexpr size_t taps = 47, middle = taps / 2;

/** A windowed sinc with its cut at a quarter of the higher rate: every second tap but the middle one is zero. */
const std::array<double, taps> &weights() {
  static const std::array<double, taps> made = [] {
    std::array<double, taps> w{};
    constexpr double pi = 3.14159265358979323846;
    for (int i = 0; i < static_cast<int>(taps); ++i) {
      const double x = (i - static_cast<int>(middle)) / 2.0;
      const double sinc = i == static_cast<int>(middle) ? 1 : std::sin(pi * x) / (pi * x);
      const double phase = 2 * pi * (i + 1) / (taps + 1);
      w[static_cast<size_t>(i)] = 0.5 * sinc * (0.42 - 0.5 * std::cos(phase) + 0.08 * std::cos(2 * phase));
    }
    return w;
  }();
  return made;
}

/** What the taps beside the middle one make of them. */
double sides(const double *history) {
  const auto &w = weights();
  double sum = 0;
  for (size_t i = 0; i < middle; i += 2) sum += (history[i] + history[taps - 1 - i]) * w[i];
  return sum;
}

int16_t clipped(double value) { return static_cast<int16_t>(std::lrint(std::clamp(value, -32768.0, 32767.0))); }

}  // namespace

void Resampler::push(int16_t sample) {
  history_[at_] = history_[at_ + taps] = sample;
  at_ = (at_ + 1) % taps;
}

void Resampler::up(const int16_t *in, size_t count, int16_t *out) {
  // Of the higher rate every second sample is nothing: half of the taps meet it, the other half make each sample.
  for (size_t i = 0; i < count; ++i) {
    push(in[i]);
    *out++ = clipped(2 * sides(history()));
    push(0);
    *out++ = clipped(2 * history()[middle] * weights()[middle]);
  }
}

void Resampler::down(const int16_t *in, size_t count, int16_t *out) {
  for (size_t i = 0; i + 1 < count; i += 2) {
    push(in[i]);
    push(in[i + 1]);
    *out++ = clipped(sides(history()) + history()[middle] * weights()[middle]);
  }
}

void convert(Resampler &resampler, const int16_t *in, int from_rate, int16_t *out, int to_rate) {
  const auto count = static_cast<size_t>(from_rate / 50);
  if (from_rate == to_rate) std::copy(in, in + count, out);
  else if (from_rate < to_rate) resampler.up(in, count, out);
  else resampler.down(in, count, out);
}

}  // namespace pbx::media
