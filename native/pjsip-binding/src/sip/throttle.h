// Password floods: what one source may get wrong, counted per IPv4 address and per IPv6 /64. Phones that were right
// from the same source not long ago stay untouched, so that a flood behind one NAT does not silence a hall.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pbx::sip {

class Throttle {
 public:
  /** May a digest from this source be looked at? */
  bool allows(const sockaddr_storage &source, std::string_view auth_name, int64_t now_ms);
  void failed(const sockaddr_storage &source, int64_t now_ms);
  void succeeded(const sockaddr_storage &source, std::string_view auth_name, int64_t now_ms);
  /** At most one report of each kind per second and source. */
  bool may_report(const sockaddr_storage &source, bool throttled, int64_t now_ms);
  /** Forgets what has had its time; once a second. */
  void tidy(int64_t now_ms);
  size_t sources() const { return sources_.size(); }

 private:
  struct Source {
    double tokens;
    int64_t since;
    int64_t reported[2] = {INT64_MIN / 2, INT64_MIN / 2};
  };
  Source &source_of(const sockaddr_storage &source, int64_t now_ms);
  std::unordered_map<std::string, Source> sources_;
  std::unordered_map<std::string, int64_t> proven_;
};

}  // namespace pbx::sip
