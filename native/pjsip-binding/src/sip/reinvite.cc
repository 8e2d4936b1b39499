// Hold, resume and other changes of a running call: a re-INVITE or UPDATE of one leg is put to the leg it is relayed
// with, and that one's answer is its answer. A leg that hears the box alone is answered by the box.

#include "legs.h"

namespace pbx::sip {
namespace {

const pjsip_method kUpdate = {PJSIP_OTHER_METHOD, {const_cast<char *>("UPDATE"), 6}};

void tell_hold(Core &c, Leg &leg) {
  const bool held = leg.media.remote && leg.media.remote->held();
  if (held == leg.media.held) return;
  leg.media.held = held;
  if (leg.media.port) c.plane->set_held(leg.media.port, held);
  c.emit(leg, JsonObject("hold-changed").text("leg", leg.id).truth("held", held));
}

/** What has changed is written before the answer leaves: what it says holds for a successor, too. */
void answer_asked(Leg &leg, int status, const std::string *body, const std::vector<Header> &headers = {}) {
  Offer &o = leg.offer;
  if (!o.asked || !o.reply) return;
  pjsip_tx_data *reply = o.reply;
  pjsip_transaction *asked = o.asked;
  o.reply = nullptr;
  o.asked = nullptr;
  o.wanted.reset();
  if (pjsip_dlg_modify_response(leg.dlg, reply, status, nullptr) == PJ_SUCCESS) pjsip_tx_data_dec_ref(reply);
  if (body) set_body(reply, "application/sdp", *body);
  for (const Header &header : headers) add_header(reply, header.name, header.value);
  if (status / 100 == 2)
    for (const Header &header : grant_session(*core(), leg)) add_header(reply, header.name, header.value);
  const bool needs_ack = status >= 200 && status < 300 && asked->method.id == PJSIP_INVITE_METHOD;
  if (needs_ack && leg.tie) leg.tie->answering = asked;
  if (needs_ack) {
    owe_message(*core(), leg, "answer", reply);
  } else {
    owe(*core(), leg, "", "");
    flush_records(*core());
  }
  pjsip_dlg_send_response(leg.dlg, asked, reply);
}

}  // namespace

std::optional<std::string> box_answer(Core &c, Leg &leg, Sdp wanted) {
  LegMedia &m = leg.media;
  const std::string first = m.format ? m.format->codec : "";
  const Direction own = m.send_only ? Direction::sendonly : Direction::sendrecv;
  if (!secure_answer(c, leg, wanted) || !answer_sdp(wanted, m.origin, own, first)) return std::nullopt;
  const std::string body = versioned(leg, [&](const SdpOrigin &origin) { return *answer_sdp(wanted, origin, own, first); });
  heard(c, leg, std::move(wanted), true);
  return body;
}

namespace {

/** The box answers by itself: nobody else's media depends on it. */
void answer_by_box(Core &c, Leg &leg, Sdp wanted) {
  const auto body = box_answer(c, leg, std::move(wanted));
  if (!body) return answer_asked(leg, 488, nullptr);
  tell_hold(c, leg);
  answer_asked(leg, 200, &*body);
}

bool share_codec(const Leg &a, const Leg &b) { return a.media.format && b.media.format && same_text(a.media.format->codec, b.media.format->codec); }

}  // namespace

bool put_offer(Core &c, Leg &leg, const std::string &text, const std::string &for_leg, bool as_update) {
  pjsip_dialog *dlg = leg.dlg;
  pjsip_tx_data *tdata = nullptr;
  if (pjsip_dlg_create_request(dlg, as_update ? &kUpdate : pjsip_get_invite_method(), -1, &tdata) != PJ_SUCCESS) return false;
  set_body(tdata, "application/sdp", text);
  ask_session(c, leg, tdata);
  leg.offer.putting = true;
  leg.offer.for_leg = for_leg;
  const std::string id = leg.id;
  pjsip_dlg_inc_lock(dlg);
  const bool sent = send_in_dialog(dlg, tdata);
  pjsip_dlg_dec_lock(dlg);
  Leg *still = c.leg(id);
  if (still) still->offer.putting = false;
  if (!sent && still) still->offer.put = nullptr;
  return sent;
}

bool takes_update(const Leg &leg) {
  const pj_str_t update = kUpdate.name;
  return leg.session.updates || pjsip_dlg_remote_has_cap(leg.dlg, PJSIP_H_ALLOW, nullptr, &update) == PJSIP_DIALOG_CAP_SUPPORTED;
}

namespace {

/** An INVITE without a description asks us to offer (RFC 3261 section 14.1); what it answers comes with the ACK. */
void offer_in_answer(Core &c, Leg &leg) {
  const std::string first = leg.media.format ? leg.media.format->codec : "";
  const Leg *other = c.leg(leg.media.partner);
  const bool foreign = leg.media.format && !is_box_codec(leg.media.format->codec) && other && other->media.remote;
  secure_offer(c, leg);
  const std::string body = versioned(leg, [&](const SdpOrigin &origin) { return foreign ? rewrite_sdp(*other->media.remote, origin) : offer_sdp(origin, Direction::sendrecv, first); });
  leg.offer.awaits_ack = true;
  answer_asked(leg, 200, &body);
}

/** An early dialog whose first offer was answered, and that acknowledged. */
bool may_offer(const Leg &leg) { return leg.state == LegState::early && leg.reliable.described && !leg.reliable.open; }

/** A refresh: what it said last, which our last description still goes with. */
bool says_nothing_new(const Leg &leg, const Sdp &wanted) { return leg.media.remote && leg.media.remote->text == wanted.text && !leg.media.local.empty(); }

void pass_on(Core &c, Leg &leg, Leg &other, bool as_update) {
  secure_offer(c, other);
  const std::string text = versioned(other, [&](const SdpOrigin &origin) { return rewrite_sdp(*leg.offer.wanted, origin); });
  other.media.offered_from = leg.id;
  const std::string id = leg.id;
  if (put_offer(c, other, text, leg.id, as_update && takes_update(other))) return;
  if (Leg *still = c.leg(id)) answer_asked(*still, 500, nullptr);
}

}  // namespace

void forget_offer(Core &c, Leg &leg) {
  if (leg.offer.asked) answer_asked(leg, 487, nullptr);
  if (leg.offer.reply) pjsip_tx_data_dec_ref(leg.offer.reply);
  leg.offer.reply = nullptr;
  // Whoever waits for this leg's answer gets none.
  if ((leg.offer.put || leg.offer.putting) && !leg.offer.for_leg.empty())
    if (Leg *asker = c.leg(leg.offer.for_leg)) answer_asked(*asker, 500, nullptr);
  leg.offer = {};
}

void cancel_asked(Core &c, Leg &leg) {
  answer_asked(leg, 487, nullptr);
  Leg *other = c.leg(leg.media.partner);
  if (other && other->offer.for_leg == leg.id) other->offer.for_leg.clear();
}

void on_asked_over(Core &c, Leg &leg, pjsip_transaction *tsx) {
  if (leg.offer.asked == tsx) {
    leg.offer.asked = nullptr;
    if (leg.offer.reply) pjsip_tx_data_dec_ref(leg.offer.reply);
    leg.offer.reply = nullptr;
  }
  if (leg.tie && leg.tie->answering == tsx) {
    // Our 2xx to a re-INVITE was never acknowledged (RFC 3261 section 14.2): the call is not what either side thinks.
    leg.tie->answering = nullptr;
    if (leg.state == LegState::established) {
      send_bye(leg.dlg);
      finish(c, leg, {"unreachable", 408, "timeout", -1});
    }
    return;
  }
  on_request_transaction_over(c, tsx);
}

void on_offer_request(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata) {
  const bool is_update = tsx->method.id != PJSIP_INVITE_METHOD;
  const auto body = sdp_text(rdata->msg_info.msg);
  if (const int minimum = session_too_brief(c, rdata->msg_info.msg)) return respond_in_dialog(leg.dlg, tsx, rdata, 422, {{"Min-SE", std::to_string(minimum)}});
  if (is_update && !body) {
    hear_session(c, leg, rdata->msg_info.msg);
    const std::vector<Header> granted = grant_session(c, leg);
    flush_records(c);
    return respond_in_dialog(leg.dlg, tsx, rdata, 200, granted);
  }
  // Before the call is up there is room for an offer only where the first one has its answer (RFC 3311 section 5.2).
  const bool too_early = leg.state == LegState::early && !(is_update && may_offer(leg));
  if (leg.offer.asked || leg.offer.awaits_ack || too_early) return respond_in_dialog(leg.dlg, tsx, rdata, 500, {{"Retry-After", "3"}});
  if (leg.offer.busy() || leg.state == LegState::answering) return respond_in_dialog(leg.dlg, tsx, rdata, 491);
  auto wanted = body ? parse_sdp(*body) : std::nullopt;
  if (body && !wanted) return respond_in_dialog(leg.dlg, tsx, rdata, 400);
  Leg *other = c.leg(leg.media.partner);
  const bool pass = wanted && !says_nothing_new(leg, *wanted) && other && (other->state == LegState::established || (is_update && may_offer(*other) && takes_update(*other))) && share_codec(leg, *other);
  if (pass && other->offer.busy()) return respond_in_dialog(leg.dlg, tsx, rdata, 491);
  // Stops the far side's repetitions: the other phone may think for a while.
  if (!is_update) respond_in_dialog(leg.dlg, tsx, rdata, 100);
  if (pjsip_dlg_create_response(leg.dlg, rdata, 200, nullptr, &leg.offer.reply) != PJ_SUCCESS) return;
  leg.offer.asked = tsx;
  hear_session(c, leg, rdata->msg_info.msg);
  if (!is_update) owe_refusal(c, leg, leg.offer.reply, 500);
  if (!wanted) return offer_in_answer(c, leg);
  if (says_nothing_new(leg, *wanted)) return answer_asked(leg, 200, &leg.media.local);
  if (!pass) return answer_by_box(c, leg, std::move(*wanted));
  leg.offer.wanted = std::move(wanted);
  pass_on(c, leg, *other, is_update);
}

namespace {

/** What an answer says of hold: nothing where the offer did not let that side hear anyway. */
void tell_hold_answered(Core &c, Leg &leg) {
  const auto told = parse_sdp(leg.media.local);
  const SdpMedia *offered = told ? told->audio() : nullptr;
  const bool speaks = offered && (offered->direction == Direction::sendrecv || offered->direction == Direction::sendonly);
  if (speaks) tell_hold(c, leg);
}

void on_agreed(Core &c, Leg &leg, pjsip_rx_data *rdata) {
  if (const auto body = rdata ? sdp_text(rdata->msg_info.msg) : std::nullopt) {
    if (auto sdp = parse_sdp(*body)) {
      heard(c, leg, std::move(*sdp), false);
      tell_hold_answered(c, leg);
    }
  }
  Leg *asker = c.leg(leg.offer.for_leg);
  leg.offer.for_leg.clear();
  save_record(c, leg);
  if (!asker || !asker->offer.asked || !leg.media.remote) return;
  if (asker->offer.wanted && !secure_answer(c, *asker, *asker->offer.wanted)) {
    pjsip_dlg_inc_lock(asker->dlg);
    pjsip_dialog *refused = asker->dlg;
    answer_asked(*asker, 488, nullptr);
    pjsip_dlg_dec_lock(refused);
    return;
  }
  const std::string body = versioned(*asker, [&](const SdpOrigin &origin) { return rewrite_sdp(*leg.media.remote, origin); });
  if (asker->offer.wanted) heard(c, *asker, std::move(*asker->offer.wanted), true);
  pjsip_dialog *dlg = asker->dlg;
  pjsip_dlg_inc_lock(dlg);
  tell_hold(c, *asker);
  answer_asked(*asker, 200, &body);
  pjsip_dlg_dec_lock(dlg);
}

void on_disagreed(Core &c, Leg &leg, int status, const char *by) {
  Leg *asker = c.leg(leg.offer.for_leg);
  leg.offer.for_leg.clear();
  const bool dead = status == 408 || status == 481;
  if (asker) {
    pjsip_dialog *dlg = asker->dlg;
    pjsip_dlg_inc_lock(dlg);
    // 408 or 481 would make the asking phone give up its own, healthy dialog.
    answer_asked(*asker, dead || status == 401 || status == 407 ? 500 : status, nullptr);
    pjsip_dlg_dec_lock(dlg);
  }
  // What rings still is ended by its INVITE.
  if (!dead || leg.state != LegState::established) return;
  send_bye(leg.dlg);
  finish(c, leg, {"unreachable", status, by, -1});
}

void agree_later(Core &c, const Leg &leg) {
  c.after(back_off_ms(leg), [id = leg.id](Core &core) {
    Leg *still = core.leg(id), *other = still ? core.leg(still->media.partner) : nullptr;
    if (still && other) agree_codec(core, *still, *other);
  });
}

}  // namespace

int64_t back_off_ms(const Leg &leg) {
  unsigned char dice[2];
  draw(dice, sizeof dice);
  const int64_t thrown = dice[0] * 256 + dice[1];
  return leg.outgoing ? 2100 + thrown % 190 * 10 : thrown % 200 * 10;
}

void on_offer_state(Core &c, Leg &leg, pjsip_transaction *tsx, pjsip_event *event) {
  if (tsx->method.id != PJSIP_INVITE_METHOD && view(tsx->method.name) != "UPDATE") return;
  if (leg.offer.putting && !leg.offer.put && tsx->state == PJSIP_TSX_STATE_CALLING) leg.offer.put = tsx;
  if (tsx != leg.offer.put || tsx->state < PJSIP_TSX_STATE_COMPLETED) return;
  leg.offer.put = nullptr;
  pjsip_rx_data *rdata = event->body.tsx_state.type == PJSIP_EVENT_RX_MSG ? event->body.tsx_state.src.rdata : nullptr;
  if ((tsx->status_code == 401 || tsx->status_code == 407) && rdata && leg.has_credentials && ++leg.refusals <= 4) {
    pjsip_tx_data *again = nullptr;
    if (pjsip_auth_clt_reinit_req(&leg.dlg->auth_sess, rdata, tsx->last_tx, &again) == PJ_SUCCESS) {
      leg.offer.putting = true;
      const bool sent = send_in_dialog(leg.dlg, again);
      leg.offer.putting = false;
      if (sent) return;
    }
  }
  const bool refreshing = leg.session.inviting;
  if (tsx->status_code < 300) {
    leg.session.inviting = false;
    if (rdata) agree_session(c, leg, rdata->msg_info.msg);
    return on_agreed(c, leg, rdata);
  }
  if (refreshing) return session_answered(c, leg, tsx->status_code, rdata);
  if (tsx->status_code == 422 && rdata && take_minimum(leg, rdata->msg_info.msg)) {
    const std::string id = leg.id, for_leg = leg.offer.for_leg;
    if (put_offer(c, leg, leg.media.local, for_leg, tsx->method.id != PJSIP_INVITE_METHOD) || !c.leg(id)) return;
  }
  // Its own offer crossed the box's: that one goes first, and this comes again (RFC 3261 section 14.1).
  if (tsx->status_code == 491 && leg.offer.for_leg.empty()) return agree_later(c, leg);
  on_disagreed(c, leg, tsx->status_code, rdata ? "far" : "timeout");
}

namespace {

/** Was this leg put on hold by the one it is no longer relayed with? */
bool was_told_to_wait(const Leg &leg) {
  if (leg.media.send_only || leg.media.local.empty()) return false;
  const auto told = parse_sdp(leg.media.local);
  return told && told->audio() && told->audio()->direction != Direction::sendrecv && !leg.media.held;
}

bool knows(const Leg &leg, const std::string &codec) {
  if (!leg.media.remote || !leg.media.remote->audio()) return false;
  for (const media::Format &known : leg.media.remote->audio()->codecs)
    if (same_text(known.codec, codec)) return true;
  return false;
}

/** A re-INVITE of the box's own: with the other leg's description when only that will do, else with the box's codecs. */
void renegotiate(Core &c, Leg &leg, const Leg &other) {
  if (leg.state != LegState::established || leg.offer.busy()) return;
  const bool foreign = other.media.format && !is_box_codec(other.media.format->codec) && other.media.remote;
  const std::string first = other.media.format ? other.media.format->codec : "";
  secure_offer(c, leg);
  const std::string text = versioned(leg, [&](const SdpOrigin &origin) { return foreign ? rewrite_sdp(*other.media.remote, origin) : offer_sdp(origin, Direction::sendrecv, first); });
  put_offer(c, leg, text, "", false);
}

}  // namespace

void agree_codec(Core &c, Leg &a, Leg &b) {
  const bool apart = a.media.format && b.media.format && !share_codec(a, b);
  const bool undecodable = apart && (!is_box_codec(a.media.format->codec) || !is_box_codec(b.media.format->codec));
  const std::string first = a.id, second = b.id;
  const bool ask_b = was_told_to_wait(b) || (apart && (knows(b, a.media.format->codec) || (undecodable && b.state == LegState::established)));
  const bool ask_a = was_told_to_wait(a) || (apart && !ask_b && (knows(a, b.media.format->codec) || undecodable));
  if (ask_b) renegotiate(c, b, a);
  Leg *still_a = c.leg(first), *still_b = c.leg(second);
  if (ask_a && still_a && still_b) renegotiate(c, *still_a, *still_b);
}

}  // namespace pbx::sip
