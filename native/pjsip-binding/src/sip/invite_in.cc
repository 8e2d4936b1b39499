// A call comes in: screened natively, told to JavaScript, answered when JavaScript says so (RFC 3261 section 13.3).
#include <algorithm>

#include "flows.h"
#include "form.h"
#include "legs.h"

namespace pbx::sip {
namespace {

constexpr size_t kHeadersTold = 40, kHeaderBytesTold = 8192;

std::string unescaped(std::string_view user) {
  std::string out;
  const auto hex = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  for (size_t i = 0; i < user.size(); ++i) {
    if (user[i] == '%' && i + 2 < user.size() && hex(user[i + 1]) >= 0 && hex(user[i + 2]) >= 0) {
      out += static_cast<char>(hex(user[i + 1]) * 16 + hex(user[i + 2]));
      i += 2;
    } else {
      out += user[i];
    }
  }
  return out;
}

}  // namespace

std::string user_of(pjsip_uri *uri) {
  pjsip_uri *inner = static_cast<pjsip_uri *>(pjsip_uri_get_uri(uri));
  if (PJSIP_URI_SCHEME_IS_SIP(inner) || PJSIP_URI_SCHEME_IS_SIPS(inner)) {
    std::string user = unescaped(view(reinterpret_cast<pjsip_sip_uri *>(inner)->user));
    return user.substr(0, user.find(';'));
  }
  if (PJSIP_URI_SCHEME_IS_TEL(inner)) return text(reinterpret_cast<pjsip_tel_uri *>(inner)->number);
  return "";
}

std::string host_in(pjsip_uri *uri) {
  auto *inner = static_cast<pjsip_uri *>(pjsip_uri_get_uri(uri));
  return PJSIP_URI_SCHEME_IS_SIP(inner) || PJSIP_URI_SCHEME_IS_SIPS(inner) ? text(reinterpret_cast<pjsip_sip_uri *>(inner)->host) : "";
}

std::string uri_text(pjsip_uri *uri) {
  char buffer[PJSIP_MAX_URL_SIZE];
  const int length = pjsip_uri_print(PJSIP_URI_IN_REQ_URI, pjsip_uri_get_uri(uri), buffer, sizeof buffer);
  return length > 0 ? std::string(buffer, static_cast<size_t>(length)) : std::string();
}

namespace {

std::string display_of(const pjsip_fromto_hdr *header) {
  if (!PJSIP_URI_SCHEME_IS_SIP(header->uri) && !PJSIP_URI_SCHEME_IS_SIPS(header->uri) && !PJSIP_URI_SCHEME_IS_TEL(header->uri)) return "";
  return text(reinterpret_cast<const pjsip_name_addr *>(header->uri)->display);
}

std::string header_text(const pjsip_msg *msg, const char *name) {
  const pj_str_t wanted = pj_str(const_cast<char *>(name));
  const auto *header = static_cast<const pjsip_generic_string_hdr *>(pjsip_msg_find_hdr_by_name(msg, &wanted, nullptr));
  return header && header->type == PJSIP_H_OTHER && header->vptr == generic_header_kind() ? text(header->hvalue) : "";
}

/** Headers that SIP itself does not consume: identity, alerting, location, the vendor's own. */
std::string other_headers(const pjsip_msg *msg) {
  std::string out = "[";
  size_t told = 0;
  for (const pjsip_hdr *h = msg->hdr.next; h != &msg->hdr && told < kHeadersTold && out.size() < kHeaderBytesTold; h = h->next) {
    if (h->type != PJSIP_H_OTHER) continue;
    const auto *header = reinterpret_cast<const pjsip_generic_string_hdr *>(h);
    if (header->vptr != generic_header_kind()) continue;
    if (told++ > 0) out += ',';
    out += JsonObject().text("name", view(h->name)).text("value", view(header->hvalue)).take();
  }
  return out + "]";
}

/** A carrier that calls the name under which the box registered says in To which number was dialled. */
std::string number_dialled(const Core &c, const pjsip_rx_data *rdata) {
  const std::string user = user_of(rdata->msg_info.msg->line.req.uri);
  const bool is_contact = std::find(c.trunk_contacts.begin(), c.trunk_contacts.end(), user) != c.trunk_contacts.end();
  return is_contact && is_peer(c, source_of(rdata).addr) ? user_of(rdata->msg_info.to->uri) : user;
}

struct Caller {
  std::string line;
  bool emergency = false;
};

/** Nullopt: the request was answered. An emergency call is never asked for a password, nor refused for a wrong one. */
std::optional<Caller> screen(Core &c, pjsip_rx_data *rdata, const std::string &dialled) {
  const Hop source = source_of(rdata);
  if (c.emergency.is_number(dialled) && c.emergency.is_station(source.addr)) {
    const Credential *proven = proven_line(rdata);
    if (c.tls) c.tls->prove(rdata->tp_info.transport);
    // Its registration may still wait for JavaScript, which is told of calls for help before all else.
    return Caller{proven ? proven->line : c.bindings.line_at(source.addr), true};
  }
  const pjsip_msg *msg = rdata->msg_info.msg;
  const auto *hops = static_cast<const pjsip_max_fwd_hdr *>(pjsip_msg_find_hdr(msg, PJSIP_H_MAX_FORWARDS, nullptr));
  if (hops && hops->ivalue == 0) return reply(rdata, 483), std::nullopt;
  if (pjsip_tsx_detect_merged_requests(rdata) || is_own_loop(c, msg, dialled)) return reply(rdata, 482), std::nullopt;
  if (const int fault = content_fault(msg)) return reply(rdata, fault, {{"Accept", "application/sdp, multipart/mixed"}}), std::nullopt;
  const std::string missing = unsupported(msg);
  if (!missing.empty()) return reply(rdata, 420, {{"Unsupported", missing}}), std::nullopt;
  if (const int minimum = session_too_brief(c, msg)) return reply(rdata, 422, {{"Min-SE", std::to_string(minimum)}}), std::nullopt;
  if (c.overloaded() && !c.emergency.is_call_back(dialled)) {
    c.count("invites-shed");
    return reply(rdata, 503, {{"Retry-After", "5"}}), std::nullopt;
  }
  if (is_peer(c, source.addr)) return Caller{};
  const Credential *who = nullptr;
  if (authenticate(rdata, &who) != Access::granted) return std::nullopt;
  return Caller{who->line, false};
}

/** True when the offer was refused: it is encrypted in a way the box cannot answer, or in the clear where that is not allowed. */
bool refuse_media(Core &c, pjsip_rx_data *rdata, const Caller &caller, const Sdp &offer) {
  const char *why = caller.emergency ? nullptr : unfit_media(encryption_from(c, caller.line, source_of(rdata).addr), offer);
  if (!why) return false;
  c.count("media-refused");
  JsonObject event("media-refused");
  if (!caller.line.empty()) event.text("line", caller.line);
  c.emit(Lane::fresh, event.text("why", why).raw("source", json_of(source_of(rdata))));
  reply(rdata, 488, {{"Warning", std::string("399 plant-pbx \"") + why + "\""}});
  return true;
}

/** Where the far side sends what belongs to this call; `sips` to whom it was asked for so (RFC 3261 section 12.1.1). */
std::string contact_towards(const pjsip_rx_data *rdata, const LocalAddress &own) {
  const std::string at = bracketed(own.advertised) + ":" + std::to_string(own.port);
  const bool secure = PJSIP_URI_SCHEME_IS_SIPS(rdata->msg_info.msg->line.req.uri) && std::string_view(transport_name(own.type)) == "tls";
  return secure ? "<sips:" + at + ">" : "<sip:" + at + transport_parameter(own.type) + ">";
}

void tell_invite(Core &c, Leg &leg, pjsip_rx_data *rdata, const std::string &dialled, bool emergency) {
  const pjsip_msg *msg = rdata->msg_info.msg;
  JsonObject event("invite");
  event.text("leg", leg.id);
  if (!leg.line.empty()) event.text("line", leg.line);
  event.raw("from", JsonObject().text("user", user_of(rdata->msg_info.from->uri)).text("name", display_of(rdata->msg_info.from)).text("uri", uri_text(rdata->msg_info.from->uri)).take());
  event.text("dialled", dialled).raw("source", json_of(source_of(rdata))).truth("emergency", emergency);
  if (c.reviving) event.truth("again", true);
  event.text("callId", view(rdata->msg_info.cid->id)).text("userAgent", header_text(msg, "User-Agent"));
  const std::string replaces = replaces_json(c, rdata);
  if (!replaces.empty()) event.raw("replaces", replaces);
  c.emit(leg, event.raw("headers", other_headers(msg)));
}

}  // namespace

bool respond_invite(Leg &leg, int status, const std::string *body, const std::vector<Header> &headers) {
  if (!leg.invite || !leg.reply || !leg.dlg) return false;
  // A response that was sent belongs to the transaction, which repeats it: each new one is a clone.
  pjsip_tx_data *next = nullptr;
  if (pjsip_tx_data_clone(leg.reply, 0, &next) != PJ_SUCCESS) return false;
  next->mod_data[pjsip_ua_instance()->id] = leg.dlg;
  next->msg->body = nullptr;
  // They were the former one's own.
  for (const char *name : {"RSeq", "Require"}) remove_header(next->msg, name);
  if (pjsip_dlg_modify_response(leg.dlg, next, status, nullptr) != PJ_SUCCESS) {
    pjsip_tx_data_dec_ref(next);
    return false;
  }
  pjsip_tx_data_dec_ref(leg.reply);
  leg.reply = next;
  if (body) set_body(next, "application/sdp", *body);
  for (const Header &header : headers) add_header(next, header.name, header.value);
  if (status > 100 && status < 200)
    for (const Header &header : make_reliable(*core(), leg, body != nullptr)) add_header(next, header.name, header.value);
  if (status / 100 == 2) {
    add_header(next, "Allow", kAllow);
    add_header(next, "Supported", kSupported);
    for (const Header &header : due_identity(leg)) add_header(next, header.name, header.value);
    for (const Header &header : grant_session(*core(), leg)) add_header(next, header.name, header.value);
  }
  // A successor must send the very same bytes: written before they leave.
  if (status >= 200 && status < 300) owe_message(*core(), leg, "answer", next);
  leg.last_status = status;
  leg.next_refresh_ms = status > 100 && status < 200 ? steady_ms() + 60'000 : 0;
  return pjsip_dlg_send_response(leg.dlg, leg.invite, next) == PJ_SUCCESS;
}

void on_invite(pjsip_rx_data *rdata) {
  Core &c = *core();
  c.count("invites-in");
  const Core::Revival *again = c.reviving;
  if (!again && is_known_invite(c, rdata)) return;
  const std::string dialled = number_dialled(c, rdata);
  const auto caller = again ? std::optional(Caller{line_of_revived(*again), true}) : screen(c, rdata, dialled);
  if (!caller) return;
  // RFC 3891 section 3: whoever wants a call that is over must not ring somebody instead. A call for help is one all the same.
  if (!caller->emergency && replaces_nobody(c, rdata)) return reply(rdata, 481);
  std::optional<Sdp> offer;
  if (const auto body = sdp_text(rdata->msg_info.msg)) {
    offer = parse_sdp(*body);
    if (!offer) return reply(rdata, 400, {}, "Bad session description");
    if (refuse_media(c, rdata, *caller, *offer)) return;
  }
  const Hop source = source_of(rdata);
  const LocalAddress own = c.local_towards(source);
  const std::string contact_text = contact_towards(rdata, own);
  const pj_str_t contact = str(contact_text);
  pjsip_dialog *dlg = nullptr;
  const pj_status_t made = pjsip_dlg_create_uas_and_inc_lock(pjsip_ua_instance(), rdata, &contact, &dlg);
  if (made != PJ_SUCCESS) return reply(rdata, 400);
  Leg &leg = make_leg(c, again ? again->id : random_id("in-"), false, caller->emergency ? Lane::emergency : Lane::fresh);
  tie(leg, dlg);
  leg.line = caller->line;
  leg.media.encryption = encryption_from(c, caller->line, source.addr);
  leg.tie->hop = source;
  leg.tie->hop_forced = true;
  leg.invite = pjsip_rdata_get_tsx(rdata);
  if (own.transport) {
    pjsip_tpselector via{};
    via.type = PJSIP_TPSELECTOR_TRANSPORT;
    via.u.transport = rdata->tp_info.transport;
    pjsip_dlg_set_transport(dlg, &via);
  }
  if (again) take_up(c, leg, *again);
  hear_session(c, leg, rdata->msg_info.msg);
  hear_reliable(leg, rdata->msg_info.msg);
  hear_identity(leg, rdata->msg_info.msg, dialled);
  if (const auto *hops = static_cast<const pjsip_max_fwd_hdr *>(pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_MAX_FORWARDS, nullptr))) leg.hops = static_cast<int>(std::min(hops->ivalue, 70u));
  // Who calls for help has not signed in: the line is only likely his.
  if (offer && !caller->emergency) learn_keying(c, caller->line, *offer);
  if (offer) heard(c, leg, std::move(*offer), true);
  if (caller->emergency) {
    // Before the caller hears anything: who was told nothing dials on by himself.
    keep_received(c, leg, rdata);
    save_record(c, leg);
  }
  pjsip_tx_data *trying = nullptr;
  if (pjsip_dlg_create_response(dlg, rdata, 100, nullptr, &trying) == PJ_SUCCESS) {
    pjsip_tx_data_add_ref(trying);
    leg.reply = trying;
    leg.last_status = 100;
    pjsip_dlg_send_response(dlg, leg.invite, trying);
  }
  if (c.leg(leg.id) == &leg) {
    tell_invite(c, leg, rdata, dialled, caller->emergency);
    if (leg.reply) owe_refusal(c, leg, leg.reply, 503);
  }
  pjsip_dlg_dec_lock(dlg);
}

void ring(Core &c, Leg &leg, int status, const MediaSpec &spec) {
  if (leg.outgoing || leg.state != LegState::early) return;
  if (await_prack(leg, [status, spec](Core &core, Leg &still) { ring(core, still, status, spec); })) return;
  pjsip_dialog *dlg = leg.dlg;
  pjsip_dlg_inc_lock(dlg);
  const bool settled = leg.reliable.described;
  const auto body = leg.media.remote && !settled ? describe(c, leg, spec) : std::nullopt;
  if (body) settle(c, leg);
  respond_invite(leg, status, body ? &*body : nullptr, {});
  if ((body || settled) && spec.kind == MediaSpec::Kind::relay)
    if (Leg *other = c.leg(spec.with)) join(c, leg, *other);
  pjsip_dlg_dec_lock(dlg);
}

void answer(Core &c, Leg &leg, const MediaSpec &spec, const std::vector<Header> &headers) {
  if (leg.outgoing || leg.state != LegState::early) return;
  if (await_prack(leg, [spec, headers](Core &core, Leg &still) { answer(core, still, spec, headers); })) return;
  pjsip_dialog *dlg = leg.dlg;
  pjsip_dlg_inc_lock(dlg);
  // What was agreed before the answer stands: another description has its turn after the ACK.
  const auto body = leg.reliable.described ? std::optional(leg.media.local) : describe(c, leg, spec);
  if (!body) {
    hang_up(c, leg, {"not-acceptable", 488, {}});
    pjsip_dlg_dec_lock(dlg);
    return;
  }
  settle(c, leg);
  leg.state = LegState::answering;
  leg.tie->answering = leg.invite;
  if (spec.kind == MediaSpec::Kind::relay) {
    if (Leg *other = c.leg(spec.with)) {
      join(c, leg, *other);
      agree_codec(c, leg, *other);
    }
  }
  respond_invite(leg, 200, leg.reliable.described ? nullptr : &*body, headers);
  pjsip_dlg_dec_lock(dlg);
}

void on_ack(Core &c, Leg &leg, pjsip_rx_data *rdata) {
  if (leg.offer.awaits_ack || (!leg.media.remote && !leg.media.local.empty())) {
    // The INVITE carried no description: ours was the offer, the answer is here (RFC 3261 section 13.2.1).
    leg.offer.awaits_ack = false;
    if (const auto body = sdp_text(rdata->msg_info.msg))
      if (auto sdp = parse_sdp(*body)) heard(c, leg, std::move(*sdp), false);
  }
  leg.owed.clear();
  leg.owed_bytes.clear();
  leg.owed_until_ms = 0;
  if (leg.state != LegState::answering) return save_record(c, leg);
  leg.invite = nullptr;
  if (leg.reply) pjsip_tx_data_dec_ref(leg.reply);
  leg.reply = nullptr;
  const std::string id = leg.id;
  establish(c, leg);
  show_if_due(c, leg);
  Leg *still = leg.reliable.described ? c.leg(id) : nullptr;
  if (Leg *other = still ? c.leg(still->media.partner) : nullptr) agree_codec(c, *still, *other);
}

void on_invite_uas_state(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_event *) {
  if (tsx->state != PJSIP_TSX_STATE_TERMINATED) return;
  leg.invite = nullptr;
  if (leg.state == LegState::answering) {
    // Nobody acknowledged the answer: the call is not up, and the other side may believe it is.
    send_bye(leg.dlg);
    finish(c, leg, {"unreachable", 408, "timeout", -1});
  } else if (leg.state == LegState::early) {
    finish(c, leg, {"unreachable", 408, "timeout", -1});
  }
}

void refresh_ringing(Core &, Leg &leg, int64_t now_ms) {
  if (leg.next_refresh_ms == 0 || now_ms < leg.next_refresh_ms || leg.outgoing || leg.state != LegState::early) return;
  leg.next_refresh_ms = now_ms + 60'000;
  if (!leg.reply || !leg.invite) return;
  if (leg.reliable.open) return;
  // One that must arrive needs a number of its own.
  if (leg.reliable.required) return void(respond_invite(leg, leg.last_status, nullptr, {}));
  pjsip_tx_data_add_ref(leg.reply);
  pjsip_dlg_send_response(leg.dlg, leg.invite, leg.reply);
}

}  // namespace pbx::sip
