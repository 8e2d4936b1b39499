// What packets of a leg must prove before they are heard, as browsers and modern phones have it: connectivity checks
// (ICE, RFC 8445) and a handshake in the media stream (DTLS-SRTP, RFC 5763). Read off the leg's two descriptions.
#pragma once

#include <algorithm>
#include <string>

namespace pbx::media {

/** The box's own credentials: a check must carry both. The box is a lite agent (RFC 8445 section 2.5). Empty: no checks. */
struct IceTerms {
  std::string ufrag, password;
  bool empty() const { return ufrag.empty(); }
  bool operator==(const IceTerms &o) const { return ufrag == o.ufrag && password == o.password; }
};

/** So much of a fingerprint tells whether it is another one: a record of a leg that has its keys holds no more. */
constexpr size_t fingerprint_kept = 8;

/** Whose certificate the handshake must show. Without a fingerprint there is no handshake. */
struct DtlsTerms {
  /** "sha-256", "sha-384" or "sha-512" (RFC 8122 section 5), and the digest as bytes. */
  std::string hash, fingerprint;
  /** The box sends the ClientHello (a=setup:active). */
  bool begins = false;
  /** The box has offered a handshake, and no answer has told the fingerprint yet: a ClientHello waits for it. */
  bool awaited = false;
  bool empty() const { return fingerprint.empty() && !awaited; }
  bool operator==(const DtlsTerms &o) const {
    const size_t kept = std::max(fingerprint_kept, std::min(fingerprint.size(), o.fingerprint.size()));
    return hash == o.hash && begins == o.begins && awaited == o.awaited && empty() == o.empty() && fingerprint.compare(0, kept, o.fingerprint, 0, kept) == 0;
  }
};

struct Access {
  IceTerms ice;
  DtlsTerms dtls;
  bool empty() const { return ice.empty() && dtls.empty(); }
};

/** What a packet on a media port is, by its first byte (RFC 7983). */
enum class PacketKind { stun, dtls, rtp, other };
inline PacketKind kind_of(unsigned char first) {
  if (first < 4) return PacketKind::stun;
  if (first >= 20 && first < 64) return PacketKind::dtls;
  return first >= 128 && first < 192 ? PacketKind::rtp : PacketKind::other;
}

}  // namespace pbx::media
