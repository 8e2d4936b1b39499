// Who is at the other end now: a phone whose call was answered by somebody else than it dialled, or handed on, is told
// in P-Asserted-Identity (RFC 3325), with the answer or by UPDATE. Trunks are never told of extensions.
#include "legs.h"

namespace pbx::sip {
namespace {

std::string asserted(const Leg &leg) {
  return (leg.shown_name.empty() ? "" : quoted(leg.shown_name) + " ") + "<sip:" + escaped_user(leg.shown) + "@" + bracketed(leg.media.origin.host) + ">";
}

/** The draft's older header, for phones that know nothing else; `side` is whom it names: who calls, or who was called. */
Header remote_party(const Leg &leg, const char *side) {
  const bool hidden = leg.shown.empty() || leg.shown == "anonymous";
  return {"Remote-Party-ID", asserted(leg) + ";party=" + side + ";privacy=" + (hidden ? "full" : "off") + ";screen=yes"};
}

bool wants_privacy(const pjsip_msg *msg) {
  const pj_str_t name = pj_str(const_cast<char *>("Privacy"));
  const auto *header = static_cast<const pjsip_generic_string_hdr *>(pjsip_msg_find_hdr_by_name(msg, &name, nullptr));
  if (!header || header->type != PJSIP_H_OTHER || header->vptr != generic_header_kind()) return false;
  const std::string_view value = view(header->hvalue);
  return !value.empty() && !same_text(value, "none");
}

void show(Core &c, Leg &leg, const Leg &other) {
  if (!leg.is_phone || leg.lane == Lane::emergency || other.number.empty() || other.keeps_private || other.number == leg.shown) return;
  leg.shown = other.number;
  leg.shown_name = other.name;
  leg.show_due = true;
  show_if_due(c, leg);
}

}  // namespace

void hear_identity(Leg &leg, const pjsip_msg *invite, const std::string &dialled) {
  leg.is_phone = !leg.line.empty();
  leg.shown = dialled;
  leg.keeps_private = wants_privacy(invite);
}

void note_identity(Core &c, Leg &leg, const InviteOptions &o) {
  leg.is_phone = o.target.source.has_value();
  leg.number = o.to;
  leg.shown = o.from_number;
  leg.shown_name = o.from_name;
  if (leg.is_phone && c.remote_party.count(leg.line)) leg.headers.push_back(remote_party(leg, "calling"));
  Leg *caller = o.media.kind == MediaSpec::Kind::relay ? c.leg(o.media.with) : nullptr;
  if (!caller || caller->outgoing || o.from_number.empty() || o.from_number == "anonymous") return;
  caller->number = o.from_number;
  caller->name = o.from_name;
}

void introduce(Core &c, Leg &a, Leg &b) {
  show(c, a, b);
  show(c, b, a);
}

std::vector<Header> due_identity(Leg &leg) {
  if (!leg.show_due) return {};
  leg.show_due = false;
  std::vector<Header> out{{"P-Asserted-Identity", asserted(leg)}};
  if (core()->remote_party.count(leg.line)) out.push_back(remote_party(leg, leg.outgoing ? "calling" : "called"));
  return out;
}

void show_if_due(Core &c, Leg &leg) {
  if (!leg.show_due || leg.state != LegState::established || !takes_update(leg) || leg.session.putting) return;
  if (!leg.session.put) return refresh_session(c, leg);
  // One at a time.
  c.after(500, [id = leg.id](Core &core) {
    if (Leg *still = core.leg(id)) show_if_due(core, *still);
  });
}

}  // namespace pbx::sip
