// A phone asks the box to call for it: REFER outside a dialog (RFC 3515), from a contact list or a key. What becomes of it is
// told as of a subscription that the REFER itself began.
#include "legs.h"
#include "subscriptions.h"

namespace pbx::sip {
namespace {

/** A phone rings, and whoever is called rings: longer than both may take. */
constexpr int64_t kOutcomeMs = 190'000;
constexpr size_t kAtOnce = 100;

size_t waiting(const Core &c) {
  size_t n = 0;
  for (const auto &[id, request] : c.requests) n += request.subscription.empty() ? 0 : 1;
  return n;
}

}  // namespace

void on_refer_outside(pjsip_rx_data *rdata) {
  Core &c = *core();
  c.count("refers-outside");
  WatchWish wanted = wanted_of(rdata);
  wanted.package = kRefer;
  if (rdata->msg_info.to->tag.slen > 0) return reply(rdata, 481);
  if (Subscription *before = known(c, rdata, wanted); before && is_copy(*before, rdata)) return answer(c, *before, rdata, 202);
  if (c.overloaded() || waiting(c) >= kAtOnce) return reply(rdata, 503, {{"Retry-After", "5"}});
  const Credential *who = nullptr;
  if (authenticate(rdata, &who) != Access::granted) return;
  const ReferWish wish = wish_of(rdata->msg_info.msg);
  if (wish.fault || wanted.contact.empty()) return reply(rdata, wish.fault ? wish.fault : 400);
  Subscription *s = make_subscription(c, rdata, wanted, who->line);
  if (!s) return;
  s->quiet = wish.quiet;
  s->expires_at = utc_ms() + (wish.quiet ? int64_t{pjsip_cfg()->tsx.td} : kOutcomeMs + 10'000);
  PendingRequest request;
  request.is_refer = true;
  request.quiet = wish.quiet;
  request.subscription = s->id;
  request.deadline_ms = steady_ms() + kOutcomeMs;
  const std::string id = random_id("rf-");
  c.requests[id] = request;
  answer_asked(c, *s, 202);
  notify(c, {s->id}, std::make_shared<const News>(News{"message/sipfrag", sipfrag(100)}));
  JsonObject event("asked-to-call");
  event.text("request", id).text("line", who->line).text("of", user_of(rdata->msg_info.msg->line.req.uri));
  c.emit(Lane::fresh, event.text("to", wish.address.substr(0, wish.address.find('?'))).raw("source", json_of(source_of(rdata))));
}

}  // namespace pbx::sip
