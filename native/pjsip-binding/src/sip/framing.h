// Where a message on a connection ends (RFC 3261 section 18.3): only its Content-Length tells.
#pragma once

#include <string_view>

namespace pbx::sip {

/**
 * Why a message whose head is here will never be whole, as a reason phrase: it does not say how long it is, or not clearly,
 * or longer than a message may be. nullptr: it may become whole, or its head is not here yet.
 */
const char *hopeless(std::string_view bytes);
/** Why PJSIP, which cuts the stream, finds no end of the message that these bytes begin with; nullptr: it finds one. */
const char *endless(std::string_view bytes);

}  // namespace pbx::sip
