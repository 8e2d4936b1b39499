// PJSIP's view of the UDP socket: sends at once, is told when something arrives.
#include "udp_transport.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <string>

#include "core.h"
#include "udp_express.h"
#include "udp_intake.h"

namespace pbx::sip {
namespace {

/** The kernel's default of 212 kB holds about 250 messages: all phones of a plant send more after a power cut. */
constexpr int kReceiveBuffer = 8 << 20, kSendBuffer = 1 << 20, kExpressBuffer = 1 << 20;
/** Class selector 3, as signalling is marked (RFC 4594 section 4.2 leaves the number to the site; networks know CS3). */
constexpr int kSignalling = 24 << 2;
constexpr size_t kUnsentAtMost = 512;

class UdpTransport : public pjsip_transport {
 public:
  UdpTransport(Core &core, int fd) : pjsip_transport{}, core(core), fd(fd) {}

  Core &core;
  int fd;
  int express = -1;  // for calls for help
  struct Unsent {
    std::string bytes;
    sockaddr_storage to;
  };
  std::deque<Unsent> unsent;  // until the kernel has room again
};

UdpTransport &of(pjsip_transport *transport) { return *static_cast<UdpTransport *>(transport); }

void grow(int fd, int forced, int option, int bytes) {
  // Beyond net.core.rmem_max only with CAP_NET_ADMIN; else as much as the system grants.
  if (setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof bytes) != 0) setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof bytes);
}

int open_socket(const sockaddr_storage &bind_to) {
  const int fd = socket(bind_to.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  grow(fd, SO_RCVBUFFORCE, SO_RCVBUF, kReceiveBuffer);
  grow(fd, SO_SNDBUFFORCE, SO_SNDBUF, kSendBuffer);
  const int mark = kSignalling;
  setsockopt(fd, IPPROTO_IP, IP_TOS, &mark, sizeof mark);
  // Routers may cut what is too long for them: a first INVITE that a router turned away would be half a second late, or lost
  // for good where it may not say so.
  const int never = IP_PMTUDISC_DONT;
  setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &never, sizeof never);
  if (bind_to.ss_family == AF_INET6) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &mark, sizeof mark);
    // Routers of IPv6 cut nothing: cut here, to what every link takes (RFC 8200 section 5).
    const int every_link = 1280;
    setsockopt(fd, IPPROTO_IPV6, IPV6_MTU, &every_link, sizeof every_link);
    // IPv4 has a socket of its own on the same port.
    const int on = 1;
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  // No SO_REUSEADDR: on UDP it would let a second process take packets away. The port of a dead process is free at once.
  if (bind(fd, reinterpret_cast<const sockaddr *>(&bind_to), static_cast<socklen_t>(length_of(bind_to))) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

/** Whoever could not be reached at the moment may be with the next copy; only what can never be sent is an error. */
bool is_passing(int error) { return error == ENOBUFS || error == ENOMEM || error == EINTR || error == ECONNREFUSED; }

bool is_full(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

void send_waiting(UdpTransport &t) {
  while (!t.unsent.empty()) {
    const UdpTransport::Unsent &first = t.unsent.front();
    const auto *to = reinterpret_cast<const sockaddr *>(&first.to);
    const bool sent = sendto(t.fd, first.bytes.data(), first.bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL, to, static_cast<socklen_t>(length_of(first.to))) >= 0;
    if (!sent && is_full(errno)) return t.core.waiting.await_room(t.fd, [&t] { send_waiting(t); });
    if (!sent) t.core.count("udp-send-errors");
    t.unsent.pop_front();
  }
}

pj_status_t send_or_keep(UdpTransport &t, std::string_view bytes, const sockaddr *to, socklen_t length) {
  if (t.unsent.empty() && sendto(t.fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL, to, length) >= 0) return PJ_SUCCESS;
  const int error = t.unsent.empty() ? errno : EAGAIN;
  if (!is_full(error)) {
    t.core.count("udp-send-errors");
    return is_passing(error) ? PJ_SUCCESS : PJ_STATUS_FROM_OS(error);
  }
  if (t.unsent.size() >= kUnsentAtMost) {
    // As lost on the way: transactions send again.
    t.core.count("udp-forgotten-unsent");
    return PJ_SUCCESS;
  }
  UdpTransport::Unsent one{std::string(bytes), {}};
  std::memcpy(&one.to, to, length);
  t.unsent.push_back(std::move(one));
  if (t.unsent.size() == 1) send_waiting(t);
  return PJ_SUCCESS;
}

pj_status_t on_send(pjsip_transport *transport, pjsip_tx_data *tdata, const pj_sockaddr_t *to, int length, void *, pjsip_transport_callback) {
  const std::string_view bytes(tdata->buf.start, static_cast<size_t>(tdata->buf.cur - tdata->buf.start));
  return send_or_keep(of(transport), bytes, static_cast<const sockaddr *>(to), static_cast<socklen_t>(length));
}

pj_status_t on_shutdown(pjsip_transport *transport) { return pjsip_transport_dec_ref(transport); }

pj_status_t on_destroy(pjsip_transport *transport) {
  UdpTransport &t = of(transport);
  if (t.core.intake) t.core.intake->remove(transport);
  for (const int fd : {t.express, t.fd}) {
    if (fd < 0) continue;
    t.core.waiting.remove(fd);
    close(fd);
  }
  if (t.ref_cnt) pj_atomic_destroy(t.ref_cnt);
  if (t.lock) pj_lock_destroy(t.lock);
  pj_pool_t *pool = t.pool;
  pjsip_endpoint *endpt = t.endpt;
  delete &t;
  pjsip_endpt_release_pool(endpt, pool);
  return PJ_SUCCESS;
}

void describe(UdpTransport &t, const sockaddr_storage &bind, const pjsip_host_port &published) {
  const bool six = bind.ss_family == AF_INET6;
  t.key.type = six ? PJSIP_TRANSPORT_UDP6 : PJSIP_TRANSPORT_UDP;
  t.key.rem_addr.addr.sa_family = static_cast<pj_uint16_t>(bind.ss_family);
  t.type_name = const_cast<char *>("UDP");
  t.flag = pjsip_transport_get_flag_from_type(static_cast<pjsip_transport_type_e>(t.key.type));
  t.addr_len = sizeof t.local_addr;
  pj_sock_getsockname(t.fd, &t.local_addr, &t.addr_len);
  pj_strdup_with_null(t.pool, &t.local_name.host, &published.host);
  t.local_name.port = published.port;
  t.remote_name.host = pj_str(const_cast<char *>(six ? "::0" : "0.0.0.0"));
  t.dir = PJSIP_TP_DIR_NONE;
  t.info = copy(t.pool, "udp " + bracketed(host_of(bind)) + ":" + std::to_string(published.port)).ptr;
  t.send_msg = &on_send;
  t.do_shutdown = &on_shutdown;
  t.destroy = &on_destroy;
}

/** Read whenever something is there, through the intake; on the way out there is none. */
pj_status_t listen_to(UdpTransport &t, int fd) {
  return t.core.waiting.add(fd, [&core = t.core, fd] {
    if (core.intake) core.intake->drain(fd);
  });
}

/** Without it a call for help shares the buffer of all others: as good as any other switch, and counted. */
void open_way_for_help(UdpTransport &t, const sockaddr_storage &bind) {
  t.express = open_express(t.fd, bind);
  if (t.express < 0 || !steer(t.fd, t.core.emergency.numbers())) {
    t.core.count("udp-no-express");
    if (t.express >= 0) close(t.express);
    t.express = -1;
    return;
  }
  grow(t.express, SO_RCVBUFFORCE, SO_RCVBUF, kExpressBuffer);
  // It is read whenever the other is, also where it cannot be waited for by itself.
  if (listen_to(t, t.express) != PJ_SUCCESS) t.core.count("udp-express-unwatched");
  t.core.intake->add(t.express, &t);
}

}  // namespace

pj_status_t udp_transport_start(Core &core, const sockaddr_storage &bind, const pjsip_host_port &published, pjsip_transport **transport) {
  const int fd = open_socket(bind);
  if (fd < 0) return PJ_STATUS_FROM_OS(errno);
  pj_pool_t *pool = pjsip_endpt_create_pool(core.endpt, "udp%p", 1000, 1000);
  auto *t = new UdpTransport(core, fd);
  t->pool = pool;
  t->endpt = core.endpt;
  pj_ansi_strxcpy(t->obj_name, pool->obj_name, sizeof t->obj_name);
  describe(*t, bind, published);
  pj_status_t status = pj_atomic_create(pool, 0, &t->ref_cnt);
  if (status == PJ_SUCCESS) status = pj_lock_create_recursive_mutex(pool, pool->obj_name, &t->lock);
  if (status == PJ_SUCCESS) status = listen_to(*t, fd);
  if (status == PJ_SUCCESS) status = pjsip_transport_register(pjsip_endpt_get_tpmgr(core.endpt), t);
  if (status != PJ_SUCCESS) {
    on_destroy(t);
    return status;
  }
  // Held for good: PJSIP takes a transport away that nobody uses.
  pjsip_transport_add_ref(t);
  open_way_for_help(*t, bind);
  core.intake->add(fd, t);
  *transport = t;
  return PJ_SUCCESS;
}

void udp_transport_steer(pjsip_transport *transport) {
  UdpTransport &t = of(transport);
  if (t.express >= 0 && !steer(t.fd, t.core.emergency.numbers())) t.core.count("udp-not-steered");
}

void udp_transport_send(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &to) {
  send_or_keep(of(transport), bytes, reinterpret_cast<const sockaddr *>(&to), static_cast<socklen_t>(length_of(to)));
}

}  // namespace pbx::sip
