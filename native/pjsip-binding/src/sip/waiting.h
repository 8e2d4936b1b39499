// What the sip thread sleeps on: the UDP sockets and the queue of commands directly, PJSIP's own descriptors (TCP) through
// its ioqueue. PJSIP arms a descriptor anew for every read, two system calls a message that are not made here.
//
// INVARIANTS
// - Sip thread only.
// - Everything is level-triggered: what a turn leaves unread is reported again.
#pragma once

#include <pjsip.h>

#include <cstdint>
#include <functional>
#include <unordered_map>

namespace pbx::sip {

class Waiting {
 public:
  using Ready = std::function<void()>;

  Waiting() = default;
  Waiting(const Waiting &) = delete;
  Waiting &operator=(const Waiting &) = delete;
  ~Waiting() { close(); }

  /** Takes over PJSIP's sleeping; an errno as PJSIP tells it where the kernel has no descriptor left. */
  pj_status_t open(pjsip_endpoint *endpt);
  /** Calls `readable` whenever there is something to read, until `remove`. */
  pj_status_t add(int fd, Ready readable);
  /** Calls `room` once, as soon as the descriptor can be written to. */
  void await_room(int fd, Ready room);
  void remove(int fd);
  /** Sleeps `ms` milliseconds at most, less when a timer of PJSIP is due; does what PJSIP and the descriptors ask for. */
  void wait(unsigned ms);
  void close();

 private:
  struct Watched {
    Ready readable, room;
  };
  void arm(int fd, unsigned events);
  bool do_ready(int fd, unsigned events);
  void serve_pjsip();
  int tend_pjsip();

  pjsip_endpoint *endpt_ = nullptr;
  int epoll_ = -1, pjsip_ = -1;
  /** PJSIP's ioqueue reported something that nobody of PJSIP wanted: left alone for the next sleep, else it would be none. */
  bool idle_alarm_ = false;
  int64_t tended_ms_ = 0;
  std::unordered_map<int, Watched> watched_;
};

}  // namespace pbx::sip
