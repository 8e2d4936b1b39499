// Between 8 and 16 kHz: a half-band filter, the only conversion that telephone codecs and the mix need.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pbx::media {

class Resampler {
 public:
  /** Two samples out for each of `count` in. */
  void up(const int16_t *in, size_t count, int16_t *out);
  /** One sample out for each two of `count` in; `count` is even. */
  void down(const int16_t *in, size_t count, int16_t *out);

 private:
  static constexpr size_t taps = 47, middle = taps / 2;
  void push(int16_t sample);
  /** The newest `taps` samples, the oldest first. */
  const double *history() const { return history_.data() + at_; }

  /** Each sample stands in it twice, so that the newest are always in a row. */
  std::array<double, 2 * taps> history_{};
  size_t at_ = 0;
};

/** Converts a 20 ms frame when the rates differ, else copies. */
void convert(Resampler &, const int16_t *in, int from_rate, int16_t *out, int to_rate);

}  // namespace pbx::media
