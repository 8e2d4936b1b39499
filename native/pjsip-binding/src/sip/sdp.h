// Session descriptions (RFC 8866, RFC 3264) as lines of text. What passes from one phone to another stays as it was
// written, but for addresses and ports: a codec this box never heard of works as long as both phones know it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../media/plane.h"
#include "address.h"

namespace pbx::sip {

enum class Direction { sendrecv, sendonly, recvonly, inactive };

/** One a=crypto line (RFC 4568) that the box can use; `named` is the suite as the far side writes it. */
struct CryptoLine {
  int tag = 0;
  std::string named, suite, key;
};

/** One m= section. */
struct SdpMedia {
  std::string kind, proto;
  int port = 0;
  std::vector<std::string> formats;   // as written on the m= line
  std::string host;                   // of its own c= line, else the session's
  int rtcp_port = 0;
  std::string rtcp_host;
  Direction direction = Direction::sendrecv;
  std::vector<media::Format> codecs;  // in the order of the m= line, telephone-event left out
  std::vector<std::pair<int, int>> events;  // payload type and clock rate of telephone-event
  int ptime = 0;
  std::vector<CryptoLine> crypto;
  /** RTCP on RTP's port (RFC 5761), the section's name (RFC 5888), and whether it is bundled with others (RFC 9143). */
  bool muxed = false, bundled = false;
  std::string mid;
  /** ICE (RFC 8839); of the session where the section has none of its own. */
  std::string ufrag, password;
  /** The certificate of DTLS-SRTP (RFC 8122), as bytes and as written, when the box knows its hash; and a=setup. */
  std::string fingerprint_hash, fingerprint, fingerprint_line, setup;
  /** Keys come from a handshake in the media stream (RFC 5764): UDP/TLS/RTP/SAVP, UDP/TLS/RTP/SAVPF. */
  bool is_dtls() const;
  /** RTP that must be encrypted: RTP/SAVP, RTP/SAVPF. */
  bool is_secure() const;
};

struct Sdp {
  std::string text;
  std::string session_host;
  std::vector<SdpMedia> media;
  /** The section the box relays: the first audio with a port, else the first section. */
  int chosen = -1;
  bool ice_lite = false;
  const SdpMedia *audio() const { return chosen < 0 ? nullptr : &media[static_cast<size_t>(chosen)]; }
  bool held() const;
  /** Where the far side wants packets; nullopt when it wrote a name or nothing. */
  std::optional<media::Remote> remote() const;
};

/** Nullopt when this is no session description at all. */
std::optional<Sdp> parse_sdp(std::string_view text);

/** Where the box itself is, for one leg. */
struct SdpOrigin {
  std::string host;        // numeric
  int port = 0;
  uint64_t session = 0;
  uint64_t version = 0;
  /** How its RTP is carried: empty leaves what is passed on, in the clear. And the lines that go with it. */
  std::string proto;
  std::vector<std::string> security;
  /** Lines of the session as a whole, and the name of each section. */
  std::vector<std::string> session_lines, mids;
  /** Of a first offer: the name of the section that is relayed, the only one that has any. */
  std::string mid;
};

/** The other leg's description with this leg's address, port and origin. */
std::string rewrite_sdp(const Sdp &from, const SdpOrigin &origin);
/** The box's own offer; `first` names the codec to put in front. */
std::string offer_sdp(const SdpOrigin &origin, Direction direction, const std::string &first = "");
/** The box's answer to an offer with the first codec that both know; nullopt when there is none. */
std::optional<std::string> answer_sdp(const Sdp &offer, const SdpOrigin &origin, Direction direction, const std::string &first = "");
/** What one side speaks after `answer` met `offer`: the first codec of the answer, under the payload types of `own`. */
std::optional<media::Format> format_of(const Sdp &own, const Sdp &other_answer);
/** Direction as the other side means it. */
Direction mirrored(Direction direction);
/** The line that offers or answers a key. */
std::string crypto_line(const CryptoLine &line);
/** What an a=crypto line says; nullopt for one that the box cannot use. */
std::optional<CryptoLine> parse_crypto(std::string_view value);
/** Can the box hear and speak it? */
bool is_box_codec(const std::string &codec);

}  // namespace pbx::sip
