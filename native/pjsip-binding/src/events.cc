// Three lanes of events and the batches they leave in.
#include "events.h"

namespace pbx {
namespace {

/** Of the third lane few go in one batch: what an emergency needs must not wait for JavaScript to digest the rest. */
constexpr size_t kFreshPerBatch = 64;
constexpr size_t kPerBatch = 1024;
constexpr size_t kDroppableUpTo = 2048;
/** Waking JavaScript costs more than most events do: those that can wait so long do. */
constexpr auto kLazyFor = std::chrono::milliseconds(20);

}  // namespace

void Events::on_waiting(std::function<void()> schedule) {
  std::lock_guard lock(mutex_);
  schedule_ = std::move(schedule);
}

void Events::post(Lane lane, std::string json, EventOrder *order) { push(lane, std::move(json), order, Manner::at_once); }

void Events::post_lazily(Lane lane, std::string json, EventOrder *order) { push(lane, std::move(json), order, lane == Lane::emergency ? Manner::at_once : Manner::lazily); }

void Events::post_droppable(Lane lane, std::string json) { push(lane, std::move(json), nullptr, Manner::droppable); }

void Events::push(Lane lane, std::string json, EventOrder *order, Manner manner) {
  std::function<void()> schedule;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    if (order && order->lane != lane && lanes_[static_cast<int>(order->lane)].delivered < order->sequence) lane = order->lane;
    Queue &queue = lanes_[static_cast<int>(lane)];
    if (manner == Manner::droppable && queue.entries.size() >= kDroppableUpTo) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    queue.entries.push_back({std::move(json), Clock::now()});
    ++queue.posted;
    if (order) *order = {lane, queue.posted};
    if (scheduled_ || !schedule_) return;
    if (manner == Manner::lazily) {
      if (!lazy_since_) lazy_since_ = Clock::now();
      return;
    }
    scheduled_ = true;
    lazy_since_.reset();
    schedule = schedule_;
  }
  schedule();
}

int Events::hasten() {
  std::function<void()> schedule;
  {
    std::lock_guard lock(mutex_);
    if (!lazy_since_ || closed_ || !schedule_) return -1;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*lazy_since_ + kLazyFor - Clock::now()).count();
    if (left > 0) return static_cast<int>(left);
    lazy_since_.reset();
    scheduled_ = true;
    schedule = schedule_;
  }
  schedule();
  return -1;
}

std::string Events::take() {
  std::string batch;
  std::function<void()> again;
  {
    std::lock_guard lock(mutex_);
    scheduled_ = false;
    lazy_since_.reset();
    if (closed_) return batch;
    size_t left = kPerBatch;
    for (int lane = 0; lane < 3; ++lane) {
      Queue &queue = lanes_[lane];
      size_t room = lane == 2 ? std::min(left, kFreshPerBatch) : left;
      for (; room > 0 && !queue.entries.empty(); --room, --left) {
        batch += batch.empty() ? '[' : ',';
        batch += queue.entries.front().json;
        queue.entries.pop_front();
        ++queue.delivered;
      }
    }
    if (!batch.empty()) batch += ']';
    const bool more = !lanes_[0].entries.empty() || !lanes_[1].entries.empty() || !lanes_[2].entries.empty();
    if (more && schedule_) {
      scheduled_ = true;
      again = schedule_;
    }
  }
  if (again) again();
  return batch;
}

int64_t Events::behind_ms() const {
  std::lock_guard lock(mutex_);
  const auto &entries = lanes_[2].entries;
  if (entries.empty()) return 0;
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - entries.front().since).count();
}

size_t Events::waiting() const {
  std::lock_guard lock(mutex_);
  return lanes_[0].entries.size() + lanes_[1].entries.size() + lanes_[2].entries.size();
}

void Events::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  schedule_ = nullptr;
  for (Queue &queue : lanes_) queue.entries.clear();
}

}  // namespace pbx
