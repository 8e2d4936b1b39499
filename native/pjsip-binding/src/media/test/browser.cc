// A browser of the tests.
#include "browser.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "monotonic.h"

namespace pbx::media::test {
namespace {

void add16(std::vector<uint8_t> &out, unsigned value) { out.insert(out.end(), {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)}); }

void attribute(std::vector<uint8_t> &out, unsigned type, const std::string &value) {
  add16(out, type);
  add16(out, static_cast<unsigned>(value.size()));
  out.insert(out.end(), value.begin(), value.end());
  while (out.size() % 4 != 0) out.push_back(0);
}

void count(std::vector<uint8_t> &out, size_t more) { rtp::put16(&out[2], static_cast<uint16_t>(out.size() - 20 + more)); }

uint32_t crc_of(const std::vector<uint8_t> &bytes) {
  uint32_t crc = ~0u;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) ? crc >> 1 ^ 0xedb88320u : crc >> 1;
  }
  return ~crc;
}

}  // namespace

std::vector<uint8_t> check_packet(const CheckSays &says) {
  std::vector<uint8_t> out{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  if (!says.username.empty()) attribute(out, 0x0006, says.username);
  attribute(out, 0x0024, std::string("\x6e\x00\x01\xff", 4));
  attribute(out, says.controlled ? 0x8029 : 0x802a, "tiebreak");
  if (says.nominates) attribute(out, 0x0025, "");
  if (says.unknown) attribute(out, says.unknown, "what");
  if (!says.integrity.empty()) {
    count(out, 24);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha1(), says.integrity.data(), static_cast<int>(says.integrity.size()), out.data(), out.size(), digest, &size);
    attribute(out, 0x0008, std::string(reinterpret_cast<char *>(digest), size));
  }
  count(out, says.fingerprint ? 8 : 0);
  if (!says.fingerprint) return out;
  const uint32_t crc = crc_of(out) ^ 0x5354554eu;
  attribute(out, 0x8028, {static_cast<char>(crc >> 24), static_cast<char>(crc >> 16), static_cast<char>(crc >> 8), static_cast<char>(crc)});
  return out;
}

int code_of(const std::vector<uint8_t> &answer) {
  if (answer.size() < 20 || answer[0] != 1) return 0;
  if (answer[1] == 1) return 1;
  return answer[1] == 0x11 && answer.size() >= 28 ? answer[26] * 100 + answer[27] : 0;
}

DtlsTerms terms_of(const std::string &fingerprint) {
  DtlsTerms terms{"sha-256", "", false};
  for (size_t i = 8; i + 1 < fingerprint.size(); i += 3) terms.fingerprint += static_cast<char>(std::stoi(fingerprint.substr(i, 2), nullptr, 16));
  return terms;
}

DtlsTerms Browser::terms() const { return terms_of(identity->fingerprint()); }

void Browser::expect(Box &box, bool begins) {
  DtlsTerms of_box = terms_of(box.plane->fingerprint());
  of_box.begins = begins;
  session = std::make_unique<DtlsSession>(identity, of_box);
  if (begins) session->begin();
}

int Browser::checks(const CheckSays &says) {
  phone.send(check_packet(says));
  for (int i = 0; i < 50; ++i) {
    const auto heard = phone.hear(2000);
    if (!heard) return 0;
    if (!heard->bytes.empty() && heard->bytes[0] < 4) return code_of(heard->bytes);
  }
  return 0;
}

void Browser::pour() {
  for (const std::string &one : session->take_out()) phone.send({one.begin(), one.end()});
}

bool Browser::keyed() {
  if (session->state() != DtlsSession::State::keyed) return false;
  // The box's keys are the browser's, the other way round.
  if (!srtp || SrtpPhone::turned(srtp->keys).in != session->keys().in) srtp = std::make_unique<SrtpPhone>(SrtpPhone::turned(session->keys()));
  return true;
}

bool Browser::shakes(int patience_ms, const std::function<bool(int)> &drops) {
  int seen = 0;
  const auto send = [&] {
    for (const std::string &one : session->take_out())
      if (!drops(seen++)) phone.send({one.begin(), one.end()});
  };
  send();
  for (const uint64_t end = monotonic_us() + static_cast<uint64_t>(patience_ms) * 1000; monotonic_us() < end;) {
    const auto heard = phone.hear(20);
    if (heard && !heard->bytes.empty() && kind_of(heard->bytes[0]) == PacketKind::dtls && !drops(seen++)) session->hear({reinterpret_cast<const char *>(heard->bytes.data()), heard->bytes.size()});
    if (!heard) session->tick();
    send();
    if (keyed()) return true;
    if (session->state() == DtlsSession::State::failed) return false;
  }
  return false;
}

void Browser::say(uint16_t seq, uint8_t byte) { phone.send(srtp->sealed({seq, seq * 160u, 0, 0, std::vector<uint8_t>(160, byte)})); }

int Browser::hears(int patience_ms) {
  for (const uint64_t end = monotonic_us() + static_cast<uint64_t>(patience_ms) * 1000; monotonic_us() < end;) {
    auto heard = phone.hear(20);
    if (!heard || heard->bytes.empty()) continue;
    size_t size = heard->bytes.size();
    if (kind_of(heard->bytes[0]) != PacketKind::rtp || srtp->opener->open(heard->bytes.data(), size) != Opener::Verdict::opened) continue;
    rtp::Packet packet{};
    if (rtp::parse(heard->bytes.data(), size, packet) && packet.payload_size > 9) return packet.payload[9];
  }
  return -1;
}

}  // namespace pbx::media::test
