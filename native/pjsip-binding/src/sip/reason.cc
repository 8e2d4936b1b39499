// Why a call ends, from one leg to the other, and calls of the box's own that come back to it.
#include <cstring>

#include "legs.h"

namespace pbx::sip {

void pass_reason(Core &c, const Leg &leg, const pjsip_msg *msg) {
  const pj_str_t name = pj_str(const_cast<char *>("Reason"));
  const auto *header = static_cast<const pjsip_generic_string_hdr *>(pjsip_msg_find_hdr_by_name(msg, &name, nullptr));
  if (!header || header->type != PJSIP_H_OTHER || header->vptr != generic_header_kind()) return;
  const std::string_view reason = view(header->hvalue);
  if (reason.empty() || reason.size() >= sizeof Tie::reason || reason.find_first_of("\r\n") != std::string_view::npos) return;
  for (const auto &[id, other] : c.legs) {
    const bool rings_for_it = other->outgoing && other->state == LegState::early && other->media.offered_from == leg.id;
    if (!other->tie || (!rings_for_it && other->media.partner != leg.id)) continue;
    std::memset(other->tie->reason, 0, sizeof other->tie->reason);
    std::memcpy(other->tie->reason, reason.data(), reason.size());
  }
}

bool is_own_loop(const Core &c, const pjsip_msg *invite, std::string_view dialled) {
  const auto *via = static_cast<const pjsip_via_hdr *>(pjsip_msg_find_hdr(invite, PJSIP_H_VIA, nullptr));
  while (via && static_cast<const void *>(via->next) != &invite->hdr) {
    via = static_cast<const pjsip_via_hdr *>(pjsip_msg_find_hdr(invite, PJSIP_H_VIA, via->next));
    if (!via) return false;
    for (const auto &[id, leg] : c.legs) {
      if (!leg->outgoing || !leg->invite || !leg->dlg || pj_strcmp(&leg->invite->branch, &via->branch_param) != 0) continue;
      const auto *target = static_cast<const pjsip_sip_uri *>(pjsip_uri_get_uri(leg->dlg->target));
      // With another number it is a spiral, which is as good as any call.
      if ((PJSIP_URI_SCHEME_IS_SIP(target) || PJSIP_URI_SCHEME_IS_SIPS(target)) && view(target->user) == dialled) return true;
    }
  }
  return false;
}

}  // namespace pbx::sip
