// Connections that the box opens itself: to trunks that speak TLS. One for each, shared by all calls, opened anew when it breaks.
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "address.h"
#include "tls_gate.h"

namespace pbx::sip {

int64_t steady_ms();

namespace {

/** Waits after failures in a row, milliseconds. */
constexpr int64_t kAgainMs[] = {500, 1000, 2000, 4000, 8000, 15'000, 30'000};
/** A connection that was open for so long worked: the waits begin anew. */
constexpr int64_t kWorkedMs = 10'000;
constexpr int kSignalling = 24 << 2;

/** Several may be at one address: each is known by its own rule, on a connection of its own. */
std::string key_of(const TlsPeer &peer) { return host_of(peer.address) + "|" + std::to_string(port_of(peer.address)) + "|" + peer.name; }

int64_t wait_after(int failures) { return kAgainMs[std::clamp<size_t>(static_cast<size_t>(failures), 1, std::size(kAgainMs)) - 1]; }

}  // namespace

void TlsGate::peers(std::vector<TlsPeer> peers) {
  {
    std::lock_guard lock(mutex_);
    new_peers_ = std::make_unique<std::vector<TlsPeer>>(std::move(peers));
  }
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t woken = ::write(wake_, &one, sizeof one);
}

void TlsGate::take_peers() {
  std::unique_ptr<std::vector<TlsPeer>> peers;
  {
    std::lock_guard lock(mutex_);
    peers = std::move(new_peers_);
  }
  if (!peers) return;
  std::map<std::string, Far> wanted;
  for (TlsPeer &peer : *peers) {
    const std::string key = key_of(peer);
    if (wanted.count(key)) continue;
    const auto known = fars_.find(key);
    if (known != fars_.end() && known->second.peer.sameness == peer.sameness) wanted[key] = known->second;
    else wanted[key].peer = std::move(peer);
  }
  std::vector<ConnectionId> over;
  for (const auto &[key, far] : fars_) {
    const auto next = wanted.find(key);
    if (far.id != 0 && (next == wanted.end() || next->second.id != far.id)) over.push_back(far.id);
  }
  fars_ = std::move(wanted);
  for (const ConnectionId id : over) {
    Connection *c = find(id);
    if (!c) continue;
    c->closing = true;
    if (!c->open) drop(id);
    else if (write(*c)) watch(*c);
  }
  dial_due(steady_ms());
}

void TlsGate::dial_due(int64_t now) {
  for (auto &[key, far] : fars_)
    if (far.id == 0 && now >= far.next_ms) dial(key, far);
}

void TlsGate::dial(const std::string &key, Far &far) {
  Connection c;
  c.peer = far.peer.address;
  c.far = key;
  c.proven = c.connecting = true;
  c.id = ++last_;
  c.since_ms = c.active_ms = steady_ms();
  if (!start_dialled(c, far.peer)) {
    const std::string why = std::strerror(errno);
    if (c.ssl) SSL_free(c.ssl);
    if (c.fd >= 0) ::close(c.fd);
    far.next_ms = steady_ms() + wait_after(++far.failures);
    return facts_.on_away(far.peer, "unreachable", why);
  }
  far.id = c.id;
  epoll_event event{};
  event.events = c.watched = EPOLLOUT;
  event.data.u64 = c.id;
  epoll_ctl(door_, EPOLL_CTL_ADD, c.fd, &event);
  connections_[c.id] = std::make_unique<Connection>(std::move(c));
}

/** False with errno. */
bool TlsGate::start_dialled(Connection &c, const TlsPeer &peer) {
  c.fd = socket(c.peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c.fd < 0) return false;
  find_out_dead_ends(c.fd);
  const bool six = c.peer.ss_family == AF_INET6;
  setsockopt(c.fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_TCLASS : IP_TOS, &kSignalling, sizeof kSignalling);
  if (const auto own = parse_address(peer.bind, 0); own && own->ss_family == c.peer.ss_family)
    if (bind(c.fd, reinterpret_cast<const sockaddr *>(&*own), static_cast<socklen_t>(length_of(*own))) != 0) return false;
  c.ssl = SSL_new(peer.context.get());
  if (!c.ssl || SSL_set_fd(c.ssl, c.fd) != 1) {
    errno = ENOMEM;
    return false;
  }
  if (!peer.server_name.empty()) SSL_set_tlsext_host_name(c.ssl, peer.server_name.c_str());
  // Who is known by its fingerprint needs no authority.
  if (!peer.pins.empty()) SSL_set_verify(c.ssl, SSL_VERIFY_NONE, nullptr);
  if (peer.shows_certificate) show_own(c.ssl);
  SSL_set_connect_state(c.ssl);
  return connect(c.fd, reinterpret_cast<const sockaddr *>(&c.peer), static_cast<socklen_t>(length_of(c.peer))) == 0 || errno == EINPROGRESS;
}

/** The certificate that phones meet; without one the far side is told of none. */
void TlsGate::show_own(SSL *ssl) {
  const TlsContext own = context_.get();
  if (!own) return;
  STACK_OF(X509) *chain = nullptr;
  SSL_CTX_get0_chain_certs(own.get(), &chain);
  if (SSL_use_certificate(ssl, SSL_CTX_get0_certificate(own.get())) != 1 || SSL_use_PrivateKey(ssl, SSL_CTX_get0_privatekey(own.get())) != 1) return;
  if (chain) SSL_set1_chain(ssl, chain);
}

/** TCP is there; false when it is not, and then the connection is gone. */
bool TlsGate::connected(Connection &c) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(c.fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) {
    away(c, {"unreachable", std::strerror(error)});
    return false;
  }
  c.connecting = false;
  length = sizeof c.local;
  getsockname(c.fd, reinterpret_cast<sockaddr *>(&c.local), &length);
  return true;
}

/** It is who the trunk is to be; false when it is not, and then the connection is gone. */
bool TlsGate::is_trusted(Connection &c) {
  const auto far = fars_.find(c.far);
  if (far == fars_.end() || far->second.id != c.id) {
    drop(c.id);
    return false;
  }
  const TlsDoubt doubt = doubt_about(c.ssl, far->second.peer);
  if (!*doubt.word) return true;
  away(c, doubt);
  return false;
}

void TlsGate::away(Connection &c, const TlsDoubt &doubt) {
  const auto far = fars_.find(c.far);
  if (far != fars_.end() && far->second.id == c.id) {
    far->second.id = 0;
    far->second.next_ms = steady_ms() + wait_after(++far->second.failures);
    facts_.on_away(far->second.peer, doubt.word, doubt.text);
  }
  drop(c.id);
}

/** Called for every connection that goes; one that `away` told of, or that nobody wants any more, is no peer's. */
void TlsGate::hung_up(const Connection &c) {
  const auto far = fars_.find(c.far);
  if (far == fars_.end() || far->second.id != c.id) return;
  const int64_t now = steady_ms();
  if (c.open && now - c.since_ms >= kWorkedMs) far->second.failures = 0;
  far->second.id = 0;
  far->second.next_ms = now + wait_after(++far->second.failures);
  facts_.on_away(far->second.peer, "closed", "it closed the connection");
}

/** Who has answered pings before and does not any more is gone (RFC 5626 section 4.4.1); others are only pinged. */
void TlsGate::ping(Connection &c, int64_t now) {
  if (!c.open) return;
  if (c.pinged_ms != 0 && c.answers_pings && now - c.pinged_ms > limits_.pong_ms) return away(c, {"silent", "it does not answer any more"});
  if (now - c.heard_ms <= limits_.ping_ms || (c.pinged_ms != 0 && now - c.pinged_ms <= limits_.ping_ms)) return;
  c.pinged_ms = now;
  if (c.out.empty()) c.out = "\r\n\r\n";
  if (write(c)) watch(c);
}

}  // namespace pbx::sip
