// What is owed to a sender whose message the parser could not read (RFC 3261 sections 8.2.2 and 16.3, RFC 4475).
#include "misread.h"

#include <cctype>
#include <cstring>

#include "core.h"
#include "framing.h"
#include "raw_message.h"
#include "salvage.h"

namespace pbx::sip {
namespace {

/** Headers that a request is understood without; one that is malformed is passed over (RFC 3261 section 16.3). */
constexpr std::string_view kDispensable[] = {"Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Accept", "Allow",
                                             "Supported",     "k",                   "Retry-After",      "Min-Expires",        "Unsupported"};

bool is_dispensable(std::string_view name) {
  for (const std::string_view one : kDispensable)
    if (same_text(one, name)) return true;
  return false;
}

/** The same message with the faulty headers under a name that nobody looks for; empty when one of them is needed. */
std::string without_faults(std::string_view bytes, const std::vector<Receipt::Fault> &faults) {
  if (faults.empty()) return "";
  std::string out(bytes);
  for (const Receipt::Fault &fault : faults) {
    if (fault.at == std::string::npos || fault.at >= out.size() || !is_dispensable(fault.name)) return "";
    out[fault.at] = '~';
  }
  return out;
}

bool is_foreign_scheme(std::string_view uri) {
  const size_t colon = uri.find(':');
  if (colon == std::string_view::npos || colon == 0 || !std::isalpha(static_cast<unsigned char>(uri[0]))) return false;
  const std::string_view scheme = uri.substr(0, colon);
  for (const char c : scheme)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '+' && c != '-' && c != '.') return false;
  return !same_text(scheme, "sip") && !same_text(scheme, "sips") && !same_text(scheme, "tel");
}

/** For the reason phrase: a token, nothing that a stranger could write into a line of ours. */
std::string named(const std::vector<Receipt::Fault> &faults) {
  if (faults.empty() || faults.front().name.empty() || faults.front().name.size() > 40) return "Bad request";
  const Receipt::Fault &fault = faults.front();
  for (const char c : fault.name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != ' ') return "Bad header";
  if (fault.name == "Request Line") return "Bad request line";
  return (fault.at == std::string::npos ? "Missing " : "Bad ") + fault.name + " header";
}

void send(pjsip_transport *transport, const std::string &bytes, const sockaddr_storage &to) {
  if (bytes.empty()) return;
  pjsip_tpselector on{};
  on.type = PJSIP_TPSELECTOR_TRANSPORT;
  on.u.transport = transport;
  pjsip_tpmgr_send_raw(transport->tpmgr, static_cast<pjsip_transport_type_e>(transport->key.type), &on, nullptr, bytes.data(), bytes.size(), &to, length_of(to), nullptr, nullptr);
}

sockaddr_storage peer_of(const pjsip_transport *transport) {
  sockaddr_storage out{};
  std::memcpy(&out, &transport->key.rem_addr, sizeof transport->key.rem_addr);
  return out;
}

/** On a connection nobody knows where the next message begins: the last word, then it is closed. */
void give_up(pjsip_transport *transport, std::string_view bytes, const Refusing &refusing) {
  core()->count("connections-given-up");
  const sockaddr_storage peer = peer_of(transport);
  send(transport, salvaged_response(bytes, refusing, peer), peer);
  pjsip_transport_shutdown(transport);
}

/** Before a connection's bytes are read: what will never be whole is not waited for. */
pj_status_t on_stream(pjsip_tp_rx_data *arrived) {
  const std::string_view bytes(static_cast<const char *>(arrived->data), arrived->len);
  const char *why = core() ? hopeless(bytes) : nullptr;
  if (!why) return PJ_SUCCESS;
  give_up(arrived->tp, bytes, {400, why});
  arrived->len = 0;
  return PJ_SUCCESS;
}

void on_dropped(pjsip_tp_dropped_data *dropped) {
  Core *c = core();
  pjsip_transport *transport = dropped->tp;
  // Datagrams are looked after by the intake.
  if (!c || (transport->flag & PJSIP_TRANSPORT_DATAGRAM)) return;
  const std::string_view bytes(static_cast<const char *>(dropped->data), dropped->len);
  const sockaddr_storage peer = peer_of(transport);
  if (dropped->status == PJ_EIGNORED) {
    if (bytes.substr(0, 4) == "\r\n\r\n") send(transport, "\r\n", peer);
    return;
  }
  if (dropped->status == PJSIP_ERXOVERFLOW) return give_up(transport, bytes, {513, "Message too large"});
  if (const char *why = endless(bytes)) return give_up(transport, bytes, {400, why});
  if (dropped->status == PJSIP_EINVALIDSTATUS) return;
  Receipt receipt(c->endpt);
  receipt.read(transport, bytes, peer);
  misread(*c, receipt, transport, bytes, peer);
}

}  // namespace

void misread(Core &c, Receipt &receipt, pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from) {
  c.count("misread");
  const std::vector<Receipt::Fault> faults = receipt.faults();
  if (const std::string again = without_faults(bytes, faults); !again.empty() && receipt.take(transport, again, from)) return;
  RawHead head(bytes);
  const RequestLine line = request_line(head.start_line());
  // Neither a response nor what is no SIP at all has an answer.
  if (line.is_response || line.version.size() < 5 || !same_text(line.version.substr(0, 4), "SIP/")) return;
  Refusing refusing{400, "Bad request"};
  const std::string reason = named(faults);
  if (!same_text(line.version, "SIP/2.0")) refusing = {505, "SIP version not supported"};
  else if (is_foreign_scheme(line.uri)) refusing = {416, "Unsupported URI scheme"};
  else refusing.reason = reason;
  send(transport, salvaged_response(bytes, refusing, from), from);
}

void watch_connections(Core &c) {
  pjsip_tpmgr *manager = pjsip_endpt_get_tpmgr(c.endpt);
  pjsip_tpmgr_set_drop_data_cb(manager, &on_dropped);
  pjsip_tpmgr_set_recv_data_cb(manager, &on_stream);
}

}  // namespace pbx::sip
