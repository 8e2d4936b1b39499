// Between 8 and 16 kHz: a half-band filter.
#include "resampler.h"

#include <algorithm>
#include <cmath>

namespace pbx::media {
namespace {

int16_t clipped(double value) { return static_cast<int16_t>(std::lrint(std::clamp(value, -32768.0, 32767.0))); }

}  // namespace

double Resampler::filtered(double gain) const {
  // A windowed sinc with its cut at a quarter of the higher rate: every second tap but the middle one is zero.
  static const std::array<double, taps> weights = [] {
    std::array<double, taps> w{};
    constexpr double pi = 3.14159265358979323846;
    constexpr int middle = taps / 2;
    for (int i = 0; i < static_cast<int>(taps); ++i) {
      const double x = (i - middle) / 2.0;
      const double sinc = i == middle ? 1 : std::sin(pi * x) / (pi * x);
      const double phase = 2 * pi * (i + 1) / (taps + 1);
      w[static_cast<size_t>(i)] = 0.5 * sinc * (0.42 - 0.5 * std::cos(phase) + 0.08 * std::cos(2 * phase));
    }
    return w;
  }();
  constexpr size_t middle = taps / 2;
  double sum = history_[middle] * weights[middle];
  for (size_t i = 0; i < middle; i += 2) sum += (history_[i] + history_[taps - 1 - i]) * weights[i];
  return sum * gain;
}

void Resampler::push(int16_t sample) {
  std::copy(history_.begin() + 1, history_.end(), history_.begin());
  history_.back() = sample;
}

void Resampler::up(const int16_t *in, size_t count, int16_t *out) {
  for (size_t i = 0; i < count; ++i) {
    push(in[i]);
    *out++ = clipped(filtered(2));
    push(0);
    *out++ = clipped(filtered(2));
  }
}

void Resampler::down(const int16_t *in, size_t count, int16_t *out) {
  for (size_t i = 0; i + 1 < count; i += 2) {
    push(in[i]);
    push(in[i + 1]);
    *out++ = clipped(filtered(1));
  }
}

void convert(Resampler &resampler, const int16_t *in, int from_rate, int16_t *out, int to_rate) {
  const auto count = static_cast<size_t>(from_rate / 50);
  if (from_rate == to_rate) std::copy(in, in + count, out);
  else if (from_rate < to_rate) resampler.up(in, count, out);
  else resampler.down(in, count, out);
}

}  // namespace pbx::media
