// pjlib wants to know every thread that calls it.
#pragma once

namespace pbx::media {

/** Makes this thread known to pjlib, once; without a pj_init before, it does nothing. */
void register_with_pjlib(const char *name);

}  // namespace pbx::media
