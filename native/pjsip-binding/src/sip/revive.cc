// A call for help that nobody had answered when the process died rings on in its successor: the caller's INVITE is fed in
// again as it came, and each INVITE to an answering point is sent again as it went. By branch, tags and Call-ID both
// sides take that for what they know (RFC 3261 section 17.1.3): the caller waits on, and the guard's phone never stops
// ringing. One that answered or refused meanwhile says so again.
#include <charconv>

#include "kept_leg.h"
#include "receipt.h"

namespace pbx::sip {
namespace {

/** The length goes first: of a record that was cut short nothing is believed. */
struct Wire {
  std::string bound, bytes;
};

std::optional<Wire> wire_in(const Fields &f) {
  const std::string &kept = get(f, "wire");
  size_t length = 0;
  const auto [end, bad] = std::from_chars(kept.data(), kept.data() + kept.size(), length);
  const size_t first = static_cast<size_t>(end - kept.data()), second = kept.find('|', first + 1);
  if (bad != std::errc() || first >= kept.size() || kept[first] != '|' || second == std::string::npos) return std::nullopt;
  Wire out{kept.substr(first + 1, second - first - 1), kept.substr(second + 1)};
  if (out.bytes.empty() || out.bytes.size() != length || length > Receipt::kLongest) return std::nullopt;
  return out;
}

/** A connection is gone with the process, and the caller's phone has given up with it: only datagrams come again. */
bool waits_still(const Fields &f) {
  const auto hop = hop_in(f);
  return hop && std::string_view(transport_name(hop->type)) == "udp" && wire_in(f).has_value();
}

bool is_unanswered_call_for_help(const Fields &f) {
  return get(f, "state") == "early" && number(f, "lane") == static_cast<int>(Lane::emergency);
}

pjsip_transport *socket_of(Core &c, const std::string &bound, const Hop &caller) {
  for (const Listener &listener : c.listeners)
    if (listener.transport && listener.type == caller.type && listener.bound == bound) return listener.transport;
  return c.local_towards(caller).transport;
}

bool revive_caller(Core &c, const Core::Revival &revival) {
  const auto hop = hop_in(revival.fields);
  const auto wire = wire_in(revival.fields);
  pjsip_transport *transport = hop && wire ? socket_of(c, wire->bound, *hop) : nullptr;
  if (!transport) return false;
  c.reviving = &revival;
  udp_transport_inject(transport, wire->bytes, hop->addr);
  c.reviving = nullptr;
  return c.leg(revival.id) != nullptr;
}

/** The INVITE as it was sent, to be sent as a retransmission of itself. */
pjsip_tx_data *request_of(Core &c, const Wire &wire) {
  pjsip_tx_data *tdata = nullptr;
  if (pjsip_endpt_create_tdata(c.endpt, &tdata) != PJ_SUCCESS) return nullptr;
  pjsip_tx_data_add_ref(tdata);
  const pj_str_t text = copy(tdata->pool, wire.bytes + '\0');
  tdata->msg = pjsip_parse_msg(tdata->pool, text.ptr, wire.bytes.size(), nullptr);
  if (tdata->msg && tdata->msg->type == PJSIP_REQUEST_MSG && pjsip_msg_find_hdr(tdata->msg, PJSIP_H_CSEQ, nullptr)) {
    // Both are printed with the body.
    pjsip_msg_find_remove_hdr(tdata->msg, PJSIP_H_CONTENT_TYPE, nullptr);
    pjsip_msg_find_remove_hdr(tdata->msg, PJSIP_H_CONTENT_LENGTH, nullptr);
    return tdata;
  }
  pjsip_tx_data_dec_ref(tdata);
  return nullptr;
}

bool ring_on(Core &c, const Core::Revival &revival) {
  const Fields &f = revival.fields;
  const auto hop = hop_in(f);
  const auto wire = wire_in(f);
  pjsip_tx_data *invite = hop && wire ? request_of(c, *wire) : nullptr;
  pjsip_dialog *d = invite ? dialog_of(f, true) : nullptr;
  if (!d) {
    if (invite) pjsip_tx_data_dec_ref(invite);
    return false;
  }
  // Its answer says it anew.
  d->remote.info->tag.slen = 0;
  Leg &leg = make_leg(c, revival.id, true, Lane::emergency);
  tie(leg, d);
  leg.tie->hop = *hop;
  leg.tie->hop_forced = get(f, "forced") == "1";
  leg.tie->hop_first = true;
  leg.line = get(f, "line");
  leg.wire = wire->bytes;
  restore_media(c, leg, f);
  const LocalAddress own = c.local_towards(*hop);
  if (own.transport) {
    pjsip_tpselector via{};
    via.type = PJSIP_TPSELECTOR_TRANSPORT;
    via.u.transport = own.transport;
    pjsip_dlg_set_transport(d, &via);
  }
  const int next = d->local.cseq;
  d->local.cseq = static_cast<int>(number(f, "icseq"));
  const bool sent = send_in_dialog(d, invite);
  d->local.cseq = next;
  if (Leg *still = sent ? nullptr : c.leg(revival.id)) finish(c, *still, {"unreachable", 503, "box", -1});
  pjsip_dlg_dec_lock(d);
  return true;
}

void lost(Core &c, const Core::Revival &revival) {
  c.count("calls-not-revived");
  const Fields &f = revival.fields;
  if (get(f, "out") == "1") restore_ringing(c, f);
  else if (const auto hop = hop_in(f)) c.refusals.push_back({get(f, "bytes"), *hop, get(f, "callid") + "|" + get(f, "rtag")});
  c.events.post(Lane::emergency, JsonObject("ended").text("leg", revival.id).text("cause", "interrupted").number("status", 503).text("by", "box").take());
}

}  // namespace

std::string wire_record(const Leg &leg) {
  if (leg.wire.empty() || leg.state != LegState::early) return "";
  return std::to_string(leg.wire.size()) + "|" + leg.wire_bound + "|" + leg.wire;
}

void keep_sent(Leg &leg) {
  const pjsip_tx_data *sent = leg.lane == Lane::emergency && leg.invite ? leg.invite->last_tx : nullptr;
  if (sent && sent->buf.cur > sent->buf.start) leg.wire.assign(sent->buf.start, static_cast<size_t>(sent->buf.cur - sent->buf.start));
}

void keep_received(Core &c, Leg &leg, const pjsip_rx_data *rdata) {
  leg.wire.assign(rdata->msg_info.msg_buf, static_cast<size_t>(rdata->msg_info.len));
  for (const Listener &listener : c.listeners)
    if (listener.transport == rdata->tp_info.transport) leg.wire_bound = listener.bound;
}

void keep_for_revival(Core &c, std::map<std::string, Fields> &records) {
  const auto take = [&](auto wanted) {
    for (auto at = records.begin(); at != records.end();) {
      const bool taken = is_unanswered_call_for_help(at->second) && wanted(at->second);
      if (taken) c.revivals.push_back({at->first, std::move(at->second)});
      at = taken ? records.erase(at) : std::next(at);
    }
  };
  take([](const Fields &f) { return get(f, "out") != "1" && waits_still(f); });
  const std::vector<Core::Revival> callers = c.revivals;
  take([&](const Fields &f) {
    if (get(f, "out") != "1" || !wire_in(f) || !hop_in(f)) return false;
    for (const Core::Revival &caller : callers)
      if (caller.id == get(f, "from")) return true;
    return false;
  });
}

void take_up(Core &c, Leg &leg, const Core::Revival &revival) {
  if (const std::string &tag = get(revival.fields, "ltag"); !tag.empty()) rename_dialog(leg.dlg, tag);
  restore_media(c, leg, revival.fields);
}

const std::string &line_of_revived(const Core::Revival &revival) { return get(revival.fields, "line"); }

void revive(Core &c) {
  // Callers first, as they were put in: who rings for a caller that is lost is not rung on.
  for (const Core::Revival &revival : c.revivals) {
    const bool out = get(revival.fields, "out") == "1";
    const bool alive = out ? c.leg(get(revival.fields, "from")) && ring_on(c, revival) : revive_caller(c, revival);
    if (!alive) lost(c, revival);
    else c.count(out ? "phones-rung-on" : "calls-revived");
  }
  for (const Core::Revival &revival : c.revivals) {
    Leg *leg = c.leg(revival.id), *other = c.leg(get(revival.fields, "partner"));
    if (leg && other && leg->media.partner.empty() && other->media.partner.empty()) join(c, *leg, *other);
  }
  if (c.revivals.empty()) return;
  c.revivals.clear();
  rewrite_records(c);
}

}  // namespace pbx::sip
