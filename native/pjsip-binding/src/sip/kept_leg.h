// What restoring and reviving share: a leg as its record tells it.
#pragma once

#include "legs.h"

namespace pbx::sip {

using Fields = std::map<std::string, std::string>;

/** Local CSeq numbers go on far above the last one saved: not every request was worth a write, and gaps are legal. */
constexpr int kCseqGap = 100;

const std::string &get(const Fields &f, const char *key);
int64_t number(const Fields &f, const char *key);
std::optional<Hop> hop_in(const Fields &f);
/** A dialog in the state of its record, locked; nullptr when a value does not parse: that call is lost, the others are not. */
pjsip_dialog *dialog_of(const Fields &f, bool early);
/** Gives a dialog that was just made the tag that the far side knows it by. */
void rename_dialog(pjsip_dialog *d, const std::string &tag);
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
