// The SIP socket over UDP: bound once, never connected, never blocking; errors of a peer's network are the peer's.
#pragma once

#include <pjsip.h>

#include <string_view>

#include "address.h"

namespace pbx::sip {

class Core;

/**
 * Opens and binds a socket and makes it a transport of PJSIP's; it lives as long as the endpoint. What arrives goes
 * through the core's intake. A socket bound to `::` takes IPv4 as well where the system's default says so.
 */
pj_status_t udp_transport_start(Core &core, const sockaddr_storage &bind, const pjsip_host_port &published, pjsip_transport **transport);

/** The emergency numbers are others now: the kernel is told which calls have a way of their own. */
void udp_transport_steer(pjsip_transport *transport);

/** Sends bytes as they are, or lets them wait for a moment, or forgets them. Only for a transport of the above. */
void udp_transport_send(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &to);

}  // namespace pbx::sip
