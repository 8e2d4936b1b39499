// Who the box is towards phones that speak TLS, and whom it believes: one OpenSSL context, replaced as a whole.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

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

/** TLS 1.2 and later, forward secrecy and authenticated ciphers only. Any thread; throws std::runtime_error with what is wrong. */
TlsContext make_tls_context(const TlsIdentity &identity);

/** What OpenSSL complains of last on this thread, in its words; empties its list. */
std::string tls_complaint();

}  // namespace pbx::sip
