// The one thread that owns pjsua: commands are queued to it, and every callback of the library arrives on it.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace softphone {

class PhoneThread {
 public:
  using Job = std::function<void()>;

  PhoneThread() = default;
  PhoneThread(const PhoneThread &) = delete;
  PhoneThread &operator=(const PhoneThread &) = delete;
  ~PhoneThread() { stop(); }

  // `turn` is called again and again on the thread and waits for the network, at most some milliseconds;
  // `last` is called once on the thread when it stops.
  void start(Job turn, Job last);

  // Runs `job` on the thread after what was posted before. Jobs must not throw. Refused (false) after stop().
  bool post(Job job);

  // Runs what is queued, then `last`, and joins. Idempotent; not to be called from the thread itself.
  void stop();

 private:
  void run(const Job &turn, const Job &last);
  void drain();

  std::mutex mutex_;
  std::deque<Job> jobs_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
};

}  // namespace softphone
