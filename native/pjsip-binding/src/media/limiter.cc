// Keeps the sum of many voices within what samples hold.
#include "limiter.h"

#include <algorithm>
#include <cmath>

namespace pbx::media {
namespace {

/** 2 dB below full scale: codecs overshoot. */
constexpr double ceiling = 26000;
/** Share of the way back to full loudness in a frame of 20 ms. */
constexpr double release = 0.1;

}  // namespace

void Limiter::limit(const int32_t *sum, size_t count, int16_t *out) {
  int32_t peak = 0;
  for (size_t i = 0; i < count; ++i) peak = std::max(peak, std::abs(sum[i]));
  const double wanted = peak > ceiling ? ceiling / peak : 1;
  const double next = wanted < gain_ ? wanted : std::min(wanted, gain_ + (1 - gain_) * release);
  // Down within a millisecond, up over the whole frame: a step is heard as a click.
  const size_t slope = next < gain_ ? std::max<size_t>(1, count / 20) : count;
  for (size_t i = 0; i < count; ++i) {
    const double gain = i < slope ? gain_ + (next - gain_) * static_cast<double>(i + 1) / static_cast<double>(slope) : next;
    out[i] = static_cast<int16_t>(std::lrint(std::clamp(sum[i] * gain, -32768.0, 32767.0)));
  }
  gain_ = next;
}

}  // namespace pbx::media
