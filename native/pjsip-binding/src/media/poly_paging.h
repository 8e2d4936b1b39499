// Group paging as phones of Poly's make hear it: no RTP, but packets of their own that announce a page, carry it and end it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "codec.h"
#include "sound.h"

namespace pbx::media {

/** The stream to one paging group, beat by beat; the speech of a codec with 160 bytes in 20 ms (G.711, G.722). */
class PolyPaging {
 public:
  /** Packet head of every kind, and what stands behind it before speech. */
  static constexpr size_t head_bytes = 20, speech_head_bytes = 6, frame_bytes = 160;

  struct Page {
    /** On the wire: group n is channel n + 25, as channels 1 to 25 are those of push-to-talk. */
    uint8_t channel = 0;
    /** Tells pages of one channel apart. */
    uint32_t serial = 0;
    /** Shown by the phone; 13 bytes of it at most. */
    std::string caller;
    Codec codec = Codec::pcmu;
  };
  explicit PolyPaging(Page page);

  struct Packet {
    uint8_t head[head_bytes + speech_head_bytes];
    size_t head_size = 0;
    /** The frame before and this one: a packet may be lost, and nothing is. Valid until the next beat. */
    Payload speech;
  };
  /**
   * One beat of 20 ms: takes a frame of speech, if there is one, and says whether a packet is to be sent. Speech leaves about
   * a second after it was taken: phones are told of a page that long, so that each wakes up.
   */
  bool beat(Payload frame, Packet &out);
  /** Says what was taken, then ends the page. */
  void finish() { finishing_ = true; }
  /** Ends the page at once. */
  void cut();
  bool finishing() const { return finishing_; }
  /** Nothing is left to be sent. */
  bool over() const { return ends_ == end_packets; }

 private:
  static constexpr int alert_packets = 31, end_packets = 12;

  void head(uint8_t op, Packet &out) const;
  bool alert(Packet &out);
  bool speak(Packet &out);
  bool end(Packet &out);

  const Page page_;
  /** Frames that wait, oldest at `first_`. */
  std::vector<uint8_t> waiting_;
  size_t first_ = 0, count_ = 0;
  bool finishing_ = false, spoken_ = false;
  int beats_ = 0, alerts_ = 0, ends_ = 0, ending_beats_ = 0;
  uint32_t samples_ = 0;
  uint8_t speech_[2 * frame_bytes];
};

}  // namespace pbx::media
