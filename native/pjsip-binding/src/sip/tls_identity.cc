// Certificate, key and rules of TLS, checked before any connection meets them.
#include "tls_identity.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdexcept>

namespace pbx::sip {
namespace {

/** RFC 9325 section 4.2: of TLS 1.2 only what has forward secrecy and authenticates what it encrypts. */
constexpr const char *kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char *kMachineAuthorities = "/etc/ssl/certs";
constexpr unsigned char kSessions[] = "plant-pbx sip";

template <auto free>
struct Freed {
  template <class T>
  void operator()(T *one) const {
    free(one);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

Bio reading(const std::string &pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

[[noreturn]] void wrong(const char *what) {
  const std::string said = tls_complaint();
  throw std::runtime_error(said.empty() ? what : std::string(what) + ": " + said);
}

/** A key is never asked a passphrase for: OpenSSL would ask at the terminal. */
int no_passphrase(char *, int, int, void *) { return 0; }

void show(SSL_CTX *context, const TlsIdentity &identity) {
  const Bio certificates = reading(identity.certificate);
  const Certificate own(PEM_read_bio_X509(certificates.get(), nullptr, &no_passphrase, nullptr));
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) wrong("the certificate cannot be read");
  // What follows the first is the chain above it.
  while (X509 *above = PEM_read_bio_X509(certificates.get(), nullptr, &no_passphrase, nullptr))
    if (SSL_CTX_add0_chain_cert(context, above) != 1) X509_free(above);
  ERR_clear_error();
  const Bio text = reading(identity.key);
  const Key key(PEM_read_bio_PrivateKey(text.get(), nullptr, &no_passphrase, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) wrong("the key cannot be read or belongs to another certificate");
  if (SSL_CTX_check_private_key(context) != 1) wrong("the key belongs to another certificate");
}

/** How many could be read. */
int add_authorities(SSL_CTX *context, const std::string &pem) {
  const Bio text = reading(pem);
  int known = 0;
  while (true) {
    const Certificate one(PEM_read_bio_X509(text.get(), nullptr, &no_passphrase, nullptr));
    if (!one) break;
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one.get()) == 1 && SSL_CTX_add_client_CA(context, one.get()) == 1) ++known;
  }
  ERR_clear_error();
  return known;
}

void believe(SSL_CTX *context, const TlsIdentity &identity) {
  if (identity.clients == ClientCertificates::never) return SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  if (add_authorities(context, identity.authorities) == 0) wrong("no authority for the certificates of phones can be read");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (identity.clients == ClientCertificates::always ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
}

/** What both directions have in common. */
void make_strict(SSL_CTX *context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  if (SSL_CTX_set_cipher_list(context, kCiphers) != 1) wrong("the ciphers are not known");
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

}  // namespace

std::string tls_complaint() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "";
  const char *said = ERR_reason_error_string(code);
  return said ? said : "";
}

TlsContext make_tls_context(const TlsIdentity &identity) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (!context) wrong("TLS cannot be set up");
  make_strict(context.get());
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
  // Phones that come back after a power cut bring their session with them, in a ticket: the box keeps none.
  SSL_CTX_set_session_id_context(context.get(), kSessions, sizeof kSessions - 1);
  show(context.get(), identity);
  believe(context.get(), identity);
  return context;
}

TlsContext make_tls_client_context(const std::string &authorities) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (!context) wrong("TLS cannot be set up");
  make_strict(context.get());
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (authorities.empty()) {
    // Read when somebody is to be believed, on the gate's thread.
    if (SSL_CTX_load_verify_dir(context.get(), kMachineAuthorities) != 1) wrong("the authorities of the machine cannot be used");
    return context;
  }
  if (add_authorities(context.get(), authorities) == 0) wrong("no authority for the certificate of the far side can be read");
  return context;
}

}  // namespace pbx::sip
