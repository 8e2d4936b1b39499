// The way out: what the switch tells JavaScript, in three bounded lanes that keep their order.
//
// INVARIANTS
// - `post` may be called from any thread; it never blocks longer than the mutex and never calls JavaScript.
// - Within a lane events are delivered in the order they were posted. Who must keep order across lanes (a leg that
//   rises from `fresh` to `established`) uses an EventOrder.
// - The emergency lane is never dropped from nor refused.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace pbx {

enum class Lane : uint8_t { emergency = 0, established = 1, fresh = 2 };

/** Remembers the last event of one source, so that it never overtakes itself when it changes lanes. */
struct EventOrder {
  Lane lane = Lane::fresh;
  uint64_t sequence = 0;
};

class Events {
 public:
  using Clock = std::chrono::steady_clock;

  /** `schedule` asks the JavaScript thread to call `take`; called only when no such call is pending. */
  void on_waiting(std::function<void()> schedule);

  void post(Lane lane, std::string json, EventOrder *order = nullptr);
  /** For what JavaScript knows or expects already: goes along with the next event, at the latest when `hasten` finds it waiting. */
  void post_lazily(Lane lane, std::string json, EventOrder *order = nullptr);
  /** Asks JavaScript to take what was posted lazily and has waited long enough; milliseconds until it must be called again, -1: never. */
  int hasten();
  /** Statistics and log lines: dropped, and counted, when their lane is long. */
  void post_droppable(Lane lane, std::string json);

  /** The next batch as one JSON array; empty when nothing waits. JavaScript's thread. */
  std::string take();

  /** How long the oldest undelivered event of the third lane has been waiting, milliseconds. */
  int64_t behind_ms() const;
  size_t waiting() const;
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  /** No more deliveries: the environment is going away. */
  void close();

 private:
  struct Entry {
    std::string json;
    Clock::time_point since;
  };
  struct Queue {
    std::deque<Entry> entries;
    uint64_t posted = 0;
    uint64_t delivered = 0;
  };
  enum class Manner { at_once, lazily, droppable };
  void push(Lane lane, std::string json, EventOrder *order, Manner manner);

  mutable std::mutex mutex_;
  Queue lanes_[3];
  bool scheduled_ = false;
  bool closed_ = false;
  /** Since when something posted lazily waits and nobody was asked to take it. */
  std::optional<Clock::time_point> lazy_since_;
  std::atomic<uint64_t> dropped_{0};
  std::function<void()> schedule_;
};

}  // namespace pbx
