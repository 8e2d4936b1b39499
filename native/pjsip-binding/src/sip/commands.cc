// The queue into the sip thread and its wake socket. A socketpair, not an eventfd: PJSIP's poll reads with recv(),
// which fails on an eventfd; a timer of zero delay would wait for the poll to end.
#include "commands.h"

#include <sys/socket.h>
#include <unistd.h>

namespace pbx::sip {

bool Commands::post(Command command) {
  {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    queue_.push_back(std::move(command));
    // Said before the thread is up: it finds them waiting when it opens.
    if (wake_fd_ < 0) return true;
  }
  // One byte per burst: the reader clears the flag before it drains the queue.
  if (!woken_.exchange(true)) {
    const char byte = 1;
    [[maybe_unused]] const ssize_t sent = send(wake_fd_, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  return true;
}

pj_status_t Commands::open(pj_pool_t *pool, pj_ioqueue_t *ioqueue) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) return PJ_STATUS_FROM_OS(errno);
  pj_ioqueue_callback callbacks{};
  callbacks.on_read_complete = &Commands::on_readable;
  const pj_status_t status = pj_ioqueue_register_sock(pool, ioqueue, pair[0], this, &callbacks, &key_);
  if (status != PJ_SUCCESS) {
    ::close(pair[0]);
    ::close(pair[1]);
    return status;
  }
  pj_ioqueue_op_key_init(&op_, sizeof op_);
  read_until_empty();
  std::lock_guard lock(mutex_);
  wake_fd_ = pair[1];
  if (!queue_.empty() && !woken_.exchange(true)) {
    const char byte = 1;
    [[maybe_unused]] const ssize_t sent = send(wake_fd_, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  return PJ_SUCCESS;
}

void Commands::read_until_empty() {
  // A read must stay pending: PJSIP sleeps up to 10 ms when a descriptor is ready and nobody reads it.
  for (;;) {
    pj_ssize_t length = sizeof buffer_;
    if (pj_ioqueue_recv(key_, &op_, buffer_, &length, 0) != PJ_SUCCESS) return;
  }
}

void Commands::on_readable(pj_ioqueue_key_t *key, pj_ioqueue_op_key_t *, pj_ssize_t) {
  auto *self = static_cast<Commands *>(pj_ioqueue_get_user_data(key));
  self->read_until_empty();
  self->run();
}

void Commands::run() {
  woken_ = false;
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
  if (key_) pj_ioqueue_unregister(key_);
  if (wake_fd_ >= 0) ::close(wake_fd_);
  key_ = nullptr;
  wake_fd_ = -1;
}

}  // namespace pbx::sip
