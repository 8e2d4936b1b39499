// Keeps the sum of many voices within what samples hold: it is made softer as a whole, never cut off at the top.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pbx::media {

class Limiter {
 public:
  /** The sum so far, as samples. A frame that is too loud is heard softer from its first ms on, and it takes 200 ms to be as loud as before. */
  void limit(const int32_t *sum, size_t count, int16_t *out);

 private:
  double gain_ = 1;
};

}  // namespace pbx::media
