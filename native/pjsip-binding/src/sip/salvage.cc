// Stateless responses from raw text.
#include "salvage.h"

#include "raw_message.h"

namespace pbx::sip {
namespace {

constexpr size_t kViasAtMost = 70;

struct Pieces {
  std::string_view from, to, call_id, cseq, top_via;
  std::string vias;
  bool whole() const { return !from.empty() && !to.empty() && !call_id.empty() && !cseq.empty() && !top_via.empty(); }
};

/** One line of what may have been several: nothing of a stranger's begins a line of ours. */
void append_line(std::string &out, std::string_view value) {
  for (const char c : value) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
}

/** The topmost Via as the sender finds it back: with where it was seen (RFC 3261 section 18.2.1, RFC 3581). */
void append_top_via(std::string &out, std::string_view value, const sockaddr_storage &from) {
  const std::string_view first = first_of_list(value);
  const size_t after = static_cast<size_t>(first.data() - value.data()) + first.size();
  const bool asks = has_parameter(first, "rport") && parameter(first, "rport").empty();
  if (asks) {
    size_t at = first.size();
    for (size_t i = 0; i + 5 <= first.size(); ++i)
      if (same_text(first.substr(i, 5), "rport") && i > 0 && first.find_last_not_of(" \t\r\n", i - 1) != std::string_view::npos && first[first.find_last_not_of(" \t\r\n", i - 1)] == ';') at = i + 5;
    append_line(out, first.substr(0, at));
    out += "=" + std::to_string(port_of(from));
    append_line(out, first.substr(at));
  } else {
    append_line(out, first);
  }
  if (!has_parameter(first, "received")) out += ";received=" + host_of(from);
  append_line(out, value.substr(after));
}

Pieces pieces_of(RawHead &head, const sockaddr_storage &from) {
  Pieces out;
  RawHeader h;
  size_t vias = 0;
  while (head.next(h)) {
    if (is_header(h.name, "Via", 'v')) {
      if (++vias > kViasAtMost || h.value.empty()) continue;
      out.vias += "Via: ";
      if (out.top_via.empty()) append_top_via(out.vias, h.value, from);
      else append_line(out.vias, h.value);
      out.vias += "\r\n";
      if (out.top_via.empty()) out.top_via = h.value;
    } else if (out.from.empty() && is_header(h.name, "From", 'f')) {
      out.from = h.value;
    } else if (out.to.empty() && is_header(h.name, "To", 't')) {
      out.to = h.value;
    } else if (out.call_id.empty() && is_header(h.name, "Call-ID", 'i')) {
      out.call_id = h.value;
    } else if (out.cseq.empty() && is_header(h.name, "CSeq", 0)) {
      out.cseq = h.value;
    }
  }
  return out;
}

bool is_token(std::string_view s) {
  for (const char c : s)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos)) return false;
  return !s.empty();
}

/** The branch, as PJSIP's own stateless responses have it: the ACK is known by that, and dropped unread. */
std::string tag_of(const Pieces &p) {
  const std::string_view branch = parameter(first_of_list(p.top_via), "branch");
  if (is_token(branch)) return std::string(branch);
  uint64_t hash = 1469598103934665603u;
  for (const std::string_view part : {p.call_id, p.from, p.cseq, p.top_via})
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return "x" + std::to_string(hash);
}

}  // namespace

std::string salvaged_response(std::string_view request, const Refusing &refusing, const sockaddr_storage &from) {
  RawHead head(request);
  const RequestLine line = request_line(head.start_line());
  if (line.is_response || line.method.empty() || line.method == "ACK") return "";
  const Pieces p = pieces_of(head, from);
  if (!p.whole()) return "";
  std::string out;
  out.reserve(p.vias.size() + p.from.size() + p.to.size() + p.call_id.size() + p.cseq.size() + refusing.headers.size() + 200);
  out += "SIP/2.0 " + std::to_string(refusing.status) + " ";
  append_line(out, refusing.reason);
  out += "\r\n";
  out += p.vias;
  out += "From: ";
  append_line(out, p.from);
  out += "\r\nTo: ";
  append_line(out, p.to);
  if (!has_parameter(p.to, "tag")) out += ";tag=" + tag_of(p);
  out += "\r\nCall-ID: ";
  append_line(out, p.call_id);
  out += "\r\nCSeq: ";
  append_line(out, p.cseq);
  out += "\r\n";
  out += refusing.headers;
  out += "Content-Length: 0\r\n\r\n";
  return out;
}

}  // namespace pbx::sip
