// How media of browsers and modern phones ends at the box, as a leg's descriptions say it: connectivity checks (ICE, the box
// is a lite agent, RFC 8839), the handshake that gives the keys (DTLS-SRTP, RFC 8842), RTCP on RTP's port (RFC 5761), and
// sections that go together (BUNDLE, RFC 9143). What is in use is read off the descriptions, which outlive the process.
#include <openssl/rand.h>

#include <algorithm>

#include "legs.h"

namespace pbx::sip {
namespace {

/** Hexadecimal digits are ICE's own characters, and need no escaping anywhere. Empty when there is no randomness. */
std::string random_word(size_t bytes) {
  std::string drawn(bytes, '\0'), out;
  if (RAND_bytes(reinterpret_cast<unsigned char *>(drawn.data()), static_cast<int>(bytes)) != 1) return "";
  for (const unsigned char byte : drawn) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

/** What the leg was told last, where that holds more than addresses: most legs' descriptions are not read again. */
std::optional<Sdp> marked_local(const Leg &leg) {
  const std::string &local = leg.media.local;
  for (const char *mark : {"a=ice-ufrag:", "a=fingerprint:", "a=rtcp-mux"})
    if (local.find(mark) != std::string::npos) return parse_sdp(local);
  return std::nullopt;
}

bool same_certificate(const SdpMedia &a, const SdpMedia &b) { return !a.fingerprint.empty() && a.fingerprint == b.fingerprint && a.fingerprint_hash == b.fingerprint_hash; }

/** RFC 8842 section 5.3: who was told that it may choose waits for the ClientHello, and whoever waits already goes on. */
std::string answered_setup(const SdpMedia &offer, bool begins_on) {
  if (offer.setup == "passive") return "active";
  if (offer.setup == "active") return "passive";
  return begins_on ? "active" : "passive";
}

struct Described {
  const SdpMedia *ours = nullptr, *theirs = nullptr;
};

/** The lines of the handshake: with the same certificate on the other side it is the one that was. */
void add_handshake(LegMedia &media, const SdpMedia &wanted, const Described &before, const std::string &certificate) {
  SdpOrigin &origin = media.origin;
  const bool goes_on = before.ours && before.theirs && !before.ours->fingerprint_line.empty() && same_certificate(wanted, *before.theirs);
  origin.security.push_back("a=fingerprint:" + (goes_on ? before.ours->fingerprint_line : certificate));
  origin.security.push_back("a=setup:" + answered_setup(wanted, goes_on && media.begins));
}

void add_candidates(SdpOrigin &origin, bool muxed) {
  // RFC 8445 section 5.1.2.1: of type host, with the only address that the port has.
  const auto candidate = [&](int component) {
    const uint32_t priority = (126u << 24) | (65535u << 8) | static_cast<uint32_t>(256 - component);
    return "a=candidate:1 " + std::to_string(component) + " udp " + std::to_string(priority) + " " + origin.host + " " + std::to_string(origin.port + component - 1) + " typ host";
  };
  origin.security.push_back(candidate(1));
  if (!muxed) origin.security.push_back(candidate(2));
}

/** False when no password could be drawn. Other credentials of the far side ask for others of ours (RFC 8445 section 9). */
bool add_checks(SdpOrigin &origin, const SdpMedia &wanted, const Described &before) {
  const bool goes_on = before.ours && before.theirs && !before.ours->ufrag.empty() && before.theirs->ufrag == wanted.ufrag && before.theirs->password == wanted.password;
  const std::string ufrag = goes_on ? before.ours->ufrag : random_word(4), password = goes_on ? before.ours->password : random_word(16);
  if (ufrag.empty() || password.empty()) return false;
  origin.session_lines.push_back("a=ice-lite");
  origin.security.push_back("a=ice-ufrag:" + ufrag);
  origin.security.push_back("a=ice-pwd:" + password);
  add_candidates(origin, wanted.muxed);
  return true;
}

void add_sections(SdpOrigin &origin, const Sdp &wanted) {
  for (const SdpMedia &section : wanted.media) origin.mids.push_back(section.mid);
  if (wanted.audio()->bundled) origin.session_lines.push_back("a=group:BUNDLE " + wanted.audio()->mid);
}

}  // namespace

bool offers_checks(const Sdp &sdp) { return sdp.audio() && !sdp.ice_lite && !sdp.audio()->ufrag.empty() && !sdp.audio()->password.empty(); }

void forget_access(SdpOrigin &origin) {
  origin.proto.clear();
  origin.security.clear();
  origin.session_lines.clear();
  origin.mids.clear();
  origin.mid.clear();
}

bool add_access(Leg &leg, const Sdp &wanted, const std::string &certificate) {
  SdpOrigin &origin = leg.media.origin;
  const SdpMedia &audio = *wanted.audio();
  const auto local = marked_local(leg);
  const Described before{local ? local->audio() : nullptr, leg.media.remote ? leg.media.remote->audio() : nullptr};
  if (audio.is_dtls()) add_handshake(leg.media, audio, before, certificate);
  if (offers_checks(wanted) && !add_checks(origin, audio, before)) return false;
  if (audio.muxed) origin.security.push_back("a=rtcp-mux");
  add_sections(origin, wanted);
  return true;
}

bool offer_handshake(Leg &leg, const std::string &certificate) {
  SdpOrigin &origin = leg.media.origin;
  // The same offer once more, before anybody answered it, keeps its credentials: checks may be under way.
  const auto local = marked_local(leg);
  const SdpMedia *before = local ? local->audio() : nullptr;
  const bool again = before && !before->ufrag.empty();
  const std::string ufrag = again ? before->ufrag : random_word(4), password = again ? before->password : random_word(16);
  if (ufrag.empty() || password.empty()) return false;
  origin.proto = "UDP/TLS/RTP/SAVP";
  origin.session_lines.push_back("a=ice-lite");
  // A browser that insists on bundles takes no offer without one (RFC 8829 section 4.1.1), be it of a single section.
  origin.mid = "audio";
  origin.session_lines.push_back("a=group:BUNDLE " + origin.mid);
  for (const std::string &line : {"a=fingerprint:" + certificate, std::string("a=setup:actpass"), "a=ice-ufrag:" + ufrag, "a=ice-pwd:" + password}) origin.security.push_back(line);
  // Who answers may want RTCP beside it (RFC 5761 section 5.1.3).
  add_candidates(origin, false);
  origin.security.push_back("a=rtcp-mux");
  return true;
}

media::Access awaited_access(const Leg &leg) {
  const auto local = marked_local(leg);
  const SdpMedia *ours = local ? local->audio() : nullptr;
  media::Access access;
  if (!ours || ours->fingerprint_line.empty()) return access;
  access.ice = {ours->ufrag, ours->password};
  access.dtls.awaited = true;
  return access;
}

void note_role(Leg &leg) {
  const auto local = marked_local(leg);
  const SdpMedia *ours = local ? local->audio() : nullptr, *theirs = leg.media.remote ? leg.media.remote->audio() : nullptr;
  if (!ours || !theirs || ours->fingerprint_line.empty()) return;
  if (ours->setup != "actpass") leg.media.begins = ours->setup == "active";
  // An answer without a role leaves it to the box: who begins nevertheless is let begin (see media::Door).
  else if (!leg.media.remote_offers) leg.media.begins = theirs->setup != "active";
}

void repeat_access(Leg &leg) {
  const auto local = marked_local(leg);
  const SdpMedia *ours = local ? local->audio() : nullptr;
  if (!ours || !leg.media.remote) return;
  SdpOrigin &origin = leg.media.origin;
  if (!ours->fingerprint_line.empty()) {
    origin.proto = ours->proto;
    origin.security.push_back("a=fingerprint:" + ours->fingerprint_line);
    // The role that it has: another would ask for another handshake (RFC 8842 section 5.5).
    origin.security.push_back("a=setup:" + ours->setup);
  }
  if (!ours->ufrag.empty()) {
    origin.session_lines.push_back("a=ice-lite");
    origin.security.push_back("a=ice-ufrag:" + ours->ufrag);
    origin.security.push_back("a=ice-pwd:" + ours->password);
    add_candidates(origin, is_muxed(leg));
  }
  if (is_muxed(leg)) origin.security.push_back("a=rtcp-mux");
  for (const SdpMedia &section : local->media) origin.mids.push_back(section.mid);
  if (ours->bundled) origin.session_lines.push_back("a=group:BUNDLE " + ours->mid);
}

media::Access agreed_access(const Leg &leg) {
  const auto local = marked_local(leg);
  const SdpMedia *ours = local ? local->audio() : nullptr, *theirs = leg.media.remote ? leg.media.remote->audio() : nullptr;
  media::Access access;
  if (!ours || !theirs) return access;
  if (!ours->ufrag.empty() && offers_checks(*leg.media.remote)) access.ice = {ours->ufrag, ours->password};
  if (!ours->fingerprint_line.empty() && theirs->is_dtls() && !theirs->fingerprint.empty()) access.dtls = {theirs->fingerprint_hash, theirs->fingerprint, leg.media.begins};
  return access;
}

namespace {

/** Without keys for so long a leg was heard to be silent: a handshake with its lost flights takes less. */
constexpr int64_t kShakenWithinMs = 5'000;

void tell_no_handshake(Core &c, const Leg &leg) {
  c.count("handshakes-missed");
  JsonObject event("media-refused");
  if (!leg.line.empty()) event.text("line", leg.line);
  c.emit(Lane::fresh, event.text("why", "no-handshake").raw("source", json_of(leg.tie->hop)));
}

}  // namespace

void tell_keyless(Core &c, Leg &leg) {
  const int64_t since = leg.media.keyless_since_ms;
  if (since == 0 || leg.state != LegState::established || !leg.tie || steady_ms() - since < std::min<int64_t>(kShakenWithinMs, c.config.timers.keys)) return;
  leg.media.keyless_since_ms = 0;
  tell_no_handshake(c, leg);
}

void handshake_tick(Core &c, Leg &leg, int64_t now_ms) {
  const int64_t since = leg.media.keyless_since_ms;
  if (since == 0 || leg.state != LegState::established || now_ms - since < c.config.timers.keys) return;
  leg.media.keyless_since_ms = 0;
  tell_no_handshake(c, leg);
  if (leg.lane == Lane::emergency) return;
  send_bye(leg.dlg);
  finish(c, leg, {"not-acceptable", 488, "box", -1});
}

bool is_muxed(const Leg &leg) {
  if (!leg.media.remote || !leg.media.remote->audio() || !leg.media.remote->audio()->muxed) return false;
  const auto local = marked_local(leg);
  return local && local->audio() && local->audio()->muxed;
}

}  // namespace pbx::sip
