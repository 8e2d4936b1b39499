// One epoll of our own; PJSIP's is a member of it.
#include "waiting.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core.h"

namespace pbx::sip {
namespace {

constexpr int kPerWait = 32;
/** As long as PJSIP itself sleeps when a descriptor is ready that nobody reads. */
constexpr unsigned kAfterIdleAlarm = 10;
constexpr int64_t kTendEveryMs = 500;
/** Timers of transactions are of half a second and more: those that are due so close together expire in one turn. */
constexpr long kTogetherMs = 10;

}  // namespace

pj_status_t Waiting::open(pjsip_endpoint *endpt) {
  endpt_ = endpt;
  // A pointer to the descriptor of its epoll, where the ioqueue is one of epoll (config: --enable-epoll).
  const auto *theirs = static_cast<const int *>(pj_ioqueue_get_os_handle(pjsip_endpt_get_ioqueue(endpt)));
  if (!theirs) return PJ_ENOTSUP;
  pjsip_ = *theirs;
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return PJ_STATUS_FROM_OS(errno);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = pjsip_;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, pjsip_, &event) == 0 ? PJ_SUCCESS : PJ_STATUS_FROM_OS(errno);
}

pj_status_t Waiting::add(int fd, Ready readable) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return PJ_STATUS_FROM_OS(errno);
  watched_[fd].readable = std::move(readable);
  return PJ_SUCCESS;
}

void Waiting::arm(int fd, unsigned events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void Waiting::await_room(int fd, Ready room) {
  const auto found = watched_.find(fd);
  if (found == watched_.end()) return;
  found->second.room = std::move(room);
  arm(fd, EPOLLIN | EPOLLOUT);
}

void Waiting::remove(int fd) {
  if (watched_.erase(fd) > 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
}

/** Whoever is called may remove descriptors, its own too: each is looked up anew and called from a copy. */
bool Waiting::do_ready(int fd, unsigned events) {
  if (fd == pjsip_) return true;
  auto found = watched_.find(fd);
  if (found == watched_.end()) return false;
  if ((events & EPOLLOUT) && found->second.room) {
    const Ready room = std::move(found->second.room);
    found->second.room = nullptr;
    arm(fd, EPOLLIN);
    room();
    found = watched_.find(fd);
  }
  if ((events & ~EPOLLOUT) && found != watched_.end()) {
    const Ready readable = found->second.readable;
    readable();
  }
  return false;
}

/** Now and then also when nothing is ready: then its ioqueue takes back what belonged to closed connections. */
int Waiting::tend_pjsip() {
  const pj_time_val at_once{0, 0};
  tended_ms_ = steady_ms();
  return pj_ioqueue_poll(pjsip_endpt_get_ioqueue(endpt_), &at_once);
}

void Waiting::serve_pjsip() {
  const bool idle = tend_pjsip() <= 0;
  if (idle == idle_alarm_) return;
  idle_alarm_ = idle;
  arm(pjsip_, idle ? 0U : static_cast<unsigned>(EPOLLIN));
}

void Waiting::wait(unsigned ms) {
  pj_time_val next{0, 0};
  pj_timer_heap_poll(pjsip_endpt_get_timer_heap(endpt_), &next);
  if (next.sec == 0) ms = std::min(ms, next.msec <= 0 ? 0U : static_cast<unsigned>(std::max(next.msec, kTogetherMs)));
  if (idle_alarm_) ms = std::min(ms, kAfterIdleAlarm);
  epoll_event ready[kPerWait];
  const int count = epoll_wait(epoll_, ready, kPerWait, static_cast<int>(ms));
  bool alarmed = idle_alarm_;
  for (int i = 0; i < count; ++i) alarmed |= do_ready(ready[i].data.fd, ready[i].events);
  if (alarmed) serve_pjsip();
  else if (steady_ms() - tended_ms_ > kTendEveryMs) tend_pjsip();
}

void Waiting::close() {
  watched_.clear();
  if (epoll_ >= 0) ::close(epoll_);
  epoll_ = -1;
}

}  // namespace pbx::sip
