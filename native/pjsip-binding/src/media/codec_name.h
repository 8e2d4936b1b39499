// Which codecs the box itself can speak and hear, and the rates they run at.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "plane.h"

namespace pbx::media {

enum class Codec : uint8_t { none, pcmu, pcma, g722, opus };
constexpr std::array<Codec, 4> all_codecs{Codec::pcmu, Codec::pcma, Codec::g722, Codec::opus};

/** Any other name than the four: none. */
Codec codec_named(const std::string &name);
/** Which codec a packet of that payload type carries: the negotiated one, or a static type a phone switched to by itself. */
Codec codec_of(const Format &, int payload_type);
/** Samples per second of what is encoded and decoded: 8000, or 16000 for the wideband codecs. */
int pcm_rate(Codec);
/** Units of RTP timestamps per second: G.722's clock is 8000 by mistake and for ever (RFC 3551 section 4.5.2). */
int rtp_rate(Codec);
inline uint32_t rtp_samples_per_tick(Codec codec) { return static_cast<uint32_t>(rtp_rate(codec) / 50); }
inline size_t pcm_samples_per_tick(Codec codec) { return static_cast<size_t>(pcm_rate(codec) / 50); }

}  // namespace pbx::media
