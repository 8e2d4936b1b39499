// What reads a datagram of the SIP port before PJSIP does: the first look, the answer without a parser, STUN. They read it
// within its bounds, and what they say is one whole message.
#include <netinet/in.h>

#include "../src/sip/raw_message.h"
#include "../src/sip/salvage.h"
#include "../src/sip/stun.h"
#include "../src/sip/udp_glance.h"
#include "target.h"

namespace pbx::fuzz {
namespace {

using namespace pbx::sip;

sockaddr_storage somewhere() { return *parse_address("192.0.2.7", 5060); }

const Emergency &numbers() {
  static const std::unique_ptr<Emergency> emergency = [] {
    auto out = std::make_unique<Emergency>();
    out->set({"911", "9911"}, {*parse_prefix("192.0.2.0/24")});
    return out;
  }();
  return *emergency;
}

/** An answer is one message: nothing that the request carried ends its head or begins a line of it. */
void must_be_one_message(const std::string &said, std::string_view request) {
  must(said.rfind("SIP/2.0 400 Bad request\r\n", 0) == 0, "begins with its status");
  must(said.find("\r\n\r\n") == said.size() - 4, "ends with its only empty line");
  must(said.find('\0') == std::string::npos, "carries no null");
  must(said.size() < 2 * request.size() + 1000, "is hardly longer than what it answers");
  for (size_t at = said.find("\r\n"); at + 4 < said.size(); at = said.find("\r\n", at + 2)) {
    const std::string_view line = std::string_view(said).substr(at + 2);
    bool known = false;
    for (const std::string_view name : {"Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: ", "Content-Length: 0\r\n"}) known = known || line.substr(0, name.size()) == name;
    must(known, "has only lines of ours");
  }
  must(salvaged_response(said, {400, "Bad request"}, somewhere()).empty(), "is not answered itself");
}

void read_datagram(std::string_view bytes) {
  const Urgency urgency = look_at(bytes, numbers(), somewhere());
  if (urgency == Urgency::emergency) must(request_line(RawHead(bytes).start_line()).method == "INVITE", "only calls are calls for help");
  const std::string said = salvaged_response(bytes, {400, "Bad request"}, somewhere());
  if (!said.empty()) must_be_one_message(said, bytes);
  const std::string mapped = stun_answer(bytes, somewhere());
  must(mapped.empty() || (mapped.size() % 4 == 0 && mapped.size() <= 64), "an answer to a binding request is short");
}

std::vector<std::string> datagrams() {
  const std::string heads = "Via: SIP/2.0/UDP 192.0.2.7:5060;rport;branch=z9hG4bKa\r\nFrom: \"Some, One\" <sip:201@plant>;tag=f\r\nTo: <sip:911@plant>\r\nCall-ID: a@b\r\nCSeq: 1 INVITE\r\n";
  return {std::string("\0\1\0\0\x21\x12\xA4\x42" "0123456789ab", 20),
          std::string("\0\1\0\x0c\x21\x12\xA4\x42" "0123456789ab\0\x03\0\x04\0\0\0\x06\x7f\x7f\0\0", 32),
          "INVITE sip:911@plant SIP/2.0\r\n" + heads + "Content-Length: 0\r\n\r\n",
          "ACK sip:911@plant SIP/2.0\r\n" + heads + "Content-Length: 0\r\n\r\n",
          "SIP/2.0 200 OK\r\n" + heads + "l: 0\r\n\r\n",
          "\r\n\r\n"};
}

}  // namespace

Target datagram() { return {"datagram", &read_datagram, &datagrams}; }

}  // namespace pbx::fuzz
