// The loop of the thread that owns pjsua.
#include "phone-thread.h"

#include <utility>

namespace softphone {

void PhoneThread::start(Job turn, Job last) {
  thread_ = std::thread([this, turn = std::move(turn), last = std::move(last)] { run(turn, last); });
}

bool PhoneThread::post(Job job) {
  std::lock_guard<std::mutex> guard(mutex_);
  if (stopping_) return false;
  jobs_.push_back(std::move(job));
  return true;
}

void PhoneThread::stop() {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void PhoneThread::run(const Job &turn, const Job &last) {
  while (!stopping_) {
    drain();
    turn();
  }
  drain();
  last();
}

void PhoneThread::drain() {
  std::deque<Job> due;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    due.swap(jobs_);
  }
  for (auto &job : due) job();
}

}  // namespace softphone
