// Where PJSIP reads a message from: one block of memory, used again for the next.
#pragma once

#include <pjsip.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "address.h"

namespace pbx::sip {

/** Hands whole messages to PJSIP as received on a transport. Sip thread. */
class Receipt {
 public:
  explicit Receipt(pjsip_endpoint *endpt);
  ~Receipt();
  Receipt(const Receipt &) = delete;
  Receipt &operator=(const Receipt &) = delete;

  /** Longer messages than this are not read. */
  static constexpr size_t kLongest = PJSIP_MAX_PKT_LEN - 1;

  /**
   * Parses `bytes` and lets transactions, dialogs and modules have it. All is done when this returns. False when the
   * parser could not read it whole: then nobody has seen it, and `faults` says why.
   */
  bool take(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from);

  /** The same for what a connection brought so far: how many of `bytes` were whole messages and are done with. */
  size_t take_stream(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from);

  /** Parses only, for `faults`. */
  void read(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from);

  struct Fault {
    std::string name;  // of the header; "Request Line" before the first
    size_t at;         // where the name stands in the bytes; npos where it does not
  };
  /** What was wrong with the message that was taken last. */
  std::vector<Fault> faults() const;

 private:
  void fill(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from);
  std::string_view missing() const;
  pj_pool_t *pool_;
  std::unique_ptr<pjsip_rx_data> rdata_;
};

/**
 * A message that `from` sent, as if it came in on `transport` now: for one that a predecessor of this process received
 * and could not finish. Not from within the handling of another message. Sip thread.
 */
void udp_transport_inject(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from);

}  // namespace pbx::sip
