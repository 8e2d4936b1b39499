// Messages that PJSIP's parser does not read to their end: read again without the header that is at fault where it does
// not matter, else refused with the name of what is wrong, else left unanswered.
#pragma once

#include <string_view>

#include "receipt.h"

namespace pbx::sip {

class Core;

/** What to do about bytes that the parser could not read. Answers go where they came from. Sip thread. */
void misread(Core &core, Receipt &receipt, pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from);

/** From now on connections are looked after too: broken framing, oversized messages and pings (RFC 5626 section 3.5.1). */
void watch_connections(Core &core);

}  // namespace pbx::sip
