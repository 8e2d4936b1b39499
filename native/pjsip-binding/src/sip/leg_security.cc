// Keys of a leg's media in its session descriptions (SDES, RFC 4568). Each leg has keys of its own: the box opens what one
// phone sends and seals it anew for the other. The keys in use are those of the descriptions, which outlive the process.
#include <openssl/rand.h>

#include "legs.h"

namespace pbx::sip {
namespace {

/** What the box offers, strongest and cheapest first: with more of them an INVITE would not fit into one packet. */
constexpr const char *kOffered[] = {"AEAD_AES_256_GCM", "AES_256_CM_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"};

std::string random_key(size_t size) {
  std::string key(size, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char *>(key.data()), static_cast<int>(size)) != 1) return "";
  return key;
}

CryptoLine fresh_line(int tag, const char *suite) {
  const media::SrtpSuite *known = media::srtp_suite(suite);
  return {tag, known->name, known->name, random_key(known->key_size)};
}

/** The line of `ours` that the far side's description answers, or that answers it; nullptr: in the clear. */
const CryptoLine *ours_in_use(const SdpMedia &ours, const SdpMedia &theirs, const CryptoLine **far) {
  for (const CryptoLine &own : ours.crypto)
    for (const CryptoLine &other : theirs.crypto) {
      if (own.tag != other.tag || own.suite != other.suite) continue;
      *far = &other;
      return &own;
    }
  return nullptr;
}

/** What the leg was told last, where that holds a key: most legs are in the clear, and are not read again. */
std::optional<Sdp> sealed_local(const Leg &leg) {
  return leg.media.local.find("a=crypto:") == std::string::npos ? std::nullopt : parse_sdp(leg.media.local);
}

/** The line of the box that is in use now. */
std::optional<CryptoLine> own_line(const Leg &leg) {
  const auto local = sealed_local(leg);
  if (!local || !local->audio() || !leg.media.remote || !leg.media.remote->audio()) return std::nullopt;
  const CryptoLine *far = nullptr;
  const CryptoLine *own = ours_in_use(*local->audio(), *leg.media.remote->audio(), &far);
  return own ? std::optional(*own) : std::nullopt;
}

bool must_be_sealed(const Leg &leg) { return leg.media.encryption == Encryption::required && leg.lane != Lane::emergency; }

}  // namespace

Encryption encryption_of(const Core &c, const std::string &line) {
  const auto found = c.encryption.find(line);
  return found == c.encryption.end() ? Encryption::when_offered : found->second;
}

Encryption encryption_from(const Core &c, const std::string &line, const sockaddr_storage &source) {
  if (!line.empty()) return encryption_of(c, line);
  const Core::TrunkMedia *narrowest = nullptr;
  for (const Core::TrunkMedia &one : c.trunk_media)
    if (one.network.contains(source) && (!narrowest || one.network.bits > narrowest->network.bits)) narrowest = &one;
  return narrowest ? narrowest->encryption : Encryption::when_offered;
}

const char *unfit_media(Encryption wanted, const Sdp &offer) {
  const SdpMedia *audio = offer.audio();
  if (!audio || audio->port == 0) return nullptr;
  const bool only_sealed = audio->is_secure() || audio->is_dtls();
  if (wanted == Encryption::off) return only_sealed ? "encryption-off" : nullptr;
  if (audio->is_dtls() ? !audio->fingerprint.empty() : !audio->crypto.empty()) return nullptr;
  if (only_sealed) return "no-common-suite";
  return wanted == Encryption::required ? "not-encrypted" : nullptr;
}

namespace {

/** Keys in the descriptions, by a handshake, or none. */
bool answer_key(Leg &leg, const SdpMedia &audio) {
  SdpOrigin &origin = leg.media.origin;
  const bool willing = leg.media.encryption != Encryption::off || leg.lane == Lane::emergency;
  origin.proto = audio.proto;
  if (audio.is_dtls()) return willing && !audio.fingerprint.empty();
  if (!willing || audio.crypto.empty()) return !audio.is_secure() && !must_be_sealed(leg);
  const CryptoLine &theirs = audio.crypto.front();
  CryptoLine ours{theirs.tag, theirs.named, theirs.suite, ""};
  // The far side's new key is no reason to change ours: the count of its packets goes on.
  const auto used = own_line(leg);
  ours.key = used && used->suite == ours.suite ? used->key : random_key(media::srtp_suite(ours.suite)->key_size);
  if (ours.key.empty()) return false;
  origin.security = {crypto_line(ours)};
  return true;
}

}  // namespace

bool secure_answer(Core &c, Leg &leg, const Sdp &offer) {
  forget_access(leg.media.origin);
  const SdpMedia *audio = offer.audio();
  if (!audio || audio->port == 0) return true;
  return answer_key(leg, *audio) && add_access(leg, offer, c.plane->fingerprint());
}

namespace {

Keying keying_of(const Core &c, const Leg &leg) {
  const auto found = c.keying.find(leg.line);
  return found == c.keying.end() ? Keying::as_phone : found->second;
}

/** JavaScript keeps it for whoever comes after this process. */
void note_keying(Core &c, const std::string &line, bool shakes) {
  const bool changed = shakes ? c.shakers.insert(line).second : c.shakers.erase(line) > 0;
  if (changed) c.emit(Lane::fresh, JsonObject("keying-learned").text("line", line).truth("handshake", shakes));
}

bool wants_handshake(const Core &c, const Leg &leg) {
  if (leg.media.handshake_refused) return false;
  const Keying keying = keying_of(c, leg);
  return keying == Keying::dtls || (keying == Keying::as_phone && c.shakers.count(leg.line) > 0);
}

}  // namespace

void learn_keying(Core &c, const std::string &line, const Sdp &offer) {
  const SdpMedia *audio = offer.audio();
  if (line.empty() || !audio || audio->port == 0) return;
  note_keying(c, line, audio->is_dtls());
}

bool falls_back(Core &c, Leg &leg) {
  const bool offered = !leg.media.handshake_refused && leg.media.local.find("a=fingerprint:") != std::string::npos;
  if (!offered || leg.media.remote || (must_be_sealed(leg) && keying_of(c, leg) == Keying::dtls)) return false;
  leg.media.handshake_refused = true;
  note_keying(c, leg.line, false);
  c.count("handshakes-refused");
  return true;
}

void secure_offer(Core &c, Leg &leg) {
  LegMedia &m = leg.media;
  forget_access(m.origin);
  repeat_access(leg);
  if (const auto used = own_line(leg)) {
    m.origin.proto = m.remote->audio()->proto;
    m.origin.security.push_back(crypto_line(*used));
    return;
  }
  // A leg that is up in the clear stays so: its phone did not take what it was offered.
  if (m.remote || m.encryption == Encryption::off) return;
  if (wants_handshake(c, leg) && offer_handshake(leg, c.plane->fingerprint())) return;
  if (m.encryption == Encryption::when_offered) return;
  m.origin.proto = m.encryption == Encryption::required ? "RTP/SAVP" : "RTP/AVP";
  int tag = 0;
  for (const char *suite : kOffered) {
    const CryptoLine line = fresh_line(++tag, suite);
    if (!line.key.empty()) m.origin.security.push_back(crypto_line(line));
  }
}

media::SrtpKeys agreed_keys(const Leg &leg) {
  const auto local = sealed_local(leg);
  const SdpMedia *ours = local ? local->audio() : nullptr, *theirs = leg.media.remote ? leg.media.remote->audio() : nullptr;
  const CryptoLine *far = nullptr;
  const CryptoLine *own = ours && theirs ? ours_in_use(*ours, *theirs, &far) : nullptr;
  return own ? media::SrtpKeys{own->suite, far->key, own->key} : media::SrtpKeys{};
}

bool is_too_open(const Leg &leg) {
  const SdpMedia *theirs = leg.media.remote ? leg.media.remote->audio() : nullptr;
  if (!theirs || theirs->port == 0 || leg.media.local.empty()) return false;
  if (!theirs->is_secure() && !theirs->is_dtls() && !must_be_sealed(leg)) return false;
  return agreed_keys(leg).empty() && agreed_access(leg).dtls.empty();
}

}  // namespace pbx::sip
