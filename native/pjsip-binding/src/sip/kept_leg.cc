// A leg as its record tells it: its media and the port it speaks through.
#include "kept_leg.h"

#include <algorithm>

namespace pbx::sip {

void restore_media(Core &c, Leg &leg, const Fields &f) {
  LegMedia &m = leg.media;
  m.bind_host = get(f, "bind");
  m.origin = {get(f, "host"), static_cast<int>(number(f, "rtp")), static_cast<uint64_t>(number(f, "osess")), static_cast<uint64_t>(number(f, "over"))};
  if (!get(f, "remote").empty()) m.remote = parse_sdp(get(f, "remote"));
  m.remote_offers = get(f, "roffer") == "1";
  m.local = get(f, "local");
  m.offered_from = get(f, "from");
  m.format = format_in(f);
  m.send_only = get(f, "sendonly") == "1";
  m.held = get(f, "held") == "1";
  if (!get(f, "enc").empty()) m.encryption = static_cast<Encryption>(std::clamp<int64_t>(number(f, "enc"), 0, static_cast<int64_t>(Encryption::required)));
  m.begins = get(f, "begins") == "1";
  const auto port = static_cast<media::PortId>(number(f, "port"));
  if (port == 0) return;
  if (!c.plane->restore(port, get(f, "portline"))) {
    c.count("ports-not-restored");
    return;
  }
  m.port = port;
  c.ports[port] = leg.id;
}

}  // namespace pbx::sip
