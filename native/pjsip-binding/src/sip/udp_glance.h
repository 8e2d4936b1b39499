// The first look at a datagram: how urgent it is, before anybody parses it.
#pragma once

#include <cstdint>
#include <string_view>

#include "emergency.h"

namespace pbx::sip {

enum class Urgency : uint8_t {
  emergency,   // a call for help from a station: before all else
  inside,      // answers, and requests of calls that exist
  fresh,       // new work
  keep_alive,  // empty lines that hold a NAT open
  stun,        // a binding request (RFC 8489)
  needless,    // the ACK of a refusal that nobody remembers
};

/** Looks at the request line, To and the topmost Via only; allocates nothing. */
Urgency look_at(std::string_view datagram, const Emergency &emergency, const sockaddr_storage &from);

}  // namespace pbx::sip
