// RTCP between two legs whose RTP is renumbered on the way.
#include "rtcp.h"

#include <cstring>

#include "rtp.h"

namespace pbx::media {
namespace {

using rtp::get16, rtp::get32, rtp::put16, rtp::put32;

enum : uint8_t { sender_report = 200, receiver_report = 201, description = 202, feedback = 205, payload_feedback = 206 };
constexpr size_t report_block = 24;

void translate_blocks(uint8_t *block, const uint8_t *end, int count, const RtcpTranslation &t) {
  for (; count > 0 && block + report_block <= end; --count, block += report_block) {
    if (get32(block) != t.heard_ssrc || t.source_ssrc == 0) continue;
    put32(block, t.source_ssrc);
    // Highest sequence: 16 bits of cycles, 16 bits of number. The subtraction may borrow from the cycles, as it must.
    const uint32_t highest = get32(block + 8);
    put32(block + 8, highest - t.source_seq_delta);
  }
}

/** False when the packet is not to be passed on: BYE (the leg lives on, another speaker may follow), APP, unknown, broken. */
bool translate_one(uint8_t *p, size_t size, const RtcpTranslation &t) {
  const int count = p[0] & 0x1f;
  switch (p[1]) {
    case sender_report:
      if (size < 28) return false;
      put32(p + 4, t.sender_ssrc);
      put32(p + 16, get32(p + 16) + t.sender_ts_delta);
      translate_blocks(p + 28, p + size, count, t);
      return true;
    case receiver_report:
      put32(p + 4, t.sender_ssrc);
      translate_blocks(p + 8, p + size, count, t);
      return true;
    case description:
      // Only the first chunk is the sender's own; phones send no other.
      if (count != 1) return false;
      put32(p + 4, t.sender_ssrc);
      return true;
    case feedback:
    case payload_feedback:
      if (size < 12 || get32(p + 8) != t.heard_ssrc || t.source_ssrc == 0) return false;
      put32(p + 4, t.sender_ssrc);
      put32(p + 8, t.source_ssrc);
      return true;
    default:
      return false;
  }
}

}  // namespace

size_t translate_rtcp(uint8_t *packet, size_t size, const RtcpTranslation &t) {
  size_t read = 0, written = 0;
  while (size - read >= 8 && packet[read] >> 6 == 2) {
    const size_t length = 4 * (size_t(get16(packet + read + 2)) + 1);
    if (length < 8 || length > size - read) break;
    if (translate_one(packet + read, length, t)) {
      if (written != read) memmove(packet + written, packet + read, length);
      written += length;
    }
    read += length;
  }
  // RFC 3550 section 6.1: a compound packet begins with a report.
  const bool begins_right = written > 0 && (packet[1] == sender_report || packet[1] == receiver_report);
  return begins_right ? written : 0;
}

}  // namespace pbx::media
