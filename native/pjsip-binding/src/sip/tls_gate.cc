// The gate's thread: who may come in, for how long, and in which order.
#include "tls_gate.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "address.h"

namespace pbx::sip {

int64_t steady_ms();

namespace {

/** Names in the epoll sets below every connection's: listeners by their place. */
constexpr ConnectionId kFirstConnection = 1000;
constexpr int kBacklog = 128, kNice = 5, kDoorAtOnce = 8, kInsideAtOnce = 64;
constexpr int64_t kDeafMs = 200;
/** A connection is gone when nothing of what it was sent is confirmed for so long. */
constexpr int kUnconfirmedMs = 20'000, kIdleSeconds = 30, kProbeSeconds = 10, kProbes = 3;
constexpr int kSignalling = 24 << 2;

void option(int fd, int level, int name, int value) { setsockopt(fd, level, name, &value, sizeof value); }

void watch_in(int set, int fd, ConnectionId id) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id;
  epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

}  // namespace

void find_out_dead_ends(int fd) {
  option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kIdleSeconds);
  option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kProbeSeconds);
  option(fd, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
  option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kUnconfirmedMs);
}

TlsGate::TlsGate(TlsFacts &facts, const Presented &context, const TlsLimits &limits) : facts_(facts), context_(context), limits_(limits), last_(kFirstConnection) {
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  door_ = epoll_create1(EPOLL_CLOEXEC);
  inside_ = epoll_create1(EPOLL_CLOEXEC);
}

TlsGate::~TlsGate() {
  over_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t woken = ::write(wake_, &one, sizeof one);
  if (thread_.joinable()) thread_.join();
  for (auto &[id, c] : connections_) {
    SSL_free(c->ssl);
    ::close(c->fd);
  }
  for (const int fd : listeners_) ::close(fd);
  for (const int fd : {wake_, door_, inside_})
    if (fd >= 0) ::close(fd);
}

int TlsGate::listen(const sockaddr_storage &bind_to) {
  if (wake_ < 0 || door_ < 0 || inside_ < 0) return EMFILE;
  const int fd = socket(bind_to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  // Its predecessor's connections may still linger in the kernel; a second listener is refused all the same.
  option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  option(fd, IPPROTO_IP, IP_TOS, kSignalling);
  if (bind_to.ss_family == AF_INET6) {
    option(fd, IPPROTO_IPV6, IPV6_TCLASS, kSignalling);
    option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  }
  if (bind(fd, reinterpret_cast<const sockaddr *>(&bind_to), static_cast<socklen_t>(length_of(bind_to))) != 0 || ::listen(fd, kBacklog) != 0) {
    const int error = errno;
    ::close(fd);
    return error;
  }
  listeners_.push_back(fd);
  watch_in(door_, fd, listeners_.size() - 1);
  return 0;
}

void TlsGate::run() { thread_ = std::thread([this] { loop(); }); }

void TlsGate::give(Order order) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = orders_.empty();
    orders_.push_back(std::move(order));
  }
  const uint64_t one = 1;
  if (first) [[maybe_unused]] const ssize_t woken = ::write(wake_, &one, sizeof one);
}

void TlsGate::send(ConnectionId id, std::string bytes) { give({Order::Kind::send, id, std::move(bytes), 0}); }
void TlsGate::taken(ConnectionId id, size_t bytes) { give({Order::Kind::taken, id, "", bytes}); }
void TlsGate::prove(ConnectionId id) { give({Order::Kind::prove, id, "", 0}); }
void TlsGate::close(ConnectionId id) { give({Order::Kind::close, id, "", 0}); }

TlsGate::Connection *TlsGate::find(ConnectionId id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

void TlsGate::loop() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  // A storm of handshakes must not take the processor from calls and voice.
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNice);
  int64_t ticked = steady_ms();
  while (!over_) {
    const bool deaf = steady_ms() < deaf_until_ms_;
    pollfd ready[3] = {{wake_, POLLIN, 0}, {inside_, POLLIN, 0}, {deaf ? -1 : door_, POLLIN, 0}};
    poll(ready, 3, deaf ? static_cast<int>(kDeafMs) : 500);
    if (ready[0].revents) obey();
    epoll_event events[kInsideAtOnce];
    for (int n = epoll_wait(inside_, events, kInsideAtOnce, 0), i = 0; i < n; ++i)
      if (Connection *c = find(events[i].data.u64)) serve(*c);
    const int n = ready[2].revents ? epoll_wait(door_, events, kDoorAtOnce, 0) : 0;
    for (int i = 0; i < n; ++i) {
      const ConnectionId id = events[i].data.u64;
      if (id < kFirstConnection) accept_from(listeners_[id]);
      else if (Connection *c = find(id)) shake(*c);
    }
    if (const int64_t now = steady_ms(); now - ticked >= 500) tick(ticked = now);
  }
}

void TlsGate::obey() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t drained = ::read(wake_, &count, sizeof count);
  take_peers();
  std::vector<Order> orders;
  {
    std::lock_guard lock(mutex_);
    orders.swap(orders_);
  }
  for (Order &order : orders) {
    Connection *c = find(order.id);
    if (!c || !c->open) continue;
    if (order.kind == Order::Kind::prove) c->proven = true;
    if (order.kind == Order::Kind::taken) {
      c->under_way -= std::min(c->under_way, order.count);
      // OpenSSL may hold decrypted bytes that no event will tell of.
      serve(*c);
      continue;
    }
    if (order.kind == Order::Kind::close) c->closing = true;
    if (order.kind == Order::Kind::send) c->out += order.bytes;
    if (write(*c)) watch(*c);
  }
}

/** The oldest that is open and unproven, or that is still shaken hands with; `count` says how many there are. */
ConnectionId TlsGate::oldest(bool open, const sockaddr_storage *host, size_t &count) {
  count = 0;
  ConnectionId first = 0;
  for (const auto &[id, c] : connections_) {
    if (!c->far.empty() || c->open != open || (open && c->proven) || (host && !same_host(c->peer, *host))) continue;
    if (count++ == 0) first = id;
  }
  return first;
}

/** Strangers make room for strangers, the oldest first: a phone is done in milliseconds and is never that one. */
bool TlsGate::make_room(const sockaddr_storage &peer) {
  size_t count = 0;
  oldest(false, &peer, count);
  if (count >= limits_.handshaking_per_host) return false;
  oldest(true, &peer, count);
  if (count >= limits_.unproven_per_host) return false;
  for (const bool open : {false, true}) {
    const ConnectionId first = oldest(open, nullptr, count);
    if (count < (open ? limits_.unproven : limits_.handshaking)) continue;
    if (Connection *c = find(first)) refuse(*c, "crowded", "made room for others");
  }
  return connections_.size() < limits_.all;
}

void TlsGate::accept_from(int listener) {
  Connection c;
  socklen_t length = sizeof c.peer;
  c.fd = accept4(listener, reinterpret_cast<sockaddr *>(&c.peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (c.fd < 0) {
    // No descriptor is free: what waits at the door is left there for a moment instead of being asked for again and again.
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) deaf_until_ms_ = steady_ms() + kDeafMs;
    return;
  }
  const auto turn_away = [&](const char *kind, const char *why) {
    facts_.on_refused(c.peer, kind, why);
    ::close(c.fd);
  };
  const TlsContext context = context_.get();
  if (!context) return turn_away("not-ready", "the box has no certificate yet");
  if (!make_room(c.peer)) return turn_away("crowded", "too many connections");
  length = sizeof c.local;
  getsockname(c.fd, reinterpret_cast<sockaddr *>(&c.local), &length);
  find_out_dead_ends(c.fd);
  c.ssl = SSL_new(context.get());
  if (!c.ssl || SSL_set_fd(c.ssl, c.fd) != 1) {
    SSL_free(c.ssl);
    return turn_away("failed", "no memory");
  }
  SSL_set_accept_state(c.ssl);
  c.id = ++last_;
  c.since_ms = c.active_ms = steady_ms();
  watch_in(door_, c.fd, c.id);
  c.watched = EPOLLIN;
  connections_[c.id] = std::make_unique<Connection>(std::move(c));
}

void TlsGate::tick(int64_t now) {
  std::vector<ConnectionId> late, dialled;
  for (auto &[id, c] : connections_) {
    if (!c->far.empty()) dialled.push_back(id);
    if (!c->open && now - c->since_ms > limits_.handshake_ms) late.push_back(id);
    if (c->open && !c->proven && now - c->since_ms > limits_.unproven_ms) late.push_back(id);
  }
  for (const ConnectionId id : late)
    if (Connection *c = find(id)) refuse(*c, "slow", c->open ? "nobody signed in on it" : "the handshake took too long");
  for (const ConnectionId id : dialled)
    if (Connection *c = find(id)) ping(*c, now);
  dial_due(now);
  // A ping of ours (RFC 5626 section 3.5.1) holds the way open, and finds out connections whose other end is gone.
  std::vector<ConnectionId> silent;
  for (auto &[id, c] : connections_)
    if (c->open && c->far.empty() && now - c->active_ms > limits_.silence_ms) silent.push_back(id);
  for (const ConnectionId id : silent) {
    Connection *c = find(id);
    c->active_ms = now;
    if (c->out.empty()) c->out = "\r\n\r\n";
    if (write(*c)) watch(*c);
  }
}

void TlsGate::refuse(Connection &c, const char *kind, const std::string &why) {
  if (!c.far.empty()) return away(c, c.connecting ? TlsDoubt{"unreachable", "no answer"} : TlsDoubt{kind, why});
  facts_.on_refused(c.peer, kind, why);
  drop(c.id);
}

void TlsGate::drop(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  const std::unique_ptr<Connection> c = std::move(found->second);
  connections_.erase(found);
  if (c->open) facts_.on_closed(id);
  hung_up(*c);
  SSL_free(c->ssl);
  ::close(c->fd);
}

}  // namespace pbx::sip
