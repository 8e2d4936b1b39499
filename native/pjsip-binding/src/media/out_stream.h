// What one phone hears, as one RTP stream for the life of its leg: one SSRC, sequence and timestamps without a seam,
// whoever speaks (the other phone, a player, a mix). That is what lets them swap without a re-INVITE.
#pragma once

#include <cstdint>

#include "rtp.h"

namespace pbx::media {

class OutStream {
 public:
  OutStream(uint32_t ssrc, uint16_t first_seq, uint32_t first_ts) : ssrc_(ssrc), highest_(first_seq), ts_(first_ts) {}

  uint32_t ssrc() const { return ssrc_; }
  uint16_t last_seq() const { return highest_; }
  uint32_t last_ts() const { return ts_; }
  uint64_t last_sent_us() const { return sent_us_; }
  /** SSRC of the relayed source that speaks now, 0 when the box itself does. Reports about us are reports about it. */
  uint32_t relayed_ssrc() const { return relaying_ ? source_ssrc_ : 0; }
  uint16_t seq_delta() const { return seq_delta_; }
  uint32_t ts_delta() const { return ts_delta_; }

  /** Goes on after a crash: `idle_us` is the time since the last packet. */
  void resume(uint16_t seq, uint32_t ts, uint64_t sent_us);

  /** Header for a packet of another phone. Gaps stay gaps, so that the listener sees loss. False: too late to be sent. */
  bool relay(const rtp::Packet &in, int clock_rate, uint64_t now_us, rtp::Header &out);
  /** Header for the next packet of a speaker of our own; `speaker` tells one from another, `samples` is the packet's length. */
  rtp::Header speak(uint64_t speaker, uint32_t samples, int clock_rate, uint64_t now_us);
  /** The speaker has nothing to say for so long: numbers stand still, time goes on, and what follows is marked (RFC 3551 section 4.1). */
  void pause(uint64_t speaker, uint32_t samples, uint64_t now_us);
  /** Header for a further packet about the instant of the last one (RFC 4733 section 2.5.1.2: an event keeps its timestamp). */
  rtp::Header repeat() { return {false, 0, ++highest_, ts_, ssrc_}; }
  /** The next packet begins a new talk spurt: after hold, after packets that were left out. */
  void interrupt() { relaying_ = false, speaker_ = 0; }

 private:
  uint32_t ts_after_pause(uint32_t least, int clock_rate, uint64_t now_us) const;

  uint32_t ssrc_;
  uint16_t highest_;
  uint32_t ts_;
  uint64_t sent_us_ = 0;
  uint64_t speaker_ = 0;
  bool paused_ = false;
  bool relaying_ = false;
  uint32_t source_ssrc_ = 0;
  uint16_t base_seq_ = 0, seq_delta_ = 0;
  uint32_t ts_delta_ = 0;
  /** Packets since the source began, up to the reordering window. */
  uint16_t age_ = 0;
};

}  // namespace pbx::media
