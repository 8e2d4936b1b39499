// Where lines registered from: the location table of the registrar.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "address.h"

namespace pbx::sip {

struct Binding {
  std::string line, contact;
  Hop source;
  int64_t expires_at = 0;  // UTC milliseconds
  std::string user_agent, instance, call_id;
  int64_t cseq = 0;
  /** The last request that was granted: a retransmission of it is answered alike instead of counting as a replay. */
  std::string last_response;
  bool reachable = true;
  std::string domain;             // how the phone calls the box
  std::vector<std::string> path;  // proxies before it, the one next to the box first (RFC 3327)
};

std::string json_of(const Binding &binding);

class Bindings {
 public:
  std::vector<Binding> &of_line(std::string_view line);
  Binding *find(std::string_view line, std::string_view contact);
  /** The line that registered from this very address and port, if only one did: a host alone says nothing of who it is. */
  bool anybody_at(const sockaddr_storage &source) const;
  std::string line_at(const sockaddr_storage &source) const;
  /** Removes what has expired and reports each. */
  void expire(int64_t now_utc_ms, const std::function<void(const Binding &)> &gone);
  void clear() { lines_.clear(); }
  void drop_line_if_empty(std::string_view line);
  size_t size() const;
  void each(const std::function<void(Binding &)> &visit);

 private:
  std::unordered_map<std::string, std::vector<Binding>> lines_;
};

}  // namespace pbx::sip
