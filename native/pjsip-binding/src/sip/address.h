// Where packets come from and go to.
#pragma once

#include <pjlib.h>
#include <pjsip.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pbx::sip {

inline std::string_view view(const pj_str_t &s) { return s.slen > 0 ? std::string_view(s.ptr, s.slen) : std::string_view(); }
inline std::string text(const pj_str_t &s) { return std::string(view(s)); }
/** Points into `s`: valid as long as it is. */
inline pj_str_t str(std::string_view s) { return pj_str_t{const_cast<char *>(s.data()), static_cast<pj_ssize_t>(s.size())}; }
/** A copy that lives as long as `pool`. */
pj_str_t copy(pj_pool_t *pool, std::string_view s);
bool same_text(std::string_view a, std::string_view b);  // ASCII, without case

/** The longest name of a peer, with the zero at its end. */
constexpr size_t kPeerName = 48;

struct Hop {
  sockaddr_storage addr{};
  pjsip_transport_type_e type = PJSIP_TRANSPORT_UNSPECIFIED;
  /** Whom a connection of the box's own leads to: several may be at one address. Empty: whoever is there. */
  char peer[kPeerName] = "";
  bool known() const { return type != PJSIP_TRANSPORT_UNSPECIFIED; }
};

/** False when the name is too long. */
bool lead_to(Hop &hop, std::string_view peer);

int length_of(const sockaddr_storage &a);
std::string host_of(const sockaddr_storage &a);
int port_of(const sockaddr_storage &a);
void set_port(sockaddr_storage &a, int port);
bool same_host(const sockaddr_storage &a, const sockaddr_storage &b);
bool same_address(const sockaddr_storage &a, const sockaddr_storage &b);
/** Numeric addresses only: names are never resolved here. */
std::optional<sockaddr_storage> parse_address(std::string_view host, int port);
/** For URIs and headers: an IPv6 address in brackets. */
std::string bracketed(std::string_view host);
std::string json_of(const Hop &hop);
const char *transport_name(pjsip_transport_type_e type);
std::optional<pjsip_transport_type_e> transport_type(std::string_view name, int family);
/** Where a connection leads. */
Hop far_end_of(const pjsip_transport *transport);
Hop source_of(const pjsip_rx_data *rdata);
/**
 * Where a registered phone is reached: at its Contact when that is the host the REGISTER came from, else (NAT) and on
 * a connection where it came from.
 */
Hop way_to(std::string_view contact, const Hop &source);
/** The address that the kernel would send from to reach `peer`; empty when there is no route. */
std::string local_host_towards(const sockaddr_storage &peer);

/** An IP prefix, like 10.1.0.0/16 or fd00::/8. */
struct Prefix {
  sockaddr_storage addr{};
  int bits = 0;
  bool contains(const sockaddr_storage &a) const;
};
std::optional<Prefix> parse_prefix(std::string_view text);

}  // namespace pbx::sip
