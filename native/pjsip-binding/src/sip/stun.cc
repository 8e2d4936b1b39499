// Binding requests answered with the address they came from.
#include "stun.h"

#include <netinet/in.h>

#include <cstdint>
#include <cstring>

namespace pbx::sip {
namespace {

constexpr uint16_t kBindingRequest = 0x0001, kBindingSuccess = 0x0101, kBindingError = 0x0111;
constexpr uint16_t kErrorCode = 0x0009, kUnknownAttributes = 0x000A, kXorMappedAddress = 0x0020;
constexpr size_t kHeader = 20;

uint16_t at16(std::string_view s, size_t i) {
  return static_cast<uint16_t>(static_cast<unsigned char>(s[i]) << 8 | static_cast<unsigned char>(s[i + 1]));
}

void add16(std::string &out, unsigned value) {
  out += static_cast<char>(value >> 8 & 0xFF);
  out += static_cast<char>(value & 0xFF);
}

/** Attributes below 0x8000 must be understood. USERNAME and the like are credentials nobody asked for: they do no harm. */
std::string not_understood(std::string_view request) {
  std::string out;
  for (size_t i = kHeader; i + 4 <= request.size(); i += 4 + (at16(request, i + 2) + 3u) / 4 * 4) {
    const uint16_t type = at16(request, i);
    const bool known = type == 0x0006 || type == 0x0008 || type == 0x0014 || type == 0x0015 || type == 0x001C || type == 0x001D || type == 0x001E;
    if (type < 0x8000 && !known && out.size() < 16) add16(out, type);
  }
  return out;
}

std::string message(uint16_t type, std::string_view request, const std::string &attributes) {
  std::string out;
  add16(out, type);
  add16(out, static_cast<unsigned>(attributes.size()));
  out += request.substr(4, 16);  // cookie and transaction
  return out + attributes;
}

std::string mapped_address(std::string_view request, const sockaddr_storage &from) {
  const bool is_six = from.ss_family == AF_INET6;
  const auto &four = reinterpret_cast<const sockaddr_in &>(from);
  const auto &six = reinterpret_cast<const sockaddr_in6 &>(from);
  const bool mapped = is_six && IN6_IS_ADDR_V4MAPPED(&six.sin6_addr);
  const unsigned char *bytes = !is_six ? reinterpret_cast<const unsigned char *>(&four.sin_addr) : six.sin6_addr.s6_addr + (mapped ? 12 : 0);
  const size_t length = is_six && !mapped ? 16 : 4;
  const unsigned port = ntohs(is_six ? six.sin6_port : four.sin_port);
  std::string out;
  add16(out, kXorMappedAddress);
  add16(out, static_cast<unsigned>(4 + length));
  add16(out, length == 16 ? 2 : 1);
  add16(out, port ^ at16(request, 4));
  for (size_t i = 0; i < length; ++i) out += static_cast<char>(bytes[i] ^ static_cast<unsigned char>(request[4 + i]));
  return out;
}

}  // namespace

std::string stun_answer(std::string_view request, const sockaddr_storage &from) {
  if (request.size() < kHeader || at16(request, 0) != kBindingRequest || request.size() != kHeader + at16(request, 2) || request.size() % 4 != 0) return "";
  const std::string unknown = not_understood(request);
  if (unknown.empty()) return message(kBindingSuccess, request, mapped_address(request, from));
  std::string attributes;
  add16(attributes, kErrorCode);
  add16(attributes, 4);
  attributes += std::string("\0\0\4\24", 4);  // 420, without words
  add16(attributes, kUnknownAttributes);
  add16(attributes, static_cast<unsigned>(unknown.size()));
  attributes += unknown;
  attributes.resize((attributes.size() + 3) / 4 * 4, '\0');
  return message(kBindingError, request, attributes);
}

}  // namespace pbx::sip
