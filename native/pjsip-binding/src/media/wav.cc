// WAV files: reading a sound whole, and writing a recording that is valid whenever the process dies.
#include "wav.h"

#include <fcntl.h>
#include <samplerate.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace pbx::media {
namespace {

constexpr size_t header_size = 44;
/** Half an hour at 16 kHz: far beyond any message, and a bound on the memory a broken file can take. */
constexpr size_t most_bytes = 64 << 20;
constexpr uint16_t pcm_format = 1, extensible_format = 0xfffe;

uint16_t le16(const uint8_t *p) { return static_cast<uint16_t>(p[0] | p[1] << 8); }
uint32_t le32(const uint8_t *p) { return le16(p) | uint32_t{le16(p + 2)} << 16; }
void put_le16(uint8_t *p, uint16_t v) { p[0] = static_cast<uint8_t>(v), p[1] = static_cast<uint8_t>(v >> 8); }
void put_le32(uint8_t *p, uint32_t v) { put_le16(p, static_cast<uint16_t>(v)), put_le16(p + 2, static_cast<uint16_t>(v >> 16)); }

std::vector<uint8_t> bytes_of(const std::string &file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file + ": " + strerror(errno));
  std::vector<uint8_t> bytes(std::istreambuf_iterator<char>(in), {});
  if (bytes.size() > most_bytes) throw std::runtime_error(file + ": longer than a sound may be");
  return bytes;
}

/** Speech as it is rendered has 22.05 kHz: brought once to what codecs and mix work with. */
void to_16_khz(WavSound &sound) {
  std::vector<float> in(sound.samples.size());
  src_short_to_float_array(sound.samples.data(), in.data(), static_cast<int>(in.size()));
  const double ratio = 16000.0 / sound.rate;
  std::vector<float> out(static_cast<size_t>(static_cast<double>(in.size()) * ratio) + 1);
  SRC_DATA data{};
  data.data_in = in.data();
  data.data_out = out.data();
  data.input_frames = static_cast<long>(in.size());
  data.output_frames = static_cast<long>(out.size());
  data.src_ratio = ratio;
  if (const int status = src_simple(&data, SRC_SINC_MEDIUM_QUALITY, 1); status != 0) throw std::runtime_error(src_strerror(status));
  sound.samples.resize(static_cast<size_t>(data.output_frames_gen));
  src_float_to_short_array(out.data(), sound.samples.data(), static_cast<int>(sound.samples.size()));
  sound.rate = 16000;
}

}  // namespace

WavSound read_wav(const std::string &file) {
  const auto bytes = bytes_of(file);
  const auto refuse = [&](const char *why) { return std::runtime_error(file + ": " + why); };
  if (bytes.size() < 12 || memcmp(bytes.data(), "RIFF", 4) != 0 || memcmp(&bytes[8], "WAVE", 4) != 0) throw refuse("not a WAV file");
  WavSound sound;
  for (size_t at = 12; at + 8 <= bytes.size();) {
    const uint8_t *chunk = &bytes[at];
    const size_t room = bytes.size() - at - 8;
    // A recording cut short by a crash says more than it has: what is there is used.
    const size_t size = std::min<size_t>(le32(chunk + 4), room);
    if (memcmp(chunk, "fmt ", 4) == 0) {
      if (size < 16) throw refuse("its format is cut short");
      const uint16_t kind = le16(chunk + 8);
      if ((kind != pcm_format && kind != extensible_format) || le16(chunk + 22) != 16) throw refuse("not PCM of 16 bit");
      if (le16(chunk + 10) != 1) throw refuse("not mono");
      sound.rate = static_cast<int>(le32(chunk + 12));
      if (sound.rate < 8000 || sound.rate > 48000) throw refuse("its rate is not between 8 and 48 kHz");
    } else if (memcmp(chunk, "data", 4) == 0) {
      if (sound.rate == 0) throw refuse("no format before its samples");
      for (size_t i = 0; i + 1 < size; i += 2) sound.samples.push_back(static_cast<int16_t>(le16(chunk + 8 + i)));
      break;
    }
    at += 8 + size + (size & 1);
  }
  if (!sound.samples.empty() && sound.rate != 8000 && sound.rate != 16000) to_16_khz(sound);
  // Of one sample at a higher rate nothing is left.
  if (sound.samples.empty()) throw refuse("no samples");
  return sound;
}

WavFile::WavFile(const std::string &file, int rate, int channels)
    : file_(file), rate_(rate), channels_(channels), fd_(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)) {
  if (fd_ < 0) throw std::runtime_error(file + ": " + strerror(errno));
  try {
    write_header();
  } catch (...) {
    close(fd_);
    throw;
  }
}

WavFile::~WavFile() { close(fd_); }

void WavFile::append(const std::vector<int16_t> &samples) {
  if (samples.empty()) return;
  std::vector<uint8_t> bytes(samples.size() * 2);
  for (size_t i = 0; i < samples.size(); ++i) put_le16(&bytes[2 * i], static_cast<uint16_t>(samples[i]));
  write_at(static_cast<long>(header_size + 2 * samples_), bytes.data(), bytes.size());
  samples_ += samples.size();
  write_header();
}

void WavFile::write_header() {
  uint8_t h[header_size] = {};
  const auto size = static_cast<uint32_t>(std::min<uint64_t>(2 * samples_, 0xffffffff - header_size));
  memcpy(h, "RIFF", 4);
  put_le32(h + 4, size + header_size - 8);
  memcpy(h + 8, "WAVEfmt ", 8);
  put_le32(h + 16, 16);
  put_le16(h + 20, pcm_format);
  put_le16(h + 22, static_cast<uint16_t>(channels_));
  put_le32(h + 24, static_cast<uint32_t>(rate_));
  put_le32(h + 28, static_cast<uint32_t>(rate_ * channels_) * 2);
  put_le16(h + 32, static_cast<uint16_t>(2 * channels_));
  put_le16(h + 34, 16);
  memcpy(h + 36, "data", 4);
  put_le32(h + 40, size);
  write_at(0, h, sizeof h);
}

void WavFile::write_at(long offset, const void *bytes, size_t size) {
  const auto *from = static_cast<const uint8_t *>(bytes);
  while (size > 0) {
    const ssize_t n = pwrite(fd_, from, size, offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::runtime_error(file_ + ": " + strerror(errno));
    from += n;
    offset += n;
    size -= static_cast<size_t>(n);
  }
}

}  // namespace pbx::media
