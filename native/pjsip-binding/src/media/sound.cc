// A sound in memory, encoded for every codec the box speaks.
#include "sound.h"

#include <algorithm>
#include <stdexcept>

#include "pj_thread.h"
#include "resampler.h"
#include "wav.h"

namespace pbx::media {
namespace {

size_t slot_of(Codec codec) { return static_cast<size_t>(codec) - 1; }

}  // namespace

std::shared_ptr<const Sound> Sound::load(const std::shared_ptr<CodecRoom> &room, const std::string &file) {
  register_with_pjlib("media-load");
  const WavSound wav = read_wav(file);
  return std::shared_ptr<const Sound>(new Sound(room, wav.samples, wav.rate));
}

std::shared_ptr<const Sound> Sound::silence(const std::shared_ptr<CodecRoom> &room) {
  register_with_pjlib("media-load");
  return std::shared_ptr<const Sound>(new Sound(room, std::vector<int16_t>(160, 0), 8000));
}

Sound::Sound(const std::shared_ptr<CodecRoom> &room, const std::vector<int16_t> &samples, int rate)
    : seconds_(static_cast<double>(samples.size()) / rate), frames_((samples.size() + static_cast<size_t>(rate / 50) - 1) / static_cast<size_t>(rate / 50)) {
  for (const Codec codec : all_codecs) encode(room, codec, samples, rate);
}

void Sound::encode(const std::shared_ptr<CodecRoom> &room, Codec codec, const std::vector<int16_t> &samples, int rate) {
  Encoder encoder(room, codec);
  Resampler resampler;
  Encoded &into = encoded_[slot_of(codec)];
  const auto step = static_cast<size_t>(rate / 50);
  for (size_t at = 0; at < samples.size(); at += step) {
    int16_t frame[most_samples] = {}, converted[most_samples];
    std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(at), std::min(step, samples.size() - at), frame);
    convert(resampler, frame, rate, converted, pcm_rate(codec));
    uint8_t bytes[most_encoded];
    const size_t size = encoder.encode(converted, bytes);
    if (size == 0) throw std::runtime_error("a sound could not be encoded");
    into.bytes.insert(into.bytes.end(), bytes, bytes + size);
    into.ends.push_back(static_cast<uint32_t>(into.bytes.size()));
  }
}

Payload Sound::frame(Codec codec, size_t index) const {
  if (codec == Codec::none || index >= frames_) return {};
  const Encoded &from = encoded_[slot_of(codec)];
  const size_t begin = index == 0 ? 0 : from.ends[index - 1];
  return {from.bytes.data() + begin, from.ends[index] - begin};
}

Score::Score(std::vector<std::shared_ptr<const Sound>> sounds, std::shared_ptr<const Sound> silence, int gap_ms)
    : sounds_(std::move(sounds)), silence_(std::move(silence)), gap_(static_cast<size_t>(std::max(0, gap_ms) / 20)) {
  for (const auto &sound : sounds_) round_ += sound->frames();
}

Payload Score::frame(Codec codec, size_t index) const {
  for (const auto &sound : sounds_) {
    if (index < sound->frames()) return sound->frame(codec, index);
    index -= sound->frames();
  }
  return silence(codec);
}

}  // namespace pbx::media
