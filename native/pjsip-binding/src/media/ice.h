// Connectivity checks of browsers and phones (RFC 8445), as a lite agent meets them: it answers, and begins none.
#pragma once

#include <string>
#include <string_view>

#include "access.h"
#include "plane.h"

namespace pbx::media {

struct IceCheck {
  /** `nothing`: no binding request, or damaged on its way; `refused`: answered with an error; `valid`: made with the password. */
  enum class Verdict { nothing, refused, valid } verdict = Verdict::nothing;
  /** The far side chose this way (USE-CANDIDATE). */
  bool nominated = false;
  /** What goes back to where it came from; empty for nothing. */
  std::string reply;
};

/** Judges a STUN packet by RFC 8445 section 7.3 and RFC 8489 section 9.1.3. */
IceCheck check_of(std::string_view packet, const Address &from, const IceTerms &);

}  // namespace pbx::media
