// An answer nobody waits for: without an ACK its sender repeats it for half a minute, without a BYE it believes in a call.
#include <cstring>

#include "flows.h"
#include "legs.h"

namespace pbx::sip {
namespace {

pjsip_tx_data *request_to_branch(Core &c, pjsip_rx_data *rdata, const pjsip_method *method, int cseq) {
  const pjsip_msg *msg = rdata->msg_info.msg;
  const auto *contact = static_cast<const pjsip_contact_hdr *>(pjsip_msg_find_hdr(msg, PJSIP_H_CONTACT, nullptr));
  if (!contact || !contact->uri) return nullptr;
  pjsip_tx_data *tdata = nullptr;
  if (pjsip_endpt_create_request_from_hdr(c.endpt, method, static_cast<pjsip_uri *>(pjsip_uri_get_uri(contact->uri)), rdata->msg_info.from, rdata->msg_info.to, nullptr,
                                          rdata->msg_info.cid, cseq, nullptr, &tdata) != PJ_SUCCESS)
    return nullptr;
  const Hop source = source_of(rdata);
  auto &to = tdata->dest_info.addr;
  to.count = 1;
  to.entry[0].type = source.type;
  to.entry[0].addr_len = length_of(source.addr);
  std::memcpy(&to.entry[0].addr, &source.addr, static_cast<size_t>(length_of(source.addr)));
  tdata->dest_info.name = copy(tdata->pool, host_of(source.addr));
  return tdata;
}

}  // namespace

void end_stray_branch(Core &c, pjsip_rx_data *rdata) {
  const int cseq = rdata->msg_info.cseq->cseq;
  if (pjsip_tx_data *ack = request_to_branch(c, rdata, pjsip_get_ack_method(), cseq))
    if (pjsip_endpt_send_request_stateless(c.endpt, ack, nullptr, nullptr) != PJ_SUCCESS) pjsip_tx_data_dec_ref(ack);
  if (pjsip_tx_data *bye = request_to_branch(c, rdata, pjsip_get_bye_method(), cseq + 1)) pjsip_endpt_send_request(c.endpt, bye, -1, nullptr, nullptr);
}

void acknowledge_refusal(Core &c, pjsip_rx_data *rdata) {
  for (const Core::Ghost &ghost : c.ghosts) {
    if (pj_strcmp(&ghost.dlg->call_id->id, &rdata->msg_info.cid->id) != 0) continue;
    pjsip_tx_data *ack = nullptr;
    if (pjsip_endpt_create_request_from_hdr(c.endpt, pjsip_get_ack_method(), ghost.dlg->target, rdata->msg_info.from, rdata->msg_info.to, nullptr, rdata->msg_info.cid, rdata->msg_info.cseq->cseq, nullptr, &ack) != PJ_SUCCESS) return;
    static_cast<pjsip_via_hdr *>(pjsip_msg_find_hdr(ack->msg, PJSIP_H_VIA, nullptr))->branch_param = copy(ack->pool, text(rdata->msg_info.via->branch_param));
    head_for(ack, source_of(rdata));
    if (pjsip_endpt_send_request_stateless(c.endpt, ack, nullptr, nullptr) != PJ_SUCCESS) pjsip_tx_data_dec_ref(ack);
    return;
  }
}

}  // namespace pbx::sip
