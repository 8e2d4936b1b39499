// The INVITE usage: PJSIP's dialog layer reports here, and each report goes to the leg or, when that is gone, is served
// from what its dialog remembers.
#include <algorithm>

#include "legs.h"

namespace pbx::sip {

void end_answering(Tie &tie) {
  if (!tie.answering) return;
  pjsip_tsx_stop_retransmit(tie.answering);
  pjsip_tsx_terminate_async2(tie.answering, 200, nullptr, std::min(5000u, pjsip_cfg()->tsx.td));
  tie.answering = nullptr;
}

namespace {

pj_bool_t on_request(pjsip_rx_data *rdata) {
  pjsip_dialog *dlg = pjsip_rdata_get_dlg(rdata);
  Tie *tie = dlg ? tie_of(dlg) : nullptr;
  if (!tie) return PJ_FALSE;
  if (rdata->msg_info.msg->line.req.method.id != PJSIP_ACK_METHOD) return PJ_TRUE;  // answered once its transaction is fed
  end_answering(*tie);
  if (tie->leg) on_ack(*core(), *tie->leg, rdata);
  else if (tie->bye_wanted) send_bye(dlg);
  return PJ_TRUE;
}

pj_bool_t on_response(pjsip_rx_data *rdata) {
  pjsip_dialog *dlg = pjsip_rdata_get_dlg(rdata);
  if (!dlg || !tie_of(dlg)) return PJ_FALSE;
  if (rdata->msg_info.cseq->method.id == PJSIP_INVITE_METHOD && rdata->msg_info.msg->line.status.code / 100 == 2) on_invite_2xx(*core(), dlg, rdata);
  return PJ_FALSE;
}

/** What is left to do when the leg is gone: give up the INVITE for good, answer late requests. */
void on_state_without_leg(pjsip_dialog *dlg, Tie &tie, pjsip_transaction *tsx, pjsip_rx_data *rdata) {
  if (tsx->role == PJSIP_ROLE_UAS && tsx->state == PJSIP_TSX_STATE_TRYING && rdata && tsx->method.id != PJSIP_INVITE_METHOD) {
    const bool known = tsx->method.id == PJSIP_BYE_METHOD || tsx->method.id == PJSIP_CANCEL_METHOD;
    return respond_in_dialog(dlg, tsx, rdata, known ? 200 : 481);
  }
  if (tsx->method.id != PJSIP_INVITE_METHOD) return;
  if (tsx->role == PJSIP_ROLE_UAS && tsx->state == PJSIP_TSX_STATE_TRYING && rdata) return respond_in_dialog(dlg, tsx, rdata, 481);
  if (tsx->role == PJSIP_ROLE_UAC && tsx->state == PJSIP_TSX_STATE_PROCEEDING && tie.cancel_wanted) send_cancel(dlg, tsx);
  if (tie.answering == tsx && tsx->state == PJSIP_TSX_STATE_TERMINATED) {
    tie.answering = nullptr;
    if (tie.bye_wanted) send_bye(dlg);
  }
}

/** The OPTIONS that a restored leg is asked with. */
void on_still_there(Core &c, Leg &leg, pjsip_transaction *tsx, bool over) {
  if (!over || (tsx->status_code != 481 && tsx->status_code != 408)) return;
  if (tsx->status_code == 408) send_bye(leg.dlg);
  finish(c, leg, {"unreachable", tsx->status_code, tsx->status_code == 481 ? "far" : "timeout", -1});
}

void on_state(pjsip_transaction *tsx, pjsip_event *event) {
  pjsip_dialog *dlg = pjsip_tsx_get_dlg(tsx);
  Tie *tie = dlg ? tie_of(dlg) : nullptr;
  if (!tie || event->type != PJSIP_EVENT_TSX_STATE) return;
  Core &c = *core();
  pjsip_rx_data *rdata = event->body.tsx_state.type == PJSIP_EVENT_RX_MSG ? event->body.tsx_state.src.rdata : nullptr;
  const bool over = tsx->state >= PJSIP_TSX_STATE_COMPLETED;
  // Once per BYE: either its answer or its time-out.
  if (tsx->role == PJSIP_ROLE_UAC && tsx->method.id == PJSIP_BYE_METHOD && over && tsx->mod_data[leg_module()->id] == nullptr) {
    tsx->mod_data[leg_module()->id] = tie;
    --c.farewells;
  }
  Leg *leg = tie->leg;
  if (!leg) return on_state_without_leg(dlg, *tie, tsx, rdata);
  if (tsx->role == PJSIP_ROLE_UAS) {
    if (tsx->state == PJSIP_TSX_STATE_TRYING && rdata && tsx != leg->invite) return on_dialog_request(c, dlg, tsx, rdata);
    if (tsx == leg->invite) {
      if (tsx->state == PJSIP_TSX_STATE_TERMINATED) tie->answering = nullptr;
      return on_invite_uas_state(c, *leg, tsx, event);
    }
    if (tsx->state == PJSIP_TSX_STATE_TERMINATED) on_asked_over(c, *leg, tsx);
    return;
  }
  if (tsx->method.id == PJSIP_OPTIONS_METHOD) return on_still_there(c, *leg, tsx, over);
  if (tsx->method.id == PJSIP_INVITE_METHOD && leg->state == LegState::early) return on_invite_uac_state(c, *leg, tsx, event);
  if (on_session_state(c, *leg, tsx, event)) return;
  on_offer_state(c, *leg, tsx, event);
}

pjsip_module make_module() {
  pjsip_module module{};
  module.name = pj_str(const_cast<char *>("leg"));
  module.id = -1;
  module.priority = PJSIP_MOD_PRIORITY_DIALOG_USAGE;
  module.on_rx_request = &on_request;
  module.on_rx_response = &on_response;
  module.on_tsx_state = &on_state;
  return module;
}

}  // namespace

pjsip_module *leg_module() {
  static pjsip_module module = make_module();
  return &module;
}

}  // namespace pbx::sip
