// Lines and fields of the legs' file.
#include "kept_fields.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <sstream>
#include <string_view>

namespace pbx::sip {
namespace {

/** A million requests in one dialog are more than a call lives for. */
constexpr int64_t kHighestCseq = INT32_MAX - 1'000'000;

std::string unescaped(std::string_view value) {
  std::string out;
  const auto digit = [](char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; };
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '%' && i + 2 < value.size()) {
      out += static_cast<char>(digit(value[i + 1]) * 16 + digit(value[i + 2]));
      i += 2;
    } else {
      out += value[i];
    }
  }
  return out;
}

/** PJSIP finds a dialog by the box's own tag, without case: of two that have the same one would be lost, with all that holds it. */
void keep_one_of_a_tag(std::map<std::string, Fields> &records) {
  std::set<std::string> tags;
  for (auto one = records.begin(); one != records.end();) {
    std::string tag = get(one->second, "ltag");
    std::transform(tag.begin(), tag.end(), tag.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    one = tags.insert(tag).second ? std::next(one) : records.erase(one);
  }
}

}  // namespace

std::map<std::string, Fields> records_in(std::istream &file) {
  std::map<std::string, Fields> out;
  std::string line;
  // The last line may be half written: without its end it does not count.
  while (std::getline(file, line) && !file.eof()) {
    std::istringstream words(line);
    std::string kind, id, word;
    words >> kind >> id;
    if (kind == "D") out.erase(id);
    if (kind != "L") continue;
    while (words >> word) {
      const size_t equals = word.find('=');
      if (equals != std::string::npos) out[id][word.substr(0, equals)] = unescaped(std::string_view(word).substr(equals + 1));
    }
  }
  keep_one_of_a_tag(out);
  return out;
}

const std::string &get(const Fields &f, const char *key) {
  static const std::string none;
  const auto found = f.find(key);
  return found == f.end() ? none : found->second;
}

int64_t number(const Fields &f, const char *key) {
  const std::string &text = get(f, key);
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

int cseq_in(const Fields &f, const char *key) { return static_cast<int>(std::clamp<int64_t>(number(f, key), -1, kHighestCseq)); }

std::vector<std::string> split(const std::string &text, char by, size_t parts) {
  std::vector<std::string> out;
  size_t begin = 0;
  while (out.size() + 1 < parts) {
    const size_t end = text.find(by, begin);
    if (end == std::string::npos) break;
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  out.push_back(text.substr(begin));
  return out;
}

std::optional<Hop> hop_in(const Fields &f) {
  // A version before this one kept no peer.
  const auto parts = split(get(f, "hop"), '|', 4);
  if (parts.size() < 3) return std::nullopt;
  int port = 0;
  std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), port);
  const auto address = parse_address(parts[2], port);
  const auto type = address ? transport_type(parts[0], address->ss_family) : std::nullopt;
  if (!type) return std::nullopt;
  Hop hop;
  hop.addr = *address;
  hop.type = *type;
  if (parts.size() == 4 && !lead_to(hop, parts[3])) return std::nullopt;
  return hop;
}

std::optional<media::Format> format_in(const Fields &f) {
  const auto parts = split(get(f, "codec"), '|', 7);
  if (parts.size() != 7) return std::nullopt;
  media::Format out;
  out.codec = parts[0];
  const auto read = [&](size_t i, int &into) { std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), into); };
  read(1, out.clock_rate);
  read(2, out.channels);
  read(3, out.payload_type);
  read(4, out.event_type);
  read(5, out.ptime_ms);
  out.fmtp = parts[6];
  if (!out.is_countable()) return std::nullopt;
  return out;
}

}  // namespace pbx::sip
