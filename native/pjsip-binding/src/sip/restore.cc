// Dialogs of a crashed predecessor go on: rebuilt from their records before any socket is open, so that nothing is
// answered 481 meanwhile.
#include <algorithm>

#include "flows.h"
#include "kept_leg.h"

namespace pbx::sip {
namespace {

constexpr int64_t kGhostMs = 32'000, kRepeatAnswerMs = 16'000;

bool restore_leg(Core &c, const std::string &id, const Fields &f) {
  const auto hop = hop_in(f);
  pjsip_dialog *d = hop ? dialog_of(f, false) : nullptr;
  if (!d) return false;
  Leg &leg = make_leg(c, id, get(f, "out") == "1", Lane::established);
  if (number(f, "lane") == static_cast<int>(Lane::emergency)) leg.lane = leg.order.lane = Lane::emergency;
  tie(leg, d);
  leg.tie->hop = *hop;
  leg.tie->hop_forced = get(f, "forced") == "1";
  leg.tie->confirmed = true;
  leg.state = LegState::established;
  leg.line = get(f, "line");
  restore_media(c, leg, f);
  restore_session(c, leg, get(f, "session"));
  if (!leg.outgoing) c.answered_before[get(f, "callid") + "|" + get(f, "rtag")] = id;
  leg.owed = get(f, "owed");
  leg.owed_bytes = get(f, "bytes");
  pjsip_dlg_dec_lock(d);
  return true;
}

}  // namespace

void restore_ringing(Core &c, const Fields &f) {
  const auto hop = hop_in(f);
  pjsip_dialog *d = hop && !get(f, "branch").empty() ? dialog_of(f, true) : nullptr;
  if (!d) return;
  Tie *tie = new (pj_pool_alloc(d->pool, sizeof(Tie))) Tie();
  tie->hop = *hop;
  tie->hop_forced = get(f, "forced") == "1";
  tie->cancel_wanted = tie->cancel_sent = true;
  pjsip_dlg_add_usage(d, leg_module(), tie);
  pjsip_dlg_inc_session(d, leg_module());
  c.ghosts.push_back({d, steady_ms() + kGhostMs});
  c.cancels.push_back({d, get(f, "branch"), static_cast<int>(number(f, "icseq"))});
  pjsip_dlg_dec_lock(d);
}

namespace {

void send_bytes(Core &c, const Hop &to, const std::string &bytes) {
  if (!is_up(c, to)) return;
  pjsip_tpselector by{};
  if ((by.u.transport = connection_to(c, to))) by.type = PJSIP_TPSELECTOR_TRANSPORT;
  pjsip_tpmgr_send_raw(pjsip_endpt_get_tpmgr(c.endpt), to.type, &by, nullptr, bytes.data(), bytes.size(), reinterpret_cast<const pj_sockaddr_t *>(&to.addr), length_of(to.addr), nullptr, nullptr);
}

/** False when the phone cannot be reached now: its connection died with the process before this one. */
bool send_saved_cancel(Core &c, const Core::Cancel &cancel) {
  if (!is_up(c, tie_of(cancel.dlg)->hop)) return false;
  pjsip_tx_data *tdata = nullptr;
  pjsip_dlg_inc_lock(cancel.dlg);
  if (pjsip_dlg_create_request(cancel.dlg, pjsip_get_cancel_method(), cancel.cseq, &tdata) == PJ_SUCCESS) {
    auto *via = static_cast<pjsip_via_hdr *>(pjsip_msg_find_hdr(tdata->msg, PJSIP_H_VIA, nullptr));
    via->branch_param = copy(tdata->pool, cancel.branch);
    tdata->mod_data[pjsip_ua_instance()->id] = nullptr;
    const Hop &hop = tie_of(cancel.dlg)->hop;
    head_for(tdata, hop);
    pjsip_endpt_send_request(c.endpt, tdata, -1, nullptr, nullptr);
  }
  pjsip_dlg_dec_lock(cancel.dlg);
  return true;
}

void send_cancels(Core &c) {
  auto &all = c.cancels;
  all.erase(std::remove_if(all.begin(), all.end(), [&](const Core::Cancel &one) { return send_saved_cancel(c, one); }), all.end());
}

}  // namespace

void ask_if_there(Leg &leg) {
  pjsip_tx_data *tdata = nullptr;
  pjsip_dlg_inc_lock(leg.dlg);
  if (pjsip_dlg_create_request(leg.dlg, pjsip_get_options_method(), -1, &tdata) == PJ_SUCCESS) send_in_dialog(leg.dlg, tdata);
  pjsip_dlg_dec_lock(leg.dlg);
}

namespace {

void send_owed_of(Core &c, Leg &leg) {
  if (leg.owed.empty() || leg.owed_bytes.empty() || !leg.tie) return;
  send_bytes(c, leg.tie->hop, leg.owed_bytes);
  if (leg.owed == "answer") {
    if (leg.owed_until_ms == 0) leg.owed_until_ms = steady_ms() + kRepeatAnswerMs;
    return;
  }
  leg.owed.clear();
  leg.owed_bytes.clear();
}

}  // namespace

std::string restore_records(Core &c) {
  auto records = open_records(c);
  keep_for_revival(c, records);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto &[id, f] : records) {
    const std::string &state = get(f, "state");
    if (state == "early") {
      if (get(f, "out") == "1") restore_ringing(c, f);
      else if (const auto hop = hop_in(f)) c.refusals.push_back({get(f, "bytes"), *hop, get(f, "callid") + "|" + get(f, "rtag")});
      continue;
    }
    if (!restore_leg(c, id, f)) {
      c.count("legs-not-restored");
      continue;
    }
    if (!get(f, "partner").empty()) pairs.emplace_back(id, get(f, "partner"));
  }
  for (const auto &[a, b] : pairs) {
    Leg *first = c.leg(a), *second = c.leg(b);
    if (first && second && first->media.partner.empty()) join(c, *first, *second);
  }
  c.refusals_until_ms = steady_ms() + kGhostMs;
  // Written at once, with the numbers that jumped: a second crash must not use them again.
  rewrite_records(c);
  std::string out = "[";
  for (const auto &[id, leg] : c.legs) {
    JsonObject one;
    one.text("leg", id).text("direction", leg->outgoing ? "out" : "in").text("state", "established");
    if (!leg->media.partner.empty()) one.text("bridgedWith", leg->media.partner);
    if (out.size() > 1) out += ',';
    out += one.truth("held", leg->media.held).take();
  }
  for (const Core::Revival &one : c.revivals) {
    if (out.size() > 1) out += ',';
    out += JsonObject().text("leg", one.id).text("direction", get(one.fields, "out") == "1" ? "out" : "in").text("state", "early").truth("held", false).take();
  }
  return out + "]";
}

void send_owed(Core &c) {
  std::vector<std::string> ids;
  for (const auto &[id, leg] : c.legs) ids.push_back(id);
  for (const std::string &id : ids) {
    if (Leg *leg = c.leg(id)) send_owed_of(c, *leg);
    Leg *leg = c.leg(id);
    if (!leg) continue;
    // A connection died with the process before this one: the call waits for its phone to come again.
    if (is_up(c, leg->tie->hop)) ask_if_there(*leg);
    else leg->flow_lost_ms = steady_ms();
  }
  // After those: what it owes is owed to another successor.
  revive(c);
  for (const Core::Refusal &refusal : c.refusals) send_bytes(c, refusal.to, refusal.bytes);
  send_cancels(c);
}

void pay_owed(Core &c, const Hop &from, const Hop &to) {
  for (Core::Refusal &refusal : c.refusals) {
    if (!same_hop(refusal.to, from)) continue;
    refusal.to = to;
    send_bytes(c, to, refusal.bytes);
  }
  for (const Core::Cancel &cancel : c.cancels)
    if (Tie *tie = tie_of(cancel.dlg); same_hop(tie->hop, from)) tie->hop = to;
  send_cancels(c);
}

bool is_known_invite(Core &c, pjsip_rx_data *rdata) {
  if (c.answered_before.empty() && c.refusals.empty()) return false;
  const std::string key = text(rdata->msg_info.cid->id) + "|" + text(rdata->msg_info.from->tag);
  const auto found = c.answered_before.find(key);
  if (found != c.answered_before.end()) {
    Leg *leg = c.leg(found->second);
    if (leg && !leg->owed_bytes.empty()) send_owed_of(c, *leg);
    return leg != nullptr;
  }
  for (const Core::Refusal &refusal : c.refusals) {
    if (refusal.key != key) continue;
    send_bytes(c, refusal.to, refusal.bytes);
    return true;
  }
  return false;
}

void restore_tick(Core &c, int64_t now_ms) {
  for (size_t i = 0; i < c.ghosts.size();) {
    if (now_ms < c.ghosts[i].until_ms) {
      ++i;
      continue;
    }
    pjsip_dialog *dlg = c.ghosts[i].dlg;
    // Its phone did not come back while it may still have rung.
    c.cancels.erase(std::remove_if(c.cancels.begin(), c.cancels.end(), [dlg](const Core::Cancel &one) { return one.dlg == dlg; }), c.cancels.end());
    c.ghosts.erase(c.ghosts.begin() + static_cast<std::ptrdiff_t>(i));
    pjsip_dlg_dec_session(dlg, leg_module());
  }
  if (now_ms >= c.refusals_until_ms) c.refusals.clear();
  std::vector<std::string> repeating;
  for (const auto &[id, leg] : c.legs)
    if (leg->owed_until_ms > 0) repeating.push_back(id);
  for (const std::string &id : repeating) {
    Leg *leg = c.leg(id);
    if (!leg) continue;
    if (now_ms < leg->owed_until_ms) {
      send_owed_of(c, *leg);
      continue;
    }
    send_bye(leg->dlg);
    finish(c, *leg, {"unreachable", 408, "timeout", -1});
  }
}

}  // namespace pbx::sip
