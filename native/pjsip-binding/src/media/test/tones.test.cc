// Keys heard in speech: the limits of ITU-T Q.24 as a table, and minutes of speech and noise in which nobody presses any.
#include <cmath>
#include <cstdlib>
#include <functional>

#include "check.h"
#include "resampler.h"
#include "sounding.h"
#include "speech.h"
#include "tone_detector.h"
#include "wav.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

constexpr double rows[4] = {697, 770, 852, 941}, columns[4] = {1209, 1336, 1477, 1633};
constexpr const char *keys = "123A456B789C*0#D";

/** How one key is pressed. Levels in dBm0, of the lower tone; times in ms. */
struct Press {
  double row_off = 0, column_off = 0, level = -12, twist = 0;
  int on = 60;
};

void press(std::vector<int16_t> &pcm, int key, const Press &how) { add_tones(pcm, {{rows[key / 4] * (1 + how.row_off), how.level}, {columns[key % 4] * (1 + how.column_off), how.level + how.twist}}, how.on); }
void rest(std::vector<int16_t> &pcm, int ms) { pcm.resize(pcm.size() + static_cast<size_t>(8 * ms), 0); }

std::string heard_in(const std::vector<int16_t> &pcm) { return ToneDetector().hear(pcm.data(), pcm.size()); }

/** All sixteen keys pressed that way, one after the other. */
std::string all_pressed(const Press &how, double snr = 1000, uint32_t seed = 1) {
  std::vector<int16_t> pcm;
  rest(pcm, 100);
  for (int key = 0; key < 16; ++key) press(pcm, key, how), rest(pcm, 60 + key);
  rest(pcm, 100);
  if (snr < 100) add_noise(pcm, std::max(how.level, how.level + how.twist) + 3 - snr, seed);
  return heard_in(pcm);
}

void taken(const Press &how, const std::string &what, double snr = 1000) {
  for (uint32_t seed = 1; seed <= (snr < 100 ? 20 : 1); ++seed) check_equal(all_pressed(how, snr, seed), std::string(keys), what);
}
void not_taken(const Press &how, const std::string &what) { check_equal(all_pressed(how), std::string(), what); }

}  // namespace

TEST("tones", "Frequencies that are off by 1.5 % are taken, in noise too, and such as are off by 3.5 % are not") {
  for (const double off : {-0.015, -0.0075, 0.0, 0.0075, 0.015})
    for (const double other : {-0.015, 0.0, 0.015}) {
      taken({off, other}, "off by " + std::to_string(off) + " and " + std::to_string(other));
      taken({off, other}, "in noise, off by " + std::to_string(off) + " and " + std::to_string(other), 18);
    }
  for (const double off : {-0.06, -0.045, -0.035, 0.035, 0.045, 0.06})
    for (const double other : {-0.015, 0.0, 0.015}) {
      not_taken({off, other}, "row off by " + std::to_string(off));
      not_taken({other, off}, "column off by " + std::to_string(off));
    }
}

TEST("tones", "The upper tone may be 4 dB louder or 8 dB softer, and the key as loud or soft as lines make it") {
  for (const double level : {-3.0, -9.0, -16.0, -25.0, -29.0})
    for (const double twist : {-8.0, -4.0, 0.0, 4.0}) {
      if (level + twist < -33) continue;
      taken({0.01, -0.01, level, twist}, "level " + std::to_string(level) + ", twist " + std::to_string(twist));
      not_taken({0, 0, level, 9}, "upper tone 9 dB louder");
      not_taken({0, 0, level, -14}, "upper tone 14 dB softer");
    }
  not_taken({0, 0, -45, 0}, "as soft as what leaks from another line");
}

TEST("tones", "40 ms of tone and 40 ms of pause suffice, 23 ms of tone do not, and a hole of 10 ms makes no second key") {
  for (int at = 0; at < 20; ++at) {
    std::vector<int16_t> pcm;
    // Wherever the looks of the detector fall.
    rest(pcm, 50);
    pcm.resize(pcm.size() + static_cast<size_t>(at));
    for (int i = 0; i < 3; ++i) press(pcm, 5, {0.015, -0.015, -12, 0, 40}), rest(pcm, 40);
    rest(pcm, 50);
    check_equal(heard_in(pcm), std::string("555"), "three short keys");
    std::vector<int16_t> brief(static_cast<size_t>(400 + at), 0);
    for (int i = 0; i < 3; ++i) press(brief, 5, {0, 0, -12, 0, 23}), rest(brief, 60);
    check_equal(heard_in(brief), std::string(), "too short to be pressed");
    std::vector<int16_t> holed(static_cast<size_t>(400 + at), 0);
    press(holed, 5, {0, 0, -12, 0, 60}), rest(holed, 10), press(holed, 5, {0, 0, -12, 0, 60}), rest(holed, 60);
    check_equal(heard_in(holed), std::string("5"), "with a hole");
  }
}

TEST("tones", "Keys are heard through each codec that the box decodes") {
  const auto room = CodecRoom::enter();
  std::vector<int16_t> pcm;
  rest(pcm, 200);
  for (int key = 0; key < 16; ++key) press(pcm, key, {0.01, -0.01, -14, 2, 60}), rest(pcm, 60);
  rest(pcm, 200);
  for (const Codec codec : all_codecs) {
    Encoder encoder(room, codec);
    Decoder decoder(room, codec);
    Resampler up, down;
    ToneDetector detector;
    std::string heard;
    for (size_t at = 0; at + 160 <= pcm.size(); at += 160) {
      int16_t frame[most_samples], out[Decoder::most_decoded], narrow[Decoder::most_decoded];
      uint8_t bytes[most_encoded];
      convert(up, &pcm[at], 8000, frame, pcm_rate(codec));
      const size_t size = encoder.encode(frame, bytes);
      size_t samples = 0;
      for (const auto &piece : decoder.split(bytes, size, at, samples)) {
        const size_t n = decoder.decode(piece.bytes, piece.size, out);
        if (pcm_rate(codec) == 8000) std::copy(out, out + n, narrow);
        else down.down(out, n, narrow);
        heard += detector.hear(narrow, pcm_rate(codec) == 8000 ? n : n / 2);
      }
    }
    check_equal(heard, std::string(keys), "codec " + std::to_string(int(codec)));
  }
}

TEST("tones", "Minutes of speech, music, babble and noise press no key") {
  Directory directory;
  const double spoken = each_voice(directory, [](const std::vector<int16_t> &pcm, const std::string &voice) { check_equal(heard_in(pcm), std::string(), "speech of " + voice); });
  check(spoken > 240, "seconds of speech: " + std::to_string(spoken));
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    check_equal(heard_in(music(30, seed)), std::string(), "music " + std::to_string(seed));
    std::vector<int16_t> noise(8000 * 30, 0);
    add_noise(noise, -15, seed);
    check_equal(heard_in(noise), std::string(), "noise " + std::to_string(seed));
  }
}
