// RTCP (RFC 3550 section 6) between two legs whose RTP is renumbered on the way: reports must speak of what each side sees.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pbx::media {

struct RtcpTranslation {
  /** The reporting phone's stream as the far side knows it. */
  uint32_t sender_ssrc = 0;
  uint32_t sender_ts_delta = 0;
  /** The stream that the reporting phone hears (ours), and the far phone's stream behind it; 0 when the box speaks itself. */
  uint32_t heard_ssrc = 0;
  uint32_t source_ssrc = 0;
  uint16_t source_seq_delta = 0;
};

/** Rewrites a compound packet in place; its new size, 0 when nothing of it is to be sent. Reads nothing beyond `size`. */
size_t translate_rtcp(uint8_t *packet, size_t size, const RtcpTranslation &);

}  // namespace pbx::media
