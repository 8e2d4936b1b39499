// Brings speech to the loudness of the other voices.
#include "leveller.h"

#include <algorithm>
#include <cmath>

#include "codec.h"

namespace pbx::media {
namespace {

/** As sure as this that a frame holds speech it counts; and what is softer is the rest of a word, or nothing. */
constexpr double sure = 0.6, least_db = -65;
/** Share of a frame in the loudness that is known: a word of half a second says most of it. */
constexpr double share_of_frame = 0.08;
/** Steps of 20 ms, dB: up as a hand turns a knob, down before it hurts. */
constexpr double step_up = 0.2, step_down = 0.8;

}  // namespace

double loudness_db(const int16_t *frame, size_t count) {
  double sum = 1;
  for (size_t i = 0; i < count; ++i) sum += double(frame[i]) * frame[i];
  return 10 * std::log10(sum / static_cast<double>(count) / (32768.0 * 32768.0));
}

void Leveller::level(int16_t *frame, size_t count, double speech) {
  const double now = loudness_db(frame, count);
  if (speech >= sure && now >= least_db) {
    loudness_db_ = known_ ? loudness_db_ + (now - loudness_db_) * share_of_frame : now;
    known_ = true;
    const double wanted = std::clamp(wanted_db - loudness_db_, -most_cut_db, most_lift_db);
    gain_db_ += std::clamp(wanted - gain_db_, -step_down, step_up);
  }
  const double gain = std::pow(10, gain_db_ / 20);
  int32_t lifted[most_samples];
  const size_t samples = std::min(count, most_samples);
  for (size_t i = 0; i < samples; ++i) lifted[i] = static_cast<int32_t>(std::lrint(frame[i] * gain));
  limiter_.limit(lifted, samples, frame);
}

}  // namespace pbx::media
