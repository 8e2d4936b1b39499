// The plane as a whole: ports, and which of them are bridged.
#include "plane.h"

#include <algorithm>

#include "address.h"
#include "media_plane.h"
#include "monotonic.h"

namespace pbx::media {
namespace {

/** A predecessor's ports that nobody restored by then belong to calls that are gone. */
constexpr uint64_t claim_within_us = 60'000'000;

size_t pairs_in(const Config &config) { return static_cast<size_t>(std::max(0, config.port_to - config.port_from + 1) / 2); }

}  // namespace

MediaPlane::MediaPlane(const Config &config, Listener &listener)
    : config_(config),
      listener_(listener),
      room_(CodecRoom::enter()),
      silence_(Sound::silence(room_)),
      identity_(std::make_shared<DtlsIdentity>()),
      allocator_(config.port_from, config.port_to),
      records_(config.state_file, pairs_in(config)),
      clock_(counters_),
      next_id_(records_.last_id() + 1),
      began_us_(monotonic_us()) {
  for (const auto &[id, state] : records_.inherited()) allocator_.reserve(state.local_port);
  const RelayThread::Events events{[this](Port &port, const Port::Heard &what) { heard(port, what); },
                                   [this](Port &port) { closed(port); }};
  for (int i = 0; i < std::max(1, config.relay_threads); ++i) relays_.push_back(std::make_unique<RelayThread>(events));
}

MediaPlane::~MediaPlane() { stop(); }

PortId MediaPlane::open(const Address &bind, int &local_port) {
  local_port = 0;
  forget_unclaimed();
  const SocketPair sockets = allocator_.take(bind);
  if (sockets.port == 0) return 0;
  std::lock_guard lock(mutex_);
  if (stopped_) {
    Port(0, bind, sockets, counters_).close_sockets();
    return 0;
  }
  const auto port = std::make_shared<Port>(next_id_++, bind, sockets, counters_);
  records_.note_id(port->id);
  local_port = port->local_port;
  admit(port);
  return port->id;
}

void MediaPlane::forget_unclaimed() {
  {
    std::lock_guard lock(mutex_);
    if (unclaimed_forgotten_ || monotonic_us() - began_us_ < claim_within_us) return;
    unclaimed_forgotten_ = true;
  }
  for (const int port : records_.drop_inherited()) allocator_.give_back(port);
}

void MediaPlane::admit(const std::shared_ptr<Port> &port) {
  RelayThread *thread = relays_[next_relay_++ % relays_.size()].get();
  ports_[port->id] = {port, thread};
  if (!config_.state_file.empty()) {
    RecordFile::Slot *slot = records_.take(port->id);
    if (slot) port->record_into(slot);
    else Counters::add(counters_.unrecorded);
  }
  thread->add(port);
}

void MediaPlane::set_remote(PortId id, const Remote &remote) {
  std::lock_guard lock(mutex_);
  Entry *own = entry(id);
  if (!own) return;
  own->port->set_remote(remote);
  own->send_only = remote.send_only;
  listen_for_keys(*own);
}

void MediaPlane::set_access(PortId id, const Access &access) {
  std::lock_guard lock(mutex_);
  Entry *own = entry(id);
  if (!own) return;
  own->port->set_access(access, identity_);
  if (own->port->is_shaking()) own->thread->tend(*own->port);
}

bool MediaPlane::set_keys(PortId id, const SrtpKeys &keys) {
  const auto port = find(id);
  return port && port->set_keys(keys);
}

void MediaPlane::set_format(PortId id, const Format &format) {
  std::lock_guard lock(mutex_);
  Entry *own = entry(id);
  if (!own) return;
  own->port->set_format(format);
  // What a pair has in common may have changed.
  if (Entry *other = entry(own->peer)) wire(*own, *other);
  else listen_for_keys(*own);
}

void MediaPlane::bridge(PortId a, PortId b) {
  std::lock_guard lock(mutex_);
  Entry *left = entry(a), *right = entry(b);
  if (!left || !right || a == b) return;
  if (left->peer != b) unwire(*left);
  if (right->peer != a) unwire(*right);
  for (const PortId id : {a, b}) leave_mixes(id, ""), leave_overheard(id);
  same_thread(*left, *right);
  left->peer = b;
  right->peer = a;
  wire(*left, *right);
}

void MediaPlane::same_thread(Entry &stays, Entry &moves) {
  if (stays.thread == moves.thread) return;
  moves.thread->remove(*moves.port);
  moves.thread = stays.thread;
  moves.thread->add(moves.port);
}

void MediaPlane::wire(Entry &a, Entry &b) {
  const bool transcoded = are_foreign(*a.port, *b.port);
  a.port->set_peer(b.port, !transcoded);
  b.port->set_peer(a.port, !transcoded);
  listen_for_keys(a);
  listen_for_keys(b);
  mix_bridge(a, b);
}

void MediaPlane::unbridge(PortId id) {
  std::lock_guard lock(mutex_);
  if (Entry *own = entry(id)) unwire(*own);
}

void MediaPlane::unwire(Entry &own) {
  end_overheard(own.port->id, own.peer);
  Entry *other = entry(own.peer);
  own.peer = 0;
  own.port->set_peer(nullptr, false);
  listen_for_keys(own);
  if (!other) return;
  other->peer = 0;
  other->port->set_peer(nullptr, false);
  listen_for_keys(*other);
}

bool MediaPlane::held(PortId id) {
  const auto port = find(id);
  return port && port->held();
}

void MediaPlane::set_held(PortId id, bool held) {
  if (const auto port = find(id)) port->set_held(held);
}

Quality MediaPlane::quality(PortId id) {
  const auto port = find(id);
  return port ? port->quality() : Quality{};
}

std::string MediaPlane::suite(PortId id) {
  const auto port = find(id);
  return port ? port->suite() : "";
}

void MediaPlane::close(PortId id) {
  std::lock_guard lock(mutex_);
  Entry *own = entry(id);
  if (!own) return;
  unwire(*own);
  leave_mixes(id, "");
  leave_overheard(id);
  own->port->shut();
  records_.free(own->port->slot());
  own->thread->retire(own->port);
  // Those that beat notice the shut port by themselves.
  keypads_.erase(id);
  key_ears_.erase(id);
  recorders_.erase(id);
  ports_.erase(id);
}

void MediaPlane::closed(Port &port) { allocator_.give_back(port.local_port); }

bool MediaPlane::restore(PortId id, const std::string &line) {
  PortState state;
  // The file was written until the last packet; the line is as old as the SIP side's last note.
  const bool inherited = records_.inherited_state(id, state);
  if (!inherited && !state_of(line, state)) return false;
  std::lock_guard lock(mutex_);
  if (stopped_ || id == 0 || ports_.count(id)) return false;
  const SocketPair sockets = allocator_.take_again(state.bind, state.local_port);
  if (sockets.port == 0) return false;
  if (inherited) allocator_.give_back(state.local_port);
  const auto port = std::make_shared<Port>(id, state.bind, sockets, counters_);
  port->restore(state, identity_);
  next_id_ = std::max(next_id_, id + 1);
  records_.note_id(id);
  admit(port);
  ports_[id].send_only = state.remote.send_only;
  Entry *other = entry(state.peer);
  Entry *own = entry(id);
  listen_for_keys(*own);
  // A line older than the peer's own does not tear the peer out of the call that it is in now.
  if (!other || other->peer != 0) return true;
  same_thread(*other, *own);
  own->peer = state.peer;
  other->peer = id;
  wire(*own, *other);
  return true;
}

std::string MediaPlane::record_of(PortId id) {
  const auto port = find(id);
  return port ? line_of(port->state()) : "";
}

std::shared_ptr<Port> MediaPlane::find(PortId id) {
  std::lock_guard lock(mutex_);
  Entry *own = entry(id);
  return own ? own->port : nullptr;
}

MediaPlane::Entry *MediaPlane::entry(PortId id) {
  const auto found = ports_.find(id);
  return found == ports_.end() ? nullptr : &found->second;
}

Plane::Dump MediaPlane::dump() {
  std::lock_guard lock(mutex_);
  const auto count = [](const auto &table) { return static_cast<int>(table.size()); };
  const auto encrypted = std::count_if(ports_.begin(), ports_.end(), [](const auto &one) { return one.second.port->is_encrypted(); });
  return {count(ports_), static_cast<int>(encrypted), count(players_), recordings_, count(mixes_), count(pages_), counters_.all()};
}

void MediaPlane::stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    for (auto &[id, player] : players_) player->stop();
    for (auto &[id, recorder] : recorders_) recorder->stop();
    for (auto &[name, page] : pages_) page->stop();
  }
  // The clock beats once more, so that everybody is told how it ended.
  clock_.stop();
  writer_.stop();
  for (const auto &relay : relays_) relay->stop();
  std::lock_guard lock(mutex_);
  for (auto &[id, own] : ports_) own.port->shut();
  ports_.clear();
  mixes_.clear();
  bridge_mixers_.clear();
  overheard_.clear();
  keypads_.clear();
  key_ears_.clear();
}

std::unique_ptr<Plane> create_plane(const Config &config, Listener &listener) {
  return std::make_unique<MediaPlane>(config, listener);
}

}  // namespace pbx::media
