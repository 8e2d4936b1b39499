// The registrar: answers REGISTER without a transaction and without asking JavaScript, which hears of changes only.

#include <algorithm>

#include "flows.h"
#include "legs.h"
#include "path.h"

namespace pbx::sip {
namespace {

constexpr size_t kContactsPerLine = 8;
constexpr size_t kContactsPerRequest = 8;

struct Wanted {
  std::string contact, instance;
  int expires = 0;
};

struct Request {
  bool star = false, too_brief = false, bad = false;
  std::vector<Wanted> contacts;
};

std::string printed(pjsip_uri *uri) {
  char buffer[PJSIP_MAX_URL_SIZE];
  const int length = pjsip_uri_print(PJSIP_URI_IN_CONTACT_HDR, pjsip_uri_get_uri(uri), buffer, sizeof buffer);
  return length > 0 ? std::string(buffer, static_cast<size_t>(length)) : std::string();
}

std::string unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return std::string(value);
}

std::string instance_of(const pjsip_contact_hdr *contact) {
  for (const pjsip_param *p = contact->other_param.next; p != &contact->other_param; p = p->next)
    if (same_text(view(p->name), "+sip.instance")) return unquoted(view(p->value));
  return "";
}

/** A little less than the maximum, at random: phones that booted together must not all come back together. */
int granted_life(int asked, const Config &config) {
  const int most = std::min(asked, config.expires_max);
  unsigned char byte = 0;
  draw(&byte, 1);
  return std::max(config.expires_min, most - most * byte / 2560);
}

Request request_of(pjsip_rx_data *rdata, const Config &config) {
  Request out;
  const pjsip_msg *msg = rdata->msg_info.msg;
  const auto *expires = static_cast<const pjsip_expires_hdr *>(pjsip_msg_find_hdr(msg, PJSIP_H_EXPIRES, nullptr));
  for (const pjsip_hdr *h = msg->hdr.next; h != &msg->hdr; h = h->next) {
    if (h->type != PJSIP_H_CONTACT) continue;
    const auto *contact = reinterpret_cast<const pjsip_contact_hdr *>(h);
    if (contact->star) {
      out.star = true;
      out.bad = out.bad || !expires || expires->ivalue != 0;
      continue;
    }
    if (!contact->uri || (!PJSIP_URI_SCHEME_IS_SIP(contact->uri) && !PJSIP_URI_SCHEME_IS_SIPS(contact->uri)) || out.contacts.size() == kContactsPerRequest) {
      out.bad = true;
      continue;
    }
    unsigned asked = contact->expires != PJSIP_EXPIRES_NOT_SPECIFIED ? contact->expires : expires ? expires->ivalue : static_cast<unsigned>(config.expires_max);
    asked = std::min(asked, 1u << 30);
    out.too_brief = out.too_brief || (asked > 0 && asked < static_cast<unsigned>(config.expires_min));
    Wanted wanted{printed(contact->uri), instance_of(contact), static_cast<int>(asked)};
    out.bad = out.bad || wanted.contact.empty();
    out.contacts.push_back(std::move(wanted));
  }
  out.bad = out.bad || (out.star && !out.contacts.empty());
  return out;
}

void tell_gone(Core &c, const Binding &b, const char *why) {
  c.refreshed.erase(b.line + "|" + b.contact);
  c.emit(Lane::fresh, JsonObject("unregistered").text("line", b.line).text("contact", b.contact).text("why", why));
}

void tell_registered(Core &c, const Binding &b, const char *change) {
  std::string event = JsonObject("registered").raw("binding", json_of(b)).text("change", change).take();
  if (std::string_view(change) == "refreshed") c.refreshed[b.line + "|" + b.contact] = std::move(event);
  else c.events.post(Lane::fresh, std::move(event));
}

struct Sender {
  Hop source;
  std::string line, call_id, user_agent, response;
  int64_t cseq;
  std::string domain;
  std::vector<std::string> path;
};

/**
 * The same phone under another contact: known by its instance; else by its Call-ID, which a phone keeps for its life, or,
 * when it has been switched off and on, by being the same make at the same address. Its old contact would ring a dead
 * port, and hold up every forward, until it expired.
 */
bool is_same_phone(const Binding &b, const Wanted &wanted, const Sender &from) {
  if (b.contact == wanted.contact) return false;
  if (!wanted.instance.empty() || !b.instance.empty()) return wanted.instance == b.instance;
  return b.call_id == from.call_id || (b.user_agent == from.user_agent && same_host(b.source.addr, from.source.addr));
}

/** Returns where the phone was before, once for each contact of its that this one replaces. */
std::vector<Hop> bind(Core &c, const Sender &from, const Wanted &wanted) {
  std::vector<Hop> former;
  std::vector<Binding> &all = c.bindings.of_line(from.line);
  const int64_t expires_at = utc_ms() + int64_t{1000} * granted_life(wanted.expires, c.config);
  bool moved = false;
  for (size_t i = 0; i < all.size();) {
    if (!is_same_phone(all[i], wanted, from)) {
      ++i;
      continue;
    }
    tell_gone(c, all[i], "replaced");
    former.push_back(all[i].source);
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
    moved = true;
  }
  const auto known = std::find_if(all.begin(), all.end(), [&](const Binding &b) { return b.contact == wanted.contact; });
  const char *change = moved ? "moved" : "new";
  if (known != all.end()) {
    former.push_back(known->source);
    change = same_address(known->source.addr, from.source.addr) && known->source.type == from.source.type ? "refreshed" : "moved";
    *known = {from.line, wanted.contact, from.source, expires_at, from.user_agent, wanted.instance, from.call_id, from.cseq, from.response, true, from.domain, from.path};
    tell_registered(c, *known, change);
    return former;
  }
  if (all.size() >= kContactsPerLine) {
    const auto oldest = std::min_element(all.begin(), all.end(), [](const Binding &a, const Binding &b) { return a.expires_at < b.expires_at; });
    tell_gone(c, *oldest, "replaced");
    all.erase(oldest);
  }
  all.push_back({from.line, wanted.contact, from.source, expires_at, from.user_agent, wanted.instance, from.call_id, from.cseq, from.response, true, from.domain, from.path});
  tell_registered(c, all.back(), change);
  return former;
}

void unbind(Core &c, const std::string &line, const std::string *contact) {
  std::vector<Binding> &all = c.bindings.of_line(line);
  for (size_t i = 0; i < all.size();) {
    if (contact && all[i].contact != *contact) {
      ++i;
      continue;
    }
    tell_gone(c, all[i], "asked");
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void confirm(Core &c, pjsip_rx_data *rdata, const std::string &line) {
  std::vector<Header> headers;
  const int64_t now = utc_ms();
  for (const Binding &b : c.bindings.of_line(line))
    headers.push_back({"Contact", "<" + b.contact + ">;expires=" + std::to_string(std::max<int64_t>(0, (b.expires_at - now + 500) / 1000))});
  c.bindings.drop_line_if_empty(line);
  // RFC 3327 section 5.3: the phone learns by which way it is reached.
  if (const auto path = path_of(rdata))
    for (const std::string &entry : *path) headers.push_back({"Path", entry});
  reply(rdata, 200, headers);
}

std::string response_of(const pjsip_rx_data *rdata) {
  const auto *header = static_cast<const pjsip_authorization_hdr *>(pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_AUTHORIZATION, nullptr));
  return header ? text(header->credential.digest.response) : "";
}

/** A copy of a request that was granted a moment ago: UDP lost our answer. Its nonce count would look like a replay. */
const Binding *granted_before(Core &c, pjsip_rx_data *rdata, const std::string &response) {
  const auto *header = static_cast<const pjsip_authorization_hdr *>(pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_AUTHORIZATION, nullptr));
  const Credential *credential = header ? c.digest.find(view(header->credential.digest.username)) : nullptr;
  if (!credential || response.empty()) return nullptr;
  const Hop source = source_of(rdata);
  for (const Binding &b : c.bindings.of_line(credential->line))
    if (b.last_response == response && b.call_id == view(rdata->msg_info.cid->id) && b.cseq == rdata->msg_info.cseq->cseq && same_address(b.source.addr, source.addr)) return &b;
  c.bindings.drop_line_if_empty(credential->line);
  return nullptr;
}

}  // namespace

void on_register(pjsip_rx_data *rdata) {
  Core &c = *core();
  c.count("registers");
  const std::string response = response_of(rdata);
  if (const Binding *before = granted_before(c, rdata, response)) return confirm(c, rdata, std::string(before->line));
  if (c.overloaded()) {
    c.count("registers-shed");
    return reply(rdata, 503, {{"Retry-After", "5"}});
  }
  const Credential *who = nullptr;
  if (authenticate(rdata, &who) != Access::granted) return;
  const Request request = request_of(rdata, c.config);
  if (request.bad) return reply(rdata, 400);
  if (request.too_brief) return reply(rdata, 423, {{"Min-Expires", std::to_string(c.config.expires_min)}});
  const auto path = path_of(rdata);
  if (!path) return reply(rdata, 400, {}, "Bad Path");
  Sender from{source_of(rdata), who->line, text(rdata->msg_info.cid->id), "", response, rdata->msg_info.cseq->cseq, host_in(rdata->msg_info.to->uri), *path};
  const pj_str_t name = pj_str(const_cast<char *>("User-Agent"));
  if (const auto *agent = static_cast<const pjsip_generic_string_hdr *>(pjsip_msg_find_hdr_by_name(rdata->msg_info.msg, &name, nullptr)))
    from.user_agent = text(agent->hvalue).substr(0, 200);
  for (const Binding &b : c.bindings.of_line(from.line))
    if (b.call_id == from.call_id && from.cseq < b.cseq) return reply(rdata, 500, {}, "CSeq out of order");
  if (request.star) unbind(c, from.line, nullptr);
  std::vector<Hop> former;
  for (const Wanted &wanted : request.contacts) {
    if (wanted.expires == 0) unbind(c, from.line, &wanted.contact);
    else former = bind(c, from, wanted);
  }
  confirm(c, rdata, from.line);
  // Its calls follow it only when it has its answer.
  for (const Hop &hop : former) move_flow(c, hop, from.source);
}

void flush_refreshed(Core &c) {
  for (auto &[key, event] : c.refreshed) c.events.post_droppable(Lane::fresh, std::move(event));
  c.refreshed.clear();
}

void expire_bindings(Core &c) {
  c.bindings.expire(utc_ms(), [&](const Binding &b) { tell_gone(c, b, "expired"); });
}

void restore_bindings(Core &c, std::vector<Binding> bindings) {
  const int64_t now = utc_ms();
  c.bindings.clear();
  for (Binding &b : bindings)
    if (b.expires_at > now) c.bindings.of_line(b.line).push_back(std::move(b));
  // Connections of the process before this one are gone: its phones come again by themselves.
  c.bindings.each([&](Binding &b) {
    if (!is_up(c, b.source)) tell_unreachable(c, b);
  });
}

void drop_binding(Core &c, const std::string &line, const std::string &contact) {
  std::vector<Binding> &all = c.bindings.of_line(line);
  for (size_t i = 0; i < all.size();) {
    if (all[i].contact == contact) all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
    else ++i;
  }
  c.bindings.drop_line_if_empty(line);
}

}  // namespace pbx::sip
