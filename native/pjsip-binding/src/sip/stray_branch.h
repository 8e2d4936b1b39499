// Answers that come when their call is over.
#pragma once

#include "legs.h"

namespace pbx::sip {

/** An outgoing leg ends: an answer to it that comes within a transaction's life is still the box's to end. */
void remember_past(const Leg &leg);
/**
 * Sees a 2xx to an INVITE that no transaction waits for (RFC 3261 section 13.2.2.4) before PJSIP throws it away: of a call
 * that was the box's each copy is acknowledged and each branch ended once, of four branches and twelve copies at most: who
 * forges such answers gets no more said to them. Of others nothing is believed.
 */
pjsip_module *late_answer_module();

}  // namespace pbx::sip
