// Hears one stream: takes the packets that pass a port, evens out their arrival, and gives 20 ms of samples each beat.
#pragma once

#include <pjmedia/jbuf.h>

#include <deque>
#include <mutex>
#include <vector>

#include "codec.h"
#include "comfort_noise.h"
#include "port.h"
#include "resampler.h"

namespace pbx::media {

class Ear final : public Tap {
 public:
  /** `rate` is 8000 or 16000: what pull gives. */
  Ear(std::shared_ptr<CodecRoom> room, int rate);
  ~Ear() override;

  void hear(const Format &, const rtp::Packet &) override;
  /** 20 ms of samples. On the clock thread. False when there is only silence, because nobody speaks. */
  bool pull(int16_t *out);
  /** What speech waits here before it is heard, ms: grows with the jitter of its arrival and shrinks again. On the clock thread. */
  int delay_ms() const;

 private:
  /** Packets kept between two beats; more of them are a flood, not speech. */
  static constexpr size_t most_waiting = 32;
  struct Waiting {
    /** None: comfort noise. */
    Codec codec;
    uint32_t ssrc, ts;
    std::vector<uint8_t> payload;
  };

  void take(const Waiting &);
  void take_noise(const Waiting &);
  void start_decoder(Codec);
  void begin_source(uint32_t ssrc);
  void set_frame(size_t samples);
  bool decode_next();
  void append_silence();
  void append(const int16_t *pcm, size_t samples);
  int index_of(uint64_t pcm_ts) const { return static_cast<int>((pcm_ts / frame_samples_) & 0x7fffffff); }
  uint64_t pcm_ts(uint64_t rtp_ts) const;
  void mark_lost_before(int index);

  const std::shared_ptr<CodecRoom> room_;
  const int rate_;
  std::mutex mutex_;
  std::vector<Waiting> waiting_;

  /** The clock thread's own. */
  std::vector<Waiting> taken_;
  pj_pool_t *pool_ = nullptr;
  pjmedia_jbuf *buffer_ = nullptr;
  std::unique_ptr<Decoder> decoder_;
  bool has_source_ = false;
  uint32_t ssrc_ = 0, last_ts_ = 0;
  uint64_t unwrapped_ts_ = 0;
  size_t frame_samples_ = 0;
  int concealed_ = 0;
  /** The frame that is due behind the last one, and frames that were due since the buffer ran dry. */
  int next_index_ = -1, starved_ = 0;
  /** While the phone pauses and says how its room sounds. */
  ComfortNoise noise_;
  int noise_index_ = 0;
  /** Decoded, at the codec's rate. */
  std::deque<int16_t> samples_;
  Resampler resampler_;
};

}  // namespace pbx::media
