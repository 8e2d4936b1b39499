// A phone that sends its caller elsewhere (3xx, RFC 3261 section 8.1.3.4): where it says; what becomes of it is JavaScript's to say.
#include <algorithm>

#include "legs.h"
#include "raw_message.h"

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

/** For each contact of an answer whether it says q=0, which PJSIP reads as if nothing were said. */
std::vector<bool> last_choices(const pjsip_rx_data *answer) {
  std::vector<bool> out;
  RawHead head({answer->msg_info.msg_buf, static_cast<size_t>(answer->msg_info.len)});
  RawHeader header;
  while (head.next(header)) {
    if (!is_header(header.name, "Contact", 'm')) continue;
    for (std::string_view rest = header.value; !trimmed(rest).empty() && out.size() < 2 * kContactsTold;) {
      const std::string_view one = first_of_list(rest), q = parameter(one, "q");
      out.push_back(!q.empty() && q.front() == '0' && q.find_first_not_of("0.") == std::string_view::npos);
      const size_t end = static_cast<size_t>(one.data() + one.size() - rest.data()), comma = rest.find(',', end);
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  return out;
}

struct Place {
  int preference;
  std::string json;
};

}  // namespace

std::string redirections_json(const Core &c, const Leg &leg, const pjsip_rx_data *answer) {
  std::vector<Place> places;
  const std::vector<bool> last = last_choices(answer);
  const pjsip_msg *msg = answer->msg_info.msg;
  size_t at = 0;
  for (const pjsip_hdr *h = msg->hdr.next; h != &msg->hdr && places.size() < kContactsTold; h = h->next) {
    if (h->type != PJSIP_H_CONTACT) continue;
    const auto *contact = reinterpret_cast<const pjsip_contact_hdr *>(h);
    const bool is_last = at < last.size() && last[at];
    ++at;
    if (contact->star || !contact->uri) continue;
    pjsip_uri *uri = static_cast<pjsip_uri *>(pjsip_uri_get_uri(contact->uri));
    // A telephone number is the plant's to dial, whoever writes it.
    const bool here = PJSIP_URI_SCHEME_IS_TEL(uri) || names_box(c, leg, host_in(uri));
    // Without q it is as good as any (RFC 3261 section 20.10).
    const int preference = is_last ? 0 : contact->q1000 > 0 ? contact->q1000 : 1000;
    places.push_back({preference, JsonObject().text("uri", uri_text(uri)).text("number", user_of(uri)).truth("here", here).take()});
  }
  std::stable_sort(places.begin(), places.end(), [](const Place &a, const Place &b) { return a.preference > b.preference; });
  std::string out;
  for (const Place &place : places) out += (out.empty() ? "" : ",") + place.json;
  return out.empty() ? "" : "[" + out + "]";
}

}  // namespace pbx::sip
