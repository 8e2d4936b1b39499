// SIP before the parser: lines, words and parameters found by looking.
#include "raw_message.h"

#include <strings.h>

namespace pbx::sip {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool same(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

/** Behind what may hold anything: a quoted display name, and an address in angle brackets. */
std::string_view parameters_of(std::string_view value) {
  bool quoted = false;
  size_t from = std::string_view::npos;
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (quoted && c == '\\') ++i;
    else if (c == '"') quoted = !quoted;
    else if (!quoted && c == '>') return value.substr(i + 1);
    else if (!quoted && c == ';' && from == std::string_view::npos) from = i;
  }
  return from == std::string_view::npos ? std::string_view() : value.substr(from);
}

struct Found {
  bool is = false;
  std::string_view value;
};

Found find_parameter(std::string_view value, std::string_view name) {
  std::string_view rest = parameters_of(value);
  while (!rest.empty()) {
    const size_t semicolon = rest.find(';');
    if (semicolon == std::string_view::npos) return {};
    rest.remove_prefix(semicolon + 1);
    const std::string_view one = rest.substr(0, rest.find(';'));
    const size_t equals = one.find('=');
    if (!same(trimmed(one.substr(0, equals)), name)) continue;
    return {true, equals == std::string_view::npos ? std::string_view() : trimmed(one.substr(equals + 1))};
  }
  return {};
}

}  // namespace

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && is_blank(s.front())) s.remove_prefix(1);
  while (!s.empty() && is_blank(s.back())) s.remove_suffix(1);
  return s;
}

RawHead::RawHead(std::string_view bytes) : bytes_(bytes) {
  while (at_ < bytes_.size() && (bytes_[at_] == '\r' || bytes_[at_] == '\n')) ++at_;
  start_ = line();
}

std::string_view RawHead::line() {
  const size_t begin = at_;
  while (at_ < bytes_.size()) {
    const void *const end = std::memchr(bytes_.data() + at_, '\n', bytes_.size() - at_);
    at_ = end ? static_cast<size_t>(static_cast<const char *>(end) - bytes_.data()) + 1 : bytes_.size();
    // An empty line ends the head, also before a line that begins with a blank.
    const bool empty = at_ - begin <= 2 && trimmed(bytes_.substr(begin, at_ - begin)).empty();
    if (empty || at_ >= bytes_.size() || (bytes_[at_] != ' ' && bytes_[at_] != '\t')) break;
  }
  return bytes_.substr(begin, at_ - begin);
}

bool RawHead::next(RawHeader &header) {
  while (at_ < bytes_.size()) {
    const std::string_view whole = line();
    if (trimmed(whole).empty()) return false;
    const size_t colon = whole.find(':');
    if (colon == std::string_view::npos) continue;
    header = {trimmed(whole.substr(0, colon)), trimmed(whole.substr(colon + 1))};
    return true;
  }
  return false;
}

bool is_header(std::string_view name, std::string_view full, char compact) {
  if (name.size() == 1) return compact != 0 && (name[0] | 0x20) == compact;
  return same(name, full);
}

RequestLine request_line(std::string_view start) {
  start = trimmed(start);
  RequestLine out;
  if (start.size() >= 4 && same(start.substr(0, 4), "SIP/")) {
    out.is_response = true;
    return out;
  }
  const size_t first = start.find(' '), last = start.rfind(' ');
  if (first == std::string_view::npos) return out;
  out.method = start.substr(0, first);
  if (last > first) {
    out.uri = trimmed(start.substr(first, last - first));
    out.version = start.substr(last + 1);
  }
  return out;
}

std::string_view user_in(std::string_view uri) {
  if (!uri.empty() && uri.front() == '<') uri.remove_prefix(1);
  const size_t colon = uri.find(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view scheme = uri.substr(0, colon), rest = uri.substr(colon + 1);
  if (same(scheme, "tel")) return rest.substr(0, rest.find_first_of(";>"));
  if (!same(scheme, "sip") && !same(scheme, "sips")) return {};
  const size_t at = rest.find('@');
  if (at == std::string_view::npos) return {};
  const std::string_view user = rest.substr(0, at);
  return user.substr(0, user.find_first_of(";:"));
}

std::string_view parameter(std::string_view value, std::string_view name) { return find_parameter(value, name).value; }

bool has_parameter(std::string_view value, std::string_view name) { return find_parameter(value, name).is; }

std::string_view first_of_list(std::string_view value) {
  bool quoted = false, bracketed = false;
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (quoted && c == '\\') ++i;
    else if (c == '"') quoted = !quoted;
    else if (!quoted && c == '<') bracketed = true;
    else if (!quoted && c == '>') bracketed = false;
    else if (!quoted && !bracketed && c == ',') return trimmed(value.substr(0, i));
  }
  return value;
}

}  // namespace pbx::sip
