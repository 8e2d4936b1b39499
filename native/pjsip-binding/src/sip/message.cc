// Small things done to every SIP message: headers, bodies, stateless replies.
#include "legs.h"

namespace pbx::sip {

const pjsip_hdr_vptr *generic_header_kind() {
  pjsip_generic_string_hdr header;
  pj_str_t empty{nullptr, 0};
  pjsip_generic_string_hdr_init2(&header, &empty, &empty);
  return header.vptr;
}

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

void add_header(pjsip_tx_data *tdata, std::string_view name, std::string_view value) {
  const pj_str_t n = copy(tdata->pool, name), v = copy(tdata->pool, value);
  pjsip_msg_add_hdr(tdata->msg, reinterpret_cast<pjsip_hdr *>(pjsip_generic_string_hdr_create(tdata->pool, &n, &v)));
}

void remove_header(pjsip_msg *msg, const char *name) {
  const pj_str_t wanted = pj_str(const_cast<char *>(name));
  if (auto *header = static_cast<pjsip_hdr *>(pjsip_msg_find_hdr_by_name(msg, &wanted, nullptr))) pj_list_erase(header);
}

void set_body(pjsip_tx_data *tdata, std::string_view content_type, std::string_view body) {
  const size_t slash = content_type.find('/');
  const pj_str_t type = copy(tdata->pool, content_type.substr(0, slash));
  const pj_str_t subtype = copy(tdata->pool, slash == std::string_view::npos ? "plain" : content_type.substr(slash + 1));
  const pj_str_t text = copy(tdata->pool, body);
  tdata->msg->body = pjsip_msg_body_create(tdata->pool, &type, &subtype, &text);
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
