// The life of a leg: made, tied to its dialog, ended once.
#include <cstring>

#include "flows.h"
#include "stray_branch.h"

namespace pbx::sip {

Leg &make_leg(Core &c, std::string id, bool outgoing, Lane lane) {
  auto leg = std::make_unique<Leg>();
  leg->id = id;
  leg->outgoing = outgoing;
  leg->lane = lane;
  leg->order.lane = lane;
  leg->media.origin.session = leg->media.origin.version = static_cast<uint64_t>(utc_ms() / 1000);
  return *(c.legs[std::move(id)] = std::move(leg));
}

void tie(Leg &leg, pjsip_dialog *dlg) {
  leg.dlg = dlg;
  leg.tie = new (pj_pool_alloc(dlg->pool, sizeof(Tie))) Tie();
  leg.tie->leg = &leg;
  pjsip_dlg_add_usage(dlg, leg_module(), leg.tie);
  pjsip_dlg_inc_session(dlg, leg_module());
}

Tie *tie_of(pjsip_dialog *dlg) { return static_cast<Tie *>(pjsip_dlg_get_mod_data(dlg, leg_module()->id)); }

void finish(Core &c, Leg &leg, const Ending &ending) {
  const auto found = c.legs.find(leg.id);
  if (found == c.legs.end() || found->second.get() != &leg) return;
  JsonObject event("ended");
  event.text("leg", leg.id);
  if (!ending.cause.empty()) event.text("cause", ending.cause);
  event.number("status", ending.status).text("by", ending.by);
  if (ending.retry_after >= 0) event.number("retryAfter", ending.retry_after);
  if (!ending.redirections.empty()) event.raw("redirections", ending.redirections);
  tell_keyless(c, leg);
  if (leg.media.port && leg.media.format) event.raw("quality", quality_json(c.plane->quality(leg.media.port)));
  close_media(c, leg);
  forget_offer(c, leg);
  forget_requests(c, leg.id);
  if (leg.reply) pjsip_tx_data_dec_ref(leg.reply);
  leg.reply = nullptr;
  forget_record(c, leg);
  remember_past(leg);
  pjsip_dialog *dlg = leg.dlg;
  if (leg.tie) leg.tie->leg = nullptr;
  leg.dlg = nullptr;
  leg.tie = nullptr;
  if (ending.expected) c.emit_lazily(leg, event);
  else c.emit(leg, event);
  c.graveyard.push_back(std::move(found->second));
  c.legs.erase(found);
  c.count("legs-ended");
  if (dlg) pjsip_dlg_dec_session(dlg, leg_module());
}

void tell_encrypted(Core &c, Leg &leg, const std::string &suite) {
  JsonObject encrypted("encrypted");
  c.emit_lazily(leg, encrypted.text("leg", leg.id).text("suite", suite));
}

void establish(Core &c, Leg &leg) {
  leg.state = LegState::established;
  if (leg.lane != Lane::emergency) leg.lane = Lane::established;
  if (const std::string suite = leg.media.port ? c.plane->suite(leg.media.port) : ""; !suite.empty()) tell_encrypted(c, leg, suite);
  JsonObject event("answered");
  event.text("leg", leg.id);
  // A caller's ACK: JavaScript answered, and takes the call as up since.
  if (leg.outgoing) c.emit(leg, event);
  else c.emit_lazily(leg, event);
  save_record(c, leg);
}

namespace {

/** Whether the dialog says in numbers where its next request goes: a name would be looked up on the way of the call. */
bool says_where(const pjsip_dialog *dlg) {
  const pjsip_uri *next = pj_list_empty(&dlg->route_set) ? dlg->target : dlg->route_set.next->name_addr.uri;
  const pjsip_uri *inner = next ? static_cast<const pjsip_uri *>(pjsip_uri_get_uri(const_cast<pjsip_uri *>(next))) : nullptr;
  if (!inner || (!PJSIP_URI_SCHEME_IS_SIP(inner) && !PJSIP_URI_SCHEME_IS_SIPS(inner))) return false;
  const auto *sip = reinterpret_cast<const pjsip_sip_uri *>(inner);
  if (sip->maddr_param.slen > 0 && !parse_address(view(sip->maddr_param), 0)) return false;
  return parse_address(view(sip->host), 0).has_value();
}

bool goes_to_hop(const pjsip_dialog *dlg, const Tie &tie) {
  if (tie.hop_forced) return true;
  return tie.hop.known() && ((tie.hop_first && dlg->state != PJSIP_DIALOG_STATE_ESTABLISHED) || !says_where(dlg));
}

}  // namespace

bool send_in_dialog(pjsip_dialog *dlg, pjsip_tx_data *tdata) {
  const Tie *tie = tie_of(dlg);
  if (tie && tie->hop_forced && !aim(*core(), tdata, tie->hop)) {
    pjsip_tx_data_dec_ref(tdata);
    return false;
  }
  if (tie && goes_to_hop(dlg, *tie)) {
    head_for(tdata, tie->hop);
  }
  const bool sent = pjsip_dlg_send_request(dlg, tdata, -1, nullptr) == PJ_SUCCESS;
  // A successor adds a hundred to the number it finds: it must never be as old as that.
  if (tie && tie->leg && dlg->local.cseq - tie->leg->saved_cseq > 50) save_record(*core(), *tie->leg);
  return sent;
}

void send_ack(pjsip_dialog *dlg, int cseq) {
  pjsip_tx_data *ack = nullptr;
  if (pjsip_dlg_create_request(dlg, pjsip_get_ack_method(), cseq, &ack) == PJ_SUCCESS) send_in_dialog(dlg, ack);
}

void send_bye(pjsip_dialog *dlg) {
  Tie *tie = tie_of(dlg);
  if (!tie || tie->bye_sent) return;
  pjsip_tx_data *bye = nullptr;
  if (pjsip_dlg_create_request(dlg, pjsip_get_bye_method(), -1, &bye) != PJ_SUCCESS) return;
  tie->bye_sent = true;
  if (tie->reason[0]) add_header(bye, "Reason", tie->reason);
  ++core()->farewells;
  if (!send_in_dialog(dlg, bye)) --core()->farewells;
}

void send_cancel(pjsip_dialog *dlg, pjsip_transaction *invite) {
  Tie *tie = tie_of(dlg);
  if (!tie || tie->cancel_sent || !invite->last_tx) return;
  tie->cancel_sent = true;
  pjsip_tx_data *cancel = nullptr;
  Core &c = *core();
  if (pjsip_endpt_create_cancel(c.endpt, invite->last_tx, &cancel) != PJ_SUCCESS) return;
  if (tie->reason[0]) add_header(cancel, "Reason", tie->reason);
  if (pjsip_endpt_send_request(c.endpt, cancel, -1, nullptr, nullptr) != PJ_SUCCESS) return;
  // A peer that never sends the 487 must not hold the dialog for ever.
  pjsip_tsx_set_timeout(invite, pjsip_cfg()->tsx.td);
}

void follow(pjsip_dialog *dlg, const pjsip_rx_data *rdata) {
  Tie *tie = tie_of(dlg);
  if (!tie || !tie->hop_forced) return;
  const Hop source = source_of(rdata);
  if (same_hop(source, tie->hop)) return;
  core()->count("dialogs-moved");
  tie->hop = source;
  if (!tie->leg) return;
  tie->leg->flow_lost_ms = 0;
  save_record(*core(), *tie->leg);
}

void hang_up(Core &c, Leg &leg, const Farewell &farewell) {
  pjsip_dialog *dlg = leg.dlg;
  Tie *tie = leg.tie;
  if (!dlg) return finish(c, leg, {farewell.cause, farewell.status, "box", -1});
  if (farewell.cause == "elsewhere-answered") std::strcpy(tie->reason, "SIP;cause=200;text=\"Call completed elsewhere\"");
  pjsip_dlg_inc_lock(dlg);
  // What became of the INVITE: a call that was answered ends with its 200, however it is hung up.
  int status = 200;
  if (leg.state == LegState::established) {
    send_bye(dlg);
  } else if (leg.outgoing) {
    status = 487;
    tie->cancel_wanted = true;
    // CANCEL may go only after a provisional answer (RFC 3261 section 9.1); else it waits for one.
    if (leg.invite && leg.invite->state == PJSIP_TSX_STATE_PROCEEDING) send_cancel(dlg, leg.invite);
  } else if (leg.state == LegState::answering) {
    // Not before the ACK (RFC 3261 section 15).
    tie->bye_wanted = true;
  } else {
    status = farewell.status;
    respond_invite(leg, farewell.status, nullptr, farewell.headers);
  }
  finish(c, leg, {farewell.cause, status, "box", -1, true});
  pjsip_dlg_dec_lock(dlg);
}

std::optional<std::string> sdp_text(const pjsip_msg *msg) {
  const pjsip_msg_body *body = msg->body;
  if (!body || !body->data || body->len == 0) {
    if (!body || !same_text(view(body->content_type.type), "multipart")) return std::nullopt;
  }
  if (same_text(view(body->content_type.type), "multipart")) {
    pjsip_media_type wanted;
    pjsip_media_type_init2(&wanted, const_cast<char *>("application"), const_cast<char *>("sdp"));
    const pjsip_multipart_part *part = pjsip_multipart_find_part(body, &wanted, nullptr);
    if (!part || !part->body) return std::nullopt;
    body = part->body;
  } else if (!same_text(view(body->content_type.type), "application") || !same_text(view(body->content_type.subtype), "sdp")) {
    return std::nullopt;
  }
  return std::string(static_cast<const char *>(body->data), body->len);
}

int retry_after_of(const pjsip_rx_data *rdata) {
  const auto *header = static_cast<const pjsip_retry_after_hdr *>(pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_RETRY_AFTER, nullptr));
  return header ? header->ivalue : -1;
}

}  // namespace pbx::sip
