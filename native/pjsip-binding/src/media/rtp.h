// RTP on the wire (RFC 3550 section 5.1): reading a packet that anybody may have made, and writing our own.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pbx::media::rtp {

constexpr size_t header_size = 12;
/** Larger than any Ethernet frame: what is longer was not made by a phone. */
constexpr size_t max_packet = 2048;

struct Packet {
  bool marker;
  uint8_t payload_type;
  uint16_t seq;
  uint32_t ts;
  uint32_t ssrc;
  const uint8_t *payload;
  size_t payload_size;
};

inline uint16_t get16(const uint8_t *p) { return static_cast<uint16_t>(p[0] << 8 | p[1]); }
inline uint32_t get32(const uint8_t *p) { return uint32_t(p[0]) << 24 | uint32_t(p[1]) << 16 | uint32_t(p[2]) << 8 | p[3]; }
inline void put16(uint8_t *p, uint16_t v) { p[0] = uint8_t(v >> 8), p[1] = uint8_t(v); }
inline void put32(uint8_t *p, uint32_t v) { p[0] = uint8_t(v >> 24), p[1] = uint8_t(v >> 16), p[2] = uint8_t(v >> 8), p[3] = uint8_t(v); }

/** RFC 5761 section 4: RTCP may share the RTP port; its packet types fall where RTP's marker and type would be 192-223. */
inline bool is_rtcp(const uint8_t *p, size_t n) { return n >= 8 && p[0] >> 6 == 2 && p[1] >= 192 && p[1] <= 223; }

/** False for anything that is not a whole RTP packet: short, other version, header or padding beyond its end. */
inline bool parse(const uint8_t *p, size_t n, Packet &out) {
  if (n < header_size || p[0] >> 6 != 2) return false;
  size_t head = header_size + 4 * size_t(p[0] & 0x0f);
  if (p[0] & 0x10) {
    if (n < head + 4) return false;
    head += 4 + 4 * size_t(get16(p + head + 2));
  }
  if (n < head) return false;
  size_t tail = 0;
  if (p[0] & 0x20) {
    tail = p[n - 1];
    if (tail == 0 || head + tail > n) return false;
  }
  out = {(p[1] & 0x80) != 0, uint8_t(p[1] & 0x7f), get16(p + 2), get32(p + 4), get32(p + 8), p + head, n - head - tail};
  return true;
}

struct Header {
  bool marker;
  uint8_t payload_type;
  uint16_t seq;
  uint32_t ts;
  uint32_t ssrc;
};

/** Overwrites type, marker, sequence, timestamp and SSRC; version, padding, extension and CSRC stay. */
inline void rewrite(uint8_t *p, const Header &h) {
  p[1] = uint8_t((h.marker ? 0x80 : 0) | (h.payload_type & 0x7f));
  put16(p + 2, h.seq);
  put32(p + 4, h.ts);
  put32(p + 8, h.ssrc);
}

inline void write(uint8_t *p, const Header &h) {
  p[0] = 0x80;
  rewrite(p, h);
}

}  // namespace pbx::media::rtp
