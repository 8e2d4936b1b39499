// The noise of a room whose people are silent (RFC 3389).
#include "comfort_noise.h"

#include <algorithm>
#include <cmath>

namespace pbx::media {
namespace {

/** Rooms rumble more than they hiss: each sample holds so much of the one before. */
constexpr double dullness = 0.6;
/** Share of the way to the wanted level per sample: 20 ms at 8 kHz for most of it. */
constexpr double haste = 0.01;
/** Louder than this is speech that a phone took for a pause. */
constexpr int loudest_dbov = 30;

}  // namespace

void ComfortNoise::hear(const uint8_t *payload, size_t size) {
  if (size == 0) return;
  // RFC 3389 section 3: 0 to -127 dBov, the top bit is zero.
  const int below = std::max(payload[0] & 0x7f, loudest_dbov);
  wanted_ = std::max(0.5, 32768 * std::pow(10.0, -below / 20.0));
}

void ComfortNoise::fill(int16_t *pcm, size_t samples) {
  const double gain = std::sqrt(1 - dullness * dullness) * std::sqrt(3.0);
  for (size_t i = 0; i < samples; ++i) {
    dice_ ^= dice_ << 13, dice_ ^= dice_ >> 17, dice_ ^= dice_ << 5;
    const double white = dice_ / 2147483648.0 - 1;
    last_ = dullness * last_ + gain * white;
    now_ += (wanted_ - now_) * haste;
    pcm[i] = static_cast<int16_t>(std::lrint(std::clamp(last_ * now_, -32768.0, 32767.0)));
  }
}

}  // namespace pbx::media
