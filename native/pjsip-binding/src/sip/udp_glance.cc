// What kind of datagram this is, told from a few words of it.
#include "udp_glance.h"

#include "raw_message.h"

namespace pbx::sip {
namespace {

bool is_stun(std::string_view d) {
  return d.size() >= 20 && (static_cast<unsigned char>(d[0]) & 0xC0) == 0 && d.substr(4, 4) == std::string_view("\x21\x12\xA4\x42", 4);
}

bool is_keep_alive(std::string_view d) {
  for (const char c : d)
    if (c != '\r' && c != '\n' && c != '\0' && c != ' ') return false;
  return true;
}

/** A refusal without a transaction has the branch of its request as its To tag: nothing waits for its ACK. */
bool acknowledges_nothing(RawHead &head) {
  RawHeader header;
  std::string_view branch, tag;
  while (head.next(header)) {
    if (branch.empty() && is_header(header.name, "Via", 'v')) branch = parameter(first_of_list(header.value), "branch");
    else if (tag.empty() && is_header(header.name, "To", 't')) tag = parameter(header.value, "tag");
    if (!branch.empty() && !tag.empty()) return branch == tag;
  }
  return false;
}

bool is_inside_dialog(RawHead &head) {
  RawHeader header;
  while (head.next(header))
    if (is_header(header.name, "To", 't')) return has_parameter(header.value, "tag");
  return false;
}

}  // namespace

Urgency look_at(std::string_view d, const Emergency &emergency, const sockaddr_storage &from) {
  if (d.empty() || static_cast<unsigned char>(d[0]) <= ' ') {
    if (is_stun(d)) return Urgency::stun;
    if (is_keep_alive(d)) return Urgency::keep_alive;
  }
  RawHead head(d);
  const RequestLine line = request_line(head.start_line());
  if (line.is_response) return Urgency::inside;
  if (line.method == "ACK") return acknowledges_nothing(head) ? Urgency::needless : Urgency::inside;
  if (line.method == "CANCEL" || line.method == "BYE" || line.method == "PRACK") return Urgency::inside;
  if (line.method == "INVITE" && emergency.is_written(user_in(line.uri)) && emergency.is_station(from)) return Urgency::emergency;
  // Help calls back: not behind a crowd of new calls, nor refused with it.
  if (line.method == "INVITE" && emergency.is_call_back_written(user_in(line.uri))) return Urgency::inside;
  return is_inside_dialog(head) ? Urgency::inside : Urgency::fresh;
}

}  // namespace pbx::sip
