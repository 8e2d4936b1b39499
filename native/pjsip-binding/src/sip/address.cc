// Addresses: parsed at the edge, compared as bytes.
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "../json.h"

namespace pbx::sip {
namespace {

struct Bytes {
  const unsigned char *data;
  int length;
};

/** The bytes of an address; an IPv4-mapped IPv6 address counts as IPv4. */
Bytes bytes_of(const sockaddr_storage &a) {
  if (a.ss_family == AF_INET) return {reinterpret_cast<const unsigned char *>(&reinterpret_cast<const sockaddr_in &>(a).sin_addr), 4};
  if (a.ss_family != AF_INET6) return {nullptr, 0};
  const auto &six = reinterpret_cast<const sockaddr_in6 &>(a).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&six)) return {six.s6_addr + 12, 4};
  return {six.s6_addr, 16};
}

}  // namespace

pj_str_t copy(pj_pool_t *pool, std::string_view s) {
  pj_str_t from = str(s), to;
  pj_strdup_with_null(pool, &to, &from);
  return to;
}

bool same_text(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

int length_of(const sockaddr_storage &a) { return a.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

std::string host_of(const sockaddr_storage &a) {
  const Bytes bytes = bytes_of(a);
  if (!bytes.data) return "";
  char text[INET6_ADDRSTRLEN];
  if (!inet_ntop(bytes.length == 4 ? AF_INET : AF_INET6, bytes.data, text, sizeof text)) return "";
  return text;
}

int port_of(const sockaddr_storage &a) {
  if (a.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in &>(a).sin_port);
  if (a.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6 &>(a).sin6_port);
  return 0;
}

void set_port(sockaddr_storage &a, int port) {
  if (a.ss_family == AF_INET6) reinterpret_cast<sockaddr_in6 &>(a).sin6_port = htons(port);
  else reinterpret_cast<sockaddr_in &>(a).sin_port = htons(port);
}

bool same_host(const sockaddr_storage &a, const sockaddr_storage &b) {
  const Bytes x = bytes_of(a), y = bytes_of(b);
  return x.data && x.length == y.length && std::memcmp(x.data, y.data, x.length) == 0;
}

bool same_address(const sockaddr_storage &a, const sockaddr_storage &b) { return same_host(a, b) && port_of(a) == port_of(b); }

std::optional<sockaddr_storage> parse_address(std::string_view host, int port) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (port < 0 || port > 65535 || host.size() > INET6_ADDRSTRLEN) return std::nullopt;
  const std::string text(host);
  sockaddr_storage out{};
  auto &four = reinterpret_cast<sockaddr_in &>(out);
  auto &six = reinterpret_cast<sockaddr_in6 &>(out);
  if (inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) out.ss_family = AF_INET;
  else if (inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) out.ss_family = AF_INET6;
  else return std::nullopt;
  set_port(out, port);
  return out;
}

std::string bracketed(std::string_view host) {
  if (host.find(':') == std::string_view::npos) return std::string(host);
  return "[" + std::string(host) + "]";
}

const char *transport_name(pjsip_transport_type_e type) {
  const int base = type & ~PJSIP_TRANSPORT_IPV6;
  return base == PJSIP_TRANSPORT_TLS ? "tls" : base == PJSIP_TRANSPORT_TCP ? "tcp" : "udp";
}

std::optional<pjsip_transport_type_e> transport_type(std::string_view name, int family) {
  const bool six = family == AF_INET6;
  if (name == "udp") return six ? PJSIP_TRANSPORT_UDP6 : PJSIP_TRANSPORT_UDP;
  if (name == "tcp") return six ? PJSIP_TRANSPORT_TCP6 : PJSIP_TRANSPORT_TCP;
  if (name == "tls") return six ? PJSIP_TRANSPORT_TLS6 : PJSIP_TRANSPORT_TLS;
  return std::nullopt;
}

std::string json_of(const Hop &hop) {
  const std::string host = host_of(hop.addr);
  JsonObject out;
  out.number("family", host.find(':') == std::string::npos ? 4 : 6).text("host", host).number("port", port_of(hop.addr)).text("transport", transport_name(hop.type));
  if (*hop.peer) out.text("peer", hop.peer);
  return out.take();
}

bool lead_to(Hop &hop, std::string_view peer) {
  if (peer.size() >= kPeerName) return false;
  hop.peer[peer.copy(hop.peer, peer.size())] = '\0';
  return true;
}

namespace {

/** The far end of a connection that the box opened to one of several has that one's name. */
void note_peer(Hop &hop, const pjsip_transport *transport) {
  const bool own = transport->dir == PJSIP_TP_DIR_OUTGOING && (transport->flag & PJSIP_TRANSPORT_SECURE);
  if (const std::string_view name = view(transport->remote_name.host); own && name != host_of(hop.addr)) lead_to(hop, name);
}

}  // namespace

Hop far_end_of(const pjsip_transport *transport) {
  Hop out;
  out.type = static_cast<pjsip_transport_type_e>(transport->key.type);
  std::memcpy(&out.addr, &transport->key.rem_addr, sizeof transport->key.rem_addr);
  note_peer(out, transport);
  return out;
}

Hop source_of(const pjsip_rx_data *rdata) {
  Hop hop;
  std::memcpy(&hop.addr, &rdata->pkt_info.src_addr, std::min<size_t>(sizeof hop.addr, rdata->pkt_info.src_addr_len));
  hop.type = static_cast<pjsip_transport_type_e>(rdata->tp_info.transport->key.type);
  note_peer(hop, rdata->tp_info.transport);
  return hop;
}

Hop way_to(std::string_view contact, const Hop &source) {
  if (source.type != PJSIP_TRANSPORT_UDP && source.type != PJSIP_TRANSPORT_UDP6) return source;
  const size_t scheme = contact.find(':');
  if (scheme == std::string_view::npos) return source;
  std::string_view rest = contact.substr(scheme + 1);
  rest = rest.substr(0, rest.find_first_of(";?", rest.find('@') == std::string_view::npos ? 0 : rest.find('@')));
  const size_t at = rest.rfind('@');
  if (at != std::string_view::npos) rest = rest.substr(at + 1);
  const size_t end = rest.find(']');
  const size_t colon = rest.find(':', end == std::string_view::npos ? 0 : end);
  int port = 5060;
  if (colon != std::string_view::npos) {
    const std::string_view digits = rest.substr(colon + 1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || stop != digits.data() + digits.size()) return source;
  }
  const auto address = parse_address(rest.substr(0, colon), port);
  if (!address || !same_host(*address, source.addr)) return source;
  Hop out = source;
  set_port(out.addr, port);
  return out;
}

std::string local_host_towards(const sockaddr_storage &peer) {
  const int fd = socket(peer.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return "";
  sockaddr_storage to = peer, own{};
  if (port_of(to) == 0) set_port(to, 5060);
  socklen_t length = sizeof own;
  const bool found = connect(fd, reinterpret_cast<sockaddr *>(&to), length_of(to)) == 0 && getsockname(fd, reinterpret_cast<sockaddr *>(&own), &length) == 0;
  close(fd);
  return found ? host_of(own) : "";
}

bool Prefix::contains(const sockaddr_storage &a) const {
  const Bytes own = bytes_of(addr), other = bytes_of(a);
  if (!own.data || own.length != other.length) return false;
  const int whole = bits / 8, rest = bits % 8;
  if (std::memcmp(own.data, other.data, whole) != 0) return false;
  if (rest == 0) return true;
  const unsigned char mask = static_cast<unsigned char>(0xFF << (8 - rest));
  return (own.data[whole] & mask) == (other.data[whole] & mask);
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash), 0);
  if (!address) return std::nullopt;
  const int most = address->ss_family == AF_INET6 ? 128 : 32;
  int bits = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits < 0 || bits > most) return std::nullopt;
  }
  return Prefix{*address, bits};
}

}  // namespace pbx::sip
