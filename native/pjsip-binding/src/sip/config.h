// What the switch is started with.
#pragma once

#include <string>
#include <vector>

#include "tls_gate.h"

namespace pbx::sip {

struct ListenConfig {
  std::string transport, host;
  int port = 5060;
  std::string advertised;
};

/** Transaction timers in milliseconds; 0 leaves the default. Tests lower them so that everything settles in a second. */
struct TimerConfig {
  unsigned t1 = 0, t2 = 0, t4 = 0, td = 8000;
  /** Session interval and its minimum in seconds (RFC 4028); 0: 1800 and 90. */
  int session = 0, session_least = 0;
  /** How long a call waits for a phone whose connection broke. */
  int64_t flow = 90'000;
  /** How long a call that is up may be without the keys of its handshake. */
  int64_t keys = 30'000;
};

struct Config {
  std::vector<ListenConfig> listen;
  int rtp_from = 10000, rtp_to = 20000;
  std::string realm, user_agent, state_directory;
  int expires_min = 60, expires_max = 3600;
  TimerConfig timers;
  TlsLimits tls;
};

}  // namespace pbx::sip
