// Stateless replies, and what they are about.
#include "legs.h"

namespace pbx::sip {

std::string unsupported(const pjsip_msg *msg) {
  std::string out;
  const auto *require = static_cast<const pjsip_require_hdr *>(pjsip_msg_find_hdr(msg, PJSIP_H_REQUIRE, nullptr));
  for (unsigned i = 0; require && i < require->count; ++i) {
    if (same_text(view(require->values[i]), "replaces") || same_text(view(require->values[i]), "timer") || same_text(view(require->values[i]), "100rel") || same_text(view(require->values[i]), "path") || same_text(view(require->values[i]), "norefersub")) continue;
    if (!out.empty()) out += ", ";
    out += text(require->values[i]);
  }
  return out;
}

void reply(pjsip_rx_data *rdata, int status, const std::vector<Header> &headers, std::string_view reason) {
  pjsip_endpoint *endpt = core()->endpt;
  pjsip_tx_data *tdata = nullptr;
  const pj_str_t words = str(reason);
  if (pjsip_endpt_create_response(endpt, rdata, status, reason.empty() ? nullptr : &words, &tdata) != PJ_SUCCESS) return;
  for (const Header &header : headers) add_header(tdata, header.name, header.value);
  pjsip_response_addr address;
  pj_status_t sent = pjsip_get_response_addr(tdata->pool, rdata, &address);
  if (sent == PJ_SUCCESS) sent = pjsip_endpt_send_response(endpt, &address, tdata, nullptr, nullptr);
  if (sent == PJ_SUCCESS) return;
  core()->count("replies-unsent");
  pjsip_tx_data_dec_ref(tdata);
}

}  // namespace pbx::sip
