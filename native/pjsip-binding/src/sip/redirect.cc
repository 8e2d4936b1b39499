// A phone that sends its caller elsewhere (3xx, RFC 3261 section 8.1.3.4): where it says; what becomes of it is JavaScript's to say.
#include <algorithm>

#include "legs.h"

namespace pbx::sip {
namespace {

constexpr size_t kContactsTold = 8;

/** Does the host of a contact mean the box: by an address of its own, or by the name that the phone registered under? */
bool names_box(const Core &c, const Leg &leg, std::string_view host) {
  if (host.empty()) return false;
  if (same_text(host, leg.domain) || same_text(host, leg.media.origin.host)) return true;
  const auto address = parse_address(host, 0);
  if (!address) return false;
  const std::string written = host_of(*address);
  if (written == leg.media.origin.host || written == leg.domain) return true;
  return std::any_of(c.listeners.begin(), c.listeners.end(), [&](const Listener &one) { return !one.wildcard && (one.bound == written || one.advertised == written); });
}

struct Place {
  int preference;
  std::string json;
};

}  // namespace

std::string redirections_json(const Core &c, const Leg &leg, const pjsip_msg *answer) {
  std::vector<Place> places;
  for (const pjsip_hdr *h = answer->hdr.next; h != &answer->hdr && places.size() < kContactsTold; h = h->next) {
    if (h->type != PJSIP_H_CONTACT) continue;
    const auto *contact = reinterpret_cast<const pjsip_contact_hdr *>(h);
    if (contact->star || !contact->uri) continue;
    pjsip_uri *uri = static_cast<pjsip_uri *>(pjsip_uri_get_uri(contact->uri));
    // A telephone number is the plant's to dial, whoever writes it.
    const bool here = PJSIP_URI_SCHEME_IS_TEL(uri) || names_box(c, leg, host_in(uri));
    // Without q it is as good as any (RFC 3261 section 20.10).
    const int preference = contact->q1000 > 0 ? contact->q1000 : 1000;
    places.push_back({preference, JsonObject().text("uri", uri_text(uri)).text("number", user_of(uri)).truth("here", here).take()});
  }
  std::stable_sort(places.begin(), places.end(), [](const Place &a, const Place &b) { return a.preference > b.preference; });
  std::string out;
  for (const Place &place : places) out += (out.empty() ? "" : ",") + place.json;
  return out.empty() ? "" : "[" + out + "]";
}

}  // namespace pbx::sip
