// What comes over a connection, in pieces of any size: the same messages come out however it was cut, and none after the
// place where nobody can tell any more where the next one begins.
#include <algorithm>
#include <cstring>

#include "../src/sip/framing.h"
#include "../src/sip/receipt.h"
#include "stack.h"
#include "target.h"

namespace pbx::fuzz {
namespace {

using namespace pbx::sip;

/** One reading of a stream: what came out, and whether it was given up. */
struct Reading {
  std::vector<std::string> messages;
  bool given_up = false;
};
Reading *reading = nullptr;

void note(pjsip_rx_data *rdata) {
  must(!reading->given_up, "nothing is read from a connection that was given up");
  must(rdata->msg_info.len > 0 && static_cast<size_t>(rdata->msg_info.len) <= Receipt::kLongest, "a message is as long as one may be");
  reading->messages.emplace_back(rdata->msg_info.msg_buf, static_cast<size_t>(rdata->msg_info.len));
}

pj_bool_t on_message(pjsip_rx_data *rdata) {
  note(rdata);
  return PJ_TRUE;
}

void on_dropped(pjsip_tp_dropped_data *dropped) {
  if (dropped->status == PJ_EIGNORED) return;
  const std::string_view bytes(static_cast<const char *>(dropped->data), dropped->len);
  if (dropped->status == PJSIP_ERXOVERFLOW || endless(bytes)) reading->given_up = true;
}

pj_status_t on_stream(pjsip_tp_rx_data *arrived) {
  if (!hopeless({static_cast<const char *>(arrived->data), arrived->len})) return PJ_SUCCESS;
  reading->given_up = true;
  arrived->len = 0;
  return PJ_SUCCESS;
}

pjsip_module *listener() {
  static pjsip_module module{};
  module.name = pj_str(const_cast<char *>("listener"));
  module.id = -1;
  module.priority = 1;
  module.on_rx_request = module.on_rx_response = &on_message;
  return &module;
}

pjsip_transport *connection() {
  static pjsip_transport transport{};
  static const bool ready = [] {
    must(pjsip_endpt_register_module(stack(), listener()) == PJ_SUCCESS, "who listens");
    transport.endpt = stack();
    transport.tpmgr = pjsip_endpt_get_tpmgr(stack());
    transport.key.type = PJSIP_TRANSPORT_TCP;
    transport.type_name = const_cast<char *>("TCP");
    transport.flag = PJSIP_TRANSPORT_RELIABLE;
    std::strcpy(transport.obj_name, "stream");
    transport.local_name.host = pj_str(const_cast<char *>("192.0.2.1"));
    transport.local_name.port = 5060;
    pjsip_tpmgr_set_drop_data_cb(transport.tpmgr, &on_dropped);
    pjsip_tpmgr_set_recv_data_cb(transport.tpmgr, &on_stream);
    return true;
  }();
  (void)ready;
  return &transport;
}

/** As the door feeds a connection: what is not whole waits for more. `sizes` say how much comes at a time, over and over. */
Reading read_in_pieces(std::string_view stream, std::string_view sizes) {
  Reading out;
  reading = &out;
  const auto from = parse_address("192.0.2.7", 5060);
  Receipt receipt(stack());
  std::string pending;
  for (size_t at = 0, n = 0; at < stream.size() && !out.given_up; ++n) {
    const size_t size = sizes.empty() ? stream.size() : 1 + static_cast<unsigned char>(sizes[n % sizes.size()]);
    pending += stream.substr(at, size);
    at += size;
    for (size_t eaten = 1; eaten > 0 && !pending.empty() && !out.given_up;) {
      eaten = receipt.take_stream(connection(), pending, *from);
      must(eaten <= pending.size(), "no more is taken than there is");
      pending.erase(0, eaten);
    }
  }
  reading = nullptr;
  return out;
}

void read_stream(std::string_view bytes) {
  connection();
  Pieces pieces(bytes);
  const std::string_view sizes = pieces.run().substr(0, 16), stream = pieces.rest();
  const Reading whole = read_in_pieces(stream, ""), cut = read_in_pieces(stream, sizes);
  const size_t both = std::min(whole.messages.size(), cut.messages.size());
  for (size_t n = 0; n < both; ++n) must(whole.messages[n] == cut.messages[n], "the same messages, however it was cut");
  must(whole.messages.size() == cut.messages.size(), "as many messages, however it was cut");
  must(whole.given_up == cut.given_up, "given up, however it was cut");
}

std::vector<std::string> streams() {
  const auto message = [](const std::string &start, int cseq, const std::string &length, const std::string &body) {
    return start + "\r\nVia: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bKa\r\nFrom: <sip:201@plant>;tag=f\r\nTo: <sip:202@plant>\r\nCall-ID: a@b\r\nCSeq: " + std::to_string(cseq) +
           " OPTIONS\r\n" + length + "\r\n\r\n" + body;
  };
  const std::string ask = message("OPTIONS sip:plant SIP/2.0", 1, "Content-Length: 5", "hello"), answer = message("SIP/2.0 200 OK", 1, "l: 0", "");
  const std::string pings = "\r\n\r\n\r\n";
  return {as_run(std::string("\x01\x20\xff", 3)) + ask + pings + answer + ask,
          as_run("\x07") + answer + message("OPTIONS sip:plant SIP/2.0", 2, "Content-Length : 3\r\nContent-Length: 4", "four") + ask,
          as_run("\x30") + ask + message("OPTIONS sip:plant SIP/2.0", 3, "Content-Length: 99999", "") + answer,
          as_run("\x10") + ask + message("OPTIONS sip:plant SIP/2.0", 4, "Subject: none", "lost") + answer};
}

}  // namespace

Target stream() { return {"stream", &read_stream, &streams}; }

}  // namespace pbx::fuzz
