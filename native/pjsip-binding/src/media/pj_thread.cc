// pjlib wants to know every thread that calls it.
#include "pj_thread.h"

#include <pj/os.h>
#include <pj/string.h>

namespace pbx::media {

void register_with_pjlib(const char *name) {
  // pjlib keeps a pointer to this for as long as the thread lives.
  thread_local pj_thread_desc description;
  thread_local pj_thread_t *thread = nullptr;
  if (thread || pj_thread_is_registered()) return;
  pj_bzero(description, sizeof description);
  pj_thread_register(name, description, &thread);
}

}  // namespace pbx::media
