// Requests that JavaScript answers, and those it sends outside any dialog.
#include <algorithm>
#include <cstring>

#include "flows.h"
#include "legs.h"
#include "path.h"

namespace pbx::sip {
namespace {

/** Phones give a non-INVITE request up after 32 s at most; what JavaScript left lying is answered well before. */
constexpr int64_t kPatienceMs = 8000;
constexpr size_t kRequestsAtMost = 1000;

void drop(PendingRequest &request) {
  if (request.reply) pjsip_tx_data_dec_ref(request.reply);
  if (request.rdata) pjsip_rx_data_free_cloned(request.rdata);
  request.reply = nullptr;
  request.rdata = nullptr;
}

void send_kept(Core &c, PendingRequest &request, int status, const std::string &type, const std::string &body) {
  if (request.rdata) {
    pjsip_tx_data *tdata = nullptr;
    if (pjsip_endpt_create_response(c.endpt, request.rdata, status, nullptr, &tdata) == PJ_SUCCESS) {
      if (!body.empty()) set_body(tdata, type, body);
      pjsip_response_addr to;
      if (pjsip_get_response_addr(tdata->pool, request.rdata, &to) != PJ_SUCCESS || pjsip_endpt_send_response(c.endpt, &to, tdata, nullptr, nullptr) != PJ_SUCCESS)
        pjsip_tx_data_dec_ref(tdata);
    }
    return drop(request);
  }
  pjsip_dialog *dlg = request.transaction ? pjsip_tsx_get_dlg(request.transaction) : nullptr;
  if (!dlg || !request.reply) return drop(request);
  pjsip_tx_data *tdata = request.reply;
  request.reply = nullptr;
  if (pjsip_dlg_modify_response(dlg, tdata, status, nullptr) == PJ_SUCCESS) pjsip_tx_data_dec_ref(tdata);
  if (!body.empty()) set_body(tdata, type, body);
  pjsip_dlg_send_response(dlg, request.transaction, tdata);
}

constexpr const char *kToldOfRegister[] = {"Contact", "Expires", "Min-Expires", "Retry-After", "Service-Route", "WWW-Authenticate", "Proxy-Authenticate"};

/** What the answer to a REGISTER says of it: how long it holds, or what password is wanted. */
std::string headers_of_answer(const pjsip_msg *msg) {
  std::string out = "[";
  for (const pjsip_hdr *h = msg->hdr.next; h != &msg->hdr && out.size() < 8192; h = h->next) {
    const auto is_it = [&](const char *name) { return same_text(view(h->name), name); };
    if (std::none_of(std::begin(kToldOfRegister), std::end(kToldOfRegister), is_it)) continue;
    char line[2048];
    const int length = pjsip_hdr_print_on(const_cast<pjsip_hdr *>(h), line, sizeof line);
    const std::string_view printed(line, length > 0 ? static_cast<size_t>(length) : 0);
    const size_t colon = printed.find(": ");
    if (colon == std::string_view::npos) continue;
    if (out.size() > 1) out += ',';
    out += JsonObject().text("name", view(h->name)).text("value", printed.substr(colon + 2)).take();
  }
  return out + "]";
}

/** Reported once: a send that fails at once may also be reported by its transaction. */
void tell_reply(Core &c, uintptr_t token, int status, const pjsip_msg *answer = nullptr) {
  const auto found = c.asked.find(token);
  if (found == c.asked.end()) return;
  const std::string request = found->second;
  c.asked.erase(found);
  JsonObject event("replied");
  event.text("request", request).number("status", status);
  if (answer) event.raw("headers", headers_of_answer(answer));
  c.emit(Lane::established, event);
}

void on_reply(void *token, pjsip_event *event) {
  Core *c = core();
  if (!c) return;
  const auto &state = event->body.tsx_state;
  const bool told = state.type == PJSIP_EVENT_RX_MSG && state.tsx->method.id == PJSIP_REGISTER_METHOD;
  tell_reply(*c, reinterpret_cast<uintptr_t>(token), state.tsx->status_code, told ? state.src.rdata->msg_info.msg : nullptr);
}

}  // namespace

std::string keep_request(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata) {
  if (c.requests.size() >= kRequestsAtMost) return "";
  PendingRequest request;
  if (pjsip_dlg_create_response(leg.dlg, rdata, 200, nullptr, &request.reply) != PJ_SUCCESS) return "";
  request.transaction = tsx;
  request.leg = leg.id;
  request.deadline_ms = steady_ms() + kPatienceMs;
  std::string id = random_id("rq-");
  c.requests[id] = request;
  return id;
}

void respond(Core &c, const std::string &id, int status, const std::string &type, const std::string &body) {
  const auto found = c.requests.find(id);
  if (found == c.requests.end()) return;
  if (found->second.is_refer) {
    notify_refer(c, found->second, status);
    if (status >= 200) c.requests.erase(found);
    return;
  }
  PendingRequest request = found->second;
  c.requests.erase(found);
  send_kept(c, request, status, type, body);
}

void forget_requests(Core &c, const std::string &leg) {
  for (auto at = c.requests.begin(); at != c.requests.end();) {
    if (at->second.leg != leg) {
      ++at;
      continue;
    }
    PendingRequest request = at->second;
    at = c.requests.erase(at);
    if (!request.is_refer) send_kept(c, request, 481, "", "");
  }
}

void expire_requests(Core &c, int64_t now_ms) {
  std::vector<std::string> late;
  for (const auto &[id, request] : c.requests)
    if (request.deadline_ms > 0 && now_ms >= request.deadline_ms) late.push_back(id);
  for (const std::string &id : late) respond(c, id, 500, "", "");
}

void on_request_transaction_over(Core &c, pjsip_transaction *tsx) {
  for (auto at = c.requests.begin(); at != c.requests.end(); ++at) {
    if (at->second.transaction != tsx) continue;
    drop(at->second);
    c.requests.erase(at);
    return;
  }
}

void on_message(pjsip_rx_data *rdata) {
  Core &c = *core();
  if (c.overloaded()) return reply(rdata, 503, {{"Retry-After", "5"}});
  const Hop source = source_of(rdata);
  const Credential *who = nullptr;
  if (!is_peer(c, source.addr) && authenticate(rdata, &who) != Access::granted) return;
  if (c.requests.size() >= kRequestsAtMost) return reply(rdata, 503, {{"Retry-After", "5"}});
  // A copy of a message that is being answered: JavaScript hears of it once.
  for (const auto &[id, request] : c.requests)
    if (request.rdata && pj_strcmp(&request.rdata->msg_info.cid->id, &rdata->msg_info.cid->id) == 0 && request.rdata->msg_info.cseq->cseq == rdata->msg_info.cseq->cseq) return;
  PendingRequest request;
  if (pjsip_rx_data_clone(rdata, 0, &request.rdata) != PJ_SUCCESS) return reply(rdata, 500);
  request.deadline_ms = steady_ms() + kPatienceMs;
  const std::string id = random_id("rq-");
  c.requests[id] = request;
  const pjsip_msg *msg = rdata->msg_info.msg;
  JsonObject event("message");
  event.text("request", id);
  if (who) event.text("line", who->line);
  const auto *uri = static_cast<const pjsip_sip_uri *>(pjsip_uri_get_uri(msg->line.req.uri));
  event.text("to", view(uri->user));
  event.text("contentType", msg->body ? text(msg->body->content_type.type) + "/" + text(msg->body->content_type.subtype) : "");
  event.text("body", msg->body && msg->body->data ? std::string_view(static_cast<const char *>(msg->body->data), msg->body->len) : std::string_view());
  c.emit(Lane::fresh, event.raw("source", json_of(source)));
}

void send_out_of_dialog(Core &c, const OutOfDialog &o) {
  const auto failed = [&](int status) { c.emit(Lane::established, JsonObject("replied").text("request", o.request).number("status", status)); };
  const auto hop = way_of(c, o.target);
  if (!hop) return failed(503);
  const LocalAddress own = c.local_towards(*hop);
  const std::string host = bracketed(own.advertised) + ":" + std::to_string(own.port);
  const Registration &r = o.registration;
  const std::string from = "<" + (r.account.empty() ? "sip:pbx@" + host : r.account) + ">";
  const std::string to = "<" + (r.account.empty() ? o.target.uri : r.account) + ">";
  const std::string contact = "<sip:" + (r.contact.empty() ? "" : r.contact + "@") + host + transport_parameter(hop->type) + ">";
  pjsip_method method;
  const pj_str_t name = str(o.method), target = str(o.target.uri), from_s = str(from), to_s = str(to), contact_s = str(contact), call_id = str(r.call_id);
  pjsip_method_init_np(&method, const_cast<pj_str_t *>(&name));
  pjsip_tx_data *tdata = nullptr;
  if (pjsip_endpt_create_request(c.endpt, &method, &target, &from_s, &to_s, &contact_s, r.call_id.empty() ? nullptr : &call_id, r.cseq > 0 ? r.cseq : -1, nullptr, &tdata) != PJ_SUCCESS)
    return failed(400);
  if ((o.target.source || is_secure(*hop)) && !aim(c, tdata, *hop)) {
    pjsip_tx_data_dec_ref(tdata);
    return failed(o.target.source ? 480 : 503);
  }
  head_for(tdata, *hop);
  if (own.transport) {
    pjsip_tpselector via{};
    via.type = PJSIP_TPSELECTOR_TRANSPORT;
    via.u.transport = own.transport;
    pjsip_tx_data_set_transport(tdata, &via);
  }
  add_routes(tdata->pool, &tdata->msg->hdr, o.target.path);
  for (const Header &header : o.headers) add_header(tdata, header.name, header.value);
  if (!o.body.empty()) set_body(tdata, o.content_type.empty() ? "text/plain" : o.content_type, o.body);
  const uintptr_t token = ++c.last_asked;
  c.asked[token] = o.request;
  if (pjsip_endpt_send_request(c.endpt, tdata, -1, reinterpret_cast<void *>(token), &on_reply) != PJ_SUCCESS) tell_reply(c, token, 503);
}

void send_keys(Core &c, Leg &leg, const std::string &keys) {
  // One at a time: an INFO that overtakes another is refused (RFC 3261 section 12.2.2).
  constexpr int64_t apart_ms = 250;
  for (const char key : keys) {
    const int64_t now = steady_ms(), at = std::max(now, leg.next_key_ms);
    leg.next_key_ms = at + apart_ms;
    c.after(at - now, [id = leg.id, key](Core &then) { send_info(then, id, "application/dtmf-relay", std::string("Signal=") + key + "\r\nDuration=160\r\n"); });
  }
}

void send_info(Core &c, const std::string &id, const std::string &type, const std::string &body) {
  Leg *leg = c.leg(id);
  if (!leg || leg->state != LegState::established) return;
  static const pjsip_method info = {PJSIP_OTHER_METHOD, {const_cast<char *>("INFO"), 4}};
  pjsip_dialog *dlg = leg->dlg;
  pjsip_dlg_inc_lock(dlg);
  pjsip_tx_data *tdata = nullptr;
  if (pjsip_dlg_create_request(dlg, &info, -1, &tdata) == PJ_SUCCESS) {
    set_body(tdata, type, body);
    send_in_dialog(dlg, tdata);
  }
  pjsip_dlg_dec_lock(dlg);
}

}  // namespace pbx::sip
