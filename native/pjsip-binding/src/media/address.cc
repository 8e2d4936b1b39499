// Socket addresses as media sees them: compared by value, never as text.
#include "address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace pbx::media {
namespace {

const sockaddr_in &v4(const Address &a) { return reinterpret_cast<const sockaddr_in &>(a); }
const sockaddr_in6 &v6(const Address &a) { return reinterpret_cast<const sockaddr_in6 &>(a); }

/** The C library prints addresses with its formatter: ten times slower, and ports are written down at every change. */
std::string v4_text(const Address &a) {
  const auto *bytes = reinterpret_cast<const unsigned char *>(&v4(a).sin_addr);
  char text[24];
  char *end = text;
  for (int i = 0; i < 4; ++i) {
    end = std::to_chars(end, text + sizeof text, bytes[i]).ptr;
    *end++ = i < 3 ? '.' : ':';
  }
  end = std::to_chars(end, text + sizeof text, port_of(a)).ptr;
  return {text, end};
}

}  // namespace

bool is_reachable(const Address &a) {
  if (port_of(a) == 0) return false;
  if (a.ss_family == AF_INET) return v4(a).sin_addr.s_addr != INADDR_ANY;
  return a.ss_family == AF_INET6 && !IN6_IS_ADDR_UNSPECIFIED(&v6(a).sin6_addr);
}

bool same_host(const Address &a, const Address &b) {
  if (a.ss_family != b.ss_family) return false;
  if (a.ss_family == AF_INET) return v4(a).sin_addr.s_addr == v4(b).sin_addr.s_addr;
  if (a.ss_family != AF_INET6) return false;
  return memcmp(&v6(a).sin6_addr, &v6(b).sin6_addr, sizeof(in6_addr)) == 0;
}

bool same_endpoint(const Address &a, const Address &b) { return same_host(a, b) && port_of(a) == port_of(b); }

socklen_t length_of(const Address &a) { return a.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

int port_of(const Address &a) {
  if (a.ss_family == AF_INET) return ntohs(v4(a).sin_port);
  return a.ss_family == AF_INET6 ? ntohs(v6(a).sin6_port) : 0;
}

void set_port(Address &a, int port) {
  if (a.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6 &>(a).sin6_port = htons(static_cast<uint16_t>(port));
    return;
  }
  reinterpret_cast<sockaddr_in &>(a).sin_port = htons(static_cast<uint16_t>(port));
}

std::string text_of(const Address &a) {
  if (a.ss_family == AF_INET) return v4_text(a);
  char host[INET6_ADDRSTRLEN] = "";
  if (a.ss_family != AF_INET6 || !inet_ntop(AF_INET6, &v6(a).sin6_addr, host, sizeof host)) return "-";
  const auto scope = v6(a).sin6_scope_id;
  return "[" + std::string(host) + (scope ? "%" + std::to_string(scope) : "") + "]:" + std::to_string(port_of(a));
}

bool address_of(const std::string &text, Address &out) {
  out = Address{};
  if (text == "-") return true;
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const int port = atoi(text.c_str() + colon + 1);
  if (port < 0 || port > 65535) return false;
  std::string host = text.substr(0, colon);
  if (host.front() != '[') {
    auto &a = reinterpret_cast<sockaddr_in &>(out);
    a.sin_family = AF_INET;
    if (inet_pton(AF_INET, host.c_str(), &a.sin_addr) != 1) return false;
  } else {
    if (host.back() != ']') return false;
    host = host.substr(1, host.size() - 2);
    auto &a = reinterpret_cast<sockaddr_in6 &>(out);
    a.sin6_family = AF_INET6;
    const auto percent = host.find('%');
    if (percent != std::string::npos) a.sin6_scope_id = static_cast<uint32_t>(atoi(host.c_str() + percent + 1));
    if (inet_pton(AF_INET6, host.substr(0, percent).c_str(), &a.sin6_addr) != 1) return false;
  }
  set_port(out, port);
  return true;
}

bool is_multicast(const Address &a) {
  if (a.ss_family == AF_INET) return IN_MULTICAST(ntohl(v4(a).sin_addr.s_addr));
  return a.ss_family == AF_INET6 && IN6_IS_ADDR_MULTICAST(&v6(a).sin6_addr);
}

}  // namespace pbx::media
