// All that arrives over UDP, taken out of the kernel at once and worked through by urgency: a call for help that came in
// behind ten thousand others is the next to be read.
//
// INVARIANTS
// - Sip thread only.
// - Each queue is bounded in messages and in bytes; what finds its queue full is forgotten and counted, as a router would.
// - A queue keeps its order. Calls for help go first; then what belongs to calls; of new work at least one in nine.
#pragma once

#include <pjsip.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "receipt.h"
#include "udp_glance.h"

namespace pbx::sip {

class Core;

class UdpIntake {
 public:
  explicit UdpIntake(Core &core);
  ~UdpIntake();

  /** Reads this socket too, from now on. */
  void add(int fd, pjsip_transport *transport);
  void remove(pjsip_transport *transport);
  /** Takes what waits in one socket, or in all. */
  void drain(int fd);
  void drain();
  bool waiting() const { return waiting_ > 0; }
  /** Works for a few milliseconds at most; looks into the sockets meanwhile. */
  void work();
  /** How long the oldest new request has been waiting, milliseconds. */
  int64_t behind_ms(int64_t now_ms) const;
  size_t size() const { return waiting_; }

 private:
  struct Socket {
    int fd;
    pjsip_transport *transport;
  };
  struct Datagram {
    pjsip_transport *transport;
    sockaddr_storage from;
    std::string bytes;
    int64_t since_ms;
    bool cut;
  };
  struct Queue {
    std::deque<Datagram> waiting;
    size_t bytes = 0;
  };
  struct Batch;
  enum Kind { emergency, inside, fresh, kinds };

  void sort(const Socket &socket, std::string_view bytes, const sockaddr_storage &from, bool cut, int64_t now_ms);
  bool read(const Socket &socket, int64_t now_ms);
  void push(Kind kind, Datagram datagram);
  Datagram pop(Kind kind);
  Kind next();
  void handle(const Datagram &datagram);
  bool turned_away(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from);

  Core &core_;
  std::vector<Socket> sockets_;
  std::array<Queue, kinds> queues_;
  std::unique_ptr<Batch> batch_;
  Receipt receipt_;
  size_t waiting_ = 0;
  unsigned inside_in_a_row_ = 0;
};

}  // namespace pbx::sip
