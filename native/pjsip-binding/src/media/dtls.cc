// The handshake in the media stream (DTLS-SRTP, RFC 5764) on OpenSSL.
#include "dtls.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace pbx::media {
namespace {

/** Fits every network that carries speech, tunnels included. */
constexpr int datagram_size = 1200;
/** A flight that is lost costs the begin of a call: repeated sooner than the second that RFC 6347 section 4.2.4.1 begins with. */
constexpr unsigned first_wait_us = 200'000, longest_wait_us = 3'000'000;

struct Profile {
  const char *name;
  const char *suite;
  size_t key, salt;
};
constexpr Profile profiles[] = {{"SRTP_AEAD_AES_256_GCM", "AEAD_AES_256_GCM", 32, 12},
                                {"SRTP_AEAD_AES_128_GCM", "AEAD_AES_128_GCM", 16, 12},
                                {"SRTP_AES128_CM_SHA1_80", "AES_CM_128_HMAC_SHA1_80", 16, 14}};

int write_datagram(BIO *bio, const char *bytes, int size) {
  auto *session = static_cast<DtlsSession *>(BIO_get_data(bio));
  if (size > 0) session->out.emplace_back(bytes, static_cast<size_t>(size));
  return size;
}

int read_datagram(BIO *bio, char *bytes, int size) {
  auto *session = static_cast<DtlsSession *>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (session->in.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::string datagram = std::move(session->in.front());
  session->in.pop_front();
  const size_t taken = std::min(datagram.size(), static_cast<size_t>(std::max(size, 0)));
  memcpy(bytes, datagram.data(), taken);
  return static_cast<int>(taken);
}

long control(BIO *, int command, long, void *) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_DGRAM_QUERY_MTU) return datagram_size;
  return 0;
}

/** Keeps datagrams apart, which OpenSSL's BIO in memory would run together. */
BIO_METHOD *datagrams() {
  static BIO_METHOD *const method = [] {
    BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "media datagrams");
    if (!made) throw std::runtime_error("OpenSSL cannot start");
    BIO_meth_set_write(made, write_datagram);
    BIO_meth_set_read(made, read_datagram);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

/** RFC 8122 section 6.2: no authority signs these certificates, the signalling has told their digest. */
int is_expected(X509_STORE_CTX *store, void *) {
  const auto *ssl = static_cast<SSL *>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto *session = ssl ? static_cast<const DtlsSession *>(SSL_get_ex_data(ssl, 0)) : nullptr;
  const X509 *shown = X509_STORE_CTX_get0_cert(store);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const EVP_MD *method = session ? EVP_get_digestbyname(session->terms().hash == "sha-256" ? "SHA256" : session->terms().hash == "sha-384" ? "SHA384" : "SHA512") : nullptr;
  const bool same = method && shown && X509_digest(shown, method, digest, &size) == 1 && session->terms().fingerprint == std::string(reinterpret_cast<char *>(digest), size);
  if (!same) X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
  return same ? 1 : 0;
}

unsigned next_wait(SSL *, unsigned before_us) { return before_us == 0 ? first_wait_us : std::min(before_us * 2, longest_wait_us); }

X509 *self_signed(EVP_PKEY *key) {
  X509 *made = X509_new();
  uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char *>(&serial), sizeof serial);
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial >> 1 | 1);
  // The clock of a box may be wrong when it starts, and nobody judges these certificates by it.
  ASN1_TIME_set_string_X509(X509_getm_notBefore(made), "20000101000000Z");
  ASN1_TIME_set_string_X509(X509_getm_notAfter(made), "20491231235959Z");
  X509_NAME *name = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char *>("media"), -1, -1, 0);
  X509_set_issuer_name(made, name);
  X509_set_pubkey(made, key);
  if (X509_sign(made, key, EVP_sha256()) > 0) return made;
  X509_free(made);
  return nullptr;
}

std::string fingerprint_of(const X509 *certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), digest, &size);
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out = "sha-256";
  for (unsigned i = 0; i < size; ++i) {
    out += i == 0 ? ' ' : ':';
    out += digits[digest[i] >> 4];
    out += digits[digest[i] & 15];
  }
  return out;
}

bool prepared(SSL_CTX *context, X509 *certificate, EVP_PKEY *key) {
  SSL_CTX_set_security_level(context, 1);  // phones of some years ago show RSA keys of 1024 bits
  SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, is_expected, nullptr);
  std::string offered;
  for (const Profile &profile : profiles) offered += (offered.empty() ? "" : ":") + std::string(profile.name);
  // Of these functions the one for SRTP says 0 when it worked.
  return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 && SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES") == 1 &&
         SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_set_tlsext_use_srtp(context, offered.c_str()) == 0;
}

}  // namespace

DtlsIdentity::DtlsIdentity() {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *certificate = key ? self_signed(key) : nullptr;
  context_ = certificate ? SSL_CTX_new(DTLS_method()) : nullptr;
  const bool ready = context_ && prepared(context_, certificate, key);
  if (ready) fingerprint_ = fingerprint_of(certificate);
  X509_free(certificate);
  EVP_PKEY_free(key);
  if (ready) return;
  SSL_CTX_free(context_);
  throw std::runtime_error("OpenSSL makes no certificate for the media plane");
}

DtlsIdentity::~DtlsIdentity() { SSL_CTX_free(context_); }

DtlsSession::DtlsSession(std::shared_ptr<const DtlsIdentity> identity, const DtlsTerms &terms) : identity_(std::move(identity)), terms_(terms), ssl_(SSL_new(identity_->context())) {
  BIO *bio = ssl_ ? BIO_new(datagrams()) : nullptr;
  if (!bio) {
    SSL_free(ssl_);
    throw std::runtime_error("OpenSSL begins no handshake");
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_ex_data(ssl_, 0, this);
  SSL_set_mtu(ssl_, datagram_size);
  DTLS_set_timer_cb(ssl_, next_wait);
  if (terms_.begins) SSL_set_connect_state(ssl_);
  else SSL_set_accept_state(ssl_);
}

DtlsSession::~DtlsSession() {
  SSL_free(ssl_);
  ERR_clear_error();
}

void DtlsSession::hear(std::string_view datagram) {
  in.emplace_back(datagram);
  go_on();
}

void DtlsSession::go_on() {
  if (state_ == State::failed) return in.clear();
  ERR_clear_error();
  if (state_ == State::shaking) {
    const int done = SSL_do_handshake(ssl_);
    const int why = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, done);
    if (done == 1) state_ = keys().empty() ? State::failed : State::keyed;
    else if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) state_ = State::failed;
  }
  // Our last flight may have been lost: what the far side repeats then makes OpenSSL repeat it (RFC 6347 section 4.2.4).
  uint8_t ignored[datagram_size];
  for (int i = 0; state_ == State::keyed && !in.empty() && i < 8; ++i)
    if (SSL_read(ssl_, ignored, sizeof ignored) <= 0 && SSL_get_error(ssl_, -1) == SSL_ERROR_SSL) break;
  in.clear();
  ERR_clear_error();
}

void DtlsSession::tick() {
  if (state_ != State::shaking) return;
  ERR_clear_error();
  if (DTLSv1_handle_timeout(ssl_) < 0) state_ = State::failed;
  ERR_clear_error();
}

std::vector<std::string> DtlsSession::take_out() { return std::exchange(out, {}); }

SrtpKeys DtlsSession::keys() const {
  const SRTP_PROTECTION_PROFILE *agreed = SSL_get_selected_srtp_profile(ssl_);
  if (!agreed) return {};
  for (const Profile &profile : profiles) {
    if (strcmp(profile.name, agreed->name) != 0) continue;
    // RFC 5764 section 4.2: both keys, then both salts, the client's first.
    std::string bytes(2 * (profile.key + profile.salt), '\0');
    static constexpr char label[] = "EXTRACTOR-dtls_srtp";
    if (SSL_export_keying_material(ssl_, reinterpret_cast<unsigned char *>(bytes.data()), bytes.size(), label, sizeof label - 1, nullptr, 0, 0) != 1) return {};
    const size_t salts = 2 * profile.key;
    const std::string client = bytes.substr(0, profile.key) + bytes.substr(salts, profile.salt);
    const std::string server = bytes.substr(profile.key, profile.key) + bytes.substr(salts + profile.salt, profile.salt);
    return terms_.begins ? SrtpKeys{profile.suite, server, client} : SrtpKeys{profile.suite, client, server};
  }
  return {};
}

bool is_hello(std::string_view datagram) {
  // Record of kind handshake (22), epoch 0, and in it a message of kind 1.
  return datagram.size() > 13 && datagram[0] == 22 && datagram[3] == 0 && datagram[4] == 0 && datagram[13] == 1;
}

}  // namespace pbx::media
