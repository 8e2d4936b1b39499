// Requests that can be read and still are not in order (RFC 3261 section 8.1.1 and 8.2.2, RFC 4475 section 3.1.2 to 3.3).
#pragma once

#include <pjsip.h>

#include <optional>
#include <string>

namespace pbx::sip {

struct FormFault {
  int status;
  std::string reason;
};

/** What is wrong with the form of a request, if anything. Also cuts off what follows the body that Content-Length tells. */
std::optional<FormFault> form_fault(pjsip_rx_data *rdata);

/** Why the description in an INVITE could not be dealt with, were the caller known: 415 or 406; 0 when it could. */
int content_fault(const pjsip_msg *msg);

}  // namespace pbx::sip
