// Digest authentication of lines (RFC 2617, RFC 7616, RFC 8760), without PJSIP: nonces that cannot be forged or
// replayed, comparison in constant time, and the same work whether or not the user exists.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

struct evp_md_st;
struct evp_mac_ctx_st;

namespace pbx::sip {

struct Credential {
  std::string line, auth_name, ha1_md5, ha1_sha256;
};

/** What an Authorization header says. Views into the message. */
struct Authorization {
  std::string_view username, realm, nonce, uri, response, algorithm, cnonce, nc, qop;
};

enum class Verdict {
  right,
  stale,    // right password, nonce too old or from elsewhere: challenge again, count nothing
  wrong,    // unknown user or wrong password: nobody is told which
  repeated, // right password, but this nonce count was seen before
  unfit,    // an algorithm or a form that was never offered
};

class Digest {
 public:
  Digest();
  ~Digest();
  Digest(const Digest &) = delete;
  Digest &operator=(const Digest &) = delete;

  void set_realm(std::string realm) { realm_ = std::move(realm); }
  const std::string &realm() const { return realm_; }
  void replace(std::unordered_map<std::string, Credential> by_auth_name) { credentials_ = std::move(by_auth_name); }
  const Credential *find(std::string_view auth_name) const;
  size_t size() const { return credentials_.size(); }

  /** A nonce for this source. `now_ms` is any steady clock. */
  std::string nonce(const sockaddr_storage &source, int64_t now_ms);
  Verdict check(const Authorization &, std::string_view method, const sockaddr_storage &source, int64_t now_ms);

 private:
  enum class Age { fresh, old, foreign };
  std::string signature(std::string_view stamp, const sockaddr_storage &source) const;
  Age age_of(std::string_view nonce, const sockaddr_storage &source, int64_t now_ms) const;
  bool response_matches(const Authorization &, std::string_view method, const std::string &ha1, const evp_md_st *md) const;
  bool first_use(std::string_view nonce, uint32_t count, int64_t now_ms);
  std::string hex_hash(const evp_md_st *md, std::string_view text) const;

  struct Use {
    uint32_t highest = 0;
    uint64_t window = 0;  // bit n: count highest-n was seen
    int64_t since = 0;
  };
  std::string realm_;
  std::string secret_;
  std::string dummy_md5_, dummy_sha256_;
  evp_md_st *md5_ = nullptr, *sha256_ = nullptr;
  evp_mac_ctx_st *mac_ = nullptr;  // keyed with the secret
  std::unordered_map<std::string, Credential> credentials_;
  std::unordered_map<std::string, Use> uses_;
  std::deque<std::pair<int64_t, std::string>> order_;
  int64_t forgotten_before_ = INT64_MIN;
};

}  // namespace pbx::sip
