// Socket addresses as media sees them: compared by value, never as text.
#pragma once

#include <netinet/in.h>

#include <string>

#include "plane.h"

namespace pbx::media {

/** True when it names a host and a port that a packet can be sent to. */
bool is_reachable(const Address &);
bool same_host(const Address &, const Address &);
bool same_endpoint(const Address &, const Address &);
socklen_t length_of(const Address &);
int port_of(const Address &);
void set_port(Address &, int port);
/** "10.0.0.5:4000", "[fe80::1%2]:4000", or "-" for none. */
std::string text_of(const Address &);
/** The inverse of text_of; false when it cannot be read. */
bool address_of(const std::string &text, Address &);
bool is_multicast(const Address &);

}  // namespace pbx::media
