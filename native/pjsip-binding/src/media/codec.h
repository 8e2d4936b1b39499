// The codecs that the box itself can speak and hear: pjmedia's, without its streams.
#pragma once

#include <pjmedia/codec.h>
#include <pjmedia/endpoint.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "codec_name.h"

namespace pbx::media {

/** Most samples of one 20 ms frame, and most bytes one can be encoded to. */
constexpr size_t most_samples = 320, most_encoded = 1280;

/** pjmedia's codec factories exist once in a process, and so does this. */
class CodecRoom {
 public:
  /** The room of the process; it lives while somebody holds it. Throws std::runtime_error. */
  static std::shared_ptr<CodecRoom> enter();
  CodecRoom();
  ~CodecRoom();
  CodecRoom(const CodecRoom &) = delete;
  CodecRoom &operator=(const CodecRoom &) = delete;

  /** Any thread may drop the last reference to a codec: these make it known to pjlib first. */
  pj_pool_t *make_pool(const char *name);
  void release(pj_pool_t *pool);
  /** An opened codec; nullptr when pjmedia refuses. */
  pjmedia_codec *open(Codec, pj_pool_t *pool);
  void adapt(pjmedia_codec *opus, int percent_lost, bool pauses);
  void close(pjmedia_codec *);

  /** What VoiceCleaners cost together now, in their units. */
  std::atomic<int> cleaning{0};

 private:
  /** How the box opens that codec; false when pjmedia does not know it. */
  bool parameters(Codec, pjmedia_codec_param &, const pjmedia_codec_info *&);
  pj_caching_pool pools_{};
  pjmedia_endpt *endpoint_ = nullptr;
};

class Encoder {
 public:
  Encoder(std::shared_ptr<CodecRoom> room, Codec codec);
  ~Encoder();
  Encoder(const Encoder &) = delete;
  Encoder &operator=(const Encoder &) = delete;

  Codec codec() const { return codec_; }
  /** 20 ms of samples at pcm_rate; bytes written, at most most_encoded; 0 when the codec failed, or has nothing to say in a pause. */
  size_t encode(const int16_t *pcm, uint8_t *out);
  /** So many of a hundred packets are lost on the way: opus then repeats each frame, smaller, in the one behind it (RFC 6716 section 2.1.7). */
  void expect_loss(int percent) { adapt(percent, pauses_); }
  /** Opus only: silence makes no packets but one every 400 ms, from which the phone goes on with its noise (RFC 7587 section 3.1.3). */
  void pause_in_silence(bool pauses) { adapt(expected_loss_, pauses); }

 private:
  void adapt(int percent_lost, bool pauses);

  std::shared_ptr<CodecRoom> room_;
  const Codec codec_;
  int expected_loss_ = 0;
  bool pauses_ = false;
  pj_pool_t *pool_;
  pjmedia_codec *handle_;
};

class Decoder {
 public:
  /** A piece of a packet that is decoded at once; `ts` counts samples at pcm_rate. */
  struct Frame {
    const uint8_t *bytes;
    size_t size;
    uint64_t ts;
  };
  /** 120 ms at 16 kHz: opus's longest packet. */
  static constexpr size_t most_decoded = 1920;

  Decoder(std::shared_ptr<CodecRoom> room, Codec codec);
  ~Decoder();
  Decoder(const Decoder &) = delete;
  Decoder &operator=(const Decoder &) = delete;

  Codec codec() const { return codec_; }
  /** Splits a payload; the frames stay valid until the next call. `frame_samples` is the length of each. */
  const std::vector<Frame> &split(const uint8_t *payload, size_t size, uint64_t ts, size_t &frame_samples);
  /** Samples written to `out` (room for most_decoded); may be 0 at the start of a stream. */
  size_t decode(const uint8_t *frame, size_t size, int16_t *out);
  /** Stands in for a lost frame of that many samples. */
  size_t conceal(size_t samples, int16_t *out);

 private:
  std::shared_ptr<CodecRoom> room_;
  const Codec codec_;
  pj_pool_t *pool_;
  pjmedia_codec *handle_;
  std::vector<Frame> frames_;
  /** opus's splitter writes each frame back whole, behind the one before: more than the packet had. */
  uint8_t work_[8192];
};

}  // namespace pbx::media
