// An answer nobody waits for: without an ACK its sender repeats it for half a minute, without a BYE it believes in a call.
#include "stray_branch.h"

#include <cstring>
#include <deque>
#include <utility>

#include "flows.h"

namespace pbx::sip {
namespace {

/** Longer than anybody repeats an answer: 64 times T1. */
constexpr int64_t kLateMs = 40'000;
constexpr size_t kPastAtMost = 4096;

struct Past {
  int64_t until_ms;
  bool ended = false;
};
/** By Call-ID and own tag; the order in which they ended. */
std::unordered_map<std::string, Past> past;
std::deque<std::string> past_order;

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

void acknowledge_branch(Core &c, pjsip_rx_data *rdata) {
  pjsip_tx_data *ack = request_to_branch(c, rdata, pjsip_get_ack_method(), rdata->msg_info.cseq->cseq);
  if (ack && pjsip_endpt_send_request_stateless(c.endpt, ack, nullptr, nullptr) != PJ_SUCCESS) pjsip_tx_data_dec_ref(ack);
}

void end_branch(Core &c, pjsip_rx_data *rdata) {
  // Above every number that the box may have used in that dialog: one that went back would be refused.
  if (pjsip_tx_data *bye = request_to_branch(c, rdata, pjsip_get_bye_method(), rdata->msg_info.cseq->cseq + 1000)) pjsip_endpt_send_request(c.endpt, bye, -1, nullptr, nullptr);
}

}  // namespace

void end_stray_branch(Core &c, pjsip_rx_data *rdata) {
  acknowledge_branch(c, rdata);
  end_branch(c, rdata);
}

void remember_past(const Leg &leg) {
  if (!leg.outgoing || !leg.dlg) return;
  const int64_t now = steady_ms();
  while (!past_order.empty() && (past_order.size() >= kPastAtMost || past[past_order.front()].until_ms < now)) {
    past.erase(past_order.front());
    past_order.pop_front();
  }
  std::string key = text(leg.dlg->call_id->id) + "|" + text(leg.dlg->local.info->tag);
  if (past.emplace(key, Past{now + kLateMs}).second) past_order.push_back(std::move(key));
}

namespace {

pj_bool_t on_response(pjsip_rx_data *rdata) {
  if (past.empty() || rdata->msg_info.msg->line.status.code / 100 != 2 || rdata->msg_info.cseq->method.id != PJSIP_INVITE_METHOD) return PJ_FALSE;
  Core &c = *core();
  const auto found = past.find(text(rdata->msg_info.cid->id) + "|" + text(rdata->msg_info.from->tag));
  if (found == past.end() || found->second.until_ms < steady_ms()) return PJ_FALSE;
  // While its dialog still waits for the answer to a BYE, that one knows better.
  if (pjsip_ua_find_dialog(&rdata->msg_info.cid->id, &rdata->msg_info.from->tag, &rdata->msg_info.to->tag, PJ_FALSE)) return PJ_FALSE;
  c.count("late-answers");
  acknowledge_branch(c, rdata);
  if (!std::exchange(found->second.ended, true)) end_branch(c, rdata);
  return PJ_TRUE;
}

pjsip_module make_module() {
  pjsip_module module{};
  module.name = pj_str(const_cast<char *>("late-answers"));
  module.id = -1;
  module.priority = PJSIP_MOD_PRIORITY_UA_PROXY_LAYER - 1;
  module.on_rx_response = &on_response;
  return module;
}

}  // namespace

pjsip_module *late_answer_module() {
  static pjsip_module module = make_module();
  return &module;
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
