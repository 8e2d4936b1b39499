// One connection of the gate: the handshake, and bytes in and out of it.
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>

#include "tls_gate.h"

namespace pbx::sip {

int64_t steady_ms();

namespace {

constexpr size_t kUnderWayAtMost = 64 * 1024, kUnsentAtMost = 1024 * 1024;

/** What a handshake failed of: the counter's word. */
const char *kind_of(SSL *ssl, const std::string &why) {
  if (SSL_get_verify_result(ssl) != X509_V_OK || why == "peer did not return a certificate") return "certificate";
  return why.find("alert") != std::string::npos ? "by-phone" : "protocol";
}

std::string sentence(SSL *ssl, const std::string &why) {
  const long verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK) return std::string("the certificate of the phone: ") + X509_verify_cert_error_string(verified);
  if (why.find("alert") != std::string::npos) return "the phone refuses the certificate of the box (" + why + ")";
  return why.empty() ? "it was closed during the handshake" : why;
}

}  // namespace

void TlsGate::shake(Connection &c) {
  if (c.connecting && !connected(c)) return;
  ERR_clear_error();
  const int done = SSL_do_handshake(c.ssl);
  if (done == 1) {
    if (!c.far.empty() && !is_trusted(c)) return;
    epoll_ctl(door_, EPOLL_CTL_DEL, c.fd, nullptr);
    epoll_event event{};
    event.events = c.watched = EPOLLIN;
    event.data.u64 = c.id;
    epoll_ctl(inside_, EPOLL_CTL_ADD, c.fd, &event);
    c.open = true;
    c.since_ms = c.active_ms = c.heard_ms = steady_ms();
    if (c.far.empty()) facts_.on_open(c.id, c.local, c.peer);
    else facts_.on_dialled(c.id, c.local, fars_[c.far].peer);
    return serve(c);
  }
  const int error = SSL_get_error(c.ssl, done);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    const uint32_t wanted = error == SSL_ERROR_WANT_WRITE ? EPOLLOUT : EPOLLIN;
    if (wanted == c.watched) return;
    epoll_event event{};
    event.events = c.watched = wanted;
    event.data.u64 = c.id;
    epoll_ctl(door_, EPOLL_CTL_MOD, c.fd, &event);
    return;
  }
  const std::string why = tls_complaint();
  if (!c.far.empty()) return away(c, doubt_of_failure(c.ssl, why));
  refuse(c, kind_of(c.ssl, why), sentence(c.ssl, why));
}

void TlsGate::serve(Connection &c) {
  if (read(c) && write(c)) watch(c);
}

/** False when the connection is gone. */
bool TlsGate::read(Connection &c) {
  std::array<char, 16 * 1024> buffer;
  while (c.under_way < kUnderWayAtMost && !c.closing) {
    ERR_clear_error();
    const int n = SSL_read(c.ssl, buffer.data(), static_cast<int>(buffer.size()));
    if (n > 0) {
      c.active_ms = c.heard_ms = steady_ms();
      c.heard_anything = true;
      if (c.pinged_ms != 0 && n == 2 && buffer[0] == '\r' && buffer[1] == '\n') c.answers_pings = true;
      c.pinged_ms = 0;
      c.under_way += static_cast<size_t>(n);
      facts_.on_bytes(c.id, {buffer.data(), static_cast<size_t>(n)});
      continue;
    }
    const int error = SSL_get_error(c.ssl, n);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return true;
    const std::string why = tls_complaint();
    // In TLS 1.3 a phone that does not believe the box says so when the box has finished already.
    if (!c.far.empty() && why.find("alert") != std::string::npos) away(c, doubt_of_failure(c.ssl, why));
    else if (error == SSL_ERROR_SSL && !c.heard_anything && c.far.empty()) refuse(c, kind_of(c.ssl, why), sentence(c.ssl, why));
    else drop(c.id);
    return false;
  }
  return true;
}

/** False when the connection is gone. */
bool TlsGate::write(Connection &c) {
  c.want_write = false;
  while (!c.out.empty()) {
    ERR_clear_error();
    const int n = SSL_write(c.ssl, c.out.data(), static_cast<int>(std::min<size_t>(c.out.size(), 16 * 1024)));
    if (n > 0) {
      c.out.erase(0, static_cast<size_t>(n));
      c.active_ms = steady_ms();
      continue;
    }
    const int error = SSL_get_error(c.ssl, n);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      tls_complaint();
      drop(c.id);
      return false;
    }
    // A phone that does not read what it is sent is not waited for.
    if (c.out.size() > kUnsentAtMost) {
      refuse(c, "slow", "it does not read what it is sent");
      return false;
    }
    c.want_write = error == SSL_ERROR_WANT_WRITE;
    return true;
  }
  if (!c.closing) return true;
  SSL_shutdown(c.ssl);
  tls_complaint();
  drop(c.id);
  return false;
}

void TlsGate::watch(Connection &c) {
  uint32_t wanted = c.want_write ? static_cast<uint32_t>(EPOLLOUT) : 0;
  if (c.under_way < kUnderWayAtMost && !c.closing) wanted |= EPOLLIN;
  if (wanted == c.watched) return;
  epoll_event event{};
  event.events = c.watched = wanted;
  event.data.u64 = c.id;
  epoll_ctl(inside_, EPOLL_CTL_MOD, c.fd, &event);
}

}  // namespace pbx::sip
