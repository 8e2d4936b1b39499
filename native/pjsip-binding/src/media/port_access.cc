// One side of a leg's media where its sources must prove themselves first: connectivity checks, and the handshake that
// gives the keys.
#include <cerrno>
#include <string_view>

#include "address.h"
#include "door.h"
#include "monotonic.h"
#include "port.h"

namespace pbx::media {

void Port::set_access(const Access &access, const std::shared_ptr<const DtlsIdentity> &identity) {
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  if (shut_ || (!door_ && access.empty())) return;
  if (!door_) door_ = std::make_unique<Door>(identity, access);
  else if (access.empty()) door_.reset();
  else door_->change(access);
  lock_until_keyed();
  save();
}

void Port::lock_until_keyed() {
  const bool awaits = door_ && door_->shakes_hands();
  rtp_.set_floating(door_ != nullptr);
  rtcp_.set_floating(door_ != nullptr);
  shaking_ = door_ && door_->is_shaking();
  by_handshake_ = awaits;
  if (!keys_.empty()) return;
  // Nothing passes in the clear before the keys are there, and nothing that anybody sends is heard.
  opener_ = awaits ? Opener::locked() : nullptr;
  sealer_ = awaits ? Sealer::locked() : nullptr;
}

void Port::resume_door(const PortState &state) {
  if (!state.keys.empty() && door_->shakes_hands()) door_->resume_keyed();
  if (is_reachable(state.rtp_source)) {
    door_->remember(Door::rtp, state.rtp_source);
    door_->aim(state.rtp_source);
  }
  if (is_reachable(state.rtcp_source)) door_->remember(Door::rtcp, state.rtcp_source);
  lock_until_keyed();
}

ssize_t Port::read_guarded(Latch &latch, uint8_t *buffer, Heard &heard) {
  Address from{};
  ssize_t n = latch.take(buffer, rtp::max_packet, from);
  if (n < 0) return -1;
  const bool passes = n <= static_cast<ssize_t>(rtp::max_packet) && n > 0 && judge(latch, {reinterpret_cast<const char *>(buffer), static_cast<size_t>(n)}, from, heard);
  if (passes && opener_) n = open(buffer, n);
  if (!passes || n < 0) {
    errno = EBADMSG;
    return -1;
  }
  if (latch.latched()) return n;
  std::lock_guard tx(tx_);
  settle_on(latch, from, heard);
  return n;
}

bool Port::judge(Latch &latch, std::string_view packet, const Address &from, Heard &heard) {
  switch (kind_of(static_cast<unsigned char>(packet[0]))) {
    case PacketKind::stun: check(latch, packet, from, heard); return false;
    case PacketKind::dtls:
      if (&latch == &rtp_ && door_->shakes_hands()) shake(packet, from, heard);
      else Counters::add(counters_.malformed);
      return false;
    case PacketKind::rtp: return may_be_heard(latch, from);
    case PacketKind::other: break;
  }
  Counters::add(counters_.malformed);
  return false;
}

bool Port::may_be_heard(Latch &latch, const Address &from) {
  const auto component = &latch == &rtp_ ? Door::rtp : Door::rtcp;
  // The keys of a handshake are those of RTP; RTCP beside it would need another one (RFC 5764 section 4.1.2).
  const bool keyless = component == Door::rtcp && door_->shakes_hands();
  bool known = door_->checks() ? door_->knows(component, from) : latch.latched() && same_endpoint(from, latch.source());
  // Where only checks are offered, a network may swallow them: until one arrives it is as with phones that know none.
  const bool open = door_->checks() ? !door_->was_found(component) && !door_->shakes_hands() : !latch.latched();
  if (!known && open) known = latch.latched() ? same_endpoint(from, latch.source()) : latch.admits(from);
  if (known && !keyless) return true;
  Counters::add(counters_.strangers);
  return false;
}

void Port::check(Latch &latch, std::string_view packet, const Address &from, Heard &heard) {
  const auto component = &latch == &rtp_ ? Door::rtp : Door::rtcp;
  const bool first = !door_->was_found(component);
  const IceCheck check = door_->check(component, packet, from);
  if (check.verdict == IceCheck::Verdict::nothing) Counters::add(counters_.malformed);
  if (check.verdict == IceCheck::Verdict::refused) Counters::add(counters_.refused_checks);
  if (!check.reply.empty()) latch.send_to(from, check.reply);
  if (check.verdict != IceCheck::Verdict::valid) return;
  Counters::add(counters_.checks);
  // Where the box begins the handshake it has waited for this.
  if (door_->is_shaking()) heard.told = heard.shaking = true;
  if (!check.nominated && !first) return;
  if (latch.latched() && same_endpoint(latch.source(), from)) return;
  std::lock_guard tx(tx_);
  if (shut_) return;
  settle_on(latch, from, heard);
}

void Port::settle_on(Latch &latch, const Address &from, Heard &heard) {
  latch.lock_to(from);
  save();
  if (&latch != &rtp_) return;
  door_->aim(from);
  heard.told = heard.latched = true;
  heard.from = from;
}

void Port::shake(std::string_view datagram, const Address &from, Heard &heard) {
  if (door_->awaits()) return door_->keep_hello(datagram, from);
  const bool known = door_->checks() ? door_->knows(Door::rtp, from) : same_endpoint(from, door_->partner()) || rtp_.admits(from);
  if (!known) return Counters::add(counters_.strangers);
  const uint64_t failures = door_->failures();
  for (const std::string &one : door_->hear(datagram, from, monotonic_us())) rtp_.send_to(from, one);
  after_step(failures, heard);
}

void Port::after_step(uint64_t failures_before, Heard &heard) {
  if (door_->failures() > failures_before) Counters::add(counters_.failed_handshakes);
  shaking_ = door_->is_shaking();
  if (shaking_) heard.told = heard.shaking = true;
  const SrtpKeys fresh = door_->take_keys();
  if (fresh.empty()) return;
  Counters::add(counters_.handshakes);
  KeyChange change;
  if (!change_of(fresh, change)) return Counters::add(counters_.failed_handshakes);
  std::lock_guard tx(tx_);
  if (shut_) return;
  if (!door_->checks() && is_reachable(door_->partner())) settle_on(rtp_, door_->partner(), heard);
  take(std::move(change));
  heard.told = heard.keyed = true;
}

void Port::shake_when_due(uint64_t now_us, Heard &heard) {
  std::lock_guard rx(rx_);
  if (!door_ || sockets_.rtp < 0) return;
  // Of the ways in its description only checks tell which is the right one.
  if (door_->checks() && !door_->was_found(Door::rtp)) return;
  if (const Address *from = door_->hello_from(); from && (door_->checks() ? door_->knows(Door::rtp, *from) : is_reachable(rtp_.target()))) {
    const Address source = *from;
    return shake(door_->take_hello(), source, heard);
  }
  const Address to = is_reachable(door_->partner()) ? door_->partner() : rtp_.target();
  const uint64_t failures = door_->failures();
  if (is_reachable(to))
    for (const std::string &one : door_->tick(now_us)) rtp_.send_to(to, one);
  after_step(failures, heard);
}

}  // namespace pbx::media
