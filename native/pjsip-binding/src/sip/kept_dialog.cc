// PJSIP has no call for a dialog out of nothing: it is made as a caller's and its fields are overwritten, with its place in
// the dialog table taken and given back around it.
#include "kept_dialog.h"

namespace pbx::sip {
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
  d->local.first_cseq = cseq_in(f, "lfirst");
  d->local.cseq = cseq_in(f, "lcseq") + kCseqGap;
  d->remote.first_cseq = d->remote.cseq = cseq_in(f, "rcseq");
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
    // Several in one line are a list of their own, which the set cannot take in.
    if (!header || header->next != header || !header->name_addr.uri) return false;
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
  if (d->local.contact->uri && d->local.contact->next == d->local.contact) renamed(d, [&] { whole = overwrite(d, f, early); });
  if (whole) return d;
  pjsip_dlg_dec_lock(d);
  return nullptr;
}

void rename_dialog(pjsip_dialog *d, const std::string &tag) {
  renamed(d, [&] { set_local_tag(d, tag); });
}

}  // namespace pbx::sip
