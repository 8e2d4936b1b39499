// Who the box is towards phones that speak TLS, and whom it believes: one OpenSSL context, replaced as a whole.
#pragma once

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace pbx::sip {

/** Whether phones must show a certificate of their own. */
enum class ClientCertificates { never, when_given, always };

/** All in PEM. */
struct TlsIdentity {
  std::string certificate, key;
  /** Those who may have signed a phone's certificate. */
  std::string authorities;
  ClientCertificates clients = ClientCertificates::never;
};

using TlsContext = std::shared_ptr<SSL_CTX>;

/** A far side that the box connects to by itself, and how it knows that it is him. */
struct TlsPeer {
  sockaddr_storage address{};
  std::string name;                // of several at one address; also what its connection is found by
  std::string bind;                // the box's own address; empty: as the routes say
  std::vector<std::string> names;  // its certificate must carry one of them: host names, addresses
  std::string server_name;         // told in the handshake (RFC 6066 section 3); empty: none
  std::vector<std::string> pins;   // SHA-256 of its certificate, hexadecimal; where there are any, nothing else counts
  bool shows_certificate = false;  // the box shows its own when it is asked
  TlsContext context;              // whom the box believes
  std::string sameness;            // what it was made of: an equal one is left as it is
};

/** The context that new connections are shaken hands with. Any thread. */
class Presented {
 public:
  void set(TlsContext context) {
    std::lock_guard lock(mutex_);
    context_ = std::move(context);
  }
  TlsContext get() const {
    std::lock_guard lock(mutex_);
    return context_;
  }

 private:
  mutable std::mutex mutex_;
  TlsContext context_;
};

/** For connections that the box opens; `authorities` in PEM, empty: those of the machine. Any thread; throws std::runtime_error. */
TlsContext make_tls_client_context(const std::string &authorities);

/** Why the far side of an open handshake is not the peer: a word and a sentence's end; an empty word: it is him. */
struct TlsDoubt {
  const char *word = "";
  std::string text;
};
TlsDoubt doubt_about(SSL *ssl, const TlsPeer &peer);
/** What a handshake with a peer failed of. */
TlsDoubt doubt_of_failure(SSL *ssl, const std::string &complaint);

/** TLS 1.2 and later, forward secrecy and authenticated ciphers only. Any thread; throws std::runtime_error with what is wrong. */
TlsContext make_tls_context(const TlsIdentity &identity);

/** What OpenSSL complains of last on this thread, in its words; empties its list. */
std::string tls_complaint();

}  // namespace pbx::sip
