// How a message becomes bytes. What is sent waits for its repetitions, hundreds of them at a busy hour: each in a buffer of
// its own length, where PJSIP would give it one for the longest message that there may be.
#include <cstring>

#include "core.h"

namespace pbx::sip {

pj_status_t print(pjsip_tx_data *tdata) {
  if (pjsip_tx_data_is_valid(tdata)) return PJ_SUCCESS;
  char paper[PJSIP_MAX_PKT_LEN];
  const pj_ssize_t printed = pjsip_msg_print(tdata->msg, paper, sizeof paper - 1);
  if (printed < 0) return PJSIP_EMSGTOOLONG;
  const auto length = static_cast<size_t>(printed);
  const bool fits = tdata->buf.start && length < static_cast<size_t>(tdata->buf.end - tdata->buf.start);
  if (!fits) {
    tdata->buf.start = static_cast<char *>(pj_pool_alloc(tdata->pool, length + 1));
    tdata->buf.end = tdata->buf.start + length + 1;
  }
  std::memcpy(tdata->buf.start, paper, length);
  tdata->buf.start[length] = '\0';
  tdata->buf.cur = tdata->buf.start + length;
  return PJ_SUCCESS;
}

namespace {

pjsip_module make_module() {
  pjsip_module module{};
  module.name = pj_str(const_cast<char *>("printer"));
  module.id = -1;
  // On the way out after everybody who adds a header, and before PJSIP's own printer, which leaves alone what is printed.
  module.priority = PJSIP_MOD_PRIORITY_TRANSPORT_LAYER + 1;
  module.on_tx_request = &print;
  module.on_tx_response = &print;
  return module;
}

}  // namespace

pjsip_module *printer_module() {
  static pjsip_module module = make_module();
  return &module;
}

}  // namespace pbx::sip
