// Answers made of the bytes of a request, for requests that the parser cannot read or need not.
#pragma once

#include <string>
#include <string_view>

#include "address.h"

namespace pbx::sip {

/** The line of a response: RFC 3261 section 21. */
struct Refusing {
  int status;
  std::string_view reason;
  std::string_view headers = {};  // whole lines, each with its CRLF
};

/**
 * A response with the request's own Via, From, To, Call-ID and CSeq; its To tag is made of the request alone, so that a
 * repeated request has the same answer (RFC 3261 section 8.2.7). Empty when the request is an ACK or a response, or when
 * one of them is missing or has no value.
 */
std::string salvaged_response(std::string_view request, const Refusing &refusing, const sockaddr_storage &from);

}  // namespace pbx::sip
