// Sends one beat of a page to listeners without a call (multicast groups, speakers): many packets, one system call.
#pragma once

#include <vector>

#include "counters.h"
#include "plane.h"
#include "poly_paging.h"
#include "rtp.h"
#include "sound.h"

namespace pbx::media {

class PageSender {
 public:
  explicit PageSender(Counters &counters) : counters_(counters) {}
  ~PageSender();
  PageSender(const PageSender &) = delete;
  PageSender &operator=(const PageSender &) = delete;

  struct Route {
    Address to{};
    /** Hops of a multicast packet; 0: the system's own. */
    int ttl = 0;
    /** Interface it leaves by; 0: as routed. */
    unsigned interface = 0;
  };
  struct Packet {
    const Route *route;
    /** Before the speech: of RTP, or of Poly's kind. */
    uint8_t head[PolyPaging::head_bytes + PolyPaging::speech_head_bytes];
    size_t head_size = 0;
    Payload payload;
    bool left = false;
  };
  /** Sends all, and says of each whether it left. */
  void send(std::vector<Packet> &packets);

 private:
  struct Batch;
  int socket_for(int family);
  void send_family(int family, std::vector<Packet> &packets);

  Counters &counters_;
  int v4_ = -1, v6_ = -1;
};

/** Index of an interface by its name or by one of its addresses; 0 when there is none. */
unsigned interface_index(const std::string &name_or_address);

}  // namespace pbx::media
