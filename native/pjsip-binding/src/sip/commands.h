// The way in: commands from JavaScript and facts from media threads, run one after another on the sip thread.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "waiting.h"

namespace pbx::sip {

class Commands {
 public:
  using Command = std::function<void()>;

  /** Any thread. False when the switch is not running: the command is forgotten. */
  bool post(Command command);
  /** Sip thread: from here on a command ends the sip thread's sleep. */
  pj_status_t open(Waiting &waiting);
  /** Sip thread: runs what is queued. */
  void run();
  /** Sip thread: refuses from here on, runs what is left. */
  void close();

 private:
  void ring();

  std::mutex mutex_;
  std::vector<Command> queue_;
  bool closed_ = false;
  std::atomic<bool> rung_{false};
  int bell_ = -1;
  Waiting *waiting_ = nullptr;
};

}  // namespace pbx::sip
