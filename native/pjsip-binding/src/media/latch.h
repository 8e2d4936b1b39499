// Symmetric RTP: where one socket sends, and whom it listens to. The first source that may speak is locked in by
// connect(2), after which the kernel itself drops everybody else.
#pragma once

#include <sys/uio.h>

#include <functional>
#include <string_view>

#include "plane.h"

namespace pbx::media {

struct Counters;

class Latch {
 public:
  Latch(int fd, Counters &counters) : fd_(fd), counters_(counters) {}

  /** Aims at what the SDP says and waits for a first packet from that host or from the host of the signalling. */
  void aim(const Address &sdp, const Address &signalling);
  /** As a predecessor had it: connected to `source` at once. */
  void restore(const Address &sdp, const Address &signalling, const Address &source);
  /**
   * Does without connect(2), for legs whose sources prove themselves packet by packet and may change at any time: the
   * caller receives with `take` and decides whom to `lock_to`.
   */
  void set_floating(bool floating);
  /** The far side moved its description, but whom it speaks from is settled elsewhere. */
  void note(const Address &sdp, const Address &signalling);
  ssize_t take(uint8_t *buffer, size_t size, Address &from);
  bool admits(const Address &from) const;
  bool lock_to(const Address &from);
  /** To wherever it is, beside the stream. */
  void send_to(const Address &to, std::string_view datagram) const;
  /** Lets a source in anew after a long silence; keeps sending to the last one. */
  void loosen();

  /** Opens an encrypted packet in place: its size then, or -1 for a forged one, whose sender is never latched to. */
  using Proof = std::function<ssize_t(uint8_t *, ssize_t)>;
  /**
   * One packet into `buffer`; its size, or -1 when none is there or it must not be heard. `first` when it was latched to,
   * with `proof` only after that has opened it.
   */
  ssize_t receive(uint8_t *buffer, size_t size, bool &first, const Proof *proof = nullptr);
  /** Sends to the latched source, before that to the SDP's address. False when nothing left. */
  bool send(iovec *parts, size_t count);

  bool latched() const { return latched_; }
  /** Latched, and nothing of a stranger left in the queue: receiving changes nothing any more. */
  bool settled() const { return connected_ && !draining_; }
  const Address &source() const { return source_; }
  const Address &sdp() const { return sdp_; }
  const Address &signalling() const { return signalling_; }
  const Address &target() const { return target_; }

 private:
  void unlock();

  const int fd_;
  Counters &counters_;
  Address sdp_{}, signalling_{}, target_{};
  /** Last source, and what the SDP said when it was latched to. */
  Address source_{}, source_sdp_{};
  /** The source before the SDP moved: packets still under way from it must not win the race against the new one. */
  Address abandoned_{};
  uint64_t abandoned_until_us_ = 0;
  bool latched_ = false, connected_ = false, floating_ = false;
  /** Strangers' packets may have been queued before connect: check sources until the queue was empty once. */
  bool draining_ = false;
};

}  // namespace pbx::media
