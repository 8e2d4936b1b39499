// Hears what the networks say of multicast: queries and reports of groups (IGMP), and the box's own probes when they come back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pbx::media {

/** Needs CAP_NET_RAW. Not of several threads. */
class GroupEar {
 public:
  GroupEar() = default;
  ~GroupEar() { close(); }
  GroupEar(const GroupEar &) = delete;
  GroupEar &operator=(const GroupEar &) = delete;

  struct Heard {
    std::string interface;
    /** From the head of IP on, cut off after so many bytes as anybody may need. */
    std::vector<uint8_t> packet;
  };

  /** Hears IGMP from now on; 0, or the errno why it cannot. */
  int open();
  /**
   * Hears probes too: multicast datagrams that begin as RTCP of the kind APP with the name `pbxp` (RFC 3550 section 6.7). Taken
   * before IP throws away what comes from an address of its own. 0, or the errno why it cannot.
   */
  int tap();
  void untap();
  void close();
  /** What came since it was asked last, at most so much at a time; the rest waits in the kernel, or is lost there. */
  std::vector<Heard> take(size_t most);

 private:
  int igmp_ = -1, probes_ = -1;
};

}  // namespace pbx::media
