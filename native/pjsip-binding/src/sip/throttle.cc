// Token buckets for failed digests.
#include "throttle.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace pbx::sip {
namespace {

constexpr double kBurst = 30, kPerSecond = 1;
constexpr int64_t kProvenForMs = 2 * 3600 * 1000;
constexpr size_t kSourcesAtMost = 20'000, kProvenAtMost = 50'000;

/** IPv4 address, or the /64 of an IPv6 address: its owner has all of it. */
std::string key_of(const sockaddr_storage &a) {
  if (a.ss_family == AF_INET6) {
    const auto &six = reinterpret_cast<const sockaddr_in6 &>(a).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&six)) return std::string(reinterpret_cast<const char *>(six.s6_addr) + 12, 4);
    return std::string(reinterpret_cast<const char *>(six.s6_addr), 8);
  }
  return std::string(reinterpret_cast<const char *>(&reinterpret_cast<const sockaddr_in &>(a).sin_addr), 4);
}

std::string proof_of(const sockaddr_storage &a, std::string_view auth_name) { return key_of(a) + "|" + std::string(auth_name); }

}  // namespace

Throttle::Source &Throttle::source_of(const sockaddr_storage &a, int64_t now_ms) {
  auto [at, is_new] = sources_.try_emplace(key_of(a), Source{kBurst, now_ms});
  Source &source = at->second;
  if (!is_new) {
    source.tokens = std::min(kBurst, source.tokens + kPerSecond * static_cast<double>(now_ms - source.since) / 1000);
    source.since = now_ms;
  }
  return source;
}

bool Throttle::allows(const sockaddr_storage &source, std::string_view auth_name, int64_t now_ms) {
  if (sources_.find(key_of(source)) == sources_.end()) return true;
  if (source_of(source, now_ms).tokens >= 1) return true;
  const auto proof = proven_.find(proof_of(source, auth_name));
  return proof != proven_.end() && now_ms - proof->second < kProvenForMs;
}

void Throttle::failed(const sockaddr_storage &source, int64_t now_ms) {
  if (sources_.size() >= kSourcesAtMost) tidy(now_ms);
  if (sources_.size() >= kSourcesAtMost) sources_.erase(sources_.begin());
  Source &bucket = source_of(source, now_ms);
  bucket.tokens = std::max(0.0, bucket.tokens - 1);
}

void Throttle::succeeded(const sockaddr_storage &source, std::string_view auth_name, int64_t now_ms) {
  if (proven_.size() >= kProvenAtMost) tidy(now_ms);
  if (proven_.size() < kProvenAtMost) proven_[proof_of(source, auth_name)] = now_ms;
}

bool Throttle::may_report(const sockaddr_storage &source, bool throttled, int64_t now_ms) {
  Source &bucket = source_of(source, now_ms);
  int64_t &last = bucket.reported[throttled ? 1 : 0];
  if (now_ms - last < 1000) return false;
  last = now_ms;
  return true;
}

void Throttle::tidy(int64_t now_ms) {
  for (auto at = sources_.begin(); at != sources_.end();) {
    const Source &s = at->second;
    const bool full = s.tokens + kPerSecond * static_cast<double>(now_ms - s.since) / 1000 >= kBurst;
    at = full && now_ms - std::max(s.reported[0], s.reported[1]) > 1000 ? sources_.erase(at) : std::next(at);
  }
  for (auto at = proven_.begin(); at != proven_.end();) at = now_ms - at->second >= kProvenForMs ? proven_.erase(at) : std::next(at);
}

}  // namespace pbx::sip
