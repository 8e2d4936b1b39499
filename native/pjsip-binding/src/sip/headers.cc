// Small things done to every SIP message: headers and bodies.
#include "legs.h"

namespace pbx::sip {

const pjsip_hdr_vptr *generic_header_kind() {
  pjsip_generic_string_hdr header;
  pj_str_t empty{nullptr, 0};
  pjsip_generic_string_hdr_init2(&header, &empty, &empty);
  return header.vptr;
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

}  // namespace pbx::sip
