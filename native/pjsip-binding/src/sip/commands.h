// The way in: commands from JavaScript and facts from media threads, run one after another on the sip thread.
#pragma once

#include <pjlib.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

namespace pbx::sip {

class Commands {
 public:
  using Command = std::function<void()>;

  /** Any thread. False when the switch is not running: the command is forgotten. */
  bool post(Command command);
  /** Sip thread: registers the wake socket in the endpoint's own poll, so that a command never waits for a poll to time out. */
  pj_status_t open(pj_pool_t *pool, pj_ioqueue_t *ioqueue);
  /** Sip thread: runs what is queued. */
  void run();
  /** Sip thread: refuses from here on, runs what is left. */
  void close();

 private:
  static void on_readable(pj_ioqueue_key_t *key, pj_ioqueue_op_key_t *op, pj_ssize_t read);
  void read_until_empty();

  std::mutex mutex_;
  std::vector<Command> queue_;
  bool closed_ = false;
  std::atomic<bool> woken_{false};
  int wake_fd_ = -1;
  pj_ioqueue_key_t *key_ = nullptr;
  pj_ioqueue_op_key_t op_{};
  char buffer_[16];
};

}  // namespace pbx::sip
