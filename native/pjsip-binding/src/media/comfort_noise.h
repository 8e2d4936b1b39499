// The noise of a room whose people are silent (RFC 3389): a phone that pauses says how loud it is, and it is heard on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pbx::media {

class ComfortNoise {
 public:
  /** Its static payload type (RFC 3551). */
  static constexpr int payload_type = 13;

  /** A packet of it: the level in the first byte; the spectrum behind that is not followed. */
  void hear(const uint8_t *payload, size_t size);
  /** Somebody speaks again. */
  void end() { wanted_ = now_ = 0; }
  bool sounds() const { return wanted_ > 0; }
  void fill(int16_t *pcm, size_t samples);

 private:
  /** Deviation of the samples; what is heard now follows what is wanted without a step. */
  double wanted_ = 0, now_ = 0, last_ = 0;
  uint32_t dice_ = 2463534242u;
};

}  // namespace pbx::media
