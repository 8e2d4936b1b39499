// Requests inside a dialog: BYE, CANCEL, re-INVITE, INFO and the rest (RFC 3261 sections 9, 14, 15).
#include "legs.h"

namespace pbx::sip {
namespace {

/** Who is called may not end a call that he has not answered (RFC 3261 section 15); where he does, his INVITE would wait for ever. */
void take_back(Leg &leg) {
  leg.tie->cancel_wanted = true;
  if (leg.invite && leg.invite->state == PJSIP_TSX_STATE_PROCEEDING) send_cancel(leg.dlg, leg.invite);
}

void on_bye(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata) {
  pass_reason(c, leg, rdata->msg_info.msg);
  respond_in_dialog(leg.dlg, tsx, rdata, 200);
  if (leg.state == LegState::early) {
    // A caller that gives up with BYE instead of CANCEL: its INVITE still wants a final answer.
    if (!leg.outgoing) respond_invite(leg, 487, nullptr, {});
    else take_back(leg);
    return finish(c, leg, {"cancelled", 487, "far", -1});
  }
  finish(c, leg, {"answered", 200, "far", -1});
}

void on_cancel(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata) {
  respond_in_dialog(leg.dlg, tsx, rdata, 200);
  if (leg.offer.asked && leg.state == LegState::established) return cancel_asked(c, leg);
  // A CANCEL that crossed our final answer changes nothing (RFC 3261 section 9.2).
  if (leg.outgoing || leg.state != LegState::early) return;
  pass_reason(c, leg, rdata->msg_info.msg);
  respond_invite(leg, 487, nullptr, {});
  finish(c, leg, {"cancelled", 487, "far", -1});
}

std::string body_text(const pjsip_msg *msg) {
  return msg->body && msg->body->data ? std::string(static_cast<const char *>(msg->body->data), std::min<size_t>(msg->body->len, 16'384)) : "";
}

std::string content_type(const pjsip_msg *msg) { return msg->body ? text(msg->body->content_type.type) + "/" + text(msg->body->content_type.subtype) : ""; }

/** The key in an application/dtmf-relay ("Signal=5") or application/dtmf ("5") body; 0 when there is none. */
char digit_of(const std::string &type, std::string_view body) {
  if (same_text(type, "application/dtmf-relay")) {
    const size_t at = body.find("ignal");
    const size_t equals = at == std::string_view::npos ? at : body.find('=', at);
    if (equals == std::string_view::npos) return 0;
    body = body.substr(equals + 1);
  } else if (!same_text(type, "application/dtmf")) {
    return 0;
  }
  const size_t begin = body.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return 0;
  const std::string_view rest = body.substr(begin);
  if (rest.substr(0, 2) == "10") return '*';
  if (rest.substr(0, 2) == "11") return '#';
  const char key = rest[0] >= 'a' && rest[0] <= 'd' ? static_cast<char>(rest[0] - 32) : rest[0];
  return std::string_view("0123456789*#ABCD").find(key) != std::string_view::npos ? key : 0;
}

void on_text(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata) {
  const pjsip_msg *msg = rdata->msg_info.msg;
  const std::string type = content_type(msg), body = body_text(msg);
  if (const char key = digit_of(type, body)) {
    c.emit(leg, JsonObject("digit").text("leg", leg.id).text("digit", std::string(1, key)).text("by", "info"));
    if (leg.media.port) c.plane->keys_by_info(leg.media.port);
    const Leg *partner = c.leg(leg.media.partner);
    if (partner && partner->media.port) c.plane->send_digits(partner->media.port, std::string(1, key));
    return respond_in_dialog(leg.dlg, tsx, rdata, 200);
  }
  if (body.empty()) return respond_in_dialog(leg.dlg, tsx, rdata, 200);
  const std::string request = keep_request(c, leg, tsx, rdata);
  if (request.empty()) return respond_in_dialog(leg.dlg, tsx, rdata, 500);
  JsonObject event("message");
  event.text("request", request).text("leg", leg.id);
  if (!leg.line.empty()) event.text("line", leg.line);
  c.emit(leg, event.text("to", "").text("contentType", type).text("body", body).raw("source", json_of(source_of(rdata))));
}

}  // namespace

void respond_in_dialog(pjsip_dialog *dlg, pjsip_transaction *tsx, pjsip_rx_data *rdata, int status, const std::vector<Header> &headers) {
  pjsip_tx_data *tdata = nullptr;
  if (pjsip_dlg_create_response(dlg, rdata, status, nullptr, &tdata) != PJ_SUCCESS) return;
  for (const Header &header : headers) add_header(tdata, header.name, header.value);
  pjsip_dlg_send_response(dlg, tsx, tdata);
}

void on_dialog_request(Core &c, pjsip_dialog *dlg, pjsip_transaction *tsx, pjsip_rx_data *rdata) {
  Leg &leg = *tie_of(dlg)->leg;
  if (leg.state == LegState::established) follow(dlg, rdata);
  const pjsip_method &method = tsx->method;
  const std::string_view name = view(method.name);
  if (method.id == PJSIP_BYE_METHOD) return on_bye(c, leg, tsx, rdata);
  if (method.id == PJSIP_CANCEL_METHOD) return on_cancel(c, leg, tsx, rdata);
  if (method.id == PJSIP_INVITE_METHOD || name == "UPDATE") return on_offer_request(c, leg, tsx, rdata);
  if (name == "INFO" || name == "MESSAGE") return on_text(c, leg, tsx, rdata);
  if (name == "PRACK") return on_prack(c, leg, tsx, rdata);
  if (name == "REFER") return on_refer(c, leg, tsx, rdata);
  if (name == "NOTIFY" || method.id == PJSIP_OPTIONS_METHOD) return respond_in_dialog(dlg, tsx, rdata, 200);
  // Lamps have dialogs of their own (RFC 5057 section 4).
  if (name == "SUBSCRIBE") return respond_in_dialog(dlg, tsx, rdata, 489);
  respond_in_dialog(dlg, tsx, rdata, 405, {{"Allow", kAllow}});
}

}  // namespace pbx::sip
