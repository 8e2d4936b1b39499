// STUN on the SIP port: phones behind a NAT ask how they are seen, and so keep their way to the box open (RFC 5626).
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

namespace pbx::sip {

/** The answer to a binding request (RFC 8489 section 7.3), or to one that asks for more than that; empty for what is none. */
std::string stun_answer(std::string_view request, const sockaddr_storage &from);

}  // namespace pbx::sip
