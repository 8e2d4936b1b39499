// NOTIFY (RFC 6665): one on its way per subscription, the newest state wins, and a thousand of them wait for calls, never the
// other way round.
#include <algorithm>
#include <cstring>

#include "flows.h"
#include "legs.h"
#include "notice.h"
#include "subscriptions.h"

namespace pbx::sip {
namespace {

/** So many at a time, so many milliseconds apart: two thousand a second, and no INVITE waits longer than one small batch. */
constexpr int kAtATime = 8;
constexpr int64_t kApartMs = 4;
/** Packets that came in go first, but not for ever. */
constexpr int64_t kHeldBackMs = 100;
/** More than this unanswered would only fill the socket's buffer. */
constexpr size_t kOnTheirWay = 300;
constexpr int kRetryAtMost = 60;

/** Where the phone is now: where it registered this contact from, else where it subscribed from; a proxy is its own way. */
Hop way_of(Core &c, const Subscription &s) {
  if (!s.routes.empty()) return s.source;
  if (const Binding *same = c.bindings.find(s.line, s.contact)) return way_to(s.contact, same->source);
  if (is_stream(s.source) && s.dead.known()) {
    const std::vector<Binding> &others = c.bindings.of_line(s.line);
    for (const Binding &one : others)
      if (is_stream(one.source) && same_host(one.source.addr, s.source.addr)) return one.source;
    c.bindings.drop_line_if_empty(s.line);
  }
  return way_to(s.contact, s.source);
}

std::string state_of(const Subscription &s) {
  if (s.over.empty()) return "active;expires=" + std::to_string(std::max<int64_t>(0, (s.expires_at - utc_ms() + 500) / 1000));
  return "terminated;reason=" + s.over + (s.retry_after > 0 ? ";retry-after=" + std::to_string(s.retry_after) : "");
}

void gone(Core &c, const std::string &id) {
  const auto found = c.subscriptions.all.find(id);
  if (found == c.subscriptions.all.end()) return;
  if (found->second->over.empty()) tell_unsubscribed(c, *found->second, "gone");
  forget_subscription(c, id);
}

/** `status` of the phone's answer; 0: a connection that is no more. With `retry_after` a refusal is for so many seconds only. */
void answered(Core &c, const std::string &id, int status, int retry_after) {
  const auto found = c.subscriptions.all.find(id);
  if (found == c.subscriptions.all.end()) return;
  Subscription &s = *found->second;
  s.on_its_way = false;
  if (status == 0 && s.over.empty()) {
    // Behind a connection sits a phone that comes back on another one; then it is told.
    s.dead = s.source;
    s.due = true;
    return;
  }
  const bool refused = status < 200 || status >= 300;
  if (refused && retry_after > 0 && s.over.empty()) {
    s.not_before_ms = steady_ms() + 1000 * std::min(retry_after, kRetryAtMost);
    s.due = true;
    return;
  }
  if (refused) {
    c.count("notifies-failed");
    return gone(c, id);
  }
  if (!s.over.empty() && !s.due) return forget_subscription(c, id);
  if (s.due) c.subscriptions.due.push_back(id);
}

void on_answer(void *token, pjsip_event *event) {
  Core *c = core();
  if (!c) return;
  const auto found = c->subscriptions.on_their_way.find(reinterpret_cast<uintptr_t>(token));
  if (found == c->subscriptions.on_their_way.end()) return;
  const std::string id = found->second;
  c->subscriptions.on_their_way.erase(found);
  const bool said = event->body.tsx_state.type == PJSIP_EVENT_RX_MSG;
  const pjsip_transaction *tsx = event->body.tsx_state.tsx;
  const auto whose = c->subscriptions.all.find(id);
  const bool lost = event->body.tsx_state.type == PJSIP_EVENT_TRANSPORT_ERROR && whose != c->subscriptions.all.end() && is_stream(whose->second->source);
  answered(*c, id, lost ? 0 : tsx->status_code, said ? retry_after_of(event->body.tsx_state.src.rdata) : 0);
}

pjsip_tx_data *made(Core &c, Subscription &s, const Hop &hop) {
  const LocalAddress own = c.local_towards(hop);
  const std::string how = is_stream(hop) ? std::string(";transport=") + transport_name(hop.type) : "";
  ++s.notified;
  pjsip_tx_data *tdata = notice_of(c.endpt, s, {"<sip:" + bracketed(own.advertised) + ":" + std::to_string(own.port) + how + ">", state_of(s)});
  if (!tdata) return nullptr;
  head_for(tdata, hop);
  if (own.transport) {
    pjsip_tpselector via{};
    via.type = PJSIP_TPSELECTOR_TRANSPORT;
    via.u.transport = own.transport;
    pjsip_tx_data_set_transport(tdata, &via);
  }
  return tdata;
}

void send(Core &c, const std::string &id) {
  const auto found = c.subscriptions.all.find(id);
  if (found == c.subscriptions.all.end()) return;
  Subscription &s = *found->second;
  if (!s.due || s.on_its_way || s.asked || steady_ms() < s.not_before_ms) return;
  s.due = false;
  const Hop hop = way_of(c, s);
  if (s.dead.known() && !same_address(hop.addr, s.dead.addr)) {
    s.source = hop;
    s.dead = Hop{};
  }
  if (s.routes.empty() && !is_up(c, hop)) {
    // No connection is opened towards a phone: it is told when it comes back.
    s.dead = hop;
    s.due = true;
    return;
  }
  pjsip_tx_data *tdata = made(c, s, hop);
  if (!tdata) return gone(c, id);
  s.on_its_way = true;
  const uintptr_t token = ++c.last_asked;
  c.subscriptions.on_their_way[token] = id;
  c.count("notifies-out");
  if (pjsip_endpt_send_request(c.endpt, tdata, -1, reinterpret_cast<void *>(token), &on_answer) == PJ_SUCCESS) return;
  if (c.subscriptions.on_their_way.erase(token) == 0) return;
  answered(c, id, is_stream(hop) ? 0 : 503, 0);
}

/** What could not be told then and can be told now. */
bool may_go_on(Core &c, Subscription &s, int64_t now_ms) {
  if (!s.due || s.on_its_way) return false;
  if (s.not_before_ms > 0 && now_ms >= s.not_before_ms) {
    s.not_before_ms = 0;
    return true;
  }
  return s.dead.known() && !same_address(way_of(c, s).addr, s.dead.addr);
}

}  // namespace

void make_due(Core &c, Subscription &s) {
  if (s.quiet) return;
  // Nothing to tell yet: after a restart the state comes with the next notify. An end needs no body.
  if (!s.news && s.over.empty()) return;
  if ((!s.due || !s.over.empty()) && !s.on_its_way) c.subscriptions.due.push_back(s.id);
  s.due = true;
}

void notify(Core &c, const std::vector<std::string> &ids, const std::shared_ptr<const News> &news) {
  for (const std::string &id : ids) {
    const auto found = c.subscriptions.all.find(id);
    if (found == c.subscriptions.all.end() || !found->second->over.empty()) continue;
    Subscription &s = *found->second;
    s.news = news;
    answer_asked(c, s, 200);
    if (s.fetch) {
      s.over = "timeout";
      tell_unsubscribed(c, s, "asked");
    }
    make_due(c, s);
  }
}

void end_subscription(Core &c, const std::string &id, const SubscriptionEnd &end) {
  const auto found = c.subscriptions.all.find(id);
  if (found == c.subscriptions.all.end() || !found->second->over.empty()) return;
  Subscription &s = *found->second;
  tell_unsubscribed(c, s, "ended");
  if (s.asked) {
    answer_asked(c, s, end.status);
    return forget_subscription(c, id);
  }
  s.over = end.reason;
  s.retry_after = end.retry_after;
  make_due(c, s);
}

int send_notifies(Core &c, int64_t now_ms) {
  Subscriptions &all = c.subscriptions;
  if (all.due.empty()) return -1;
  const int64_t since = now_ms - all.last_sent_ms;
  if (since < kApartMs) return static_cast<int>(kApartMs - since);
  if (all.on_their_way.size() >= kOnTheirWay) return 50;
  if (c.intake->waiting() && since < kHeldBackMs) return 1;
  all.last_sent_ms = now_ms;
  for (int n = 0; n < kAtATime && !all.due.empty(); ++n) {
    const std::string id = std::move(all.due.front());
    all.due.pop_front();
    send(c, id);
  }
  return all.due.empty() ? -1 : static_cast<int>(kApartMs);
}

void subscriptions_tick(Core &c, int64_t now_ms) {
  const int64_t now = utc_ms();
  std::vector<std::string> late;
  for (auto &[id, s] : c.subscriptions.all) {
    if (may_go_on(c, *s, now_ms)) c.subscriptions.due.push_back(id);
    if (s->over.empty() && (s->asked ? now_ms >= s->deadline_ms : now >= s->expires_at)) late.push_back(id);
  }
  for (const std::string &id : late) {
    Subscription &s = *c.subscriptions.all[id];
    tell_unsubscribed(c, s, "expired");
    if (s.quiet) {
      forget_subscription(c, id);
      continue;
    }
    if (s.asked) {
      answer_asked(c, s, 500);
      forget_subscription(c, id);
      continue;
    }
    s.over = "timeout";
    make_due(c, s);
  }
}

}  // namespace pbx::sip
