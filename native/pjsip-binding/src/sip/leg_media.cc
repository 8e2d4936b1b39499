// The media side of a leg: its port, what it was told, what it said, and whom it is relayed with.
#include "legs.h"

namespace pbx::sip {

bool open_media(Core &c, Leg &leg, const Hop &peer) {
  if (leg.media.port) return true;
  const LocalAddress own = c.local_towards(peer);
  const auto bind = parse_address(own.bind, 0);
  if (!bind) return false;
  int port = 0;
  leg.media.port = c.plane->open(*bind, port);
  if (!leg.media.port) {
    c.count("ports-exhausted");
    return false;
  }
  c.ports[leg.media.port] = leg.id;
  leg.media.bind_host = own.bind;
  leg.media.origin.host = own.advertised;
  leg.media.origin.port = port;
  return true;
}

void close_media(Core &c, Leg &leg) {
  if (!leg.media.port) return;
  part(c, leg);
  c.plane->close(leg.media.port);
  c.ports.erase(leg.media.port);
  c.closed_ports[leg.media.port] = {leg.id, steady_ms()};
  leg.media.port = 0;
}

void heard(Core &c, Leg &leg, Sdp sdp, bool is_offer) {
  leg.media.remote = std::move(sdp);
  leg.media.remote_offers = is_offer;
  if (leg.media.port) settle(c, leg);
}

namespace {

/** As its line has it; what is said in a call for help reaches those who help as it was said. */
media::Cleaning cleaning_of(const Core &c, const Leg &leg) {
  const auto found = c.cleaning.find(leg.line);
  return found == c.cleaning.end() || leg.lane == Lane::emergency ? media::Cleaning::off : found->second;
}

}  // namespace

void settle(Core &c, Leg &leg) {
  LegMedia &m = leg.media;
  if (!m.port || !m.remote) return;
  const SdpMedia *said = m.remote->audio();
  // Until the key is chosen nobody is listened to: what comes then could be anybody's.
  if (m.remote_offers && m.local.empty() && said && (said->is_secure() || said->is_dtls() || !said->crypto.empty() || offers_checks(*m.remote))) return;
  if (is_too_open(leg)) return c.count("media-too-open");
  note_role(leg);
  const media::Access access = agreed_access(leg);
  c.plane->set_access(m.port, access);
  if (access.dtls.empty()) m.keyless_since_ms = 0;
  else if (m.keyless_since_ms == 0 && c.plane->suite(m.port).empty()) m.keyless_since_ms = steady_ms();
  if (access.dtls.empty() && !c.plane->set_keys(m.port, agreed_keys(leg))) return c.count("media-too-open");
  if (auto remote = m.remote->remote()) {
    if (leg.tie && leg.tie->hop.known()) remote->signalling = leg.tie->hop.addr;
    remote->send_only = m.send_only;
    if (is_muxed(leg)) remote->rtcp = remote->rtp;
    c.plane->set_remote(m.port, *remote);
  }
  const auto local = m.local.empty() ? std::nullopt : parse_sdp(m.local);
  auto format = m.remote_offers ? (local ? format_of(*m.remote, *local) : std::nullopt) : format_of(*m.remote, *m.remote);
  const SdpMedia *section = m.remote->audio();
  if (!format && section && section->port > 0 && !section->formats.empty() && (!m.remote_offers || local)) {
    // A payload that nobody named (no rtpmap, or a fax): relayed untouched, never decoded.
    format.emplace();
    format->codec = section->kind + "/" + section->formats.front();
  }
  if (format) {
    m.format = format;
    c.plane->set_format(m.port, *format);
    c.plane->set_cleaning(m.port, cleaning_of(c, leg));
  }
}

std::string versioned(Leg &leg, const std::function<std::string(const SdpOrigin &)> &write) {
  LegMedia &m = leg.media;
  std::string text = write(m.origin);
  if (!m.local.empty() && text != m.local) {
    ++m.origin.version;
    text = write(m.origin);
  }
  return m.local = std::move(text);
}

namespace {

/** May `other`'s description go to `leg` as it is? Only when it answers the very offer that `leg` made. */
bool answers_our_offer(const Leg &leg, const Leg &other) { return other.media.offered_from == leg.id && other.media.remote && !other.media.remote_offers; }

/** What the leg is offered; its checks, and a ClientHello, may come before the answer. */
std::string offered(Core &c, Leg &leg, const std::function<std::string(const SdpOrigin &)> &write) {
  std::string text = versioned(leg, write);
  if (!leg.media.remote) c.plane->set_access(leg.media.port, awaited_access(leg));
  return text;
}

}  // namespace

std::optional<std::string> describe(Core &c, Leg &leg, const MediaSpec &spec) {
  LegMedia &m = leg.media;
  if (spec.kind == MediaSpec::Kind::none || !leg.tie || !open_media(c, leg, leg.tie->hop)) return std::nullopt;
  const Leg *other = spec.kind == MediaSpec::Kind::relay ? c.leg(spec.with) : nullptr;
  if (spec.kind == MediaSpec::Kind::relay && (!other || !other->media.remote)) return std::nullopt;
  m.send_only = spec.kind == MediaSpec::Kind::box && spec.direction == Direction::sendonly;
  if (!m.remote) secure_offer(c, leg);
  else if (!secure_answer(c, leg, *m.remote)) return std::nullopt;
  if (other && answers_our_offer(leg, *other)) return versioned(leg, [&](const SdpOrigin &origin) { return rewrite_sdp(*other->media.remote, origin); });
  const std::string first = other && other->media.format ? other->media.format->codec : "";
  if (!m.remote) return offered(c, leg, [&](const SdpOrigin &origin) { return offer_sdp(origin, spec.direction, first); });
  if (!answer_sdp(*m.remote, m.origin, spec.direction, first)) return std::nullopt;
  return versioned(leg, [&](const SdpOrigin &origin) { return *answer_sdp(*m.remote, origin, spec.direction, first); });
}

std::string offer_for(Core &c, Leg &leg, const MediaSpec &spec) {
  LegMedia &m = leg.media;
  m.send_only = spec.kind == MediaSpec::Kind::box && spec.direction == Direction::sendonly;
  secure_offer(c, leg);
  Leg *other = spec.kind == MediaSpec::Kind::relay ? c.leg(spec.with) : nullptr;
  const bool other_waits = other && other->media.remote && (other->media.remote_offers && other->state == LegState::early);
  const bool only_they_know = other && other->media.format && !is_box_codec(other->media.format->codec) && other->media.remote;
  if (other_waits || only_they_know) {
    m.offered_from = other->id;
    return offered(c, leg, [&](const SdpOrigin &origin) { return rewrite_sdp(*other->media.remote, origin); });
  }
  const std::string first = other && other->media.format ? other->media.format->codec : "";
  return offered(c, leg, [&](const SdpOrigin &origin) { return offer_sdp(origin, spec.direction, first); });
}

void join(Core &c, Leg &a, Leg &b) {
  if (!a.media.port || !b.media.port) return;
  if (a.media.partner != b.id) part(c, a);
  if (b.media.partner != a.id) part(c, b);
  a.media.partner = b.id;
  b.media.partner = a.id;
  c.plane->bridge(a.media.port, b.media.port);
  introduce(c, a, b);
  save_record(c, a);
  save_record(c, b);
}

void part(Core &c, Leg &leg) {
  if (leg.media.partner.empty()) return;
  Leg *other = c.leg(leg.media.partner);
  leg.media.partner.clear();
  if (leg.media.port) c.plane->unbridge(leg.media.port);
  if (!other || other->media.partner != leg.id) return;
  other->media.partner.clear();
  save_record(c, *other);
}

void bridge(Core &c, const std::string &a, const std::string &b) {
  Leg *first = c.leg(a), *second = c.leg(b);
  if (!first || !second || first == second) return;
  join(c, *first, *second);
  agree_codec(c, *first, *second);
}

}  // namespace pbx::sip
