// What the parts of the switch share: the leg table, events of media threads, the box's address towards a peer.
#include "legs.h"

#include <algorithm>
#include <chrono>

#include "legs.h"

namespace pbx::sip {
namespace {

Core *running = nullptr;
constexpr int64_t kShedAboveMs = 200, kShedUntilMs = 50;

}  // namespace

Core *core() { return running; }
void set_core(Core *core) { running = core; }

int64_t steady_ms() { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
int64_t utc_ms() { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::string error_text(pj_status_t status) {
  char buffer[PJ_ERR_MSG_SIZE];
  const pj_str_t said = pj_strerror(status, buffer, sizeof buffer);
  return text(said);
}

Leg *Core::leg(const std::string &id) {
  const auto found = legs.find(id);
  return found == legs.end() ? nullptr : found->second.get();
}

void Core::after(int64_t ms, std::function<void(Core &)> what) { later.emplace(steady_ms() + ms, std::move(what)); }

void Core::do_due(int64_t now_ms) {
  while (!later.empty() && later.begin()->first <= now_ms) {
    const auto what = std::move(later.begin()->second);
    later.erase(later.begin());
    what(*this);
  }
}

void Core::log(const char *level, std::string_view text) {
  events.post_droppable(Lane::established, JsonObject("log").text("level", level).text("text", text.substr(0, 500)).take());
}

bool Core::overloaded() {
  const int64_t behind = std::max(events.behind_ms(), intake ? intake->behind_ms(steady_ms()) : 0);
  const bool now = shedding ? behind > kShedUntilMs : behind > kShedAboveMs;
  if (now != shedding) {
    shedding = now;
    emit(Lane::established, JsonObject("overload-changed").truth("shedding", now).number("behindMilliseconds", behind));
  }
  return shedding;
}

/** Routes change when a cable is pulled: what the kernel said is believed for two seconds. */
const std::string &Core::route_towards(const sockaddr_storage &peer) const {
  const int64_t now = steady_ms();
  if (routes_.size() > 4096) routes_.clear();
  Route &route = routes_[host_of(peer)];
  if (route.own.empty() || now - route.since > 2000) route = {local_host_towards(peer), now};
  return route.own;
}

LocalAddress Core::local_towards(const Hop &hop) const {
  const sip::Listener *chosen = nullptr;
  const std::string &route = route_towards(hop.addr);
  for (const sip::Listener &listener : listeners) {
    if (listener.type != hop.type) continue;
    if (!chosen || listener.bound == route) chosen = &listener;
  }
  LocalAddress out;
  out.type = hop.type;
  if (!chosen) {
    out.bind = out.advertised = route;
    out.port = 5060;
    return out;
  }
  out.transport = chosen->transport;
  out.port = chosen->port;
  out.bind = chosen->wildcard ? route : chosen->bound;
  out.advertised = !chosen->advertised.empty() ? chosen->advertised : out.bind;
  return out;
}

Leg *Core::leg_of_port(media::PortId port) {
  const auto found = ports.find(port);
  return found == ports.end() ? nullptr : leg(found->second);
}

void Core::on_latched(media::PortId port, const media::Address &from) {
  commands.post([this, port, from] {
    if (Leg *leg = leg_of_port(port)) {
      Hop hop;
      hop.addr = from;
      hop.type = PJSIP_TRANSPORT_UDP;
      emit(*leg, JsonObject("media-seen").text("leg", leg->id).raw("from", json_of(hop)));
    }
  });
}

void Core::on_keyed(media::PortId port, const std::string &suite) {
  commands.post([this, port, suite] {
    Leg *leg = leg_of_port(port);
    if (!leg) return;
    leg->media.keyless_since_ms = 0;
    // Of a call that is not up yet it is told when it is.
    if (leg->state == LegState::established) tell_encrypted(*this, *leg, suite);
  });
}

void Core::on_digit(media::PortId port, char digit, media::Pressed how) {
  commands.post([this, port, digit, by = how == media::Pressed::event ? "rfc4733" : "inband"] {
    if (Leg *leg = leg_of_port(port)) emit(*leg, JsonObject("digit").text("leg", leg->id).text("digit", std::string(1, digit)).text("by", by));
  });
}

void Core::on_keys_unspoken(media::PortId port, const std::string &keys) {
  commands.post([this, port, keys] {
    if (Leg *leg = leg_of_port(port)) send_keys(*this, *leg, keys);
  });
}

void Core::on_played(media::PortId port, const std::string &play, bool complete) {
  commands.post([this, port, play, complete] {
    if (Leg *leg = leg_of_port(port)) emit(*leg, JsonObject("played").text("leg", leg->id).text("play", play).truth("complete", complete));
  });
}

void Core::on_recorded(media::PortId port, const std::string &file, double seconds, const std::string &error) {
  commands.post([this, port, file, seconds, error] {
    // A recording ends with its leg: by the time its file is closed the leg may be gone.
    const auto known = ports.find(port);
    const auto gone = known == ports.end() ? closed_ports.find(port) : closed_ports.end();
    if (known == ports.end() && gone == closed_ports.end()) return;
    JsonObject event("recorded");
    event.text("leg", known != ports.end() ? known->second : gone->second.leg).text("file", file).real("seconds", seconds);
    if (!error.empty()) event.text("error", error);
    if (Leg *leg = leg_of_port(port)) emit(*leg, event);
    else emit(Lane::established, event);
  });
}

void Core::on_page_started(const std::string &page, const std::string &listener) {
  commands.post([this, page, listener] { emit(Lane::emergency, JsonObject("page-started").text("page", page).text("listener", listener)); });
}

void Core::on_page_round(const std::string &page, int round) {
  commands.post([this, page, round] { emit(Lane::emergency, JsonObject("page-round").text("page", page).number("round", round)); });
}

void Core::on_page_ended(const std::string &page, bool complete, const std::vector<PageDelivery> &delivered) {
  commands.post([this, page, complete, delivered] {
    std::string list = "[";
    for (const PageDelivery &one : delivered) {
      if (list.size() > 1) list += ',';
      list += JsonObject().text("listener", one.listener).number("packets", static_cast<int64_t>(one.packets)).number("wholeRounds", one.whole_rounds).take();
    }
    emit(Lane::emergency, JsonObject("page-ended").text("page", page).truth("complete", complete).raw("delivered", list + "]"));
  });
}

}  // namespace pbx::sip
