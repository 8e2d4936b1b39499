// What a process finds of the one before it: the file of legs, and subscriptions. Dialogs and NOTIFYs are made of them.
#include <sstream>

#include "../src/sip/kept_dialog.h"
#include "../src/sip/notice.h"
#include "stack.h"
#include "target.h"

namespace pbx::fuzz {
namespace {

using namespace pbx::sip;

/** The dialog can be found, goes on counting, and says what PJSIP can print. */
void must_go_on(pjsip_dialog *dlg, const Fields &f) {
  const pj_str_t call_id = str(get(f, "callid")), own = str(get(f, "ltag")), far = str(get(f, "rtag"));
  must(pjsip_ua_find_dialog(&call_id, &own, &far, PJ_FALSE) == dlg, "a dialog is found by what its record says");
  must(dlg->local.cseq >= kCseqGap - 1 && dlg->remote.cseq >= -1, "numbers go on upwards");
  pjsip_tx_data *bye = nullptr;
  if (pjsip_dlg_create_request(dlg, pjsip_get_bye_method(), -1, &bye) != PJ_SUCCESS) return;
  (void)printed(bye);
  pjsip_tx_data_dec_ref(bye);
}

/** All legs of a file are there at once, as after a restart, and go one by one. */
void read_legs(std::string_view bytes) {
  stack();
  std::istringstream file{std::string(bytes)};
  const auto records = records_in(file);
  std::vector<pjsip_dialog *> dialogs;
  for (const auto &[id, f] : records) {
    if (const auto hop = hop_in(f)) must(hop->known() && (hop->addr.ss_family == AF_INET || hop->addr.ss_family == AF_INET6), "a hop is one");
    if (const auto format = format_in(f)) must(format->is_countable(), "a codec can be counted with");
    pjsip_dialog *dlg = dialog_of(f, get(f, "state") == "early");
    if (!dlg) continue;
    must_go_on(dlg, f);
    dialogs.push_back(dlg);
  }
  for (pjsip_dialog *dlg : dialogs) pjsip_dlg_dec_lock(dlg);
  must(pjsip_ua_get_dlg_set_count() == 0, "no dialog is left");
}

std::vector<std::string> legs() {
  const std::string uris = " luri=sip:201%40plant lcontact=%3csip:127.0.0.1:5060%3e ruri=%22A%20B%22%20%3csip:202%40plant%3e target=sip:202%40192.0.2.7:5060;ob";
  const std::string out = "L out-1 out=1 state=established lane=1 line=lin_202 callid=a%40b ltag=Own1 rtag=far1 role=uac lcseq=7 lfirst=5 rcseq=-1" + uris +
                          " hop=udp|5060|192.0.2.7 forced=1 codec=opus|48000|2|111|101|20|useinbandfec%3d1 port=7 owed=answer bytes=SIP/2.0%20200%20OK%0d%0a session=1800|1|0|90|1|5|6|\n";
  const std::string in = "L in-1 out=0 state=established callid=c ltag=Own2 rtag=far2 role=uas lcseq=2147483647 rcseq=2" + uris +
                         " routes=%3csip:p1.plant;lr%3e%0a%3csip:192.0.2.9;lr%3e%0a hop=tls|5061|2001:db8::1 codec=PCMA|8000|1|8|0|20|\nL in-1 lcseq=9 held=1\n";
  return {out + in, in + "L out-2 out=1 state=early callid=d ltag=Own3 branch=z9hG4bKa icseq=3" + uris + " hop=tcp|5060|192.0.2.8\nD in-1\n", out + "D out-1\nL half=1"};
}

bool is_one_line(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos; }

/** Fields as the store gives them back, one a run; those that may not break a line are refused before. */
void read_watcher(std::string_view bytes) {
  Pieces pieces(bytes);
  Subscription s;
  s.notified = pieces.byte();
  for (std::string *field : {&s.id, &s.package, &s.event_id, &s.contact, &s.call_id, &s.remote_tag, &s.local_uri, &s.remote_uri}) {
    *field = std::string(pieces.run());
    if (!is_one_line(*field)) return;
  }
  const std::string route(pieces.run());
  if (!is_one_line(route)) return;
  if (!route.empty()) s.routes = {route};
  const std::string body(pieces.run());
  s.news = std::make_shared<News>(News{"application/dialog-info+xml", body});
  pjsip_tx_data *notify = notice_of(stack(), s, {"<sip:192.0.2.1:5060>", "active;expires=60"});
  if (!notify) return;
  const std::string said = printed(notify);
  pjsip_tx_data_dec_ref(notify);
  reads(said, [&](const pjsip_rx_data &read) {
    must(view(read.msg_info.msg->line.req.method.name) == "NOTIFY", "it is a NOTIFY");
    must(read.msg_info.msg->body == nullptr || read.msg_info.msg->body->len <= body.size() + 20, "its body is what was told");
    must(read.msg_info.cseq->cseq == s.notified, "it has its number");
  });
}

std::vector<std::string> watchers() {
  std::string whole(1, '\7');
  for (const char *field : {"sub-1", "dialog", "7", "sip:201@192.0.2.7:5060;transport=tcp", "a@b", "far", "<sip:202@plant>", "\"A B\" <sip:201@plant>", "<sip:p1.plant;lr>", "<dialog-info version=\"{version}\"/>"})
    whole += as_run(field);
  return {whole};
}

}  // namespace

std::vector<Target> records() { return {{"leg", &read_legs, &legs}, {"watcher", &read_watcher, &watchers}}; }

}  // namespace pbx::fuzz
