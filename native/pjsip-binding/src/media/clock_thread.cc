// The 20 ms beat of everything that the box itself says or hears.
#include "clock_thread.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "monotonic.h"
#include "pj_thread.h"

namespace pbx::media {
namespace {

/** Beats made up for in a row after the machine was busy: 200 ms. A longer hole stays one, or phones get a flood. */
constexpr uint64_t most_made_up = 10;

}  // namespace

ClockThread::ClockThread(Counters &counters)
    : counters_(counters),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "media-clock");
}

ClockThread::~ClockThread() {
  stop();
  close(timer_);
  close(wake_);
}

void ClockThread::add(std::shared_ptr<Ticker> ticker) {
  std::lock_guard lock(mutex_);
  added_.push_back(std::move(ticker));
  arm();
}

void ClockThread::add_at_once(std::shared_ptr<Ticker> ticker) {
  std::lock_guard lock(mutex_);
  urgent_.push_back(std::move(ticker));
  arm();
  eventfd_write(wake_, 1);
}

void ClockThread::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    eventfd_write(wake_, 1);
  }
  if (thread_.joinable()) thread_.join();
  tickers_.clear();
  std::lock_guard lock(mutex_);
  added_.clear();
  urgent_.clear();
}

void ClockThread::arm() {
  if (armed_) return;
  armed_ = true;
  // Absolute, with a period of the kernel's: the beat does not drift by what the work takes.
  const uint64_t first = monotonic_us() + tick_ms * 1000;
  itimerspec spec{};
  spec.it_value.tv_sec = static_cast<time_t>(first / 1'000'000);
  spec.it_value.tv_nsec = static_cast<long>(first % 1'000'000 * 1000);
  spec.it_interval.tv_nsec = tick_ms * 1'000'000;
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &spec, nullptr);
}

void ClockThread::run() {
  register_with_pjlib("media-clock");
  pollfd wanted[2] = {{timer_, POLLIN, 0}, {wake_, POLLIN, 0}};
  for (;;) {
    poll(wanted, 2, -1);
    eventfd_t woken;
    eventfd_read(wake_, &woken);
    take_new();
    {
      std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    uint64_t beats = 0;
    if (read(timer_, &beats, sizeof beats) != sizeof beats) beats = 0;
    if (beats > most_made_up) {
      Counters::add(counters_.late_ticks, beats - 1);
      beats = 1;
    }
    for (; beats > 0; --beats) beat(tickers_);
    rest_when_idle();
  }
  // Whoever was told to end before the stop says so now.
  beat(tickers_);
}

void ClockThread::take_new() {
  std::vector<std::shared_ptr<Ticker>> added, urgent;
  {
    std::lock_guard lock(mutex_);
    added.swap(added_);
    urgent.swap(urgent_);
  }
  beat(urgent);
  tickers_.insert(tickers_.end(), urgent.begin(), urgent.end());
  tickers_.insert(tickers_.end(), added.begin(), added.end());
}

void ClockThread::beat(std::vector<std::shared_ptr<Ticker>> &tickers) {
  const uint64_t now = monotonic_us();
  tickers.erase(std::remove_if(tickers.begin(), tickers.end(), [now](const auto &t) { return !t->tick(now); }), tickers.end());
}

void ClockThread::rest_when_idle() {
  if (!tickers_.empty()) return;
  std::lock_guard lock(mutex_);
  if (!added_.empty() || !urgent_.empty()) return;
  const itimerspec never{};
  timerfd_settime(timer_, 0, &never, nullptr);
  armed_ = false;
}

}  // namespace pbx::media
