// A PJSIP dialog as its record tells it.
#pragma once

#include <pjsip.h>

#include "kept_fields.h"

namespace pbx::sip {

/** Local CSeq numbers go on far above the last one saved: not every request was worth a write, and gaps are legal. */
constexpr int kCseqGap = 100;

/** A dialog in the state of its record, locked; nullptr when a value does not parse: that call is lost, the others are not. */
pjsip_dialog *dialog_of(const Fields &f, bool early);
/** Gives a dialog that was just made the tag that the far side knows it by. */
void rename_dialog(pjsip_dialog *d, const std::string &tag);

}  // namespace pbx::sip
