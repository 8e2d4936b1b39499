// Path and Route (RFC 3327 section 5).
#include "path.h"

#include "raw_message.h"

namespace pbx::sip {
namespace {

constexpr size_t kHops = 8, kHopBytes = 256;

/** Entries of a header that is a list, commas inside brackets and quotes left alone. */
std::vector<std::string> entries_of(std::string_view value) {
  std::vector<std::string> out(1);
  bool quoted = false, bracketed = false;
  for (const char c : value) {
    if (c == '"' && !bracketed) quoted = !quoted;
    if (!quoted && (c == '<' || c == '>')) bracketed = c == '<';
    if (c == ',' && !quoted && !bracketed) out.emplace_back();
    else out.back() += c;
  }
  return out;
}

pjsip_route_hdr *route_of(pj_pool_t *pool, const std::string &entry) {
  pj_str_t name = pj_str(const_cast<char *>("Route"));
  // The parser wants a terminated text of its own.
  char *text = static_cast<char *>(pj_pool_alloc(pool, entry.size() + 1));
  entry.copy(text, entry.size());
  text[entry.size()] = '\0';
  int read = 0;
  auto *parsed = static_cast<pjsip_hdr *>(pjsip_parse_hdr(pool, &name, text, entry.size(), &read));
  if (!parsed || parsed->type != PJSIP_H_ROUTE) return nullptr;
  auto *route = reinterpret_cast<pjsip_route_hdr *>(parsed);
  return PJSIP_URI_SCHEME_IS_SIP(route->name_addr.uri) || PJSIP_URI_SCHEME_IS_SIPS(route->name_addr.uri) ? route : nullptr;
}

}  // namespace

std::optional<std::vector<std::string>> path_of(pjsip_rx_data *rdata) {
  std::vector<std::string> out;
  const pjsip_msg *msg = rdata->msg_info.msg;
  for (const pjsip_hdr *h = msg->hdr.next; h != &msg->hdr; h = h->next) {
    if (h->type != PJSIP_H_OTHER || !same_text(view(h->name), "Path")) continue;
    for (const std::string &entry : entries_of(view(reinterpret_cast<const pjsip_generic_string_hdr *>(h)->hvalue))) {
      const std::string address(trimmed(entry));
      if (out.size() == kHops || address.size() > kHopBytes || !route_of(rdata->tp_info.pool, address)) return std::nullopt;
      out.push_back(address);
    }
  }
  return out;
}

void add_routes(pj_pool_t *pool, pjsip_hdr *to, const std::vector<std::string> &path) {
  for (const std::string &entry : path)
    if (pjsip_route_hdr *route = route_of(pool, entry)) pj_list_push_back(to, route);
}

Hop first_hop(std::string_view contact, const std::vector<std::string> &path, const Hop &source) {
  if (path.empty()) return way_to(contact, source);
  const std::string_view proxy = path.front();
  const size_t open = proxy.find('<');
  if (open == std::string_view::npos) return source;
  return way_to(proxy.substr(open + 1, proxy.find('>', open) - open - 1), source);
}

}  // namespace pbx::sip
