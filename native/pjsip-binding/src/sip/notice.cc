// A NOTIFY without a dialog of PJSIP's (RFC 6665 section 4.2.2).
#include "notice.h"

#include "core.h"

namespace pbx::sip {
namespace {

std::string numbered(std::string body, int64_t number) {
  static constexpr std::string_view kMark = "{version}";
  const size_t at = body.find(kMark);
  if (at != std::string::npos) body.replace(at, kMark.size(), std::to_string(number));
  return body;
}

}  // namespace

pjsip_tx_data *notice_of(pjsip_endpoint *endpt, const Subscription &s, const NoticeWords &words) {
  static const pjsip_method method = {PJSIP_OTHER_METHOD, {const_cast<char *>("NOTIFY"), 6}};
  const pj_str_t target = str(s.contact), from = str(s.local_uri), to = str(s.remote_uri), contact = str(words.contact), call_id = str(s.call_id);
  pjsip_tx_data *tdata = nullptr;
  if (pjsip_endpt_create_request(endpt, &method, &target, &from, &to, &contact, &call_id, static_cast<int>(s.notified), nullptr, &tdata) != PJ_SUCCESS) return nullptr;
  PJSIP_MSG_FROM_HDR(tdata->msg)->tag = copy(tdata->pool, s.id);
  PJSIP_MSG_TO_HDR(tdata->msg)->tag = copy(tdata->pool, s.remote_tag);
  for (const std::string &route : s.routes) add_header(tdata, "Route", route);
  add_header(tdata, "Event", s.package + (s.event_id.empty() ? "" : ";id=" + s.event_id));
  add_header(tdata, "Subscription-State", words.state);
  if (s.news && !s.news->body.empty()) set_body(tdata, s.news->content_type, numbered(s.news->body, s.notified));
  return tdata;
}

}  // namespace pbx::sip
