// A sound in memory, encoded for every codec the box speaks: playing it touches no disk and computes nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "codec.h"

namespace pbx::media {

struct Payload {
  const uint8_t *bytes = nullptr;
  size_t size = 0;
};

class Sound {
 public:
  /** Reads and encodes; blocking. Throws std::runtime_error. */
  static std::shared_ptr<const Sound> load(const std::shared_ptr<CodecRoom> &room, const std::string &file);
  /** One frame of silence. */
  static std::shared_ptr<const Sound> silence(const std::shared_ptr<CodecRoom> &room);

  double seconds() const { return seconds_; }
  /** Frames of 20 ms. */
  size_t frames() const { return frames_; }
  Payload frame(Codec, size_t index) const;

 private:
  struct Encoded {
    std::vector<uint8_t> bytes;
    std::vector<uint32_t> ends;
  };
  Sound(const std::shared_ptr<CodecRoom> &room, const std::vector<int16_t> &samples, int rate);
  void encode(const std::shared_ptr<CodecRoom> &room, Codec, const std::vector<int16_t> &samples, int rate);

  double seconds_;
  size_t frames_;
  Encoded encoded_[all_codecs.size()];
};

/** Sounds in order, with silence between two rounds: what players and pages go through frame by frame. */
class Score {
 public:
  Score(std::vector<std::shared_ptr<const Sound>> sounds, std::shared_ptr<const Sound> silence, int gap_ms);

  size_t round_frames() const { return round_; }
  size_t gap_frames() const { return gap_; }
  /** Frame `index` of a round; silence beyond its end. */
  Payload frame(Codec, size_t index) const;
  Payload silence(Codec codec) const { return silence_->frame(codec, 0); }

 private:
  std::vector<std::shared_ptr<const Sound>> sounds_;
  std::shared_ptr<const Sound> silence_;
  size_t round_ = 0, gap_ = 0;
};

}  // namespace pbx::media
