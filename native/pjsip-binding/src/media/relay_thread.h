// Moves RTP and RTCP: one thread, one epoll, all the ports of the calls it was given.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "port.h"

namespace pbx::media {

class RelayThread {
 public:
  struct Events {
    /** A packet had a consequence. On the relay thread, no lock held. */
    std::function<void(Port &, const Port::Heard &)> heard;
    /** The sockets of a retired port are closed. */
    std::function<void(Port &)> closed;
  };

  explicit RelayThread(Events events);
  ~RelayThread();

  void add(const std::shared_ptr<Port> &);
  /** Leaves the port to another relay thread. */
  void remove(const Port &);
  /** Closes the port's sockets on this thread, after its last event, within a second: many are closed in one waking. */
  void retire(const std::shared_ptr<Port> &);
  /** The port has a handshake under way. */
  void tend(const Port &);
  void stop();

 private:
  void run();
  void serve(uint64_t token);
  void close_retired();
  void loosen_silent();
  void tend_handshakes();
  void tell(Port &, const Port::Heard &);
  std::shared_ptr<Port> find(PortId);

  const Events events_;
  const int epoll_, wake_;
  std::mutex mutex_;
  std::unordered_map<PortId, std::shared_ptr<Port>> ports_;
  std::vector<std::shared_ptr<Port>> retired_;
  /** Ports with a handshake under way. */
  std::vector<PortId> tended_;
  std::atomic<bool> tends_{false};
  bool stopping_ = false;
  uint64_t loosened_us_ = 0;
  std::thread thread_;
};

}  // namespace pbx::media
