// Hears the keys of a keypad in speech (ITU-T Q.23): for phones that send neither telephone events nor INFO.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <string>

namespace pbx::media {

/**
 * Engineered to ITU-T Q.24: frequencies within 1.5 % are taken and such as are off by 3.5 % are not, the upper tone may be
 * 4 dB louder or 8 dB softer than the lower one, 40 ms of tone and 40 ms of pause suffice, 23 ms of tone do not, and a hole
 * of 10 ms makes no second key.
 */
class ToneDetector {
 public:
  static constexpr int rate = 8000;
  /** Samples of 8 kHz, any number; the keys that were recognised in them, each once while it is held. */
  std::string hear(const int16_t *pcm, size_t count);

 private:
  /** 20 ms looked at each 2.5 ms: the window tells neighbours of one group apart, the step tells 23 ms from 40. */
  static constexpr size_t window = 160, step = 20;
  using Bins = std::array<std::complex<double>, 8>;
  struct Look {
    int row = -1, column = -1;
    bool tones = false;
    /** How far each tone turned since the last look, against its nominal frequency. */
    std::complex<double> row_turn, column_turn;
  };

  char look();
  Bins spectrum(double &energy) const;
  Look judge(const Bins &, double energy) const;
  char follow(const Look &);
  bool on_pitch() const;
  void begin(const Look &);

  std::array<double, window> heard_{};
  size_t fresh_ = 0;
  Bins before_{};
  int row_ = -1, column_ = -1;
  int hits_ = 0, misses_ = 0;
  bool told_ = false;
  /** Of the first looks and of those after them. */
  using Turns = std::array<std::complex<double>, 2>;
  Turns row_turn_{}, column_turn_{};
};

}  // namespace pbx::media
