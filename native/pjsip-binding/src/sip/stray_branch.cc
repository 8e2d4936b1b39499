// An answer nobody waits for: without an ACK its sender repeats it for half a minute, without a BYE it believes in a call.
// Who knows a call's names can forge such answers: what they make the box say is counted.
#include "stray_branch.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <deque>
#include <utility>

#include "flows.h"

namespace pbx::sip {
namespace {

/** Longer than anybody repeats an answer: 64 times T1. */
constexpr int64_t kLateMs = 40'000;
constexpr size_t kCallsAtMost = 4096;
/** So many far ends of one call are told that it is over. */
constexpr size_t kBranchesAtMost = 4;
/** An answer is said eleven times where no ACK arrives (RFC 3261 section 13.3.1.4, T1 half a second, T2 four). */
constexpr int kCopiesAtMost = 12;

/** One far end that answered too, by its tag. */
struct Branch {
  std::string tag;
  int acknowledged = 0;
};
/** What was said to answers of one call. */
struct Strays {
  int64_t until_ms = 0;
  std::vector<Branch> branches;
};
/** By Call-ID and own tag; the order in which they were entered. */
std::unordered_map<std::string, Strays> calls;
std::deque<std::string> entered;

/** Anew where the last answer is long past. */
Strays &entry_of(const std::string &key, int64_t now_ms) {
  while (!entered.empty() && (entered.size() >= kCallsAtMost || calls[entered.front()].until_ms < now_ms)) {
    calls.erase(entered.front());
    entered.pop_front();
  }
  const auto [at, fresh] = calls.try_emplace(key);
  if (fresh) entered.push_back(key);
  if (at->second.until_ms < now_ms) at->second = Strays{now_ms + kLateMs, {}};
  return at->second;
}

std::string key_of(const pj_str_t &call_id, const pj_str_t &own_tag) { return text(call_id) + "|" + text(own_tag); }

pjsip_tx_data *request_to_branch(Core &c, pjsip_rx_data *rdata, const pjsip_method *method, int cseq) {
  const pjsip_msg *msg = rdata->msg_info.msg;
  const auto *contact = static_cast<const pjsip_contact_hdr *>(pjsip_msg_find_hdr(msg, PJSIP_H_CONTACT, nullptr));
  if (!contact || !contact->uri) return nullptr;
  const auto *target = static_cast<const pjsip_uri *>(pjsip_uri_get_uri(contact->uri));
  if (!PJSIP_URI_SCHEME_IS_SIP(target) && !PJSIP_URI_SCHEME_IS_SIPS(target)) return nullptr;
  pjsip_tx_data *tdata = nullptr;
  if (pjsip_endpt_create_request_from_hdr(c.endpt, method, target, rdata->msg_info.from, rdata->msg_info.to, nullptr,
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
  const int cseq = std::min(rdata->msg_info.cseq->cseq, INT_MAX - 1000) + 1000;
  if (pjsip_tx_data *bye = request_to_branch(c, rdata, pjsip_get_bye_method(), cseq)) pjsip_endpt_send_request(c.endpt, bye, -1, nullptr, nullptr);
}

/** Acknowledges each copy, ends each branch once; beyond what honest phones say, nothing. */
void serve(Core &c, pjsip_rx_data *rdata, Strays &strays) {
  const std::string tag = text(rdata->msg_info.to->tag);
  const auto named = [&](const Branch &one) { return one.tag == tag; };
  auto branch = std::find_if(strays.branches.begin(), strays.branches.end(), named);
  const bool is_new = branch == strays.branches.end();
  if (is_new ? strays.branches.size() >= kBranchesAtMost : branch->acknowledged >= kCopiesAtMost) return c.count("stray-answers-passed-over");
  if (is_new) branch = strays.branches.insert(branch, Branch{tag});
  ++branch->acknowledged;
  acknowledge_branch(c, rdata);
  if (is_new) end_branch(c, rdata);
}

}  // namespace

void end_stray_branch(Core &c, pjsip_rx_data *rdata) {
  serve(c, rdata, entry_of(key_of(rdata->msg_info.cid->id, rdata->msg_info.from->tag), steady_ms()));
}

void remember_past(const Leg &leg) {
  if (!leg.outgoing || !leg.dlg) return;
  const int64_t now = steady_ms();
  entry_of(key_of(leg.dlg->call_id->id, leg.dlg->local.info->tag), now).until_ms = now + kLateMs;
}

namespace {

pj_bool_t on_response(pjsip_rx_data *rdata) {
  if (calls.empty() || rdata->msg_info.msg->line.status.code / 100 != 2 || rdata->msg_info.cseq->method.id != PJSIP_INVITE_METHOD) return PJ_FALSE;
  Core &c = *core();
  const auto found = calls.find(key_of(rdata->msg_info.cid->id, rdata->msg_info.from->tag));
  if (found == calls.end() || found->second.until_ms < steady_ms()) return PJ_FALSE;
  // While its dialog still waits for the answer to a BYE, that one knows better.
  if (pjsip_ua_find_dialog(&rdata->msg_info.cid->id, &rdata->msg_info.from->tag, &rdata->msg_info.to->tag, PJ_FALSE)) return PJ_FALSE;
  c.count("late-answers");
  serve(c, rdata, found->second);
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
