// What it means for phones and calls that a connection came, went, or was replaced by another.
#include "flows.h"

#include <cstring>

#include "legs.h"

namespace pbx::sip {
namespace {

pjsip_tp_state_callback before = nullptr;

std::string key_of(const Hop &hop) { return std::string(transport_name(hop.type)) + "|" + std::to_string(port_of(hop.addr)) + "|" + host_of(hop.addr) + "|" + hop.peer; }

void lost(Core &c, const Hop &hop) {
  if (is_up(c, hop)) return;
  c.bindings.each([&](Binding &b) {
    if (b.reachable && same_hop(b.source, hop)) tell_unreachable(c, b);
  });
  const int64_t now = steady_ms();
  for (const auto &[id, leg] : c.legs)
    if (leg->tie && leg->flow_lost_ms == 0 && same_hop(leg->tie->hop, hop)) leg->flow_lost_ms = now;
}

/** The box has a connection to a trunk again: the far side learns from a request that calls go on by this one. */
void found_again(Core &c, const Hop &hop) {
  std::vector<std::string> there;
  for (const auto &[id, leg] : c.legs)
    if (leg->tie && leg->tie->hop_forced && leg->state == LegState::established && same_hop(leg->tie->hop, hop)) there.push_back(id);
  for (const std::string &id : there)
    if (Leg *leg = c.leg(id); leg && leg->dlg) {
      leg->flow_lost_ms = 0;
      ask_if_there(*leg);
    }
}

/** PJSIP's locks are held here: what follows from it waits for the loop. */
void on_state(pjsip_transport *transport, pjsip_transport_state state, const pjsip_transport_state_info *info) {
  if (before) (*before)(transport, state, info);
  Core *c = core();
  if (!c || (transport->flag & PJSIP_TRANSPORT_DATAGRAM)) return;
  const Hop hop = far_end_of(transport);
  const std::string key = key_of(hop);
  if (state == PJSIP_TP_STATE_CONNECTED) {
    c->flows[key] = transport;
    if (transport->dir == PJSIP_TP_DIR_OUTGOING) c->commands.post([c, hop] { found_again(*c, hop); });
    return;
  }
  const auto found = c->flows.find(key);
  if (found == c->flows.end() || found->second != transport) return;
  c->flows.erase(found);
  c->commands.post([c, hop] { lost(*c, hop); });
}

}  // namespace

bool same_hop(const Hop &a, const Hop &b) { return a.type == b.type && same_address(a.addr, b.addr) && std::strcmp(a.peer, b.peer) == 0; }

bool is_stream(const Hop &hop) { return hop.known() && !(pjsip_transport_get_flag_from_type(hop.type) & PJSIP_TRANSPORT_DATAGRAM); }

bool is_secure(const Hop &hop) { return hop.known() && (hop.type & ~PJSIP_TRANSPORT_IPV6) == PJSIP_TRANSPORT_TLS; }

bool is_up(const Core &c, const Hop &hop) { return !is_stream(hop) || c.flows.count(key_of(hop)) > 0; }

pjsip_transport *connection_to(const Core &c, const Hop &hop) {
  const auto found = c.flows.find(key_of(hop));
  return found == c.flows.end() ? nullptr : found->second;
}

void head_for(pjsip_tx_data *tdata, const Hop &hop) {
  auto &to = tdata->dest_info;
  to.addr.count = 1;
  to.cur_addr = 0;
  to.addr.entry[0].type = hop.type;
  to.addr.entry[0].priority = 0;
  to.addr.entry[0].weight = 0;
  to.addr.entry[0].addr_len = length_of(hop.addr);
  std::memcpy(&to.addr.entry[0].addr, &hop.addr, static_cast<size_t>(length_of(hop.addr)));
  // PJSIP sends over TLS only where this is the name of the connection's far end: of those to one address it finds the right one.
  if (to.name.slen == 0 || is_stream(hop)) to.name = copy(tdata->pool, *hop.peer ? std::string(hop.peer) : host_of(hop.addr));
}

bool aim(const Core &c, pjsip_tx_data *tdata, const Hop &hop) {
  if (!is_up(c, hop)) return false;
  head_for(tdata, hop);
  return true;
}

const char *transport_parameter(pjsip_transport_type_e type) {
  const std::string_view name = transport_name(type);
  return name == "tls" ? ";transport=tls" : name == "tcp" ? ";transport=tcp" : "";
}

void watch_flows(Core &c) {
  pjsip_tpmgr *manager = pjsip_endpt_get_tpmgr(c.endpt);
  before = pjsip_tpmgr_get_state_cb(manager);
  pjsip_tpmgr_set_state_cb(manager, &on_state);
}

void move_flow(Core &c, const Hop &from, const Hop &to) {
  if (!is_stream(from) || same_hop(from, to)) return;
  std::vector<std::string> moved;
  for (const auto &[id, leg] : c.legs)
    if (leg->tie && leg->tie->hop_forced && same_hop(leg->tie->hop, from)) moved.push_back(id);
  for (const std::string &id : moved) {
    Leg *leg = c.leg(id);
    if (!leg || !leg->dlg) continue;
    leg->tie->hop = to;
    leg->flow_lost_ms = 0;
    c.count("calls-on-another-connection");
    save_record(c, *leg);
    if (leg->state == LegState::established) ask_if_there(*leg);
  }
  pay_owed(c, from, to);
}

void flow_tick(Core &c, Leg &leg, int64_t now_ms) {
  if (leg.flow_lost_ms == 0 || !leg.tie) return;
  if (is_up(c, leg.tie->hop)) {
    leg.flow_lost_ms = 0;
    return;
  }
  if (leg.state != LegState::established || now_ms - leg.flow_lost_ms < c.config.timers.flow) return;
  c.count("calls-without-connection");
  finish(c, leg, {"unreachable", 408, "timeout", -1});
}

}  // namespace pbx::sip
