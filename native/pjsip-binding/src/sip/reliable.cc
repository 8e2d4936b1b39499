// Provisional answers that must arrive (RFC 3262), on each leg by itself: a caller that asks for them acknowledges ours
// with PRACK, and we acknowledge those of a phone that the box calls.

#include <charconv>

#include "legs.h"
#include "raw_message.h"

namespace pbx::sip {
namespace {

const pjsip_method kPrack = {PJSIP_OTHER_METHOD, {const_cast<char *>("PRACK"), 5}};

std::string_view header_value(const pjsip_msg *msg, const char *name) {
  const pj_str_t wanted = pj_str(const_cast<char *>(name));
  const auto *header = static_cast<const pjsip_generic_string_hdr *>(pjsip_msg_find_hdr_by_name(msg, &wanted, nullptr));
  return header && header->type == PJSIP_H_OTHER && header->vptr == generic_header_kind() ? trimmed(view(header->hvalue)) : std::string_view();
}

std::optional<uint32_t> take_number(std::string_view &from) {
  uint32_t value = 0;
  const auto [end, bad] = std::from_chars(from.data(), from.data() + from.size(), value);
  if (bad != std::errc()) return std::nullopt;
  from = trimmed(from.substr(static_cast<size_t>(end - from.data())));
  return value;
}

/** Does "776656 1 INVITE" name what waits for it? */
bool acknowledges(const Leg &leg, std::string_view rack) {
  const auto number = take_number(rack), cseq = take_number(rack);
  return leg.reliable.open && leg.invite && number == leg.reliable.number && cseq == static_cast<uint32_t>(leg.invite->cseq) && rack == "INVITE";
}

void go_on(Core &c, Leg &leg) {
  const auto then = std::move(leg.reliable.then);
  leg.reliable.then = nullptr;
  if (then) then(c, leg);
}

/** Twice as long each time; after 64 times T1 the caller is taken for unreachable (section 3). */
void repeat(Core &c, const std::string &id, uint32_t number, int64_t waited_ms, int64_t next_ms) {
  c.after(next_ms, [id, number, waited_ms, next_ms](Core &core) {
    Leg *leg = core.leg(id);
    if (!leg || !leg->reliable.open || leg->reliable.number != number || !leg->invite) return;
    const int64_t so_far = waited_ms + next_ms;
    if (so_far < 64 * static_cast<int64_t>(pjsip_cfg()->tsx.t1)) {
      pjsip_tsx_retransmit_no_state(leg->invite, nullptr);
      return repeat(core, id, number, so_far, 2 * next_ms);
    }
    core.count("provisionals-unacknowledged");
    pjsip_dialog *dlg = leg->dlg;
    pjsip_dlg_inc_lock(dlg);
    respond_invite(*leg, 504, nullptr, {});
    finish(core, *leg, {"unreachable", 504, "timeout", -1});
    pjsip_dlg_dec_lock(dlg);
  });
}

}  // namespace

void hear_reliable(Leg &leg, const pjsip_msg *invite) {
  // A call for help waits for nothing that its caller may fail to send.
  if (leg.lane == Lane::emergency) return;
  leg.reliable.required = has_option(invite, PJSIP_H_REQUIRE, "100rel");
  leg.reliable.wanted = leg.reliable.required || has_option(invite, PJSIP_H_SUPPORTED, "100rel");
}

std::vector<Header> make_reliable(Core &c, Leg &leg, bool described) {
  Reliable &r = leg.reliable;
  if (!r.required && !(r.wanted && described)) return {};
  if (r.number == 0) {
    unsigned char dice[2];
    draw(dice, sizeof dice);
    r.number = dice[0] * 256u + dice[1] + 1;
  } else {
    ++r.number;
  }
  r.open = true;
  r.described = r.described || described;
  const int64_t t1 = pjsip_cfg()->tsx.t1;
  repeat(c, leg.id, r.number, 0, t1);
  return {{"Require", "100rel"}, {"RSeq", std::to_string(r.number)}};
}

bool await_prack(Leg &leg, std::function<void(Core &, Leg &)> then) {
  if (!leg.reliable.open) return false;
  leg.reliable.then = std::move(then);
  return true;
}

void on_prack(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata) {
  if (!acknowledges(leg, header_value(rdata->msg_info.msg, "RAck"))) return respond_in_dialog(leg.dlg, tsx, rdata, 481);
  pjsip_dialog *dlg = leg.dlg;
  const auto body = sdp_text(rdata->msg_info.msg);
  auto wanted = body ? parse_sdp(*body) : std::nullopt;
  std::optional<std::string> answer;
  if (wanted && leg.reliable.described) answer = box_answer(c, leg, std::move(*wanted));
  pjsip_tx_data *tdata = nullptr;
  if (pjsip_dlg_create_response(dlg, rdata, body && !answer ? 488 : 200, nullptr, &tdata) == PJ_SUCCESS) {
    if (answer) set_body(tdata, "application/sdp", *answer);
    pjsip_dlg_send_response(dlg, tsx, tdata);
  }
  leg.reliable.open = false;
  go_on(c, leg);
}

bool acknowledge_provisional(Leg &leg, pjsip_rx_data *rdata) {
  const pjsip_msg *msg = rdata->msg_info.msg;
  std::string_view told = header_value(msg, "RSeq");
  const auto number = take_number(told);
  if (!has_option(msg, PJSIP_H_REQUIRE, "100rel") || !number) return true;
  Reliable &r = leg.reliable;
  const std::string tag = text(rdata->msg_info.to->tag);
  // Each branch of a fork counts by itself; a copy, and one that overtook another, is not for us to act on (section 4).
  const auto known = r.heard.find(tag);
  if (known != r.heard.end() ? *number != known->second + 1 : r.heard.size() >= 16) return false;
  r.heard[tag] = *number;
  pjsip_tx_data *prack = nullptr;
  if (pjsip_dlg_create_request(leg.dlg, &kPrack, -1, &prack) != PJ_SUCCESS) return true;
  add_header(prack, "RAck", std::to_string(*number) + " " + std::to_string(rdata->msg_info.cseq->cseq) + " INVITE");
  r.described = r.described || sdp_text(msg).has_value();
  send_in_dialog(leg.dlg, prack);
  return true;
}

}  // namespace pbx::sip
