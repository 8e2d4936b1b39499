// The queue into the sip thread and what wakes that thread for it.
#include "commands.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace pbx::sip {

bool Commands::post(Command command) {
  {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    queue_.push_back(std::move(command));
    // Said before the thread is up: it finds them waiting when it opens.
    if (bell_ < 0) return true;
  }
  ring();
  return true;
}

/** Once per burst: the reader takes it back before it drains the queue. */
void Commands::ring() {
  if (!rung_.exchange(true)) eventfd_write(bell_, 1);
}

pj_status_t Commands::open(Waiting &waiting) {
  const int bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (bell < 0) return PJ_STATUS_FROM_OS(errno);
  const pj_status_t status = waiting.add(bell, [this, bell] {
    eventfd_t rings;
    eventfd_read(bell, &rings);
    run();
  });
  if (status != PJ_SUCCESS) {
    ::close(bell);
    return status;
  }
  std::lock_guard lock(mutex_);
  waiting_ = &waiting;
  bell_ = bell;
  if (!queue_.empty()) ring();
  return PJ_SUCCESS;
}

void Commands::run() {
  rung_ = false;
  std::vector<Command> batch;
  {
    std::lock_guard lock(mutex_);
    batch.swap(queue_);
  }
  for (Command &command : batch) command();
}

void Commands::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  run();
  std::lock_guard lock(mutex_);
  if (bell_ < 0) return;
  waiting_->remove(bell_);
  ::close(bell_);
  bell_ = -1;
}

}  // namespace pbx::sip
