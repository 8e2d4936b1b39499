// An encrypted leg (RFC 3711) on libsrtp2.
#include "srtp.h"

#include <arpa/inet.h>
#include <srtp2/srtp.h>
#include <strings.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "rtp.h"

namespace pbx::media {
namespace {

/** Phones may overtake themselves by so many packets (RFC 3711 section 3.3.2 asks for 64). */
constexpr unsigned long replay_window = 128;
/** A phone that changes its SSRC with every re-INVITE is common; one that does it with every packet would eat memory. */
constexpr size_t most_streams = 8;
/** What a kill may have kept from being written of the RTCP index: a gap is legal, using a number twice is not. */
constexpr uint32_t rtcp_margin = 2;

using Set = void (*)(srtp_crypto_policy_t *);
struct Known {
  SrtpSuite suite;
  Set rtp, rtcp;
};

const std::vector<Known> &known() {
  // RTCP always carries the long tag (RFC 4568 section 6.2.2, RFC 6188 section 4).
  static const std::vector<Known> all{
      {{"AEAD_AES_256_GCM", nullptr, 44}, srtp_crypto_policy_set_aes_gcm_256_16_auth, srtp_crypto_policy_set_aes_gcm_256_16_auth},
      {{"AES_256_CM_HMAC_SHA1_80", "AES_CM_256_HMAC_SHA1_80", 46}, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
      {{"AEAD_AES_128_GCM", nullptr, 28}, srtp_crypto_policy_set_aes_gcm_128_16_auth, srtp_crypto_policy_set_aes_gcm_128_16_auth},
      {{"AES_CM_128_HMAC_SHA1_80", nullptr, 30}, srtp_crypto_policy_set_rtp_default, srtp_crypto_policy_set_rtp_default},
      {{"AES_CM_128_HMAC_SHA1_32", nullptr, 30}, srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32, srtp_crypto_policy_set_rtp_default},
      {{"AES_192_CM_HMAC_SHA1_80", "AES_CM_192_HMAC_SHA1_80", 38}, srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80, srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80},
      {{"AES_256_CM_HMAC_SHA1_32", "AES_CM_256_HMAC_SHA1_32", 46}, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
      {{"AES_192_CM_HMAC_SHA1_32", "AES_CM_192_HMAC_SHA1_32", 38}, srtp_crypto_policy_set_aes_cm_192_hmac_sha1_32, srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80},
  };
  return all;
}

bool same_name(std::string_view a, const char *b) { return b && a.size() == strlen(b) && strncasecmp(a.data(), b, a.size()) == 0; }

/** A policy that points into `key`, which must outlive the call it is made for. */
srtp_policy_t policy_of(const std::string &suite, const std::string &key, srtp_ssrc_t ssrc) {
  static const bool ready = srtp_init() == srtp_err_status_ok;
  if (!ready) throw std::runtime_error("libsrtp cannot start");
  srtp_policy_t policy{};
  bool found = false;
  for (const Known &one : known()) {
    if (suite != one.suite.name || key.size() != one.suite.key_size) continue;
    one.rtp(&policy.rtp);
    one.rtcp(&policy.rtcp);
    found = true;
  }
  if (!found) throw std::runtime_error("no such SRTP suite, or a key of the wrong length");
  policy.ssrc = ssrc;
  policy.key = reinterpret_cast<uint8_t *>(const_cast<char *>(key.data()));
  policy.window_size = replay_window;
  return policy;
}

srtp_t session_of(srtp_policy_t policy) {
  srtp_t session = nullptr;
  if (srtp_create(&session, &policy) != srtp_err_status_ok) throw std::runtime_error("libsrtp refuses the key");
  return session;
}

/** RFC 3711 section 3.3.1: the index that a sequence number means for who has heard up to `index`. */
uint64_t guess(uint64_t index, uint16_t seq) {
  const auto step = static_cast<int16_t>(seq - static_cast<uint16_t>(index));
  if (step < 0 && index < static_cast<uint64_t>(-step)) return seq;
  return index + static_cast<uint64_t>(static_cast<int64_t>(step));
}

}  // namespace

const std::vector<SrtpSuite> &srtp_suites() {
  static const std::vector<SrtpSuite> all = [] {
    std::vector<SrtpSuite> out;
    for (const Known &one : known()) out.push_back(one.suite);
    return out;
  }();
  return all;
}

const SrtpSuite *srtp_suite(std::string_view name) {
  for (const SrtpSuite &suite : srtp_suites())
    if (same_name(name, suite.name) || same_name(name, suite.alias)) return &suite;
  return nullptr;
}

bool are_whole(const SrtpKeys &keys) {
  const SrtpSuite *suite = srtp_suite(keys.suite);
  return suite && keys.suite == suite->name && keys.in.size() == suite->key_size && keys.out.size() == suite->key_size;
}

Opener::Opener(const SrtpKeys &keys) : keys_{keys.suite, keys.in, ""}, session_(session_of(policy_of(keys_.suite, keys_.in, {ssrc_any_inbound, 0}))) {}

Opener::~Opener() {
  if (session_) srtp_dealloc(session_);
}

std::unique_ptr<Opener> Opener::locked() { return std::unique_ptr<Opener>(new Opener); }

void Opener::resume(uint32_t ssrc, uint64_t index) {
  if (ssrc == 0) return;
  srtp_policy_t policy = policy_of(keys_.suite, keys_.in, {ssrc_specific, ssrc});
  if (srtp_add_stream(session_, &policy) != srtp_err_status_ok) return;
  streams_.push_back(ssrc);
  ssrc_ = ssrc;
  index_ = index;
  resumed_ = true;
}

bool Opener::aim(uint32_t ssrc, uint16_t seq) {
  if (ssrc != ssrc_) return true;
  const uint64_t next = guess(index_, seq);
  // What the predecessor heard may have been kept by somebody else too.
  if (next <= index_) return false;
  return srtp_set_stream_roc(session_, ssrc, static_cast<uint32_t>(next >> 16)) == srtp_err_status_ok;
}

Opener::Verdict Opener::open(uint8_t *packet, size_t &size) {
  if (!session_) return Verdict::forged;
  if (rtp::is_rtcp(packet, size)) return open_rtcp(packet, size);
  if (size < rtp::header_size || packet[0] >> 6 != 2) return Verdict::forged;
  const uint32_t ssrc = rtp::get32(packet + 8);
  const uint16_t seq = rtp::get16(packet + 2);
  if (resumed_ && !aim(ssrc, seq)) return Verdict::replayed;
  int length = static_cast<int>(size);
  const auto status = srtp_unprotect(session_, packet, &length);
  if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old) return Verdict::replayed;
  if (status != srtp_err_status_ok) return Verdict::forged;
  size = static_cast<size_t>(length);
  if (ssrc != ssrc_) note(ssrc);
  else resumed_ = false;
  advance(ssrc, seq);
  return Verdict::opened;
}

Opener::Verdict Opener::open_rtcp(uint8_t *packet, size_t &size) {
  int length = static_cast<int>(size);
  const uint32_t ssrc = rtp::get32(packet + 4);
  const auto status = srtp_unprotect_rtcp(session_, packet, &length);
  if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old) return Verdict::replayed;
  if (status != srtp_err_status_ok) return Verdict::forged;
  size = static_cast<size_t>(length);
  if (std::find(streams_.begin(), streams_.end(), ssrc) == streams_.end()) {
    // Reports of a stream that has not spoken yet: kept, but it is not the one that is heard.
    streams_.insert(streams_.begin(), ssrc);
    if (streams_.size() > most_streams) {
      srtp_remove_stream(session_, htonl(streams_.front()));
      streams_.erase(streams_.begin());
    }
  }
  return Verdict::opened;
}

void Opener::note(uint32_t ssrc) {
  streams_.erase(std::remove(streams_.begin(), streams_.end(), ssrc), streams_.end());
  streams_.push_back(ssrc);
  if (streams_.size() > most_streams) {
    srtp_remove_stream(session_, htonl(streams_.front()));
    streams_.erase(streams_.begin());
  }
  ssrc_ = ssrc;
  index_ = 0;
  resumed_ = false;
}

void Opener::advance(uint32_t ssrc, uint16_t seq) {
  uint32_t roc = 0;
  if (srtp_get_stream_roc(session_, ssrc, &roc) != srtp_err_status_ok) return;
  // Of a packet that was overtaken just after the numbers wrapped the highest index is another's.
  const uint64_t candidate = uint64_t(roc) << 16 | seq;
  if (candidate > index_ && candidate - index_ < 0x8000) index_ = candidate;
  else if (index_ == 0) index_ = candidate;
}

Sealer::Sealer(const SrtpKeys &keys, uint32_t ssrc) : ssrc_(ssrc), session_(session_of(policy_of(keys.suite, keys.out, {ssrc_specific, ssrc}))) {}

Sealer::~Sealer() {
  if (session_) srtp_dealloc(session_);
}

std::unique_ptr<Sealer> Sealer::locked() { return std::unique_ptr<Sealer>(new Sealer); }

void Sealer::resume(uint64_t index, uint32_t rtcp_index) {
  index_ = index;
  resumed_ = index > 0;
  rtcp_behind_ = rtcp_index > 0 ? rtcp_index + rtcp_margin : 0;
}

size_t Sealer::seal(uint8_t *packet, size_t size) {
  if (!session_) return 0;
  const uint64_t next = index_ == 0 ? rtp::get16(packet + 2) : guess(index_, rtp::get16(packet + 2));
  if (resumed_) {
    if (next <= index_ || srtp_set_stream_roc(session_, ssrc_, static_cast<uint32_t>(next >> 16)) != srtp_err_status_ok) return 0;
    resumed_ = false;
  }
  int length = static_cast<int>(size);
  if (srtp_protect(session_, packet, &length) != srtp_err_status_ok) return 0;
  index_ = std::max(index_, next);
  return static_cast<size_t>(length);
}

size_t Sealer::seal_rtcp(uint8_t *packet, size_t size) {
  if (!session_) return 0;
  // libsrtp has no way to set the RTCP index: the numbers that a predecessor used are used up on packets that go nowhere.
  for (; rtcp_behind_ > 0; --rtcp_behind_, ++rtcp_index_) {
    uint8_t spent[8 + srtp_trailer] = {0x80, 201, 0, 1};
    rtp::put32(spent + 4, ssrc_);
    int length = 8;
    if (srtp_protect_rtcp(session_, spent, &length) != srtp_err_status_ok) return 0;
  }
  int length = static_cast<int>(size);
  if (srtp_protect_rtcp(session_, packet, &length) != srtp_err_status_ok) return 0;
  ++rtcp_index_;
  return static_cast<size_t>(length);
}

}  // namespace pbx::media
