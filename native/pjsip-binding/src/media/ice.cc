// Connectivity checks (RFC 8445 section 7.3): STUN requests with a short-term credential.
#include "ice.h"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstring>
#include <optional>

namespace pbx::media {
namespace {

constexpr uint16_t binding_request = 0x0001, binding_success = 0x0101, binding_error = 0x0111;
constexpr uint16_t username = 0x0006, integrity = 0x0008, error_code = 0x0009, unknown_attributes = 0x000a, xor_mapped = 0x0020;
constexpr uint16_t priority = 0x0024, use_candidate = 0x0025, fingerprint = 0x8028, controlled = 0x8029;
constexpr size_t header = 20, integrity_size = 20;
constexpr uint32_t cookie = 0x2112a442, fingerprint_mask = 0x5354554e;

uint16_t at16(std::string_view s, size_t i) { return static_cast<uint16_t>(static_cast<unsigned char>(s[i]) << 8 | static_cast<unsigned char>(s[i + 1])); }
uint32_t at32(std::string_view s, size_t i) { return uint32_t(at16(s, i)) << 16 | at16(s, i + 2); }

void add16(std::string &out, unsigned value) {
  out += static_cast<char>(value >> 8 & 0xff);
  out += static_cast<char>(value & 0xff);
}

void add32(std::string &out, uint32_t value) {
  add16(out, value >> 16);
  add16(out, value & 0xffff);
}

uint32_t crc32(std::string_view bytes) {
  uint32_t crc = ~0u;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

/** HMAC-SHA1 over a message whose header counts up to the end of the attribute itself (RFC 8489 section 14.5). */
std::string signature(std::string message, const std::string &password) {
  const size_t counted = message.size() - header + 4 + integrity_size;
  message[2] = static_cast<char>(counted >> 8 & 0xff);
  message[3] = static_cast<char>(counted & 0xff);
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!HMAC(EVP_sha1(), password.data(), static_cast<int>(password.size()), reinterpret_cast<const unsigned char *>(message.data()), message.size(), out, &size)) return "";
  return {reinterpret_cast<const char *>(out), size};
}

struct Request {
  std::optional<std::string_view> username;
  /** Where MESSAGE-INTEGRITY begins; 0 for none. */
  size_t integrity_at = 0;
  bool nominates = false, is_controlled = false;
  std::string unknown;
};

/** What must be understood and is not is listed (RFC 8489 section 6.3.1). */
void read_attribute(Request &request, uint16_t type, std::string_view value) {
  if (type == username) request.username = value;
  else if (type == use_candidate) request.nominates = true;
  else if (type == controlled) request.is_controlled = true;
  else if (type < 0x8000 && type != priority && request.unknown.size() < 16) add16(request.unknown, type);
}

/** False for a packet that is no whole binding request, or whose FINGERPRINT says that it was damaged. */
bool read_request(std::string_view packet, Request &request) {
  if (packet.size() < header || packet.size() % 4 != 0 || packet.size() != header + at16(packet, 2)) return false;
  if (at16(packet, 0) != binding_request || at32(packet, 4) != cookie) return false;
  for (size_t i = header; i < packet.size();) {
    if (i + 4 > packet.size()) return false;
    const uint16_t type = at16(packet, i);
    const size_t size = at16(packet, i + 2), next = i + 4 + (size + 3) / 4 * 4;
    if (next > packet.size()) return false;
    if (type == fingerprint) return size == 4 && next == packet.size() && at32(packet, i + 4) == (crc32(packet.substr(0, i)) ^ fingerprint_mask);
    // What follows the signature is not covered by it.
    if (type == integrity && request.integrity_at == 0) {
      if (size != integrity_size) return false;
      request.integrity_at = i;
    } else if (request.integrity_at == 0) {
      read_attribute(request, type, packet.substr(i + 4, size));
    }
    i = next;
  }
  return true;
}

std::string mapped_address(const Address &from, std::string_view transaction) {
  const bool six = from.ss_family == AF_INET6;
  const auto *bytes = six ? reinterpret_cast<const sockaddr_in6 &>(from).sin6_addr.s6_addr : reinterpret_cast<const unsigned char *>(&reinterpret_cast<const sockaddr_in &>(from).sin_addr);
  const unsigned port = ntohs(six ? reinterpret_cast<const sockaddr_in6 &>(from).sin6_port : reinterpret_cast<const sockaddr_in &>(from).sin_port);
  const size_t size = six ? 16 : 4;
  std::string out;
  add16(out, xor_mapped);
  add16(out, static_cast<unsigned>(4 + size));
  add16(out, six ? 2 : 1);
  add16(out, port ^ cookie >> 16);
  for (size_t i = 0; i < size; ++i) out += static_cast<char>(bytes[i] ^ static_cast<unsigned char>(transaction[i]));
  return out;
}

/** Signed where `password` says with what: an error to somebody who has not proved himself is not. */
std::string answer(uint16_t type, std::string_view request, const std::string &attributes, const std::string &password) {
  std::string out;
  add16(out, type);
  add16(out, 0);
  out.append(request.substr(4, 16)).append(attributes);
  if (!password.empty()) {
    const std::string signed_with = signature(out, password);
    add16(out, integrity);
    add16(out, integrity_size);
    out += signed_with;
  }
  const size_t counted = out.size() - header + 8;
  out[2] = static_cast<char>(counted >> 8 & 0xff);
  out[3] = static_cast<char>(counted & 0xff);
  const uint32_t sum = crc32(out) ^ fingerprint_mask;
  add16(out, fingerprint);
  add16(out, 4);
  add32(out, sum);
  return out;
}

IceCheck refusal(std::string_view request, int code, const std::string &password, const std::string &unknown = "") {
  std::string attributes;
  add16(attributes, error_code);
  add16(attributes, 4);
  add16(attributes, 0);
  add16(attributes, static_cast<unsigned>(code / 100 << 8 | code % 100));
  if (!unknown.empty()) {
    add16(attributes, unknown_attributes);
    add16(attributes, static_cast<unsigned>(unknown.size()));
    attributes += unknown;
    attributes.resize((attributes.size() + 3) / 4 * 4, '\0');
  }
  return {IceCheck::Verdict::refused, false, answer(binding_error, request, attributes, password)};
}

/** "ours:theirs": only the first part is for the box to judge (RFC 8445 section 7.3). */
bool is_for(std::string_view name, const std::string &ufrag) { return name.size() > ufrag.size() && name[ufrag.size()] == ':' && name.compare(0, ufrag.size(), ufrag) == 0; }

bool is_signed(std::string_view packet, const Request &request, const std::string &password) {
  const std::string expected = signature(std::string(packet.substr(0, request.integrity_at)), password);
  const std::string_view found = packet.substr(request.integrity_at + 4, integrity_size);
  if (expected.size() != found.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < found.size(); ++i) difference |= static_cast<unsigned char>(expected[i] ^ found[i]);
  return difference == 0;
}

}  // namespace

IceCheck check_of(std::string_view packet, const Address &from, const IceTerms &terms) {
  Request request;
  if (!read_request(packet, request)) return {};
  if (!request.username || request.integrity_at == 0) return refusal(packet, 400, "");
  if (!is_for(*request.username, terms.ufrag) || !is_signed(packet, request, terms.password)) return refusal(packet, 401, "");
  if (!request.unknown.empty()) return refusal(packet, 420, terms.password, request.unknown);
  // A lite agent never controls: whoever believes to be controlled too must change his role (RFC 8445 section 7.3.1.1).
  if (request.is_controlled) return refusal(packet, 487, terms.password);
  return {IceCheck::Verdict::valid, request.nominates, answer(binding_success, packet, mapped_address(from, packet.substr(4, 16)), terms.password)};
}

}  // namespace pbx::media
