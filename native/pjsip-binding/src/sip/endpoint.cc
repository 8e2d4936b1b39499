// The life of the sip thread: PJSIP starts, runs and ends here, and nothing else calls it.
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>

#include "../media/constant_pages.h"
#include "flows.h"
#include "legs.h"
#include "misread.h"
#include "stray_branch.h"
#include "udp_transport.h"

namespace pbx::sip {
namespace {

constexpr unsigned kPollMs = 100;
constexpr int64_t kFarewellMs = 2000;

struct StartFailure {
  std::string code, message, address;
};

void check(pj_status_t status, const char *what) {
  if (status != PJ_SUCCESS) throw StartFailure{"switch.not-started", std::string(what) + ": " + error_text(status), ""};
}

/** PJSIP's log may be filled by hostile packets, one line each: a few a second are let through. */
void on_log(int level, const char *data, int length) {
  static std::atomic<int64_t> second{0};
  static std::atomic<int> written{0};
  Core *c = core();
  if (!c) return;
  const int64_t now = steady_ms() / 1000;
  if (second.exchange(now) != now) written = 0;
  if (++written > 5) return;
  c->log(level <= 1 ? "error" : level == 2 ? "warn" : "info", std::string_view(data, static_cast<size_t>(length)));
}

void init_stack(Core &c) {
  pj_log_set_level(2);
  check(pj_init(), "pj_init");
  pj_log_set_decor(0);
  pj_log_set_log_func(&on_log);
  check(pjlib_util_init(), "pjlib_util_init");
  pj_caching_pool_init(&c.cp, &pj_pool_factory_default_policy, 0);
  pjsip_cfg()->endpt.disable_tcp_switch = PJ_TRUE;
  pjsip_cfg()->endpt.req_has_via_alias = PJ_FALSE;
  pjsip_cfg()->endpt.resolve_hostname_to_get_interface = PJ_FALSE;
  check(pjsip_endpt_create(&c.cp.factory, "switch", &c.endpt), "endpoint");
  c.pool = pjsip_endpt_create_pool(c.endpt, "switch", 1000, 1000);
  check(pjsip_tsx_layer_init_module(c.endpt), "transactions");
  const TimerConfig &t = c.config.timers;
  pjsip_tsx_set_timers(t.t1 ? t.t1 : 500, t.t2 ? t.t2 : 4000, t.t4 ? t.t4 : 5000, t.td ? t.td : 8000);
  check(pjsip_ua_init_module(c.endpt, nullptr), "dialogs");
  for (pjsip_module *module : {guard_module(), late_answer_module(), leg_module(), app_module(), printer_module()}) check(pjsip_endpt_register_module(c.endpt, module), "module");
  c.intake = std::make_unique<UdpIntake>(c);
  watch_connections(c);
  watch_flows(c);
  check(c.waiting.open(c.endpt), "poll");
  check(c.commands.open(c.waiting), "wake-up");
}

StartFailure taken(const ListenConfig &listen, pj_status_t status) {
  const std::string address = listen.transport + ":" + bracketed(listen.host) + ":" + std::to_string(listen.port);
  return {"switch.port-taken", "cannot listen on " + address + ": " + error_text(status), address};
}

/** CS3, as the UDP sockets have it. */
pj_qos_params signalling_mark() {
  pj_qos_params out{};
  out.flags = PJ_QOS_PARAM_HAS_DSCP;
  out.dscp_val = 24;
  return out;
}

/** A phone that lost its power says nothing: its connection ends when what it was sent stays unconfirmed, pings too. */
void find_out_dead_ones(pj_sockopt_params &params) {
  static int on = 1, unconfirmed_ms = 20'000, idle_seconds = 30;
  const auto add = [&](int level, int option, int &value) { params.options[params.cnt++] = {level, option, &value, sizeof value}; };
  params.cnt = 0;
  add(SOL_SOCKET, SO_KEEPALIVE, on);
  add(IPPROTO_TCP, TCP_KEEPIDLE, idle_seconds);
  add(IPPROTO_TCP, TCP_USER_TIMEOUT, unconfirmed_ms);
}

void open_listener(Core &c, const ListenConfig &listen) {
  const auto bind = parse_address(listen.host, listen.port);
  if (!bind) throw StartFailure{"switch.bad-address", "not a numeric address: " + listen.host, listen.host};
  const auto type = *transport_type(listen.transport, bind->ss_family);
  Listener out{type, host_of(*bind), listen.advertised, listen.port, nullptr, false};
  out.wildcard = out.bound == "0.0.0.0" || out.bound == "::";
  // A wildcard socket must not advertise itself as such; each dialog overrides this with the route to its peer.
  std::string published = !listen.advertised.empty() ? listen.advertised : out.wildcard ? local_host_towards(*parse_address(bind->ss_family == AF_INET6 ? "2001:db8::1" : "192.0.2.1", 9)) : out.bound;
  if (published.empty()) published = bind->ss_family == AF_INET6 ? "::1" : "127.0.0.1";
  const pjsip_host_port name{str(published), listen.port};
  pj_status_t status = PJ_SUCCESS;
  if (listen.transport == "tls") {
    if (!c.tls) c.tls = std::make_unique<TlsDoor>(c);
    const int error = c.tls->listen(*bind);
    if (error != 0) status = PJ_STATUS_FROM_OS(error);
  } else if (listen.transport == "udp") {
    status = udp_transport_start(c, *bind, name, &out.transport);
  } else {
    pjsip_tcp_transport_cfg cfg;
    pjsip_tcp_transport_cfg_default(&cfg, bind->ss_family == AF_INET6 ? pj_AF_INET6() : pj_AF_INET());
    std::memcpy(&cfg.bind_addr, &*bind, static_cast<size_t>(length_of(*bind)));
    cfg.addr_name = name;
    cfg.reuse_addr = PJ_TRUE;
    cfg.qos_params = signalling_mark();
    find_out_dead_ones(cfg.sockopt_params);
    status = pjsip_tcp_transport_start3(c.endpt, &cfg, nullptr);
  }
  if (status != PJ_SUCCESS) throw taken(listen, status);
  c.listeners.push_back(out);
}

/** Once a second, and quicker for what must not wait so long. */
void tick(Core &c, int64_t &last_second) {
  c.overloaded();
  const int64_t now = steady_ms();
  if (!c.awaited.empty()) silence_tick(c, now);
  if (now - last_second < 1000) return;
  last_second = now;
  expire_bindings(c);
  c.throttle.tidy(now);
  expire_requests(c, now);
  qualify_tick(c, now);
  restore_tick(c, now);
  subscriptions_tick(c, now);
  if (c.tls) c.tls->tick(now);
  flush_refreshed(c);
  for (auto at = c.closed_ports.begin(); at != c.closed_ports.end();) at = now - at->second.since > 30'000 ? c.closed_ports.erase(at) : std::next(at);
  std::vector<std::string> ids;
  for (const auto &[id, leg] : c.legs) ids.push_back(id);
  for (const std::string &id : ids)
    if (Leg *leg = c.leg(id)) leg_tick(c, *leg, now);
}

void poll(Core &c, unsigned ms) {
  const int lazy = c.events.hasten();
  if (lazy >= 0) ms = std::min(ms, static_cast<unsigned>(lazy));
  if (!c.later.empty()) ms = static_cast<unsigned>(std::clamp<int64_t>(c.later.begin()->first - steady_ms(), 0, ms));
  const int next_notify = send_notifies(c, steady_ms());
  if (next_notify >= 0) ms = std::min(ms, static_cast<unsigned>(next_notify));
  c.waiting.wait(c.intake->waiting() || (c.tls && c.tls->waiting()) ? 0 : ms);
  c.intake->work();
  if (c.tls) c.tls->work();
  c.do_due(steady_ms());
  flush_records(c);
  c.graveyard.clear();
}

/** BYE and CANCEL to everybody, and a moment for the answers. */
void say_farewell(Core &c) {
  while (!c.legs.empty()) hang_up(c, *c.legs.begin()->second, {"interrupted", 503, {}});
  const int64_t until = steady_ms() + kFarewellMs;
  while (c.farewells > 0 && steady_ms() < until) poll(c, 10);
}

void leave_behind(Core &c) {
  for (auto &[id, leg] : c.legs) {
    if (leg->reply) pjsip_tx_data_dec_ref(leg->reply);
    leg->reply = nullptr;
    if (leg->offer.reply) pjsip_tx_data_dec_ref(leg->offer.reply);
    leg->offer = {};
    if (leg->tie) leg->tie->leg = nullptr;
    if (leg->dlg) pjsip_dlg_dec_session(leg->dlg, leg_module());
  }
  c.legs.clear();
  for (const Core::Ghost &ghost : c.ghosts) pjsip_dlg_dec_session(ghost.dlg, leg_module());
  c.ghosts.clear();
}

void shut_down(Core &c, bool keep) {
  if (c.endpt) {
    if (keep) {
      freeze_records(c);
      leave_behind(c);
    } else {
      say_farewell(c);
      leave_behind(c);
    }
  }
  c.later.clear();
  if (c.plane) c.plane->stop();
  c.commands.close();
  c.plane.reset();
  if (c.records_fd >= 0) close(c.records_fd);
  c.records_fd = -1;
  std::vector<std::string> kept;
  for (const auto &[id, request] : c.requests) kept.push_back(id);
  for (const std::string &id : kept) respond(c, id, 500, "", "");
  c.requests.clear();
  drop_subscriptions(c);
  c.graveyard.clear();
  c.intake.reset();
  if (c.tls) c.tls->close();
  if (c.pool) pjsip_endpt_release_pool(c.endpt, c.pool);
  if (c.endpt) pjsip_endpt_destroy(c.endpt);
  c.waiting.close();
  const size_t left = c.cp.used_count;
  c.endpt = nullptr;
  c.tls.reset();
  c.flows.clear();
  set_core(nullptr);
  pj_log_set_log_func(&pj_log_write);
  pj_caching_pool_destroy(&c.cp);
  pj_shutdown();
  c.events.post(Lane::established, JsonObject("$stopped").number("poolsLeft", static_cast<int64_t>(left)).take());
}

void open_everything(Core &c) {
  c.digest.set_realm(c.config.realm);
  init_stack(c);
  media::Config media;
  media.port_from = c.config.rtp_from;
  media.port_to = c.config.rtp_to;
  if (!c.config.state_directory.empty()) media.state_file = c.config.state_directory + "/media";
  c.plane = media::create_plane(media, c);
  const size_t before = c.cp.used_count;
  const std::string restored = restore_records(c);
  const size_t of_restored = c.cp.used_count - before;
  for (const ListenConfig &listen : c.config.listen) open_listener(c, listen);
  if (c.tls) c.tls->open();
  c.pools_at_rest = c.cp.used_count - of_restored;
  send_owed(c);
  c.events.post(Lane::established, JsonObject("$started").raw("restored", restored).take());
}

/** Gives memory of the start and of a busy hour back. Off the sip thread: trimming a large heap takes milliseconds. */
class Trimmer {
 public:
  Trimmer() : thread_([this] { run(); }) {}
  ~Trimmer() {
    {
      std::lock_guard lock(mutex_);
      over_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  static constexpr int kStarted = 3;
  void run() {
    std::unique_lock lock(mutex_);
    for (int beat = 1; !wake_.wait_for(lock, std::chrono::seconds(10), [this] { return over_; }); ++beat) {
      lock.unlock();
      malloc_trim(1 << 20);
      // Once, when the start is over on the slowest of machines: of 30 MB of the engine's constants a busy box reads 6.
      if (beat == kStarted) media::give_back_constants(media::own_program());
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace

void keep_connections(Core &c, std::vector<TlsPeer> peers) {
  if (!c.endpt || (!c.tls && peers.empty())) return;
  // A box on which no phone comes in over TLS may still speak it to a trunk.
  if (!c.tls) {
    c.tls = std::make_unique<TlsDoor>(c);
    ++c.pools_at_rest;
  }
  c.tls->open();
  c.tls->dial(std::move(peers));
}

void run_endpoint(Core &c) {
  pthread_setname_np(pthread_self(), "sip");
  set_core(&c);
  try {
    open_everything(c);
  } catch (const StartFailure &failure) {
    c.events.post(Lane::established, JsonObject("$started").text("error", failure.code).text("message", failure.message).text("address", failure.address).take());
    return shut_down(c, true);
  } catch (const std::exception &failure) {
    c.events.post(Lane::established, JsonObject("$started").text("error", "switch.not-started").text("message", failure.what()).text("address", "").take());
    return shut_down(c, true);
  }
  {
    Trimmer trimmer;
    int64_t last_second = steady_ms();
    while (!c.quit) {
      poll(c, kPollMs);
      tick(c, last_second);
      flush_records(c);
    }
  }
  shut_down(c, c.keep);
}

}  // namespace pbx::sip
