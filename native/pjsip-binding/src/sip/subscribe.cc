// SUBSCRIBE (RFC 6665): checked and refreshed here; whether somebody may watch is JavaScript's to say.
#include "subscriptions.h"

#include <algorithm>

#include "legs.h"

namespace pbx::sip {
namespace {

/** Phones ask for an hour; a phone that died is forgotten within it. */
constexpr int kLongestSeconds = 3600;
constexpr int64_t kPatienceMs = 8000;
constexpr size_t kAtMost = 10'000, kPerLine = 500;
constexpr size_t kRoutesAtMost = 8;

std::string printed(pjsip_uri_context_e context, const pjsip_uri *uri) {
  char buffer[PJSIP_MAX_URL_SIZE];
  const int length = uri ? pjsip_uri_print(context, uri, buffer, sizeof buffer) : -1;
  return length > 0 ? std::string(buffer, static_cast<size_t>(length)) : std::string();
}

std::string generic(const pjsip_msg *msg, const char *name, const char *brief) {
  const pj_str_t full = pj_str(const_cast<char *>(name)), small = pj_str(const_cast<char *>(brief));
  const auto *header = static_cast<const pjsip_generic_string_hdr *>(pjsip_msg_find_hdr_by_names(msg, &full, &small, nullptr));
  return header && header->vptr == generic_header_kind() ? text(header->hvalue) : std::string();
}

std::string trimmed(std::string_view s) {
  const size_t begin = s.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return std::string(s.substr(begin, s.find_last_not_of(" \t") - begin + 1));
}

void read_event(const std::string &value, WatchWish &out) {
  size_t end = value.find(';');
  out.package = trimmed(value.substr(0, end));
  while (end != std::string::npos) {
    const size_t next = value.find(';', end + 1);
    const std::string parameter = trimmed(value.substr(end + 1, next == std::string::npos ? next : next - end - 1));
    if (same_text(parameter.substr(0, 3), "id=")) out.event_id = parameter.substr(3);
    end = next;
  }
}

}  // namespace

WatchWish wanted_of(const pjsip_rx_data *rdata) {
  WatchWish out;
  const pjsip_msg *msg = rdata->msg_info.msg;
  read_event(generic(msg, "Event", "o"), out);
  if (const auto *expires = static_cast<const pjsip_expires_hdr *>(pjsip_msg_find_hdr(msg, PJSIP_H_EXPIRES, nullptr))) out.expires = std::min(expires->ivalue, 1u << 30);
  for (const pjsip_hdr *h = msg->hdr.next; h != &msg->hdr; h = h->next) {
    if (h->type == PJSIP_H_ACCEPT) {
      const auto *accept = reinterpret_cast<const pjsip_accept_hdr *>(h);
      for (unsigned i = 0; i < accept->count; ++i) out.accept.push_back(text(accept->values[i]).substr(0, 100));
    } else if (h->type == PJSIP_H_CONTACT && out.contact.empty()) {
      const auto *contact = reinterpret_cast<const pjsip_contact_hdr *>(h);
      const bool sip = !contact->star && contact->uri && (PJSIP_URI_SCHEME_IS_SIP(contact->uri) || PJSIP_URI_SCHEME_IS_SIPS(contact->uri));
      if (sip) out.contact = printed(PJSIP_URI_IN_CONTACT_HDR, static_cast<const pjsip_uri *>(pjsip_uri_get_uri(contact->uri)));
    } else if (h->type == PJSIP_H_RECORD_ROUTE) {
      char buffer[PJSIP_MAX_URL_SIZE];
      const auto *route = reinterpret_cast<const pjsip_rr_hdr *>(h);
      const int length = pjsip_uri_print(PJSIP_URI_IN_ROUTING_HDR, &route->name_addr, buffer, sizeof buffer);
      if (length > 0) out.routes.emplace_back(buffer, static_cast<size_t>(length));
    }
  }
  out.bad = out.contact.empty() || out.package.empty() || out.routes.size() > kRoutesAtMost;
  return out;
}

namespace {

std::string asker_of(const pjsip_rx_data *rdata, const WatchWish &wanted) {
  return text(rdata->msg_info.cid->id) + "|" + text(rdata->msg_info.from->tag) + "|" + wanted.package + "|" + wanted.event_id;
}
std::string asker_of(const Subscription &s) { return s.call_id + "|" + s.remote_tag + "|" + s.package + "|" + s.event_id; }

}  // namespace

Subscription *known(Core &c, const pjsip_rx_data *rdata, const WatchWish &wanted) {
  std::string id = text(rdata->msg_info.to->tag);
  if (id.empty()) {
    const auto asker = c.subscriptions.by_asker.find(asker_of(rdata, wanted));
    if (asker == c.subscriptions.by_asker.end()) return nullptr;
    id = asker->second;
  }
  const auto found = c.subscriptions.all.find(id);
  if (found == c.subscriptions.all.end() || !found->second->over.empty()) return nullptr;
  Subscription &s = *found->second;
  return s.call_id == view(rdata->msg_info.cid->id) && s.remote_tag == view(rdata->msg_info.from->tag) ? &s : nullptr;
}

namespace {

std::string response_of(const pjsip_rx_data *rdata) {
  const auto *header = static_cast<const pjsip_authorization_hdr *>(pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_AUTHORIZATION, nullptr));
  return header ? text(header->credential.digest.response) : "";
}

}  // namespace

bool is_copy(const Subscription &s, const pjsip_rx_data *rdata) {
  const Hop source = source_of(rdata);
  return s.cseq == rdata->msg_info.cseq->cseq && !s.last_response.empty() && s.last_response == response_of(rdata) && same_address(s.source.addr, source.addr);
}

namespace {

/** A little less than asked for, at random: watchers that began together must not all come back together. */
int64_t granted_ms(unsigned asked, int shortest) {
  const int most = static_cast<int>(std::min(asked, static_cast<unsigned>(kLongestSeconds)));
  unsigned char byte = 0;
  draw(&byte, 1);
  return int64_t{1000} * std::max(std::min(shortest, most), most - most * byte / 2560);
}

int64_t seconds_left(const Subscription &s) { return std::max<int64_t>(0, (s.expires_at - utc_ms() + 500) / 1000); }

}  // namespace

void answer(Core &c, Subscription &s, pjsip_rx_data *rdata, int status) {
  pjsip_tx_data *tdata = nullptr;
  if (pjsip_endpt_create_response(c.endpt, rdata, status, nullptr, &tdata) != PJ_SUCCESS) return;
  PJSIP_MSG_TO_HDR(tdata->msg)->tag = copy(tdata->pool, s.id);
  if (status < 300) {
    const LocalAddress own = c.local_towards(s.source);
    const std::string how = std::string(transport_name(s.source.type)) == "udp" ? "" : std::string(";transport=") + transport_name(s.source.type);
    if (s.package != kRefer) add_header(tdata, "Expires", std::to_string(s.fetch ? 0 : seconds_left(s)));
    if (s.quiet) add_header(tdata, "Refer-Sub", "false");
    add_header(tdata, "Contact", "<sip:" + bracketed(own.advertised) + ":" + std::to_string(own.port) + how + ">");
  }
  pjsip_response_addr to;
  if (pjsip_get_response_addr(tdata->pool, rdata, &to) == PJ_SUCCESS && pjsip_endpt_send_response(c.endpt, &to, tdata, nullptr, nullptr) == PJ_SUCCESS) return;
  c.count("replies-unsent");
  pjsip_tx_data_dec_ref(tdata);
}

namespace {

std::string list_of(const std::vector<std::string> &texts) {
  std::string out = "[";
  for (const std::string &one : texts) {
    if (out.size() > 1) out += ',';
    append_json_string(out, one);
  }
  return out + "]";
}

void tell_subscribed(Core &c, const Subscription &s, const char *change) {
  JsonObject it;
  it.text("id", s.id).text("package", s.package).text("line", s.line).text("target", s.target).raw("accept", list_of(s.accept));
  if (!s.event_id.empty()) it.text("eventId", s.event_id);
  it.text("contact", s.contact).raw("source", json_of(s.source)).text("userAgent", s.user_agent).text("callId", s.call_id).text("remoteTag", s.remote_tag);
  it.text("localUri", s.local_uri).text("remoteUri", s.remote_uri).raw("routes", list_of(s.routes));
  it.number("cseq", s.cseq).number("notified", s.notified).number("expiresAt", s.expires_at);
  c.emit(Lane::fresh, JsonObject("subscribed").text("change", change).raw("subscription", it.take()));
}

/** What a SUBSCRIBE says anew each time. */
void take_over(Subscription &s, const pjsip_rx_data *rdata, const WatchWish &wanted) {
  s.source = source_of(rdata);
  s.dead = Hop{};
  s.cseq = rdata->msg_info.cseq->cseq;
  s.last_response = response_of(rdata);
  s.contact = wanted.contact;
  if (!wanted.accept.empty()) s.accept = wanted.accept;
}

void refresh(Core &c, Subscription &s, pjsip_rx_data *rdata, const WatchWish &wanted) {
  take_over(s, rdata, wanted);
  if (wanted.expires == 0) {
    s.expires_at = utc_ms();
    answer(c, s, rdata, 200);
    s.over = "timeout";
    tell_unsubscribed(c, s, "asked");
    return make_due(c, s);
  }
  s.expires_at = utc_ms() + granted_ms(wanted.expires, c.config.expires_min);
  answer(c, s, rdata, 200);
  tell_subscribed(c, s, "refreshed");
  // RFC 6665 section 4.2.1.2: each SUBSCRIBE is followed by the state.
  make_due(c, s);
}

}  // namespace

Subscription *make_subscription(Core &c, pjsip_rx_data *rdata, const WatchWish &wanted, const std::string &line) {
  const auto of_line = std::count_if(c.subscriptions.all.begin(), c.subscriptions.all.end(), [&](const auto &one) { return one.second->line == line; });
  if (c.subscriptions.all.size() >= kAtMost || static_cast<size_t>(of_line) >= kPerLine) return reply(rdata, 503, {{"Retry-After", "60"}}), nullptr;
  auto made = std::make_unique<Subscription>();
  Subscription &s = *made;
  s.id = random_id("sub-");
  s.package = wanted.package;
  s.event_id = wanted.event_id;
  s.line = line;
  const auto *uri = static_cast<const pjsip_sip_uri *>(pjsip_uri_get_uri(rdata->msg_info.msg->line.req.uri));
  s.target = text(uri->user);
  s.call_id = text(rdata->msg_info.cid->id);
  s.remote_tag = text(rdata->msg_info.from->tag);
  s.local_uri = printed(PJSIP_URI_IN_FROMTO_HDR, rdata->msg_info.to->uri);
  s.remote_uri = printed(PJSIP_URI_IN_FROMTO_HDR, rdata->msg_info.from->uri);
  s.user_agent = generic(rdata->msg_info.msg, "User-Agent", "User-Agent").substr(0, 200);
  s.routes = wanted.routes;
  take_over(s, rdata, wanted);
  s.fetch = wanted.expires == 0;
  s.expires_at = s.fetch ? utc_ms() : utc_ms() + granted_ms(wanted.expires, c.config.expires_min);
  s.deadline_ms = steady_ms() + kPatienceMs;
  if (s.local_uri.empty() || s.remote_uri.empty() || pjsip_rx_data_clone(rdata, 0, &s.asked) != PJ_SUCCESS) return reply(rdata, 500), nullptr;
  c.subscriptions.by_asker[asker_of(s)] = s.id;
  return (c.subscriptions.all[s.id] = std::move(made)).get();
}

bool is_subscription(const Core &c, const pj_str_t &to_tag) { return to_tag.slen > 0 && c.subscriptions.all.count(text(to_tag)) > 0; }

void refuse_event(pjsip_rx_data *rdata) {
  std::string allowed;
  for (const std::string &package : core()->subscriptions.packages) allowed += (allowed.empty() ? "" : ", ") + package;
  if (allowed.empty()) return reply(rdata, 489);
  reply(rdata, 489, {{"Allow-Events", allowed}});
}

void on_subscribe(pjsip_rx_data *rdata) {
  Core &c = *core();
  c.count("subscribes");
  const WatchWish wanted = wanted_of(rdata);
  Subscription *s = known(c, rdata, wanted);
  if (!s && rdata->msg_info.to->tag.slen > 0) return reply(rdata, 481);
  if (s && is_copy(*s, rdata)) return s->asked ? void() : answer(c, *s, rdata, 200);
  if (wanted.package.empty()) return reply(rdata, 400, {}, "Missing Event header");
  if (!c.subscriptions.packages.count(wanted.package) || (s && s->package != wanted.package)) return refuse_event(rdata);
  if (c.overloaded()) {
    c.count("subscribes-shed");
    return reply(rdata, 503, {{"Retry-After", "5"}});
  }
  const Credential *who = nullptr;
  if (authenticate(rdata, &who) != Access::granted) return;
  if (wanted.bad) return reply(rdata, 400);
  if (s && s->line != who->line) return reply(rdata, 403);
  if (s && (s->asked || rdata->msg_info.cseq->cseq <= s->cseq)) return reply(rdata, 500, {{"Retry-After", "1"}});
  if (wanted.expires > 0 && wanted.expires < static_cast<unsigned>(c.config.expires_min)) return reply(rdata, 423, {{"Min-Expires", std::to_string(c.config.expires_min)}});
  if (s) return refresh(c, *s, rdata, wanted);
  if (Subscription *made = make_subscription(c, rdata, wanted, who->line)) tell_subscribed(c, *made, "new");
}

void tell_unsubscribed(Core &c, const Subscription &s, const char *why) {
  // JavaScript knows a REFER by its request.
  if (s.package == kRefer) return;
  c.emit(Lane::fresh, JsonObject("unsubscribed").text("subscription", s.id).text("why", why));
}

void answer_asked(Core &c, Subscription &s, int status) {
  if (!s.asked) return;
  answer(c, s, s.asked, status);
  pjsip_rx_data_free_cloned(s.asked);
  s.asked = nullptr;
}

void forget_subscription(Core &c, const std::string &id) {
  const auto found = c.subscriptions.all.find(id);
  if (found == c.subscriptions.all.end()) return;
  if (found->second->asked) pjsip_rx_data_free_cloned(found->second->asked);
  c.subscriptions.by_asker.erase(asker_of(*found->second));
  c.subscriptions.all.erase(found);
}

void restore_subscriptions(Core &c, std::vector<Subscription> subscriptions) {
  const int64_t now = utc_ms();
  for (Subscription &one : subscriptions) {
    if (c.subscriptions.all.count(one.id)) continue;
    if (one.expires_at <= now) {
      tell_unsubscribed(c, one, "expired");
      continue;
    }
    const std::string id = one.id;
    c.subscriptions.by_asker[asker_of(one)] = id;
    c.subscriptions.all[id] = std::make_unique<Subscription>(std::move(one));
  }
}

void drop_subscriptions(Core &c) {
  while (!c.subscriptions.all.empty()) forget_subscription(c, std::string(c.subscriptions.all.begin()->first));
  c.subscriptions.due.clear();
  c.subscriptions.on_their_way.clear();
}

}  // namespace pbx::sip
