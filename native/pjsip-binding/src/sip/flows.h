// Connections that phones opened to the box (RFC 5626): the one way to reach such a phone. The box opens none of its own
// towards a phone: behind a firewall it would come to nothing, and elsewhere to somebody else.
#pragma once

#include "core.h"

namespace pbx::sip {

bool same_hop(const Hop &a, const Hop &b);
/** On a connection, not on datagrams. */
bool is_stream(const Hop &hop);
/** Over TLS: only by a connection that is there. */
bool is_secure(const Hop &hop);
/** Whether the phone at the end of `hop` can be sent to: always over UDP, else while its connection is up. */
bool is_up(const Core &core, const Hop &hop);
/** The connection by which `hop` is reached; nullptr: none, or none is needed. */
pjsip_transport *connection_to(const Core &core, const Hop &hop);
/** Sends a request there, whatever its URI says. */
void head_for(pjsip_tx_data *tdata, const Hop &hop);
/** Sends a request to where a phone is; false, and nothing done, when its connection is gone. */
bool aim(const Core &core, pjsip_tx_data *tdata, const Hop &hop);
/** What a URI of the box says of the way: nothing for UDP. */
const char *transport_parameter(pjsip_transport_type_e type);
/** From now on connections are known as they come and go. */
void watch_flows(Core &core);
/** A phone came again on another connection: its calls go on there. */
void move_flow(Core &core, const Hop &from, const Hop &to);
/** A call whose phone does not come back in its time ends. */
void flow_tick(Core &core, Leg &leg, int64_t now_ms);

}  // namespace pbx::sip
