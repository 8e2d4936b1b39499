// WAV files: reading a sound whole, and writing a recording that is valid whenever the process dies.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace pbx::media {

struct WavSound {
  int rate = 0;
  std::vector<int16_t> samples;
};

/** Mono PCM of 16 bit at 8 or 16 kHz. Throws std::runtime_error that names the file and what is wrong with it. */
WavSound read_wav(const std::string &file);

class WavFile {
 public:
  /** Creates the file, of one channel or two. Throws std::runtime_error. */
  WavFile(const std::string &file, int rate, int channels = 1);
  ~WavFile();
  WavFile(const WavFile &) = delete;
  WavFile &operator=(const WavFile &) = delete;

  /** Appends samples, of two channels in turn, then makes the header say so. Throws std::runtime_error. */
  void append(const std::vector<int16_t> &samples);
  double seconds() const { return static_cast<double>(samples_) / rate_ / channels_; }

 private:
  void write_header();
  void write_at(long offset, const void *bytes, size_t size);

  const std::string file_;
  const int rate_, channels_;
  int fd_;
  uint64_t samples_ = 0;
};

}  // namespace pbx::media
