// The media plane's clock: microseconds that only go forward, and outlive the process.
#pragma once

#include <time.h>

#include <cstdint>

namespace pbx::media {

inline uint64_t monotonic_us() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return uint64_t(t.tv_sec) * 1000000 + uint64_t(t.tv_nsec) / 1000;
}

}  // namespace pbx::media
