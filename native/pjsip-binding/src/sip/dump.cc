// Everything the switch knows, for the leak check of every test and for a technician's question.
#include "legs.h"

namespace pbx::sip {
namespace {

const char *word_of(const Leg &leg) {
  if (leg.state == LegState::established) return "established";
  return leg.state == LegState::answering ? "answering" : "early";
}

/** Pools in use by the kind their name tells: dialogs, transactions, messages; and what all of them hold. A debugging pool keeps no list. */
void count_pools(Core &c, JsonObject &counters) {
#if defined(PJ_POOL_DEBUG) && PJ_POOL_DEBUG
  counters.number("pools-listed", 0);
  (void)c;
#else
  std::map<std::string, int> kinds;
  int64_t bytes = 0;
  const auto *end = reinterpret_cast<const pj_list *>(&c.cp.used_list);
  for (const auto *at = static_cast<const pj_list *>(c.cp.used_list.next); at != end; at = static_cast<const pj_list *>(at->next)) {
    const auto *pool = reinterpret_cast<const pj_pool_t *>(at);
    bytes += static_cast<int64_t>(pool->capacity);
    const std::string name = pool->obj_name;
    const size_t digits = name.find_first_of("0123456789");
    ++kinds["pools-" + name.substr(0, digits == 0 ? std::string::npos : digits)];
  }
  for (const auto &[name, value] : kinds) counters.number(name, value);
  counters.number("pools-bytes", bytes);
#endif
}

}  // namespace

std::string dump_json(Core &c) {
  std::string legs = "[";
  for (const auto &[id, leg] : c.legs) {
    JsonObject one;
    one.text("leg", id).text("state", word_of(*leg));
    if (!leg->media.partner.empty()) one.text("bridgedWith", leg->media.partner);
    if (leg->media.port) one.number("rtpPort", leg->media.origin.port);
    if (legs.size() > 1) legs += ',';
    legs += one.take();
  }
  const media::Plane::Dump plane = c.plane->dump();
  JsonObject counters;
  for (const auto &[name, value] : c.counters) counters.number(name, static_cast<int64_t>(value));
  for (const auto &[name, value] : plane.counters) counters.number("media-" + name, static_cast<int64_t>(value));
  counters.number("media-encrypted", plane.encrypted);
  counters.number("events-dropped", static_cast<int64_t>(c.events.dropped())).number("events-waiting", static_cast<int64_t>(c.events.waiting()));
  counters.number("requests-waiting", static_cast<int64_t>(c.requests.size())).number("throttle-sources", static_cast<int64_t>(c.throttle.sources()));
  int64_t tcp = 0, tls = 0;
  for (const auto &[key, transport] : c.flows) ++(std::string_view(key).substr(0, 3) == "tls" ? tls : tcp);
  counters.number("connections-tcp", tcp).number("connections-tls", tls);
  count_pools(c, counters);
  const auto pools = static_cast<int64_t>(c.cp.used_count) - static_cast<int64_t>(c.pools_at_rest);
  return JsonObject()
      .raw("legs", legs + "]")
      .number("dialogs", pjsip_ua_get_dlg_set_count())
      .number("transactions", pjsip_tsx_layer_get_tsx_count())
      .number("pools", pools < 0 ? 0 : pools)
      .number("mediaPorts", plane.ports)
      .number("players", plane.players)
      .number("recorders", plane.recorders)
      .number("mixes", plane.mixes)
      .number("pages", plane.pages)
      .number("bindings", static_cast<int64_t>(c.bindings.size()))
      .number("subscriptions", static_cast<int64_t>(c.subscriptions.all.size()))
      .raw("counters", counters.take())
      .take();
}

}  // namespace pbx::sip
