// What JavaScript is to the switch, in a thread of its own: takes its events in batches, and commands it meanwhile.
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "../src/sip/legs.h"

namespace pbx::threads {

class Office {
 public:
  explicit Office(sip::Core &core, Events &events);

  /** Until the switch says that it has stopped. */
  void run();
  /** Waits until the switch says that it runs; false when it does not start. */
  bool started() { return started_.get_future().get(); }
  long events() const { return count_; }
  /** What the switch had not given back when it stopped. */
  long pools_left() const { return pools_left_; }

 private:
  void take(const std::string &event);
  void invited(const std::string &leg);
  void answered(const std::string &leg);
  void rest();

  sip::Core &core_;
  Events &events_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool waiting_ = false, over_ = false;
  std::promise<bool> started_;
  std::deque<std::string> up_;
  long count_ = 0, pools_left_ = -1;
};

}  // namespace pbx::threads
