// The 20 ms beat of everything that the box itself says or hears: players, pages, mixes, recorders.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "counters.h"

namespace pbx::media {

constexpr int tick_ms = 20;

/** Something that speaks or listens in steps of 20 ms. Only the clock thread calls it. */
class Ticker {
 public:
  virtual ~Ticker() = default;
  /** One step; false when it is over, after which it is not called again. */
  virtual bool tick(uint64_t now_us) = 0;
};

class ClockThread {
 public:
  explicit ClockThread(Counters &counters);
  ~ClockThread();

  /** Beats from the next beat on. */
  void add(std::shared_ptr<Ticker>);
  /** Beats at once, then with the others: an alarm does not wait for the next beat. */
  void add_at_once(std::shared_ptr<Ticker>);
  /** Joins the thread; tickers still present are dropped. */
  void stop();

 private:
  void run();
  void beat(std::vector<std::shared_ptr<Ticker>> &tickers);
  void take_new();
  void arm();
  void rest_when_idle();

  Counters &counters_;
  const int timer_, wake_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Ticker>> added_, urgent_;
  bool armed_ = false, stopping_ = false;
  /** The clock thread's own. */
  std::vector<std::shared_ptr<Ticker>> tickers_;
  std::thread thread_;
};

}  // namespace pbx::media
