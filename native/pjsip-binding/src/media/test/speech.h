// Sounds of the tests: made, decoded, and measured by frequency.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "codec.h"
#include "phone.h"

namespace pbx::media::test {

/** A directory of its own, removed with its content. */
struct Directory {
  Directory();
  ~Directory();
  std::string file(const std::string &name) const { return path + "/" + name; }
  std::string path;
};

std::vector<int16_t> sine(double hertz, int rate, int ms);
/** Writes a WAV of one sine; its path. */
std::string sine_wav(const Directory &, const std::string &name, double hertz, int rate, int ms);

/** How much of the signal is that frequency: near 1 for a pure tone, near 0 when it is absent. */
double share_of(const std::vector<int16_t> &pcm, double hertz, int rate);

/** What the packets say, decoded in order. */
std::vector<int16_t> decoded(const std::vector<Heard> &packets, Codec codec);

/** A phone that says a sine, 20 ms at a time, while it listens. */
struct Talker {
  Talker(const Format &format, double hertz, const std::string &host = "127.0.0.1");
  /** Says that from now on, over and over; 8 kHz, whatever its codec. */
  void reads(const std::vector<int16_t> &narrow);
  void say_next();
  /** The next packet is made and lost on the way. */
  void lose_next();
  void collect();
  std::vector<int16_t> heard_pcm() const { return decoded(heard, codec); }

  Phone phone;
  Format format;
  Codec codec;
  std::vector<Heard> heard;

 private:
  std::shared_ptr<CodecRoom> room_;
  std::unique_ptr<Encoder> encoder_;
  std::vector<int16_t> voice_;
  size_t at_ = 0;
  uint16_t seq_ = 1;
  uint32_t ts_ = 1000;
  uint32_t ssrc_;
};

/** All talk and listen, one packet each 20 ms. */
void talk(const std::vector<Talker *> &talkers, int ms);

}  // namespace pbx::media::test
