// Hands out pairs of UDP ports for RTP and RTCP: round-robin, with a rest after use.
#include "port_allocator.h"

#include <netinet/ip.h>
#include <unistd.h>

#include <cerrno>
#include <random>

#include "address.h"
#include "monotonic.h"

namespace pbx::media {
namespace {

constexpr uint64_t rest_us = 4'000'000;
/** Bounds the time of open() on a machine where somebody else sits on the range. */
constexpr int most_attempts = 200;
/** Expedited forwarding (RFC 3246), as the six upper bits of the traffic class. */
constexpr int expedited = 46 << 2;
/** A relay never lets packets wait: 60 of them are more than a second of speech. */
constexpr int receive_buffer = 64 * 1024;

int bound_socket(Address address, int port) {
  set_port(address, port);
  const int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
  if (fd < 0) return -1;
  const int on = 1;
  if (address.ss_family == AF_INET6) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &expedited, sizeof expedited);
  } else {
    setsockopt(fd, IPPROTO_IP, IP_TOS, &expedited, sizeof expedited);
  }
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (bind(fd, reinterpret_cast<sockaddr *>(&address), length_of(address)) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

SocketPair bound_pair(const Address &address, int port) {
  const int rtp = bound_socket(address, port);
  if (rtp < 0) return {};
  const int rtcp = bound_socket(address, port + 1);
  if (rtcp >= 0) return {rtp, rtcp, port};
  const int error = errno;
  close(rtp);
  errno = error;
  return {};
}

}  // namespace

PortAllocator::PortAllocator(int from, int to) : first_(from + (from & 1)) {
  if (to > first_) pairs_.resize(static_cast<size_t>((to - first_ + 1) / 2));
  // A process that starts again begins elsewhere: packets of its last life are still on their way.
  if (!pairs_.empty()) next_ = std::random_device{}() % pairs_.size();
}

SocketPair PortAllocator::take(const Address &bind) {
  std::lock_guard lock(mutex_);
  const uint64_t now = monotonic_us();
  int attempts = 0;
  for (size_t i = 0; i < pairs_.size() && attempts < most_attempts; ++i) {
    const size_t index = next_;
    next_ = (next_ + 1) % pairs_.size();
    if (!usable(pairs_[index], now)) continue;
    ++attempts;
    const SocketPair sockets = bound_pair(bind, first_ + 2 * static_cast<int>(index));
    if (sockets.port != 0) {
      pairs_[index].users = 1;
      return sockets;
    }
    if (errno != EADDRINUSE) return {};
    // Another program's ports lie side by side: leapt over, further each time.
    next_ = (next_ + static_cast<size_t>(attempts)) % pairs_.size();
  }
  return {};
}

SocketPair PortAllocator::take_again(const Address &bind, int port) {
  std::lock_guard lock(mutex_);
  const SocketPair sockets = bound_pair(bind, port);
  if (sockets.port != 0)
    if (Pair *pair = pair_of(port)) ++pair->users;
  return sockets;
}

void PortAllocator::give_back(int port) {
  std::lock_guard lock(mutex_);
  Pair *pair = pair_of(port);
  if (!pair || pair->users == 0) return;
  --pair->users;
  pair->rests_until_us = monotonic_us() + rest_us;
}

void PortAllocator::reserve(int port) {
  std::lock_guard lock(mutex_);
  if (Pair *pair = pair_of(port)) ++pair->users;
}

PortAllocator::Pair *PortAllocator::pair_of(int port) {
  const int index = (port - first_) / 2;
  if (port < first_ || static_cast<size_t>(index) >= pairs_.size()) return nullptr;
  return &pairs_[static_cast<size_t>(index)];
}

bool PortAllocator::usable(const Pair &pair, uint64_t now_us) const {
  return pair.users == 0 && pair.rests_until_us <= now_us;
}

}  // namespace pbx::media
