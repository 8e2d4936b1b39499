// Numbers nobody can guess: SSRCs and the first sequence and timestamp of a stream (RFC 3550 section 5.1).
#pragma once

#include <sys/random.h>

#include <cstdint>

namespace pbx::media {

inline uint32_t random32() {
  uint32_t value = 0;
  // Never short for so few bytes once the system has booted; GRND_NONBLOCK keeps an early boot from hanging.
  if (getrandom(&value, sizeof value, GRND_NONBLOCK) != sizeof value) value = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(&value) * 2654435761u);
  return value == 0 ? 1 : value;
}

}  // namespace pbx::media
