// Symmetric RTP: where one socket sends, and whom it listens to.
#include "latch.h"

#include <cerrno>

#include "address.h"
#include "counters.h"
#include "monotonic.h"

namespace pbx::media {
namespace {

constexpr uint64_t abandoned_for_us = 500'000;

}  // namespace

void Latch::aim(const Address &sdp, const Address &signalling) {
  const bool moved = is_reachable(sdp_) && !same_endpoint(sdp, sdp_);
  if (latched_) {
    if (moved && !same_endpoint(source_, sdp)) {
      abandoned_ = source_;
      abandoned_until_us_ = monotonic_us() + abandoned_for_us;
    }
    unlock();
  }
  // A phone behind NAT is still where it was latched when a refreshed SDP, or the one that ends a hold, repeats its
  // private address.
  const bool same_as_latched = is_reachable(source_) && is_reachable(sdp) && same_endpoint(sdp, source_sdp_);
  sdp_ = sdp;
  signalling_ = signalling;
  target_ = same_as_latched ? source_ : sdp;
}

void Latch::restore(const Address &sdp, const Address &signalling, const Address &source) {
  aim(sdp, signalling);
  if (is_reachable(source)) lock_to(source);
}

void Latch::set_floating(bool floating) {
  if (floating == floating_) return;
  floating_ = floating;
  if (!latched_) return;
  const Address source = source_, sdp = source_sdp_;
  unlock();
  lock_to(source);
  source_sdp_ = sdp;
}

void Latch::note(const Address &sdp, const Address &signalling) {
  sdp_ = sdp;
  signalling_ = signalling;
}

void Latch::send_to(const Address &to, std::string_view datagram) const {
  const auto sent = sendto(fd_, datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<const sockaddr *>(&to), length_of(to));
  if (sent < 0) Counters::add(counters_.send_errors);
}

void Latch::loosen() {
  if (latched_) unlock();
}

ssize_t Latch::receive(uint8_t *buffer, size_t size, bool &first, const Proof *proof) {
  first = false;
  ssize_t n;
  if (settled()) {
    n = recv(fd_, buffer, size, MSG_DONTWAIT | MSG_TRUNC);
  } else {
    Address from{};
    n = take(buffer, size, from);
    if (n >= 0 && latched_ && !same_endpoint(from, source_)) {
      Counters::add(counters_.strangers);
      return -1;
    }
    if (n >= 0 && !latched_) {
      if (!admits(from)) {
        Counters::add(counters_.strangers);
        return -1;
      }
      if (proof && n <= static_cast<ssize_t>(size)) n = (*proof)(buffer, n);
      if (n < 0) return -1;
      if (!lock_to(from)) return -1;
      first = true;
    }
  }
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) draining_ = false;
  if (n < 0 && errno == ECONNREFUSED) Counters::add(counters_.refused);
  if (n > static_cast<ssize_t>(size)) {
    Counters::add(counters_.malformed);
    return -1;
  }
  return n;
}

bool Latch::send(iovec *parts, size_t count) {
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  if (!connected_) {
    if (!is_reachable(target_)) {
      Counters::add(counters_.unreachable);
      return false;
    }
    message.msg_name = &target_;
    message.msg_namelen = length_of(target_);
  }
  // ECONNREFUSED reports the ICMP answer to an earlier packet and swallows this one: it goes again.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
    if (errno != ECONNREFUSED) break;
    Counters::add(counters_.refused);
  }
  Counters::add(counters_.send_errors);
  return false;
}

bool Latch::admits(const Address &from) const {
  if (same_endpoint(from, abandoned_) && monotonic_us() < abandoned_until_us_) return false;
  return same_host(from, sdp_) || same_host(from, signalling_);
}

bool Latch::lock_to(const Address &from) {
  if (!floating_ && connect(fd_, reinterpret_cast<const sockaddr *>(&from), length_of(from)) != 0) return false;
  source_ = target_ = from;
  source_sdp_ = sdp_;
  latched_ = true;
  connected_ = draining_ = !floating_;
  return true;
}

void Latch::unlock() {
  sockaddr none{};
  none.sa_family = AF_UNSPEC;
  if (connected_) connect(fd_, &none, sizeof none);
  latched_ = connected_ = draining_ = false;
}

ssize_t Latch::take(uint8_t *buffer, size_t size, Address &from) {
  socklen_t length = sizeof from;
  return recvfrom(fd_, buffer, size, MSG_DONTWAIT | MSG_TRUNC, reinterpret_cast<sockaddr *>(&from), &length);
}

}  // namespace pbx::media
