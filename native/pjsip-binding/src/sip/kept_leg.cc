// A leg as its record tells it: fields to a dialog, a hop and a media port. PJSIP has no call for a dialog out of nothing:
// it is made as a caller's and its fields are overwritten, with its place in the dialog table taken and given back around it.
#include "kept_leg.h"

#include <charconv>

namespace pbx::sip {

const std::string &get(const Fields &f, const char *key) {
  static const std::string none;
  const auto found = f.find(key);
  return found == f.end() ? none : found->second;
}

int64_t number(const Fields &f, const char *key) {
  const std::string &text = get(f, key);
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

namespace {

std::vector<std::string> split(const std::string &text, char by, size_t parts) {
  std::vector<std::string> out;
  size_t begin = 0;
  while (out.size() + 1 < parts) {
    const size_t end = text.find(by, begin);
    if (end == std::string::npos) break;
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  out.push_back(text.substr(begin));
  return out;
}

}  // namespace

std::optional<Hop> hop_in(const Fields &f) {
  // A version before this one kept no peer.
  const auto parts = split(get(f, "hop"), '|', 4);
  if (parts.size() < 3) return std::nullopt;
  int port = 0;
  std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), port);
  const auto address = parse_address(parts[2], port);
  const auto type = address ? transport_type(parts[0], address->ss_family) : std::nullopt;
  if (!type) return std::nullopt;
  Hop hop;
  hop.addr = *address;
  hop.type = *type;
  if (parts.size() == 4 && !lead_to(hop, parts[3])) return std::nullopt;
  return hop;
}

namespace {

/** Out of the table while its tag is still the old one, in again under what `change` makes of it. */
template <class F>
void renamed(pjsip_dialog *d, F change) {
  pjsip_ua_unregister_dlg(pjsip_ua_instance(), d);
  change();
  pjsip_ua_register_dlg(pjsip_ua_instance(), d);
}

void set_local_tag(pjsip_dialog *d, const std::string &tag) {
  d->local.info->tag = copy(d->pool, tag);
  d->local.tag_hval = pj_hash_calc_tolower(0, nullptr, &d->local.info->tag);
}

bool overwrite(pjsip_dialog *d, const Fields &f, bool early) {
  d->call_id->id = copy(d->pool, get(f, "callid"));
  set_local_tag(d, get(f, "ltag"));
  d->remote.info->tag = copy(d->pool, get(f, "rtag"));
  d->remote.tag_hval = pj_hash_calc_tolower(0, nullptr, &d->remote.info->tag);
  d->local.first_cseq = static_cast<int>(number(f, "lfirst"));
  d->local.cseq = static_cast<int>(number(f, "lcseq")) + kCseqGap;
  d->remote.first_cseq = d->remote.cseq = static_cast<int>(number(f, "rcseq"));
  if (early) return true;
  d->role = get(f, "role") == "uac" ? PJSIP_ROLE_UAC : PJSIP_ROLE_UAS;
  d->state = PJSIP_DIALOG_STATE_ESTABLISHED;
  d->uac_has_2xx = d->role == PJSIP_ROLE_UAC;
  d->route_set_frozen = PJ_TRUE;
  d->ack_sent = PJ_TRUE;
  d->remote.contact = pjsip_contact_hdr_create(d->pool);
  d->remote.contact->uri = d->target;
  pj_list_init(&d->route_set);
  const pj_str_t name = pj_str(const_cast<char *>("Route"));
  for (const std::string &route : split(get(f, "routes"), '\n', 64)) {
    if (route.empty()) continue;
    pj_str_t value = copy(d->pool, route);
    auto *header = static_cast<pjsip_route_hdr *>(pjsip_parse_hdr(d->pool, &name, value.ptr, static_cast<pj_size_t>(value.slen), nullptr));
    if (!header) return false;
    pj_list_push_back(&d->route_set, header);
  }
  return true;
}

}  // namespace

pjsip_dialog *dialog_of(const Fields &f, bool early) {
  const pj_str_t local = str(get(f, "luri")), contact = str(get(f, "lcontact")), remote = str(get(f, "ruri")), target = str(get(f, "target"));
  if (get(f, "callid").empty() || get(f, "ltag").empty() || contact.slen == 0) return nullptr;
  pjsip_dialog *d = nullptr;
  if (pjsip_dlg_create_uac(pjsip_ua_instance(), &local, &contact, &remote, &target, &d) != PJ_SUCCESS) return nullptr;
  pjsip_dlg_inc_lock(d);
  bool whole = false;
  renamed(d, [&] { whole = overwrite(d, f, early); });
  if (whole) return d;
  pjsip_dlg_dec_lock(d);
  return nullptr;
}

void rename_dialog(pjsip_dialog *d, const std::string &tag) {
  renamed(d, [&] { set_local_tag(d, tag); });
}

namespace {

std::optional<media::Format> format_in(const Fields &f) {
  const auto parts = split(get(f, "codec"), '|', 7);
  if (parts.size() != 7) return std::nullopt;
  media::Format out;
  out.codec = parts[0];
  const auto read = [&](size_t i, int &into) { std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), into); };
  read(1, out.clock_rate);
  read(2, out.channels);
  read(3, out.payload_type);
  read(4, out.event_type);
  read(5, out.ptime_ms);
  out.fmtp = parts[6];
  if (!out.is_countable()) return std::nullopt;
  return out;
}

}  // namespace

void restore_media(Core &c, Leg &leg, const Fields &f) {
  LegMedia &m = leg.media;
  m.bind_host = get(f, "bind");
  m.origin = {get(f, "host"), static_cast<int>(number(f, "rtp")), static_cast<uint64_t>(number(f, "osess")), static_cast<uint64_t>(number(f, "over"))};
  if (!get(f, "remote").empty()) m.remote = parse_sdp(get(f, "remote"));
  m.remote_offers = get(f, "roffer") == "1";
  m.local = get(f, "local");
  m.offered_from = get(f, "from");
  m.format = format_in(f);
  m.send_only = get(f, "sendonly") == "1";
  m.held = get(f, "held") == "1";
  if (!get(f, "enc").empty()) m.encryption = static_cast<Encryption>(number(f, "enc"));
  m.begins = get(f, "begins") == "1";
  const auto port = static_cast<media::PortId>(number(f, "port"));
  if (port == 0) return;
  if (!c.plane->restore(port, get(f, "portline"))) {
    c.count("ports-not-restored");
    return;
  }
  m.port = port;
  c.ports[port] = leg.id;
}

}  // namespace pbx::sip
