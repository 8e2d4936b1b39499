// The door: looks at every message before transactions and dialogs do. Answers go back to where a request came from,
// never where it says; a request inside a dialog must carry that dialog's Call-ID.
#include "core.h"
#include "form.h"

namespace pbx::sip {
namespace {

/** PJSIP's dialog layer matches tags alone: a stranger who guesses them could end a call under any Call-ID. */
bool belongs_to_its_dialog(pjsip_rx_data *rdata) {
  const pjsip_method &method = rdata->msg_info.msg->line.req.method;
  if (rdata->msg_info.to->tag.slen == 0 || method.id == PJSIP_CANCEL_METHOD || method.id == PJSIP_REGISTER_METHOD) return true;
  pjsip_dialog *dlg = pjsip_ua_find_dialog(&rdata->msg_info.cid->id, &rdata->msg_info.to->tag, &rdata->msg_info.from->tag, PJ_FALSE);
  return dlg != nullptr;
}

pj_bool_t on_request(pjsip_rx_data *rdata) {
  Core &c = *core();
  c.count("requests-in");
  pjsip_via_hdr *via = rdata->msg_info.via;
  // Phones that leave rport out still get their answer where they sent from; maddr would let a stranger aim it.
  if (via->rport_param < 0) via->rport_param = rdata->pkt_info.src_port;
  via->maddr_param.slen = 0;
  if (const auto fault = form_fault(rdata)) {
    if (rdata->msg_info.msg->line.req.method.id != PJSIP_ACK_METHOD) reply(rdata, fault->status, {}, fault->reason);
    return rdata->msg_info.msg->line.req.method.id != PJSIP_ACK_METHOD || fault->status == 400;
  }
  if (is_subscription(c, rdata->msg_info.to->tag) && view(rdata->msg_info.msg->line.req.method.name) == "SUBSCRIBE") {
    on_subscribe(rdata);
    return PJ_TRUE;
  }
  if (belongs_to_its_dialog(rdata)) return PJ_FALSE;
  if (rdata->msg_info.msg->line.req.method.id != PJSIP_ACK_METHOD) reply(rdata, 481);
  return PJ_TRUE;
}

pj_bool_t on_response(pjsip_rx_data *) {
  core()->count("responses-in");
  return PJ_FALSE;
}

pj_status_t on_sent(pjsip_tx_data *) {
  if (Core *c = core()) c->count("messages-out");
  return PJ_SUCCESS;
}

pjsip_module make_module() {
  pjsip_module module{};
  module.name = pj_str(const_cast<char *>("guard"));
  module.id = -1;
  module.priority = 4;
  module.on_rx_request = &on_request;
  module.on_rx_response = &on_response;
  module.on_tx_request = &on_sent;
  module.on_tx_response = &on_sent;
  return module;
}

}  // namespace

pjsip_module *guard_module() {
  static pjsip_module module = make_module();
  return &module;
}

}  // namespace pbx::sip
