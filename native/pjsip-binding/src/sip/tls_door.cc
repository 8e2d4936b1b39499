// From decrypted bytes to SIP messages, and back.
#include "tls_door.h"

#include <cstring>

#include "core.h"

namespace pbx::sip {
namespace {

constexpr int64_t kTurnMs = 5, kUnfinishedMs = 20'000;
constexpr unsigned kKnownInARow = 4;
constexpr int kToldInASecond = 3;

}  // namespace

struct TlsDoor::Transport : pjsip_transport {
  Transport(TlsDoor &door, ConnectionId id) : pjsip_transport{}, door(door), id(id) {}
  TlsDoor &door;
  ConnectionId id;
  sockaddr_storage peer{};
  std::string pending;
  bool gone = false, proven = false, lined_up = false, ended = false;
  int64_t unfinished_since_ms = 0;
};

TlsDoor::Transport &TlsDoor::of(pjsip_transport *transport) { return *static_cast<Transport *>(transport); }

TlsDoor::TlsDoor(Core &core) : core_(core), receipt_(std::make_unique<Receipt>(core.endpt)), gate_(*this, core.tls_context, core.config.tls) {}

void TlsDoor::tell(Fact fact) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = facts_.empty();
    facts_.push_back(std::move(fact));
  }
  if (first) core_.commands.post([this] { collect(); });
}

void TlsDoor::on_open(ConnectionId id, const sockaddr_storage &local, const sockaddr_storage &peer) { tell({Fact::Kind::open, id, local, peer, "", "", ""}); }
void TlsDoor::on_dialled(ConnectionId id, const sockaddr_storage &local, const TlsPeer &peer) { tell({Fact::Kind::dialled, id, local, peer.address, "", "", peer.name}); }
void TlsDoor::on_bytes(ConnectionId id, std::string bytes) { tell({Fact::Kind::bytes, id, {}, {}, std::move(bytes), "", ""}); }
void TlsDoor::on_closed(ConnectionId id) { tell({Fact::Kind::closed, id, {}, {}, "", "", ""}); }
void TlsDoor::on_refused(const sockaddr_storage &peer, const char *kind, const std::string &why) { tell({Fact::Kind::refused, 0, {}, peer, why, kind, ""}); }
void TlsDoor::on_away(const TlsPeer &peer, const char *word, const std::string &why) { tell({Fact::Kind::away, 0, {}, peer.address, why, word, peer.name}); }

void TlsDoor::collect() {
  std::vector<Fact> facts;
  {
    std::lock_guard lock(mutex_);
    facts.swap(facts_);
  }
  if (!receipt_) return;
  for (Fact &fact : facts) {
    if (fact.kind == Fact::Kind::open || fact.kind == Fact::Kind::dialled) {
      arrived(fact);
      continue;
    }
    if (fact.kind == Fact::Kind::away) {
      core_.count("tls-away");
      tell_peer(fact);
      continue;
    }
    if (fact.kind == Fact::Kind::refused) {
      refused(fact);
      continue;
    }
    const auto found = transports_.find(fact.id);
    if (found == transports_.end()) continue;
    Transport &t = *found->second;
    if (fact.kind == Fact::Kind::closed) t.gone = true;
    else t.pending += fact.text;
    line_up(t);
  }
}

/** Hostile peers may fill the log: a few a second are let through, all are counted. */
void TlsDoor::refused(const Fact &fact) {
  core_.count("tls-refused");
  core_.count((std::string("tls-refused-") + fact.word).c_str());
  const int64_t second = steady_ms() / 1000;
  if (told_second_ != second) told_ = 0;
  told_second_ = second;
  if (++told_ <= kToldInASecond) core_.log("warn", "TLS with " + bracketed(host_of(fact.peer)) + " refused: " + fact.text);
}

/** How it is with a connection of the box's own. */
void TlsDoor::tell_peer(const Fact &fact) {
  Hop hop;
  hop.addr = fact.peer;
  hop.type = fact.peer.ss_family == AF_INET6 ? PJSIP_TRANSPORT_TLS6 : PJSIP_TRANSPORT_TLS;
  lead_to(hop, fact.name);
  JsonObject event("connection-changed");
  event.raw("with", json_of(hop)).truth("up", fact.kind == Fact::Kind::dialled);
  if (fact.kind == Fact::Kind::away) event.text("why", fact.word).text("text", fact.text);
  core_.emit(Lane::established, event);
}

void TlsDoor::dial(std::vector<TlsPeer> peers) {
  for (TlsPeer &peer : peers) {
    // A box that was told to keep to one address calls from there too.
    for (const Listener &listener : core_.listeners)
      if (!listener.wildcard && parse_address(listener.bound, 0)->ss_family == peer.address.ss_family && (peer.bind.empty() || listener.bound == local_host_towards(peer.address))) peer.bind = listener.bound;
    peer.sameness += "|" + peer.bind;
  }
  gate_.peers(std::move(peers));
}

void TlsDoor::arrived(const Fact &fact) {
  const bool six = fact.peer.ss_family == AF_INET6;
  pj_pool_t *pool = pjsip_endpt_create_pool(core_.endpt, "tls%p", 512, 512);
  if (!pool) return gate_.close(fact.id);
  auto *t = new Transport(*this, fact.id);
  t->peer = fact.peer;
  t->pool = pool;
  t->endpt = core_.endpt;
  pj_ansi_strxcpy(t->obj_name, pool->obj_name, sizeof t->obj_name);
  t->key.type = six ? PJSIP_TRANSPORT_TLS6 : PJSIP_TRANSPORT_TLS;
  std::memcpy(&t->key.rem_addr, &fact.peer, static_cast<size_t>(length_of(fact.peer)));
  t->type_name = const_cast<char *>("TLS");
  t->flag = pjsip_transport_get_flag_from_type(static_cast<pjsip_transport_type_e>(t->key.type));
  t->addr_len = length_of(fact.local);
  std::memcpy(&t->local_addr, &fact.local, static_cast<size_t>(t->addr_len));
  Hop hop;
  hop.addr = fact.peer;
  hop.type = static_cast<pjsip_transport_type_e>(t->key.type);
  const LocalAddress own = core_.local_towards(hop);
  t->local_name.host = copy(pool, own.advertised.empty() ? host_of(fact.local) : own.advertised);
  const bool dialled = fact.kind == Fact::Kind::dialled;
  t->proven = dialled;
  t->local_name.port = own.port;
  // What PJSIP chooses by among connections to one address.
  t->remote_name.host = copy(pool, fact.name.empty() ? host_of(fact.peer) : fact.name);
  t->remote_name.port = port_of(fact.peer);
  t->dir = dialled ? PJSIP_TP_DIR_OUTGOING : PJSIP_TP_DIR_INCOMING;
  t->info = copy(pool, "tls " + bracketed(host_of(fact.peer)) + ":" + std::to_string(port_of(fact.peer))).ptr;
  t->send_msg = &on_send;
  t->do_shutdown = &on_shutdown;
  t->destroy = &on_destroy;
  pj_status_t status = pj_atomic_create(pool, 0, &t->ref_cnt);
  if (status == PJ_SUCCESS) status = pj_lock_create_recursive_mutex(pool, pool->obj_name, &t->lock);
  if (status == PJ_SUCCESS) status = pjsip_transport_register(pjsip_endpt_get_tpmgr(core_.endpt), t);
  transports_[t->id] = t;
  if (status != PJ_SUCCESS) {
    on_destroy(t);
    return;
  }
  core_.count(dialled ? "tls-dialled" : "tls-accepted");
  if (dialled) tell_peer(fact);
  // Held until the connection is gone: PJSIP takes a transport away that nobody uses.
  pjsip_transport_add_ref(t);
  if (const pjsip_tp_state_callback changed = pjsip_tpmgr_get_state_cb(t->tpmgr)) {
    pjsip_transport_state_info info{};
    (*changed)(t, PJSIP_TP_STATE_CONNECTED, &info);
  }
}

pj_status_t TlsDoor::on_send(pjsip_transport *transport, pjsip_tx_data *tdata, const pj_sockaddr_t *, int, void *, pjsip_transport_callback) {
  Transport &t = of(transport);
  if (t.gone) return PJ_STATUS_FROM_OS(ENOTCONN);
  t.door.gate_.send(t.id, std::string(tdata->buf.start, static_cast<size_t>(tdata->buf.cur - tdata->buf.start)));
  return PJ_SUCCESS;
}

pj_status_t TlsDoor::on_shutdown(pjsip_transport *transport) {
  of(transport).door.gate_.close(of(transport).id);
  return PJ_SUCCESS;
}

pj_status_t TlsDoor::on_destroy(pjsip_transport *transport) {
  Transport *t = &of(transport);
  t->door.gate_.close(t->id);
  t->door.transports_.erase(t->id);
  if (t->ref_cnt) pj_atomic_destroy(t->ref_cnt);
  if (t->lock) pj_lock_destroy(t->lock);
  pj_pool_t *pool = t->pool;
  pjsip_endpoint *endpt = t->endpt;
  delete t;
  pjsip_endpt_release_pool(endpt, pool);
  return PJ_SUCCESS;
}

void TlsDoor::line_up(Transport &t) {
  if (t.lined_up || t.ended) return;
  const bool help = look_at(t.pending, core_.emergency, t.peer) == Urgency::emergency;
  queues_[help ? emergency : t.proven ? known : strangers].push_back(t.id);
  t.lined_up = true;
  ++waiting_;
}

bool TlsDoor::next(ConnectionId &id) {
  const bool known_first = known_in_a_row_ < kKnownInARow;
  for (const Queue which : {emergency, known_first ? known : strangers, known_first ? strangers : known}) {
    std::deque<ConnectionId> &queue = queues_[which];
    if (queue.empty()) continue;
    if (which != emergency) known_in_a_row_ = which == known ? known_in_a_row_ + 1 : 0;
    id = queue.front();
    queue.pop_front();
    --waiting_;
    return true;
  }
  return false;
}

void TlsDoor::work() {
  const int64_t until = steady_ms() + kTurnMs;
  for (ConnectionId id = 0; next(id);) {
    const auto found = transports_.find(id);
    if (found != transports_.end()) feed(*found->second);
    if (steady_ms() >= until) return;
  }
}

/** As much as one reading of PJSIP takes; the rest lines up again. */
void TlsDoor::feed(Transport &t) {
  t.lined_up = false;
  const ConnectionId id = t.id;
  size_t eaten = 0;
  if (!t.pending.empty() && !t.is_shutdown) {
    // What it brings about may close the connection.
    pjsip_transport_add_ref(&t);
    eaten = receipt_->take_stream(&t, t.pending, t.peer);
    t.pending.erase(0, eaten);
    pjsip_transport_dec_ref(&t);
    gate_.taken(id, eaten);
  }
  if (t.is_shutdown) t.pending.clear();
  if (eaten > 0) t.unfinished_since_ms = 0;
  if (!t.pending.empty() && t.unfinished_since_ms == 0) t.unfinished_since_ms = steady_ms();
  if (eaten > 0 && !t.pending.empty()) return line_up(t);
  if (t.gone) end(t);
}

void TlsDoor::end(Transport &t) {
  if (t.ended) return;
  t.ended = true;
  if (const pjsip_tp_state_callback changed = pjsip_tpmgr_get_state_cb(t.tpmgr)) {
    pjsip_transport_state_info info{};
    info.status = PJ_STATUS_FROM_OS(ECONNRESET);
    (*changed)(&t, PJSIP_TP_STATE_DISCONNECTED, &info);
  }
  pjsip_transport_shutdown(&t);
  pjsip_transport_dec_ref(&t);
}

void TlsDoor::tick(int64_t now_ms) {
  for (const auto &[id, t] : transports_) {
    // Nobody signs in from a trunk's network: it is known by its address.
    if (!t->proven && is_peer(core_, t->peer)) prove(t);
    if (t->unfinished_since_ms == 0 || t->pending.empty() || now_ms - t->unfinished_since_ms < kUnfinishedMs) continue;
    t->unfinished_since_ms = 0;
    core_.count("tls-unfinished");
    gate_.close(id);
  }
}

void TlsDoor::prove(pjsip_transport *transport) {
  if (transport->send_msg != &on_send) return;
  Transport &t = of(transport);
  if (t.proven) return;
  t.proven = true;
  gate_.prove(t.id);
}

void TlsDoor::close() { receipt_.reset(); }

}  // namespace pbx::sip
