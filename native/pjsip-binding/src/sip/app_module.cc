// Requests outside any dialog, by method.
#include "legs.h"

namespace pbx::sip {
namespace {

pj_bool_t on_request(pjsip_rx_data *rdata) {
  const pjsip_method &method = rdata->msg_info.msg->line.req.method;
  const std::string_view name = view(method.name);
  const std::string missing = method.id == PJSIP_INVITE_METHOD || method.id == PJSIP_ACK_METHOD || method.id == PJSIP_CANCEL_METHOD ? "" : unsupported(rdata->msg_info.msg);
  if (!missing.empty()) {
    reply(rdata, 420, {{"Unsupported", missing}});
    return PJ_TRUE;
  }
  switch (method.id) {
    case PJSIP_REGISTER_METHOD: on_register(rdata); return PJ_TRUE;
    case PJSIP_INVITE_METHOD: on_invite(rdata); return PJ_TRUE;
    case PJSIP_ACK_METHOD: return PJ_TRUE;
    case PJSIP_OPTIONS_METHOD: reply(rdata, 200, {{"Allow", kAllow}, {"Accept", "application/sdp"}, {"Supported", kSupported}}); return PJ_TRUE;
    case PJSIP_CANCEL_METHOD: reply(rdata, 481); return PJ_TRUE;
    case PJSIP_BYE_METHOD: reply(rdata, 481); return PJ_TRUE;
    default: break;
  }
  if (name == "MESSAGE") on_message(rdata);
  else if (name == "SUBSCRIBE") on_subscribe(rdata);
  else if (name == "PUBLISH") refuse_event(rdata);
  else if (name == "NOTIFY" || name == "INFO" || name == "UPDATE" || name == "PRACK") reply(rdata, 481);
  else if (name == "REFER") on_refer_outside(rdata);
  else reply(rdata, 501, {{"Allow", kAllow}});
  return PJ_TRUE;
}

/** An answer that belongs to no transaction and no dialog of ours. */
pj_bool_t on_response(pjsip_rx_data *rdata) {
  core()->count("stray-responses");
  const bool refusal = rdata->msg_info.msg->line.status.code >= 300;
  if (refusal && rdata->msg_info.cseq->method.id == PJSIP_INVITE_METHOD) acknowledge_refusal(*core(), rdata);
  return PJ_TRUE;
}

/** Names the box in what it sends; a message that was printed before stays as it is. */
pj_status_t on_send(pjsip_tx_data *tdata) {
  const Core *c = core();
  if (!c || c->config.user_agent.empty() || tdata->buf.cur > tdata->buf.start) return PJ_SUCCESS;
  const std::string_view name = tdata->msg->type == PJSIP_REQUEST_MSG ? "User-Agent" : "Server";
  const pj_str_t wanted = str(name);
  if (!pjsip_msg_find_hdr_by_name(tdata->msg, &wanted, nullptr)) add_header(tdata, name, c->config.user_agent);
  return PJ_SUCCESS;
}

pjsip_module make_module() {
  pjsip_module module{};
  module.name = pj_str(const_cast<char *>("app"));
  module.id = -1;
  module.priority = PJSIP_MOD_PRIORITY_APPLICATION;
  module.on_rx_request = &on_request;
  module.on_rx_response = &on_response;
  module.on_tx_request = &on_send;
  module.on_tx_response = &on_send;
  return module;
}

}  // namespace

pjsip_module *app_module() {
  static pjsip_module module = make_module();
  return &module;
}

}  // namespace pbx::sip
