// How one leg of a call sounds, in figures: what the box measured of the phone's packets, and what the phone reported.
#pragma once

#include <cstdint>
#include <string>

namespace pbx::media {


/**
 * What the box measured of the stream from the phone (RFC 3550 A.3 and A.8; bursts and gaps by RFC 3611 section 4.7.2, Gmin 16).
 * `late`: came, but too late to be heard; `reordered`: overtaken, and heard.
 */
struct Arrival {
  uint64_t received = 0, expected = 0, duplicate = 0, reordered = 0, late = 0;
  uint64_t lost = 0;
  /** How often a loss, late packets among them, began: lost + late over this is the mean length of a loss. */
  uint64_t loss_runs = 0;
  double burst_loss = 0, gap_loss = 0;        // percent
  double burst_ms = 0, gap_ms = 0;            // mean lengths
  double jitter_ms = 0, jitter_most_ms = 0;
  double longest_gap_ms = 0;
};

/** What the phone last said of the stream to it (RFC 3550 section 6.4.1). Cumulative over the life of the leg. */
struct Report {
  uint64_t reports = 0;
  int64_t lost = 0;
  uint64_t expected = 0;
  double jitter_ms = 0;
  /** Between box and phone, from LSR and DLSR; -1 while none could be told. */
  double round_trip_ms = -1;
};

/** What a phone that sends RTCP-XR thinks of its own ear (RFC 3611 section 4.7). 127 and 0 are "unknown" as on the wire. */
struct VoipMetrics {
  bool heard = false;
  double lost = 0, discarded = 0, burst_loss = 0, gap_loss = 0;  // percent
  int burst_ms = 0, gap_ms = 0, round_trip_ms = 0, system_delay_ms = 0;
  int r = 127, mos_lq = 127, mos_cq = 127;                      // MOS times ten
  int jitter_buffer_ms = 0;
};

struct Quality {
  std::string codec;
  /** SRTP suite, empty when the leg is in the clear; packets dropped as forged, and as heard before. */
  std::string suite;
  uint64_t forged = 0, replayed = 0;
  uint64_t sent = 0;
  Arrival from;
  Report report;
  VoipMetrics metrics;
};

}  // namespace pbx::media
