// The line of a session description that gives a key (a=crypto, RFC 4568), read and written.
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

#include "../media/srtp.h"
#include "sdp.h"

namespace pbx::sip {
namespace {

std::string base64(const std::string &bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char *>(out.data()), reinterpret_cast<const unsigned char *>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

/** Nullopt unless it says exactly `size` bytes. Some phones leave the padding out. */
std::optional<std::string> bytes_of(std::string text, size_t size) {
  while (!text.empty() && text.back() == '=') text.pop_back();
  if (text.size() != (size * 4 + 2) / 3 || text.find_first_of(" \t\r\n=") != std::string::npos) return std::nullopt;
  while (text.size() % 4 != 0) text += '=';
  std::string out(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char *>(out.data()), reinterpret_cast<const unsigned char *>(text.data()), static_cast<int>(text.size())) < 0) return std::nullopt;
  out.resize(size);
  return out;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (words.size() < 8) {
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const size_t end = std::min(text.find_first_of(" \t"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

}  // namespace

std::optional<CryptoLine> parse_crypto(std::string_view value) {
  const auto words = words_of(value);
  if (words.size() < 3) return std::nullopt;
  CryptoLine line;
  const auto [end, error] = std::from_chars(words[0].data(), words[0].data() + words[0].size(), line.tag);
  if (error != std::errc() || end != words[0].data() + words[0].size() || line.tag < 0) return std::nullopt;
  const media::SrtpSuite *suite = media::srtp_suite(words[1]);
  // Several keys, or a key with an index (MKI), are nothing that phones need: the far side has other lines.
  const std::string_view key = words[2];
  if (!suite || key.size() < 7 || !same_text(key.substr(0, 7), "inline:") || key.find(';') != std::string_view::npos) return std::nullopt;
  const size_t bar = std::min(key.find('|'), key.size());
  if (key.substr(bar).find(':') != std::string_view::npos) return std::nullopt;
  // RFC 4568 section 6.3: a parameter that is not understood makes the line unusable; WSH only advises.
  for (size_t i = 3; i < words.size(); ++i)
    if (words[i].rfind("WSH=", 0) != 0 && words[i].rfind('-', 0) != 0) return std::nullopt;
  auto bytes = bytes_of(std::string(key.substr(7, bar - 7)), suite->key_size);
  if (!bytes) return std::nullopt;
  line.named = std::string(words[1]);
  line.suite = suite->name;
  line.key = std::move(*bytes);
  return line;
}

std::string crypto_line(const CryptoLine &line) { return "a=crypto:" + std::to_string(line.tag) + " " + line.named + " inline:" + base64(line.key); }

}  // namespace pbx::sip
