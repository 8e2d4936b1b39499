// A phone in a thread of its own: it calls, speaks, holds, and hangs up, over and over.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <string>

namespace pbx::threads {

class Phone {
 public:
  /** Calls `box`, from an address of loopback of its own. */
  Phone(int number, sockaddr_in box);
  ~Phone();
  Phone(const Phone &) = delete;
  Phone &operator=(const Phone &) = delete;

  /** Until it is told to stop. */
  void run(const std::atomic<bool> &over);
  int calls() const { return calls_; }
  int answered() const { return answered_; }

 private:
  bool call(const std::string &dialled);
  void say(const std::string &method, int cseq, const std::string &body = "");
  /** The next final answer to this method, other requests answered meanwhile; empty when none comes. */
  std::string hear(const std::string &method);
  void answer(const std::string &request);
  void speak(int port, int packets);
  std::string description(const char *direction) const;

  const int number_;
  const sockaddr_in box_;
  int sip_ = -1, rtp_ = -1;
  int sip_port_ = 0, rtp_port_ = 0;
  std::string call_id_, to_, dialled_;
  int serial_ = 0;
  uint16_t sequence_ = 0;
  int calls_ = 0, answered_ = 0;
};

}  // namespace pbx::threads
