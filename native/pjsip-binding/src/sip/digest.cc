// Nonces and responses of digest authentication.
#include "digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <charconv>
#include <cstdio>
#include <stdexcept>

#include "address.h"
#include "random.h"

namespace pbx::sip {
namespace {

constexpr int64_t kNonceLifeMs = 300'000;
constexpr size_t kNoncesRemembered = 32'768;
constexpr size_t kStampLength = 16;

std::string hex(const unsigned char *bytes, size_t length) {
  static const char digits[] = "0123456789abcdef";
  std::string out(length * 2, '0');
  for (size_t i = 0; i < length; ++i) {
    out[2 * i] = digits[bytes[i] >> 4];
    out[2 * i + 1] = digits[bytes[i] & 15];
  }
  return out;
}

bool equal_hex(std::string_view given, const std::string &wanted) {
  if (given.size() != wanted.size()) return false;
  std::string lower(given);
  for (char &c : lower)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c + 32);
  return CRYPTO_memcmp(lower.data(), wanted.data(), wanted.size()) == 0;
}

std::string random_hex(size_t bytes) {
  std::string raw(bytes, '\0');
  draw(raw.data(), bytes);
  return hex(reinterpret_cast<unsigned char *>(raw.data()), bytes);
}

int64_t stamp_of(std::string_view nonce) {
  uint64_t stamp = 0;
  const auto [end, error] = std::from_chars(nonce.data(), nonce.data() + kStampLength, stamp, 16);
  return error == std::errc() && end == nonce.data() + kStampLength ? static_cast<int64_t>(stamp) : -1;
}

}  // namespace

Digest::Digest() : secret_(random_hex(32)), dummy_md5_(random_hex(16)), dummy_sha256_(random_hex(32)) {
  // Fetched once: by-name look-up for each hash costs more than the hash.
  md5_ = EVP_MD_fetch(nullptr, "MD5", nullptr);
  sha256_ = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (!md5_ || !sha256_) throw std::runtime_error("OpenSSL offers no MD5 or no SHA-256");
  EVP_MAC *hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  mac_ = hmac ? EVP_MAC_CTX_new(hmac) : nullptr;
  EVP_MAC_free(hmac);
  char hash[] = "SHA256";
  const OSSL_PARAM how[] = {OSSL_PARAM_construct_utf8_string("digest", hash, 0), OSSL_PARAM_construct_end()};
  if (!mac_ || EVP_MAC_init(mac_, reinterpret_cast<const unsigned char *>(secret_.data()), secret_.size(), how) != 1) throw std::runtime_error("OpenSSL offers no HMAC");
}

Digest::~Digest() {
  EVP_MD_free(md5_);
  EVP_MD_free(sha256_);
  EVP_MAC_CTX_free(mac_);
}

const Credential *Digest::find(std::string_view auth_name) const {
  const auto found = credentials_.find(std::string(auth_name));
  return found == credentials_.end() ? nullptr : &found->second;
}

std::string Digest::hex_hash(const evp_md_st *md, std::string_view text) const {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), out, &length, md, nullptr) != 1) throw std::runtime_error("hash failed");
  return hex(out, length);
}

std::string Digest::signature(std::string_view stamp, const sockaddr_storage &source) const {
  const std::string text = std::string(stamp) + "|" + host_of(source);
  unsigned char out[EVP_MAX_MD_SIZE];
  size_t length = 0;
  // Without a key it begins anew with the one that it has.
  if (EVP_MAC_init(mac_, nullptr, 0, nullptr) != 1 || EVP_MAC_update(mac_, reinterpret_cast<const unsigned char *>(text.data()), text.size()) != 1 ||
      EVP_MAC_final(mac_, out, &length, sizeof out) != 1)
    throw std::runtime_error("HMAC failed");
  return hex(out, 12);
}

std::string Digest::nonce(const sockaddr_storage &source, int64_t now_ms) {
  char stamp[kStampLength + 1];
  std::snprintf(stamp, sizeof stamp, "%016llx", static_cast<unsigned long long>(now_ms));
  // A few random bytes: two phones behind one address must not share a nonce, else their counts would collide.
  const std::string salt = random_hex(4);
  return stamp + salt + signature(stamp + salt, source);
}

Digest::Age Digest::age_of(std::string_view nonce, const sockaddr_storage &source, int64_t now_ms) const {
  constexpr size_t kSigned = kStampLength + 8;
  if (nonce.size() != kSigned + 24) return Age::foreign;
  const std::string wanted = signature(nonce.substr(0, kSigned), source);
  if (!equal_hex(nonce.substr(kSigned), wanted)) return Age::foreign;
  const int64_t since = stamp_of(nonce);
  return since < 0 || now_ms - since > kNonceLifeMs || since <= forgotten_before_ ? Age::old : Age::fresh;
}

bool Digest::response_matches(const Authorization &a, std::string_view method, const std::string &ha1, const evp_md_st *md) const {
  const std::string ha2 = hex_hash(md, std::string(method) + ":" + std::string(a.uri));
  std::string text = ha1 + ":" + std::string(a.nonce) + ":";
  if (!a.qop.empty()) text += std::string(a.nc) + ":" + std::string(a.cnonce) + ":" + std::string(a.qop) + ":";
  return equal_hex(a.response, hex_hash(md, text + ha2));
}

bool Digest::first_use(std::string_view nonce, uint32_t count, int64_t now_ms) {
  auto [at, is_new] = uses_.try_emplace(std::string(nonce));
  Use &use = at->second;
  if (is_new) {
    use = {count, 1, now_ms};
    order_.emplace_back(stamp_of(nonce), at->first);
    while (!order_.empty() && (order_.size() > kNoncesRemembered || now_ms - order_.front().first > 2 * kNonceLifeMs)) {
      // What is forgotten could be replayed: older nonces count as stale from here on.
      if (now_ms - order_.front().first <= kNonceLifeMs) forgotten_before_ = std::max(forgotten_before_, order_.front().first);
      uses_.erase(order_.front().second);
      order_.pop_front();
    }
    return true;
  }
  if (count > use.highest) {
    const uint32_t step = count - use.highest;
    use.window = step >= 64 ? 1 : (use.window << step) | 1;
    use.highest = count;
    return true;
  }
  const uint32_t back = use.highest - count;
  if (back >= 64 || (use.window >> back) & 1) return false;
  use.window |= uint64_t{1} << back;
  return true;
}

Verdict Digest::check(const Authorization &a, std::string_view method, const sockaddr_storage &source, int64_t now_ms) {
  const bool sha = same_text(a.algorithm, "SHA-256");
  if (!sha && !a.algorithm.empty() && !same_text(a.algorithm, "MD5")) return Verdict::unfit;
  if (!a.qop.empty() && !same_text(a.qop, "auth")) return Verdict::unfit;
  const Credential *credential = find(a.username);
  const std::string &ha1 = credential ? (sha ? credential->ha1_sha256 : credential->ha1_md5) : (sha ? dummy_sha256_ : dummy_md5_);
  const bool matches = response_matches(a, method, ha1, sha ? sha256_ : md5_);
  if (!matches || !credential || a.realm != realm_) return Verdict::wrong;
  if (age_of(a.nonce, source, now_ms) != Age::fresh) return Verdict::stale;
  uint32_t count = 1;
  if (!a.qop.empty()) {
    const auto [end, error] = std::from_chars(a.nc.data(), a.nc.data() + a.nc.size(), count, 16);
    if (error != std::errc() || end != a.nc.data() + a.nc.size() || count == 0) return Verdict::unfit;
  }
  return first_use(a.nonce, count, now_ms) ? Verdict::right : Verdict::repeated;
}

}  // namespace pbx::sip
