// Brings speech to the loudness of the other voices: a whisper up, a shout down, and what is no speech along with them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "limiter.h"

namespace pbx::media {

/** Power of samples against full scale, dB: 0 at most, -90 for silence. */
double loudness_db(const int16_t *frame, size_t count);

class Leveller {
 public:
  /** The most that a voice is lifted by, and lowered by, dB: above the first the noise of a hall would be lifted to speech. */
  static constexpr double most_lift_db = 20, most_cut_db = 12;
  /** Loudness that speech is brought to, dB below full scale: where telephones have theirs. */
  static constexpr double wanted_db = -23;

  /** A frame of 20 ms, in place. `speech`: somebody speaks in it, 0 to 1; pauses change nothing. Never above the limiter's ceiling. */
  void level(int16_t *frame, size_t count, double speech);
  double gain_db() const { return gain_db_; }

 private:
  bool known_ = false;
  double loudness_db_ = 0, gain_db_ = 0;
  Limiter limiter_;
};

}  // namespace pbx::media
