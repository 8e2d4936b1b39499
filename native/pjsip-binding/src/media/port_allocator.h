// Hands out pairs of UDP ports for RTP and RTCP: round-robin, with a rest after use.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "plane.h"

namespace pbx::media {

/** Two bound, non-blocking sockets; -1 when none. */
struct SocketPair {
  int rtp = -1, rtcp = -1;
  int port = 0;
};

class PortAllocator {
 public:
  PortAllocator(int from, int to);

  /** An even port and the odd one above it; `port` is 0 when none is free. */
  SocketPair take(const Address &bind);
  /** The same port as a crashed predecessor held; `port` is 0 when somebody else has it. */
  SocketPair take_again(const Address &bind, int port);
  /** The caller closed the sockets. Late packets of the last call must not reach the next one, so the port rests. */
  void give_back(int port);
  /** Keeps a port from being handed out until give_back: a predecessor's, not restored yet. */
  void reserve(int port);

 private:
  /** How often a port is held: addresses differ, numbers may be shared after a restore. */
  struct Pair {
    int users = 0;
    uint64_t rests_until_us = 0;
  };
  Pair *pair_of(int port);
  bool usable(const Pair &, uint64_t now_us) const;

  std::mutex mutex_;
  const int first_;
  std::vector<Pair> pairs_;
  size_t next_ = 0;
};

}  // namespace pbx::media
