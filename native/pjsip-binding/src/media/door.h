// Who may speak to a port whose leg has connectivity checks or a handshake: which sources have proved themselves, and how
// far the handshake is. Knows neither sockets nor locks: a port's rx_ guards it.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access.h"
#include "dtls.h"
#include "ice.h"
#include "plane.h"

namespace pbx::media {

class Door {
 public:
  Door(std::shared_ptr<const DtlsIdentity>, const Access &);

  /** What the descriptions say now: other credentials ask for checks anew, another fingerprint or role for a handshake. */
  void change(const Access &);
  const Access &access() const { return access_; }
  bool checks() const { return !access_.ice.empty(); }
  bool shakes_hands() const { return !access_.dtls.empty(); }

  /** RTP and RTCP each have sources of their own. */
  enum Component : size_t { rtp = 0, rtcp = 1 };
  IceCheck check(Component, std::string_view packet, const Address &from);
  /** Has this source passed a check? */
  bool knows(Component, const Address &) const;
  /** Has any? */
  bool was_found(Component component) const { return !found_[component].empty(); }
  /** As a predecessor left it. */
  void remember(Component, const Address &);

  /** A datagram of the handshake; what goes back to `from`. Nothing for one that is not its turn. */
  std::vector<std::string> hear(std::string_view datagram, const Address &from, uint64_t now_us);
  /** What is due without having heard anything: the first flight of the side that begins, and repeated flights. */
  std::vector<std::string> tick(uint64_t now_us);
  /** The answer that tells the fingerprint is still under way. */
  bool awaits() const { return access_.dtls.awaited; }
  /** Keeps the last ClientHello that came before the answer (RFC 8842 section 5.2), from whomever: the answer tells who may. */
  void keep_hello(std::string_view datagram, const Address &from);
  /** The source of the hello that is kept, once the answer has come. */
  const Address *hello_from() const { return hello_.empty() || awaits() ? nullptr : &hello_from_; }
  std::string take_hello();
  /** Where flights go; no reachable address before anybody was heard. */
  const Address &partner() const { return partner_; }
  void aim(const Address &to) { partner_ = to; }
  bool is_shaking() const;
  bool is_keyed() const { return keyed_; }
  /** The keys of a handshake that has just ended well, once. */
  SrtpKeys take_keys();
  /** Was given its keys by a predecessor. */
  void resume_keyed() { keyed_ = true; }
  uint64_t failures() const { return failures_; }

 private:
  bool begin(uint64_t now_us);
  bool begins() const { return access_.dtls.begins && !yields_; }
  void settle();

  const std::shared_ptr<const DtlsIdentity> identity_;
  Access access_;
  std::array<std::vector<Address>, 2> found_;
  /** Credentials changed: with the first check made with the new ones those before are forgotten. */
  std::array<bool, 2> stale_{};
  std::unique_ptr<DtlsSession> session_;
  Address partner_{};
  /** The far side begins the handshake although its answer left that to the box. */
  bool yields_ = false;
  std::string hello_;
  Address hello_from_{};
  bool keyed_ = false;
  SrtpKeys fresh_;
  uint64_t failures_ = 0;
  /** Handshakes that may still be begun; one more every few seconds. */
  int tries_;
  uint64_t tried_us_ = 0;
};

}  // namespace pbx::media
