// What must survive a crash of the process for one RTP port, as one line of text.
#pragma once

#include "access.h"
#include "plane.h"

namespace pbx::media {

/** Where both directions of an encrypted leg stand (RFC 3711 section 3.2.1): 48-bit indexes, and the RTCP index sent last. */
struct SrtpPlace {
  uint32_t in_ssrc = 0, rtcp_out = 0;
  uint64_t in_index = 0, out_index = 0;
};

struct PortState {
  /** Address that was bound, without a port. */
  Address bind{};
  int local_port = 0;
  Remote remote{};
  Address rtp_source{}, rtcp_source{};
  Format format{};
  uint32_t ssrc = 0;
  uint16_t seq = 0;
  uint32_t ts = 0;
  uint64_t sent_us = 0;
  PortId peer = 0;
  bool held = false;
  Cleaning cleaning = Cleaning::off;
  SrtpKeys keys{};
  Access access{};
  SrtpPlace srtp{};
};

std::string line_of(const PortState &);
/** False for a line that this version did not write whole. */
bool state_of(const std::string &line, PortState &);

}  // namespace pbx::media
