// The way to a phone behind a proxy (RFC 3327): what its REGISTER says in Path, and Route headers made of that.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "address.h"

namespace pbx::sip {

/** Addresses of the Path headers, the proxy next to the box first; nullopt when one is no address that could be a Route. */
std::optional<std::vector<std::string>> path_of(pjsip_rx_data *rdata);
/** Puts them at the end of a list as Route headers, made in `pool`: a route set, or the headers of a request. */
void add_routes(pj_pool_t *pool, pjsip_hdr *to, const std::vector<std::string> &path);
/** Where packets for a phone go first: to the proxy next to the box, else to the phone. */
Hop first_hop(std::string_view contact, const std::vector<std::string> &path, const Hop &source);

}  // namespace pbx::sip
