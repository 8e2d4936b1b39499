// A call goes out: the INVITE, what comes back, and the ACK (RFC 3261 sections 13.2 and 17.1).
#include "flows.h"
#include "legs.h"
#include "path.h"

namespace pbx::sip {

std::string escaped_user(std::string_view user) {
  static const char plain[] = "-_.!~*'()&=+$,?/";
  static const char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : user) {
    const auto byte = static_cast<unsigned char>(c);
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alnum || (c != '\0' && std::string_view(plain).find(c) != std::string_view::npos)) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) continue;
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

namespace {

struct Route {
  Hop hop;            // where packets go; unknown for names without a way
  std::string host;   // of the target, for the To header
};

/** Where a request URI points. A name server is never asked: it would hold up every call of the box while it is silent. */
std::optional<Route> route_of(Core &c, const InviteTarget &target) {
  pj_pool_t *pool = pjsip_endpt_create_pool(c.endpt, "route", 512, 512);
  const pj_str_t text_copy = copy(pool, target.uri);
  pjsip_uri *uri = pjsip_parse_uri(pool, text_copy.ptr, static_cast<pj_size_t>(text_copy.slen), 0);
  std::optional<Route> route;
  if (uri && (PJSIP_URI_SCHEME_IS_SIP(uri) || PJSIP_URI_SCHEME_IS_SIPS(uri))) {
    const auto *sip = static_cast<const pjsip_sip_uri *>(pjsip_uri_get_uri(uri));
    route = Route{{}, text(sip->host)};
    const std::string transport = same_text(view(sip->transport_param), "tcp") ? "tcp" : "udp";
    if (target.source) route->hop = first_hop(target.uri, target.path, *target.source);
    else if (target.via) route->hop = *target.via;
    else if (const auto address = parse_address(route->host, sip->port ? sip->port : 5060)) {
      route->hop.addr = *address;
      route->hop.type = *transport_type(transport, address->ss_family);
    }
  }
  pjsip_endpt_release_pool(c.endpt, pool);
  return route;
}

}  // namespace

std::optional<Hop> way_of(Core &c, const InviteTarget &target) {
  const auto route = route_of(c, target);
  return route && route->hop.known() ? std::optional(route->hop) : std::nullopt;
}

namespace {

void failed_at_once(Core &c, Leg &leg, const char *cause, int status) { finish(c, leg, {cause, status, "box", -1}); }

bool make_dialog(Core &c, Leg &leg, const InviteOptions &o, const Route &route) {
  const Hop towards = route.hop;
  if (!open_media(c, leg, towards)) return false;
  const LocalAddress own = c.local_towards(towards);
  const std::string host = bracketed(own.advertised) + ":" + std::to_string(own.port);
  const bool secure = same_text(std::string_view(o.target.uri).substr(0, 5), "sips:");
  const std::string from = (o.from_name.empty() ? "" : quoted(o.from_name) + " ") + "<sip:" + escaped_user(o.from_number.empty() ? "anonymous" : o.from_number) + "@" + (o.from_host.empty() ? host : bracketed(o.from_host)) + ">";
  const std::string contact = secure ? "<sips:" + host + ">" : "<sip:" + host + transport_parameter(towards.type) + ">";
  const std::string to = "<sip:" + escaped_user(o.to) + "@" + bracketed(route.host) + ">";
  const pj_str_t from_s = str(from), contact_s = str(contact), to_s = str(to), target_s = str(o.target.uri);
  pjsip_dialog *dlg = nullptr;
  if (pjsip_dlg_create_uac(pjsip_ua_instance(), &from_s, &contact_s, &to_s, &target_s, &dlg) != PJ_SUCCESS) return false;
  pjsip_dlg_inc_lock(dlg);
  tie(leg, dlg);
  leg.tie->hop = towards;
  // To a trunk over TLS by the connection that is there: the box looks nobody up, and opens none for a call.
  leg.tie->hop_forced = o.target.source.has_value() || is_secure(towards);
  leg.tie->hop_first = o.target.via.has_value();
  if (!o.target.path.empty()) {
    pjsip_route_hdr routes;
    pj_list_init(&routes);
    add_routes(dlg->pool, reinterpret_cast<pjsip_hdr *>(&routes), o.target.path);
    pjsip_dlg_set_route_set(dlg, &routes);
  }
  if (own.transport) {
    pjsip_tpselector via{};
    via.type = PJSIP_TPSELECTOR_TRANSPORT;
    via.u.transport = own.transport;
    pjsip_dlg_set_transport(dlg, &via);
  }
  if (!o.username.empty()) {
    pjsip_cred_info credential{};
    credential.realm = pj_str(const_cast<char *>("*"));
    credential.scheme = pj_str(const_cast<char *>("digest"));
    credential.username = str(o.username);
    credential.data_type = PJSIP_CRED_DATA_PLAIN_PASSWD;
    credential.data = str(o.secret);
    pjsip_auth_clt_set_credentials(&dlg->auth_sess, 1, &credential);
    leg.has_credentials = true;
  }
  return true;
}

std::string with_host(std::string value, const std::string &host) {
  static constexpr std::string_view kMark = "{host}";
  const std::string own = bracketed(host);
  for (size_t at = value.find(kMark); at != std::string::npos; at = value.find(kMark, at + own.size())) value.replace(at, kMark.size(), own);
  return value;
}

/** The description and where the caller is, side by side; the header points to the second (RFC 6442 section 4.1). */
void add_location(pjsip_tx_data *request, const Leg &leg) {
  const std::string part = random_id("part-"), id = random_id("place-") + "@" + leg.media.origin.host;
  const auto piece = [&part](const std::string &head, const std::string &body) { return "--" + part + "\r\nContent-Type: " + head + "\r\n\r\n" + body + "\r\n"; };
  const std::string where = "application/pidf+xml\r\nContent-ID: <" + id + ">\r\nContent-Disposition: render;handling=optional";
  set_body(request, "multipart/mixed;boundary=" + part, piece("application/sdp", leg.media.local) + piece(where, leg.location) + "--" + part + "--\r\n");
  add_header(request, "Geolocation", "<cid:" + id + ">");
  add_header(request, "Geolocation-Routing", "yes");
}

void send_invite(Core &c, Leg &leg) {
  pjsip_dialog *dlg = leg.dlg;
  pjsip_tx_data *request = nullptr;
  if (pjsip_dlg_create_request(dlg, pjsip_get_invite_method(), -1, &request) != PJ_SUCCESS) return failed_at_once(c, leg, "failed", 500);
  if (leg.location.empty()) set_body(request, "application/sdp", leg.media.local);
  else add_location(request, leg);
  if (auto *hops = static_cast<pjsip_max_fwd_hdr *>(pjsip_msg_find_hdr(request->msg, PJSIP_H_MAX_FORWARDS, nullptr))) hops->ivalue = static_cast<unsigned>(leg.hops);
  add_header(request, "Allow", kAllow);
  ask_session(c, leg, request);
  for (const Header &header : leg.headers) add_header(request, header.name, with_host(header.value, leg.media.origin.host));
  const std::string id = leg.id;
  if (!send_in_dialog(dlg, request))
    if (Leg *still = c.leg(id)) failed_at_once(c, *still, "unreachable", 503);
  if (Leg *sent = c.leg(id)) {
    keep_sent(*sent);
    save_record(c, *sent);
  }
}

}  // namespace

void invite(Core &c, const InviteOptions &o) {
  if (c.leg(o.leg)) return c.log("error", "invite: the leg exists already");
  Leg &leg = make_leg(c, o.leg, true, o.lane);
  leg.media.encryption = o.encryption.value_or(encryption_of(c, o.target.line));
  c.count("invites-out");
  const auto route = route_of(c, o.target);
  if (!route) return failed_at_once(c, leg, "not-found", 404);
  if (!route->hop.known()) return failed_at_once(c, leg, "unreachable", 503);
  if (o.media.kind == MediaSpec::Kind::relay && !c.leg(o.media.with)) return failed_at_once(c, leg, "cancelled", 487);
  if (!make_dialog(c, leg, o, *route)) return failed_at_once(c, leg, leg.media.port ? "failed" : "no-media", leg.media.port ? 500 : 488);
  pjsip_dialog *dlg = leg.dlg;
  if (const Leg *other = c.leg(o.media.with)) leg.hops = other->hops - 1;
  if (leg.hops <= 0 && o.lane != Lane::emergency) {
    failed_at_once(c, leg, "too-many-hops", 483);
    return pjsip_dlg_dec_lock(dlg);
  }
  if (leg.hops <= 0) leg.hops = 1;
  if (Leg *other = c.leg(o.media.with)) open_media(c, *other, other->tie ? other->tie->hop : Hop{});
  if (o.deadlines.answer > 0) leg.answer_by_ms = steady_ms() + o.deadlines.answer;
  if (o.deadlines.ringing > 0) leg.ringing_by_ms = steady_ms() + o.deadlines.ringing;
  if (leg.answer_by_ms || leg.ringing_by_ms) c.awaited.push_back(leg.id);
  leg.headers = o.headers;
  leg.location = o.location;
  leg.line = o.target.line;
  leg.domain = o.target.domain;
  note_identity(c, leg, o);
  leg.spec = o.media;
  offer_for(c, leg, o.media);
  send_invite(c, leg);
  pjsip_dlg_dec_lock(dlg);
}

namespace {

/** Another try with the digest that the far side asked for; false when there is nothing to answer it with. */
bool retry_with_credentials(Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata) {
  if (!leg.has_credentials || ++leg.refusals > 2) return false;
  pjsip_tx_data *again = nullptr;
  if (pjsip_auth_clt_reinit_req(&leg.dlg->auth_sess, rdata, tsx->last_tx, &again) != PJ_SUCCESS) return false;
  leg.invite = nullptr;
  if (!send_in_dialog(leg.dlg, again)) return false;
  keep_sent(leg);
  save_record(*core(), leg);
  return true;
}

/** Who waits for this very phone hears that it rings, without a detour; false where somebody must decide about it. */
bool pass_ringing(Core &c, const Leg &leg) {
  Leg *caller = leg.lane == Lane::emergency ? nullptr : c.leg(leg.spec.with);
  if (!caller || caller->outgoing || caller->state != LegState::early) return false;
  ring(c, *caller, 180, {});
  return true;
}

void on_provisional(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata) {
  if (leg.tie->cancel_wanted) return send_cancel(leg.dlg, tsx);
  const int status = rdata->msg_info.msg->line.status.code;
  leg.answer_by_ms = 0;
  if (status <= 100 || !acknowledge_provisional(leg, rdata)) return;
  leg.ringing_by_ms = 0;
  bool media = false;
  if (const auto body = sdp_text(rdata->msg_info.msg)) {
    if (auto sdp = parse_sdp(*body)) {
      heard(c, leg, std::move(*sdp), false);
      media = true;
    }
  }
  JsonObject event("progress");
  event.text("leg", leg.id).number("status", status).truth("media", media);
  if (!media && pass_ringing(c, leg)) c.emit_lazily(leg, event.truth("passed", true));
  else c.emit(leg, event);
}

/** Another try with the interval that the far side asked for (RFC 4028 section 7.4). */
bool retry_with_minimum(Core &c, Leg &leg, pjsip_rx_data *rdata) {
  if (!take_minimum(leg, rdata->msg_info.msg)) return false;
  leg.invite = nullptr;
  send_invite(c, leg);
  return true;
}

/** Another try for a phone that takes no handshake any more: how it called last, or what its line says, is out of date. */
bool retry_without_handshake(Core &c, Leg &leg, int status) {
  if ((status != 488 && status != 606 && status != 415) || !falls_back(c, leg)) return false;
  leg.invite = nullptr;
  offer_for(c, leg, leg.spec);
  send_invite(c, leg);
  return true;
}

/** Given up because it was silent for too long: whoever asked for that has somebody else to try. */
void give_up(Core &c, Leg &leg) {
  pjsip_dialog *dlg = leg.dlg;
  pjsip_dlg_inc_lock(dlg);
  c.count("invites-given-up");
  leg.tie->cancel_wanted = true;
  if (leg.invite && leg.invite->state == PJSIP_TSX_STATE_PROCEEDING) send_cancel(dlg, leg.invite);
  finish(c, leg, {"unreachable", 408, "timeout", -1});
  pjsip_dlg_dec_lock(dlg);
}

void on_refused(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_event *event) {
  pjsip_rx_data *rdata = event->body.tsx_state.type == PJSIP_EVENT_RX_MSG ? event->body.tsx_state.src.rdata : nullptr;
  if (rdata) leg.answer_by_ms = 0;
  if (rdata && (tsx->status_code == 401 || tsx->status_code == 407) && retry_with_credentials(leg, tsx, rdata)) return;
  if (rdata && tsx->status_code == 422 && retry_with_minimum(c, leg, rdata)) return;
  if (rdata && retry_without_handshake(c, leg, tsx->status_code)) return;
  if (!rdata) return finish(c, leg, {"unreachable", tsx->status_code, "timeout", -1});
  Ending ending{"", tsx->status_code, "far", retry_after_of(rdata)};
  if (tsx->status_code / 100 == 3) c.count("redirections");
  if (tsx->status_code / 100 == 3) ending.redirections = redirections_json(c, leg, rdata);
  finish(c, leg, ending);
}

}  // namespace

void silence_tick(Core &c, int64_t now_ms) {
  const auto over = [&](int64_t by_ms) { return by_ms != 0 && now_ms >= by_ms; };
  std::vector<std::string> waiting;
  waiting.swap(c.awaited);
  for (const std::string &id : waiting) {
    Leg *leg = c.leg(id);
    if (!leg || leg->state != LegState::early || !leg->dlg || (!leg->answer_by_ms && !leg->ringing_by_ms)) continue;
    if (over(leg->answer_by_ms) || over(leg->ringing_by_ms)) give_up(c, *leg);
    else c.awaited.push_back(id);
  }
}

void on_invite_uac_state(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_event *event) {
  switch (tsx->state) {
    case PJSIP_TSX_STATE_CALLING:
      leg.invite = tsx;
      return;
    case PJSIP_TSX_STATE_PROCEEDING:
      if (event->body.tsx_state.type == PJSIP_EVENT_RX_MSG) on_provisional(c, leg, tsx, event->body.tsx_state.src.rdata);
      return;
    case PJSIP_TSX_STATE_COMPLETED:
    case PJSIP_TSX_STATE_TERMINATED:
      if (leg.invite != tsx && leg.invite != nullptr) return;
      if (tsx->status_code >= 300) on_refused(c, leg, tsx, event);
      return;
    default:
      return;
  }
}

void on_invite_2xx(Core &c, pjsip_dialog *dlg, pjsip_rx_data *rdata) {
  Tie &tie = *tie_of(dlg);
  const int cseq = rdata->msg_info.cseq->cseq;
  const bool same_far_side = pj_stricmp(&dlg->remote.info->tag, &rdata->msg_info.to->tag) == 0;
  if (!same_far_side) {
    // A second branch of the far side's fork answered too (RFC 3261 section 13.2.2.4). PJSIP found the dialog by one tag alone.
    if (pj_strcmp(&dlg->call_id->id, &rdata->msg_info.cid->id) != 0) return c.count("stray-responses");
    c.count("stray-answers");
    return end_stray_branch(c, rdata);
  }
  // Each copy gets its ACK: a copy means that the last one was lost.
  send_ack(dlg, cseq);
  Leg *leg = tie.leg;
  if (!leg) {
    if (!tie.confirmed) send_bye(dlg);
    return;
  }
  if (leg->state != LegState::early) return;
  tie.confirmed = true;
  leg->invite = nullptr;
  if (tie.cancel_wanted) {
    send_bye(dlg);
    return finish(c, *leg, {"cancelled", 487, "box", -1});
  }
  if (const auto body = sdp_text(rdata->msg_info.msg))
    if (auto sdp = parse_sdp(*body)) heard(c, *leg, std::move(*sdp), false);
  if (!leg->media.remote || !leg->media.format || is_too_open(*leg)) {
    send_bye(dlg);
    return finish(c, *leg, {"not-acceptable", 488, "box", -1});
  }
  agree_session(c, *leg, rdata->msg_info.msg);
  establish(c, *leg);
}

}  // namespace pbx::sip
