// Transfer asked for by a phone (RFC 3515): accepted at once, carried out by JavaScript, its outcome told in NOTIFYs.
#include "legs.h"
#include "subscriptions.h"

namespace pbx::sip {
namespace {

/** The address inside "Name <sip:...>;params". */
std::string address_of(std::string value) {
  const size_t open = value.find('<');
  if (open != std::string::npos) {
    const size_t close = value.find('>', open);
    return close == std::string::npos ? "" : value.substr(open + 1, close - open - 1);
  }
  return value.substr(0, value.find(';'));
}

std::string percent_decoded(std::string_view s) {
  std::string out;
  for (size_t i = 0; i < s.size(); ++i) {
    unsigned byte = 0;
    if (s[i] == '%' && i + 2 < s.size() && std::sscanf(std::string(s.substr(i + 1, 2)).c_str(), "%2x", &byte) == 1) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += s[i];
    }
  }
  return out;
}

std::string parameter(const std::string &value, const std::string &name) {
  const size_t at = value.find(";" + name + "=");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 2;
  return value.substr(begin, value.find(';', begin) - begin);
}

/** Attended transfer: the leg that "?Replaces=call-id%3Bto-tag%3D...%3Bfrom-tag%3D..." names. */
std::string replaced_leg(const std::string &address) {
  const size_t question = address.find('?');
  if (question == std::string::npos) return "";
  std::string headers = address.substr(question + 1);
  const size_t at = headers.find("eplaces=");
  if (at == std::string::npos) return "";
  const std::string value = percent_decoded(headers.substr(at + 8, headers.find('&', at) - at - 8));
  const std::string call_id = value.substr(0, value.find(';')), to_tag = parameter(value, "to-tag"), from_tag = parameter(value, "from-tag");
  return leg_of_dialog(call_id, to_tag, from_tag);
}

void send_notify(Leg &leg, int cseq, int status) {
  static const pjsip_method notify = {PJSIP_OTHER_METHOD, {const_cast<char *>("NOTIFY"), 6}};
  pjsip_dialog *dlg = leg.dlg;
  pjsip_dlg_inc_lock(dlg);
  pjsip_tx_data *tdata = nullptr;
  if (pjsip_dlg_create_request(dlg, &notify, -1, &tdata) == PJ_SUCCESS) {
    add_header(tdata, "Event", "refer;id=" + std::to_string(cseq));
    add_header(tdata, "Subscription-State", status >= 200 ? "terminated;reason=noresource" : "active;expires=60");
    set_body(tdata, "message/sipfrag", sipfrag(status));
    send_in_dialog(dlg, tdata);
  }
  pjsip_dlg_dec_lock(dlg);
}

}  // namespace

std::string leg_of_dialog(std::string_view call_id, std::string_view local_tag, std::string_view remote_tag) {
  const pj_str_t id = str(call_id), local = str(local_tag), remote = str(remote_tag);
  if (id.slen == 0 || local.slen == 0) return "";
  pjsip_dialog *dlg = pjsip_ua_find_dialog(&id, &local, &remote, PJ_FALSE);
  const Tie *tie = dlg && pjsip_dlg_has_usage(dlg, leg_module()) ? tie_of(dlg) : nullptr;
  return tie && tie->leg ? tie->leg->id : "";
}

namespace {

const pjsip_generic_string_hdr *replaces_in(const pjsip_rx_data *rdata) {
  const pj_str_t name = pj_str(const_cast<char *>("Replaces"));
  const auto *header = static_cast<const pjsip_generic_string_hdr *>(pjsip_msg_find_hdr_by_name(rdata->msg_info.msg, &name, nullptr));
  return header && header->vptr == generic_header_kind() ? header : nullptr;
}

}  // namespace

bool replaces_nobody(Core &c, pjsip_rx_data *rdata) { return replaces_in(rdata) && replaces_json(c, rdata).empty(); }

std::string replaces_json(Core &c, pjsip_rx_data *rdata) {
  const pjsip_generic_string_hdr *header = replaces_in(rdata);
  if (!header) return "";
  const std::string value = text(header->hvalue);
  // A watcher was told of the dialog by the leg's own name, which nobody else knows; it may be taken while it rings.
  const std::string named = value.substr(0, value.find(';'));
  if (c.leg(named)) return JsonObject().text("leg", named).truth("earlyOnly", true).take();
  // Its to-tag is our own: the dialog is named as the sender of the INVITE's partner sees it (RFC 3891 section 3).
  const std::string found = leg_of_dialog(value.substr(0, value.find(';')), parameter(value, "to-tag"), parameter(value, "from-tag"));
  if (found.empty() || !c.leg(found)) return "";
  return JsonObject().text("leg", found).truth("earlyOnly", value.find(";early-only") != std::string::npos).take();
}

ReferWish wish_of(const pjsip_msg *msg) {
  ReferWish out;
  int found = 0;
  for (const pjsip_hdr *h = msg->hdr.next; h != &msg->hdr; h = h->next) {
    if (h->type != PJSIP_H_OTHER) continue;
    const auto *header = reinterpret_cast<const pjsip_generic_string_hdr *>(h);
    if (header->vptr != generic_header_kind()) continue;
    if (same_text(view(h->name), "Refer-Sub")) out.quiet = same_text(view(header->hvalue).substr(0, 5), "false");
    if (!same_text(view(h->name), "Refer-To") && !same_text(view(h->name), "r")) continue;
    out.address = address_of(text(header->hvalue));
    ++found;
  }
  // RFC 3515 section 2.4.2: one, and no more.
  if (found != 1 || out.address.empty()) out.fault = 400;
  const std::string method = parameter(out.address.substr(0, out.address.find('?')), "method");
  if (!method.empty() && !same_text(method, "INVITE")) out.fault = 501;
  return out;
}

std::string sipfrag(int status) { return "SIP/2.0 " + std::to_string(status) + " " + text(*pjsip_get_status_text(status)) + "\r\n"; }

void on_refer(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata) {
  const ReferWish wish = wish_of(rdata->msg_info.msg);
  if (wish.fault) return respond_in_dialog(leg.dlg, tsx, rdata, wish.fault);
  respond_in_dialog(leg.dlg, tsx, rdata, 202, wish.quiet ? std::vector<Header>{{"Refer-Sub", "false"}} : std::vector<Header>{});
  const std::string id = random_id("rf-");
  PendingRequest request;
  request.leg = leg.id;
  request.is_refer = true;
  request.quiet = wish.quiet;
  request.refer_cseq = rdata->msg_info.cseq->cseq;
  c.requests[id] = request;
  if (!wish.quiet) send_notify(leg, request.refer_cseq, 100);
  JsonObject event("refer");
  event.text("leg", leg.id).text("to", wish.address.substr(0, wish.address.find('?'))).text("request", id);
  const std::string replaced = replaced_leg(wish.address);
  if (!replaced.empty()) event.raw("replaces", JsonObject().text("leg", replaced).take());
  c.emit(leg, event);
}

void notify_refer(Core &c, const PendingRequest &request, int status) {
  if (request.quiet) return;
  if (!request.subscription.empty()) {
    notify(c, {request.subscription}, std::make_shared<const News>(News{"message/sipfrag", sipfrag(status)}));
    if (status >= 200) end_subscription(c, request.subscription, {"noresource"});
    return;
  }
  if (Leg *leg = c.leg(request.leg))
    if (leg->state == LegState::established) send_notify(*leg, request.refer_cseq, status);
}

}  // namespace pbx::sip
