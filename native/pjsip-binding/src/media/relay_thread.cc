// Moves RTP and RTCP: one thread, one epoll, all the ports of the calls it was given.
#include "relay_thread.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "monotonic.h"

namespace pbx::media {
namespace {

constexpr int events_at_once = 64;
/** Packets read in one go only while a port still has strangers' packets queued. */
constexpr int most_drained = 64;
constexpr uint64_t loosen_every_us = 1'000'000;
/** So many ports whose calls are over may keep their sockets until the thread wakes up anyway. */
constexpr size_t most_retired = 64;
/** How late a lost flight of a handshake may be repeated. */
constexpr int tend_every_ms = 20;

/** A port's id is never used twice: an event of a closed port that is already under way finds nothing. */
uint64_t token_of(PortId id, bool rtcp) { return uint64_t(id) << 1 | (rtcp ? 1 : 0); }
constexpr uint64_t wake_token = ~uint64_t{0};

void watch(int epoll, int fd, uint64_t token) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = token;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

}  // namespace

RelayThread::RelayThread(Events events)
    : events_(std::move(events)), epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  watch(epoll_, wake_, wake_token);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "media-relay");
}

RelayThread::~RelayThread() {
  stop();
  close(epoll_);
  close(wake_);
}

void RelayThread::add(const std::shared_ptr<Port> &port) {
  std::lock_guard lock(mutex_);
  ports_[port->id] = port;
  watch(epoll_, port->rtp_socket(), token_of(port->id, false));
  watch(epoll_, port->rtcp_socket(), token_of(port->id, true));
  if (!port->is_shaking()) return;
  tended_.push_back(port->id);
  tends_ = true;
  eventfd_write(wake_, 1);
}

void RelayThread::remove(const Port &port) {
  std::lock_guard lock(mutex_);
  epoll_ctl(epoll_, EPOLL_CTL_DEL, port.rtp_socket(), nullptr);
  epoll_ctl(epoll_, EPOLL_CTL_DEL, port.rtcp_socket(), nullptr);
  ports_.erase(port.id);
}

void RelayThread::tend(const Port &port) {
  std::lock_guard lock(mutex_);
  if (std::find(tended_.begin(), tended_.end(), port.id) == tended_.end()) tended_.push_back(port.id);
  tends_ = true;
  eventfd_write(wake_, 1);
}

void RelayThread::retire(const std::shared_ptr<Port> &port) {
  std::lock_guard lock(mutex_);
  retired_.push_back(port);
  if (retired_.size() == most_retired) eventfd_write(wake_, 1);
}

void RelayThread::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    eventfd_write(wake_, 1);
  }
  if (thread_.joinable()) thread_.join();
  std::lock_guard lock(mutex_);
  ports_.clear();
}

void RelayThread::run() {
  epoll_event events[events_at_once];
  for (;;) {
    const int n = epoll_wait(epoll_, events, events_at_once, tends_ ? tend_every_ms : 1000);
    for (int i = 0; i < n; ++i) {
      if (events[i].data.u64 != wake_token) {
        serve(events[i].data.u64);
        continue;
      }
      eventfd_t ignored;
      eventfd_read(wake_, &ignored);
      std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    close_retired();
    loosen_silent();
    if (tends_) tend_handshakes();
  }
}

void RelayThread::serve(uint64_t token) {
  const auto port = find(static_cast<PortId>(token >> 1));
  if (!port) return;
  for (int i = 0; i < most_drained; ++i) {
    if (token & 1) {
      if (!port->read_rtcp()) return;
      continue;
    }
    Port::Heard heard;
    const bool more = port->read_rtp(heard);
    if (heard.told) tell(*port, heard);
    if (!more) return;
  }
}

void RelayThread::tell(Port &port, const Port::Heard &heard) {
  if (heard.shaking) tend(port);
  if (heard.latched || heard.digit || heard.keyed) events_.heard(port, heard);
}

void RelayThread::tend_handshakes() {
  std::vector<PortId> tended;
  {
    std::lock_guard lock(mutex_);
    tended.swap(tended_);
    tends_ = false;
  }
  const uint64_t now = monotonic_us();
  for (const PortId id : tended) {
    const auto port = find(id);
    Port::Heard heard;
    if (port) port->shake_when_due(now, heard);
    if (heard.told) tell(*port, heard);
  }
}

void RelayThread::close_retired() {
  std::vector<std::shared_ptr<Port>> retired;
  {
    std::lock_guard lock(mutex_);
    if (retired_.empty()) return;
    retired.swap(retired_);
    for (const auto &port : retired) ports_.erase(port->id);
  }
  for (const auto &port : retired) {
    port->close_sockets();
    events_.closed(*port);
  }
}

void RelayThread::loosen_silent() {
  const uint64_t now = monotonic_us();
  if (now - loosened_us_ < loosen_every_us) return;
  loosened_us_ = now;
  std::vector<std::shared_ptr<Port>> ports;
  {
    std::lock_guard lock(mutex_);
    for (const auto &[id, port] : ports_) ports.push_back(port);
  }
  for (const auto &port : ports) {
    port->loosen_when_silent(now);
    port->report_when_due(now);
  }
}

std::shared_ptr<Port> RelayThread::find(PortId id) {
  std::lock_guard lock(mutex_);
  const auto found = ports_.find(id);
  return found == ports_.end() ? nullptr : found->second;
}

}  // namespace pbx::media
