// Hears the keys of a keypad in speech: Goertzel's algorithm at the eight frequencies, and what time and pitch say of it.
#include "tone_detector.h"

#include <algorithm>
#include <cmath>

namespace pbx::media {
namespace {

constexpr double pi = 3.14159265358979323846;
constexpr double frequencies[8] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
constexpr const char *layout = "123A456B789C*0#D";
/** Softest tone, as amplitude of one of the two: -36 dBm0; full scale is 3.17 dBm0. */
constexpr double least_amplitude = 360;
/** Of all energy in the window: what speech rarely gives two tones, and 12 dB of noise leave them. */
constexpr double least_share = 0.84;
/** Upper over lower tone in dB: Q.24's 4 and -8, and what a codec adds. */
constexpr double most_twist = 6, least_twist = -10;
/** Half-way between what must be taken and what must not. */
constexpr double most_deviation = 0.022;
/** A keypad stays where it is; a voice does not, not even for so short a time. */
constexpr double most_drift = 0.012;
/** Looks with both tones: 40 ms give 13 of them, 23 ms give 7. */
constexpr int least_hits = 10;
/** Looks without: a hole of 10 ms makes up to 12 of them, a pause of 40 ms 19. */
constexpr int most_misses = 15;

const std::array<double, 160> &hann() {
  static const std::array<double, 160> weights = [] {
    std::array<double, 160> w{};
    for (size_t i = 0; i < w.size(); ++i) w[i] = 0.5 - 0.5 * std::cos(2 * pi * (static_cast<double>(i) + 0.5) / static_cast<double>(w.size()));
    return w;
  }();
  return weights;
}

/** How much less the window hears of a tone so many hertz beside the frequency it looks at. */
double response(double hertz, double bin) {
  const double x = std::abs(hertz) / bin;
  if (x < 1e-6) return 1;
  if (std::abs(x - 1) < 1e-6) return 0.5;
  return std::sin(pi * x) / (pi * x) / (1 - x * x);
}

int loudest(const std::array<std::complex<double>, 8> &bins, int from) {
  int best = from;
  for (int i = from + 1; i < from + 4; ++i)
    if (std::norm(bins[static_cast<size_t>(i)]) > std::norm(bins[static_cast<size_t>(best)])) best = i;
  return best;
}

}  // namespace

std::string ToneDetector::hear(const int16_t *pcm, size_t count) {
  std::string keys;
  while (count > 0) {
    const size_t taken = std::min(count, step - fresh_);
    std::copy(heard_.begin() + static_cast<std::ptrdiff_t>(taken), heard_.end(), heard_.begin());
    std::copy(pcm, pcm + taken, heard_.end() - static_cast<std::ptrdiff_t>(taken));
    pcm += taken;
    count -= taken;
    fresh_ += taken;
    if (fresh_ < step) break;
    fresh_ = 0;
    if (const char key = look()) keys += key;
  }
  return keys;
}

char ToneDetector::look() {
  double energy = 0;
  const Bins bins = spectrum(energy);
  const Look now = judge(bins, energy);
  before_ = bins;
  return follow(now);
}

ToneDetector::Bins ToneDetector::spectrum(double &energy) const {
  std::array<double, window> x;
  for (size_t i = 0; i < window; ++i) {
    x[i] = heard_[i] * hann()[i];
    energy += x[i] * x[i];
  }
  Bins bins{};
  // Silence is most of what is heard.
  if (energy < least_amplitude * least_amplitude * window / 16) return bins;
  for (size_t k = 0; k < bins.size(); ++k) {
    const double turn = 2 * pi * frequencies[k] / rate, twice = 2 * std::cos(turn);
    double last = 0, before = 0;
    for (const double sample : x) {
      const double next = sample + twice * last - before;
      before = last;
      last = next;
    }
    bins[k] = last - std::polar(1.0, -turn) * before;
  }
  return bins;
}

ToneDetector::Look ToneDetector::judge(const Bins &bins, double energy) const {
  constexpr double sum = window / 2.0, squares = window * 3 / 8.0;
  Look out;
  out.row = loudest(bins, 0);
  out.column = loudest(bins, 4);
  double share = 0, amplitude[2] = {};
  for (const int k : {out.row, out.column}) {
    const auto at = static_cast<size_t>(k);
    const double nominal = 2 * pi * frequencies[at] * step / rate;
    const std::complex<double> turn = bins[at] * std::conj(before_[at]) * std::polar(1.0, -nominal);
    (k < 4 ? out.row_turn : out.column_turn) = turn;
    // A tone beside its frequency is heard too softly: put right by how far beside it is, within reason.
    const double beside = std::clamp(std::arg(turn) * rate / (2 * pi * step), -60.0, 60.0);
    const double heard = std::abs(bins[at]) / response(beside, double(rate) / window);
    amplitude[k < 4 ? 0 : 1] = 2 * heard / sum;
    share += energy > 0 ? 2 * heard * heard * squares / (sum * sum * energy) : 0;
  }
  if (std::min(amplitude[0], amplitude[1]) < least_amplitude / 2 || std::max(amplitude[0], amplitude[1]) < least_amplitude) return out;
  const double twist = 20 * std::log10(amplitude[1] / amplitude[0]);
  out.tones = share >= least_share && twist <= most_twist && twist >= least_twist;
  return out;
}

char ToneDetector::follow(const Look &now) {
  const bool same = now.row == row_ && now.column == column_;
  // At the edges of a hole in a key that is known already, other keys seem to flicker.
  if (!now.tones || (told_ && !same)) {
    if (++misses_ >= most_misses) begin({});
    return 0;
  }
  if (!same) begin(now);
  misses_ = 0;
  ++hits_;
  const auto half = static_cast<size_t>(hits_ > least_hits / 2);
  row_turn_[half] += now.row_turn;
  column_turn_[half] += now.column_turn;
  if (told_ || hits_ < least_hits || !on_pitch()) return 0;
  told_ = true;
  return layout[row_ * 4 + column_ - 4];
}

bool ToneDetector::on_pitch() const {
  const auto deviation = [](std::complex<double> turn, int k) { return std::arg(turn) * rate / (2 * pi * step) / frequencies[k]; };
  const auto holds = [&](const Turns &turns, int k) {
    return std::abs(deviation(turns[0] + turns[1], k)) <= most_deviation && std::abs(deviation(turns[0], k) - deviation(turns[1], k)) <= most_drift;
  };
  return holds(row_turn_, row_) && holds(column_turn_, column_);
}

void ToneDetector::begin(const Look &now) {
  row_ = now.row;
  column_ = now.column;
  hits_ = misses_ = 0;
  told_ = false;
  row_turn_ = column_turn_ = Turns{};
}

}  // namespace pbx::media
