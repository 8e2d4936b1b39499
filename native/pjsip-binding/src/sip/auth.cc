// Who sends this request: challenge, check, and what a wrong password costs its sender.
#include <algorithm>

#include "core.h"

namespace pbx::sip {
namespace {

std::optional<Authorization> authorization_of(const pjsip_rx_data *rdata, const std::string &realm) {
  const auto *header = static_cast<const pjsip_authorization_hdr *>(pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_AUTHORIZATION, nullptr));
  for (; header; header = static_cast<const pjsip_authorization_hdr *>(pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_AUTHORIZATION, header->next))) {
    if (same_text(view(header->scheme), "Digest") && view(header->credential.digest.realm) == realm) break;
    if (static_cast<const void *>(header->next) == &rdata->msg_info.msg->hdr) return std::nullopt;
  }
  if (!header) return std::nullopt;
  const pjsip_digest_credential &d = header->credential.digest;
  return Authorization{view(d.username), view(d.realm), view(d.nonce), view(d.uri), view(d.response), view(d.algorithm), view(d.cnonce), view(d.nc), view(d.qop)};
}

/** libre 1 (baresip up to 1.x) gives up where any challenge offers more than MD5, also when MD5 is offered beside it. */
bool gives_up_on_choice(const pjsip_rx_data *rdata) {
  const pj_str_t name = pj_str(const_cast<char *>("User-Agent"));
  const auto *agent = static_cast<const pjsip_generic_string_hdr *>(pjsip_msg_find_hdr_by_name(rdata->msg_info.msg, &name, nullptr));
  if (!agent) return false;
  const std::string_view product = view(agent->hvalue);
  return product.substr(0, 10) == "baresip v0" || product.substr(0, 10) == "baresip v1";
}

void challenge(pjsip_rx_data *rdata, bool stale) {
  Core &c = *core();
  const Hop source = source_of(rdata);
  const std::string nonce = c.digest.nonce(source.addr, steady_ms());
  const auto value = [&](const char *algorithm) {
    return "Digest realm=\"" + c.digest.realm() + "\", nonce=\"" + nonce + "\", algorithm=" + algorithm + ", qop=\"auth\"" + (stale ? ", stale=true" : "");
  };
  if (gives_up_on_choice(rdata)) return reply(rdata, 401, {{"WWW-Authenticate", value("MD5")}});
  // MD5 first: phones older than RFC 8760 look at the first header only, and one that finds SHA-256 there never registers.
  reply(rdata, 401, {{"WWW-Authenticate", value("MD5")}, {"WWW-Authenticate", value("SHA-256")}});
}

void report_refusal(pjsip_rx_data *rdata, std::string_view auth_name, bool throttled) {
  Core &c = *core();
  const Hop source = source_of(rdata);
  if (!c.throttle.may_report(source.addr, throttled, steady_ms())) return;
  c.events.post_droppable(Lane::established, JsonObject("auth-refused")
                                                 .raw("source", json_of(source))
                                                 .text("authName", auth_name)
                                                 .text("method", view(rdata->msg_info.msg->line.req.method.name))
                                                 .truth("throttled", throttled)
                                                 .take());
}

}  // namespace

bool is_peer(const Core &c, const sockaddr_storage &source) {
  const auto holds = [&](const Prefix &prefix) { return prefix.contains(source); };
  // A phone that stands where a trunk does proves who it is, like any phone.
  return std::any_of(c.peers.begin(), c.peers.end(), holds) && !c.bindings.anybody_at(source);
}

const Credential *proven_line(pjsip_rx_data *rdata) {
  Core &c = *core();
  const auto given = authorization_of(rdata, c.digest.realm());
  if (!given) return nullptr;
  const Hop source = source_of(rdata);
  const Verdict verdict = c.digest.check(*given, view(rdata->msg_info.msg->line.req.method.name), source.addr, steady_ms());
  return verdict == Verdict::right || verdict == Verdict::repeated || verdict == Verdict::stale ? c.digest.find(given->username) : nullptr;
}

Access authenticate(pjsip_rx_data *rdata, const Credential **who) {
  Core &c = *core();
  const auto given = authorization_of(rdata, c.digest.realm());
  if (!given) {
    c.count("challenges");
    challenge(rdata, false);
    return Access::answered;
  }
  const Hop source = source_of(rdata);
  const int64_t now = steady_ms();
  if (!c.throttle.allows(source.addr, given->username, now)) {
    c.count("throttled");
    report_refusal(rdata, given->username, true);
    return Access::answered;
  }
  const Verdict verdict = c.digest.check(*given, view(rdata->msg_info.msg->line.req.method.name), source.addr, now);
  switch (verdict) {
    case Verdict::right:
      c.throttle.succeeded(source.addr, given->username, now);
      *who = c.digest.find(given->username);
      if (c.tls) c.tls->prove(rdata->tp_info.transport);
      return Access::granted;
    case Verdict::stale:
    case Verdict::repeated:
      challenge(rdata, true);
      return Access::answered;
    case Verdict::wrong:
    case Verdict::unfit:
      break;
  }
  c.count("auth-refused");
  c.throttle.failed(source.addr, now);
  report_refusal(rdata, given->username, false);
  challenge(rdata, false);
  return Access::answered;
}

}  // namespace pbx::sip
