// Is the phone still there? OPTIONS to every binding, spread over the interval so that a thousand phones are not asked at once.
#include "flows.h"
#include "legs.h"
#include "path.h"

namespace pbx::sip {
namespace {

constexpr int kAtOnce = 50;

void on_answer(void *token, pjsip_event *event) {
  Core *c = core();
  if (!c) return;
  const auto asked = c->probes.find(reinterpret_cast<uintptr_t>(token));
  if (asked == c->probes.end()) return;
  const Probe probe = asked->second;
  c->probes.erase(asked);
  Binding *binding = c->bindings.find(probe.line, probe.contact);
  if (!binding) return;
  // Whatever a phone answers proves that it is there; only silence and a dead connection do not.
  const bool reachable = event->body.tsx_state.type == PJSIP_EVENT_RX_MSG;
  binding->reachable = reachable;
  JsonObject told("qualified");
  told.text("line", probe.line).text("contact", probe.contact).truth("reachable", reachable);
  if (reachable) told.number("roundTripMilliseconds", steady_ms() - probe.since);
  c->events.post_droppable(Lane::fresh, told.take());
}

void ask(Core &c, const Binding &b) {
  const Hop hop = first_hop(b.contact, b.path, b.source);
  // Told when its connection broke; it comes again by itself.
  if (!is_up(c, hop)) return;
  const LocalAddress own = c.local_towards(hop);
  const std::string host = bracketed(own.advertised) + ":" + std::to_string(own.port);
  const std::string from = "<sip:pbx@" + host + ">", to = "<" + b.contact + ">", contact = "<sip:" + host + transport_parameter(hop.type) + ">";
  const pj_str_t target = str(b.contact), from_s = str(from), to_s = str(to), contact_s = str(contact);
  pjsip_tx_data *tdata = nullptr;
  if (pjsip_endpt_create_request(c.endpt, pjsip_get_options_method(), &target, &from_s, &to_s, &contact_s, nullptr, -1, nullptr, &tdata) != PJ_SUCCESS) return;
  add_routes(tdata->pool, &tdata->msg->hdr, b.path);
  if (!aim(c, tdata, hop)) {
    pjsip_tx_data_dec_ref(tdata);
    return;
  }
  const uintptr_t token = ++c.last_asked;
  c.probes[token] = {b.line, b.contact, steady_ms()};
  if (pjsip_endpt_send_request(c.endpt, tdata, -1, reinterpret_cast<void *>(token), &on_answer) != PJ_SUCCESS) c.probes.erase(token);
}

}  // namespace

void tell_unreachable(Core &c, Binding &binding) {
  binding.reachable = false;
  c.emit(Lane::fresh, JsonObject("qualified").text("line", binding.line).text("contact", binding.contact).truth("reachable", false));
}

void qualify_every(Core &c, int seconds) {
  c.qualify_seconds = seconds;
  c.qualify_due.clear();
}

void qualify_tick(Core &c, int64_t now_ms) {
  if (c.qualify_seconds <= 0) return;
  std::vector<Binding> due;
  const int64_t interval = int64_t{1000} * c.qualify_seconds;
  c.bindings.each([&](Binding &b) {
    if (due.size() == kAtOnce) return;
    auto [at, is_new] = c.qualify_due.try_emplace(b.line + "|" + b.contact, now_ms);
    // The first round is spread; after it each keeps its own beat.
    if (is_new) at->second = now_ms + static_cast<int64_t>(std::hash<std::string>{}(at->first) % static_cast<size_t>(std::max<int64_t>(1, interval)));
    if (now_ms < at->second) return;
    at->second = now_ms + interval;
    due.push_back(b);
  });
  for (const Binding &b : due) ask(c, b);
  if (c.qualify_due.size() > 2 * c.bindings.size() + 100) c.qualify_due.clear();
}

}  // namespace pbx::sip
