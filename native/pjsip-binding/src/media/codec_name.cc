// Which codecs the box itself can speak and hear, and the rates they run at.
#include "codec_name.h"

#include <strings.h>

namespace pbx::media {

Codec codec_named(const std::string &name) {
  if (strcasecmp(name.c_str(), "PCMU") == 0) return Codec::pcmu;
  if (strcasecmp(name.c_str(), "PCMA") == 0) return Codec::pcma;
  if (strcasecmp(name.c_str(), "G722") == 0) return Codec::g722;
  return strcasecmp(name.c_str(), "opus") == 0 ? Codec::opus : Codec::none;
}

Codec codec_of(const Format &format, int payload_type) {
  if (payload_type == format.event_type) return Codec::none;
  if (payload_type == format.payload_type) return codec_named(format.codec);
  switch (payload_type) {
    case 0: return Codec::pcmu;
    case 8: return Codec::pcma;
    case 9: return Codec::g722;
    default: return Codec::none;
  }
}

int pcm_rate(Codec codec) { return codec == Codec::g722 || codec == Codec::opus ? 16000 : 8000; }
int rtp_rate(Codec codec) { return codec == Codec::opus ? 48000 : 8000; }

}  // namespace pbx::media
