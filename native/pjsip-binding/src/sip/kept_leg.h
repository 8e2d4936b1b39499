// What restoring and reviving share: a leg as its record tells it.
#pragma once

#include "kept_dialog.h"
#include "kept_fields.h"
#include "legs.h"

namespace pbx::sip {

void restore_media(Core &c, Leg &leg, const Fields &f);

// restore.cc
/** A phone that the predecessor was calling: its ringing is taken back, and should it answer first, that is ended too. */
void restore_ringing(Core &c, const Fields &f);

// revive.cc
/** Calls for help that nobody had answered, and the phones that ring for them: kept for `revive`, out of `records`. */
void keep_for_revival(Core &c, std::map<std::string, Fields> &records);
/** Feeds those calls in again, and rings on. After the sockets are open. */
void revive(Core &c);

}  // namespace pbx::sip
