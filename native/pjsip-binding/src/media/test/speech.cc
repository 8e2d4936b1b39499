// Sounds of the tests: made, decoded, and measured by frequency.
#include "speech.h"

#include <dirent.h>
#include <poll.h>
#include <unistd.h>

#include <cmath>
#include <thread>

#include "check.h"
#include "monotonic.h"
#include "random.h"
#include "resampler.h"
#include "wav.h"

namespace pbx::media::test {
namespace {

constexpr double turn = 2 * 3.14159265358979323846;

}  // namespace

Directory::Directory() {
  char name[] = "/tmp/media-plane-XXXXXX";
  check(mkdtemp(name) != nullptr, "make a directory");
  path = name;
}

Directory::~Directory() {
  if (DIR *dir = opendir(path.c_str())) {
    while (const dirent *entry = readdir(dir))
      if (entry->d_name[0] != '.') unlink(file(entry->d_name).c_str());
    closedir(dir);
  }
  rmdir(path.c_str());
}

std::vector<int16_t> sine(double hertz, int rate, int ms) {
  std::vector<int16_t> pcm(static_cast<size_t>(rate * ms / 1000));
  for (size_t i = 0; i < pcm.size(); ++i) pcm[i] = static_cast<int16_t>(8000 * std::sin(turn * hertz * static_cast<double>(i) / rate));
  return pcm;
}

std::string sine_wav(const Directory &directory, const std::string &name, double hertz, int rate, int ms) {
  WavFile wav(directory.file(name), rate);
  wav.append(sine(hertz, rate, ms));
  return directory.file(name);
}

double share_of(const std::vector<int16_t> &pcm, double hertz, int rate) {
  double in_phase = 0, quadrature = 0, energy = 1;
  for (size_t i = 0; i < pcm.size(); ++i) {
    in_phase += pcm[i] * std::cos(turn * hertz * static_cast<double>(i) / rate);
    quadrature += pcm[i] * std::sin(turn * hertz * static_cast<double>(i) / rate);
    energy += double(pcm[i]) * pcm[i];
  }
  return pcm.empty() ? 0 : 2 * (in_phase * in_phase + quadrature * quadrature) / (static_cast<double>(pcm.size()) * energy);
}

std::vector<int16_t> decoded(const std::vector<Heard> &packets, Codec codec) {
  const auto room = CodecRoom::enter();
  Decoder decoder(room, codec);
  std::vector<int16_t> pcm;
  for (const auto &heard : packets) {
    size_t samples = 0;
    int16_t out[Decoder::most_decoded];
    const auto frames = decoder.split(heard.packet.payload, heard.packet.payload_size, heard.packet.ts, samples);
    for (const auto &frame : frames) {
      const size_t n = decoder.decode(frame.bytes, frame.size, out);
      pcm.insert(pcm.end(), out, out + n);
    }
  }
  return pcm;
}

Talker::Talker(const Format &f, double hertz, const std::string &host)
    : phone(host), format(f), codec(codec_named(f.codec)), room_(CodecRoom::enter()), encoder_(std::make_unique<Encoder>(room_, codec)), ssrc_(random32()) {
  if (hertz > 0) voice_ = sine(hertz, pcm_rate(codec), 1000);
}

void Talker::reads(const std::vector<int16_t> &narrow) {
  voice_ = narrow;
  at_ = 0;
  if (pcm_rate(codec) == 8000) return;
  voice_.resize(2 * narrow.size());
  Resampler().up(narrow.data(), narrow.size(), voice_.data());
}

void Talker::say_next() {
  const size_t n = pcm_samples_per_tick(codec);
  std::vector<int16_t> frame(n, 0);
  for (size_t i = 0; i < n && !voice_.empty(); ++i) frame[i] = voice_[(at_ + i) % voice_.size()];
  at_ += n;
  std::vector<uint8_t> bytes(most_encoded);
  bytes.resize(encoder_->encode(frame.data(), bytes.data()));
  phone.say({seq_++, ts_, format.payload_type, ssrc_, bytes});
  ts_ += rtp_samples_per_tick(codec);
}

void Talker::lose_next() {
  const Phone::Says unsaid{seq_++, ts_};
  ts_ = unsaid.ts + rtp_samples_per_tick(codec);
  at_ += pcm_samples_per_tick(codec);
}

void Talker::collect() {
  while (auto packet = phone.hear(0)) heard.push_back(std::move(*packet));
}

void talk(const std::vector<Talker *> &talkers, int ms) {
  const uint64_t begin = monotonic_us();
  for (int i = 0; i < ms / 20; ++i) {
    for (Talker *one : talkers) one->say_next();
    const uint64_t next = begin + static_cast<uint64_t>(i + 1) * 20000, now = monotonic_us();
    if (next > now) std::this_thread::sleep_for(std::chrono::microseconds(next - now));
    for (Talker *one : talkers) one->collect();
  }
}

}  // namespace pbx::media::test
