// Session timers (RFC 4028): a phone that vanishes in the middle of a call is noticed. Who refreshes is agreed with the
// far side; one that knows nothing of timers is asked by the box alone, and any answer of its dialog is a sign of life.
#include <algorithm>
#include <charconv>

#include "legs.h"
#include "raw_message.h"

namespace pbx::sip {
namespace {

constexpr int64_t kGraceMs = 32'000;
const pjsip_method kUpdate = {PJSIP_OTHER_METHOD, {const_cast<char *>("UPDATE"), 6}};

std::string_view header_value(const pjsip_msg *msg, const char *name, const char *compact) {
  const pj_str_t full = pj_str(const_cast<char *>(name)), brief = pj_str(const_cast<char *>(compact));
  const auto *header = static_cast<const pjsip_generic_string_hdr *>(*compact ? pjsip_msg_find_hdr_by_names(msg, &full, &brief, nullptr) : pjsip_msg_find_hdr_by_name(msg, &full, nullptr));
  return header && header->type == PJSIP_H_OTHER && header->vptr == generic_header_kind() ? view(header->hvalue) : std::string_view();
}

/** Seconds at the head of a value; 0 when there are none. */
int seconds_in(std::string_view value) {
  value = trimmed(value.substr(0, value.find(';')));
  int seconds = 0;
  const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  return bad == std::errc() && end == value.data() + value.size() && seconds > 0 ? seconds : 0;
}

int interval_in(const pjsip_msg *msg) { return seconds_in(header_value(msg, "Session-Expires", "x")); }
int minimum_in(const pjsip_msg *msg) { return seconds_in(header_value(msg, "Min-SE", "")); }

int wanted(const Core &c) { return c.config.timers.session ? c.config.timers.session : 1800; }
int least(const Core &c) { return c.config.timers.session_least ? c.config.timers.session_least : 90; }

/** A sign of life: the interval begins anew. */
void begin(Session &s, int64_t now) {
  const int64_t whole = static_cast<int64_t>(s.seconds) * 1000;
  s.refresh_ms = s.ours ? now + whole / 2 : 0;
  // Who waits for the other side's refresh gives up a little earlier (section 10).
  s.end_ms = s.ours ? now + whole : now + whole - std::min(kGraceMs, whole / 3);
}

void expire(Core &c, Leg &leg, int status) {
  c.count("sessions-expired");
  send_bye(leg.dlg);
  // A phone that knows nothing of the call is there; one that refreshed nothing is not.
  if (status == 481) return finish(c, leg, {"unreachable", status, "far", -1});
  finish(c, leg, {"session-expired", status, "timeout", -1});
}

}  // namespace

/** UPDATE without a description where the phone allows it, else the description that it knows already (section 7.4). */
void refresh_session(Core &c, Leg &leg) {
  c.count("session-refreshes");
  if (!takes_update(leg)) {
    if (leg.offer.busy() || leg.media.local.empty()) return;
    leg.session.inviting = put_offer(c, leg, leg.media.local, "", false);
    return;
  }
  pjsip_dialog *dlg = leg.dlg;
  pjsip_tx_data *tdata = nullptr;
  pjsip_dlg_inc_lock(dlg);
  if (pjsip_dlg_create_request(dlg, &kUpdate, -1, &tdata) == PJ_SUCCESS) {
    ask_session(c, leg, tdata);
    for (const Header &header : due_identity(leg)) add_header(tdata, header.name, header.value);
    leg.session.putting = true;
    const std::string id = leg.id;
    send_in_dialog(dlg, tdata);
    if (Leg *still = c.leg(id)) still->session.putting = false;
  }
  pjsip_dlg_dec_lock(dlg);
}

bool has_option(const pjsip_msg *msg, pjsip_hdr_e where, std::string_view option) {
  const void *from = nullptr;
  while (const auto *list = static_cast<const pjsip_generic_array_hdr *>(pjsip_msg_find_hdr(msg, where, from))) {
    for (unsigned i = 0; i < list->count; ++i)
      if (same_text(view(list->values[i]), option)) return true;
    from = list->next;
    if (from == &msg->hdr) break;
  }
  return false;
}

int session_too_brief(const Core &c, const pjsip_msg *request) {
  const int asked = interval_in(request);
  return asked > 0 && asked < least(c) && has_option(request, PJSIP_H_SUPPORTED, "timer") ? least(c) : 0;
}

void hear_session(Core &c, Leg &leg, const pjsip_msg *request) {
  Session &s = leg.session;
  s.known = has_option(request, PJSIP_H_SUPPORTED, "timer");
  const int asked = interval_in(request), minimum = minimum_in(request);
  const bool usable = asked > 0 && (s.known || asked >= least(c));
  s.seconds = std::max(usable ? std::min(asked, wanted(c)) : wanted(c), minimum);
  s.ours = !s.known || !same_text(parameter(header_value(request, "Session-Expires", "x"), "refresher"), "uac");
}

std::vector<Header> grant_session(Core &c, Leg &leg) {
  Session &s = leg.session;
  if (s.seconds == 0) return {};
  begin(s, steady_ms());
  save_record(c, leg);
  if (!s.known) return {};
  return {{"Require", "timer"}, {"Session-Expires", std::to_string(s.seconds) + ";refresher=" + (s.ours ? "uas" : "uac")}};
}

void ask_session(Core &c, Leg &leg, pjsip_tx_data *request) {
  const Session &s = leg.session;
  const int seconds = std::max(s.seconds ? s.seconds : wanted(c), s.least);
  const bool begun = s.end_ms > 0;
  add_header(request, "Supported", kSupported);
  add_header(request, "Session-Expires", std::to_string(seconds) + (begun ? s.ours ? ";refresher=uac" : ";refresher=uas" : ""));
  add_header(request, "Min-SE", std::to_string(std::max(s.least, least(c))));
}

void agree_session(Core &c, Leg &leg, const pjsip_msg *answer) {
  Session &s = leg.session;
  const int agreed = interval_in(answer);
  s.known = agreed > 0;
  s.seconds = s.known ? agreed : wanted(c);
  s.ours = !same_text(parameter(header_value(answer, "Session-Expires", "x"), "refresher"), "uas");
  begin(s, steady_ms());
  save_record(c, leg);
}

bool take_minimum(Leg &leg, const pjsip_msg *refusal) {
  const int minimum = minimum_in(refusal);
  // A far side that asks for more twice means no figure that it could be given.
  if (minimum <= leg.session.least || ++leg.session.refusals > 2) return false;
  leg.session.least = minimum;
  leg.session.seconds = std::max(leg.session.seconds, minimum);
  return true;
}

void session_answered(Core &c, Leg &leg, int status, pjsip_rx_data *rdata) {
  Session &s = leg.session;
  const int64_t now = steady_ms();
  s.inviting = false;
  if (!rdata || status == 408 || status == 481) return expire(c, leg, status);
  if (status < 300) return agree_session(c, leg, rdata->msg_info.msg);
  if (status == 422 && take_minimum(leg, rdata->msg_info.msg)) return refresh_session(c, leg);
  if (status == 491) {
    c.after(back_off_ms(leg), [id = leg.id](Core &core) {
      Leg *still = core.leg(id);
      if (still && still->state == LegState::established && !still->session.put && !still->session.inviting) refresh_session(core, *still);
    });
    return;
  }
  // It is there, and does not want this: one that keeps no timer of its own needs no more than that.
  if (!s.known) return begin(s, now);
  s.refresh_ms = now + std::max<int64_t>(1000, static_cast<int64_t>(s.seconds) * 125);
}

bool on_session_state(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_event *event) {
  Session &s = leg.session;
  if (view(tsx->method.name) != "UPDATE") return false;
  if (s.putting && !s.put && tsx->state == PJSIP_TSX_STATE_CALLING) s.put = tsx;
  if (tsx != s.put) return false;
  if (tsx->state < PJSIP_TSX_STATE_COMPLETED) return true;
  s.put = nullptr;
  session_answered(c, leg, tsx->status_code, event->body.tsx_state.type == PJSIP_EVENT_RX_MSG ? event->body.tsx_state.src.rdata : nullptr);
  return true;
}

void session_tick(Core &c, Leg &leg, int64_t now_ms) {
  Session &s = leg.session;
  if (leg.state != LegState::established || s.end_ms == 0) return;
  if (now_ms >= s.end_ms) return expire(c, leg, 408);
  if (s.refresh_ms == 0 || now_ms < s.refresh_ms || s.put || s.inviting) return;
  // Should nothing come of it, it is tried again while there is time.
  s.refresh_ms = now_ms + std::max<int64_t>(1000, static_cast<int64_t>(s.seconds) * 125);
  refresh_session(c, leg);
}

std::string session_record(const Leg &leg) {
  const Session &s = leg.session;
  if (s.end_ms == 0) return "";
  std::string out;
  for (const int64_t value : {static_cast<int64_t>(s.seconds), static_cast<int64_t>(s.ours), static_cast<int64_t>(s.known), static_cast<int64_t>(s.least), static_cast<int64_t>(takes_update(leg)), s.refresh_ms, s.end_ms})
    (out += std::to_string(value)) += '|';
  return out;
}

void restore_session(Core &c, Leg &leg, std::string_view record) {
  int64_t values[7] = {};
  for (int64_t &value : values) {
    const size_t bar = record.find('|');
    if (bar == std::string_view::npos) break;
    std::from_chars(record.data(), record.data() + bar, value);
    record.remove_prefix(bar + 1);
  }
  Session &s = leg.session;
  const auto [seconds, ours, known, minimum, updates, refresh_at, end_at] = values;
  if (seconds <= 0 || end_at <= 0) {
    // Kept by an older version: the timer begins now.
    s.seconds = wanted(c);
    return begin(s, steady_ms());
  }
  s.seconds = static_cast<int>(seconds);
  s.ours = ours != 0;
  s.known = known != 0;
  s.least = static_cast<int>(minimum);
  s.updates = updates != 0;
  s.refresh_ms = refresh_at;
  // What fell due while there was no process: the far side may repeat its refresh, and ours is owed at once.
  s.end_ms = std::max(end_at, steady_ms() + (s.ours ? 0 : kGraceMs / 4));
  if (s.ours) s.end_ms = std::max(s.end_ms, steady_ms() + kGraceMs);
}

}  // namespace pbx::sip
