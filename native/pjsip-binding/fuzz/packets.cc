// What reads packets of media ports: RTP, RTCP with extended reports, connectivity checks, handshakes, encrypted packets.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "../src/media/address.h"
#include "../src/media/dtls.h"
#include "../src/media/ice.h"
#include "../src/media/reception.h"
#include "../src/media/rtcp.h"
#include "../src/media/rtcp_ear.h"
#include "../src/media/rtp.h"
#include "../src/media/srtp.h"
#include "target.h"

namespace pbx::fuzz {
namespace {

using namespace pbx::media;

/** A stream: before each packet a byte of how much later it comes. */
void read_rtp(std::string_view bytes) {
  Pieces pieces(bytes);
  static constexpr int rates[] = {8000, 16000, 48000, 0, 1, 2147483647};
  const int rate = rates[pieces.byte() % 6];
  Reception reception;
  uint64_t now_us = 1'000'000;
  while (!pieces.over()) {
    now_us += uint64_t{pieces.byte()} * 1000;
    Exact one(pieces.run());
    rtp::Packet packet{};
    (void)rtp::is_rtcp(one.data(), one.size());
    if (!rtp::parse(one.data(), one.size(), packet)) continue;
    must(packet.payload >= one.data() && packet.payload + packet.payload_size <= one.data() + one.size(), "the payload lies in the packet");
    reception.hear(packet, rate, now_us);
  }
  const Arrival arrival = reception.arrival(20);
  must(arrival.lost <= arrival.expected, "no more is lost than was expected");
  must(arrival.gap_loss >= 0 && arrival.gap_loss <= 100 && arrival.burst_loss >= 0 && arrival.burst_loss <= 100, "losses are of a hundred");
  must(arrival.duplicate + arrival.reordered <= arrival.received, "what was counted came");
}

std::vector<std::string> streams() {
  std::string out(1, '\0');
  for (const char seq : {1, 2, 4, 3, 4, 60, 61}) out += std::string(1, '\x14') + as_run(std::string("\x80\x08\0", 3) + seq + std::string("\0\0\0\xa0\x11\x22\x33\x44speech", 14));
  return {out, std::string(1, '\1') + std::string(1, '\x14') + as_run(std::string("\xb1\x88\0\1\0\0\0\0\1\2\3\4\5\6\7\x08\xbe\xde\0\1\0\0\0\0speech\0\2", 32))};
}

void read_rtcp(std::string_view bytes) {
  RtcpEar ear;
  ear.sent(0x12345678, 1000);
  Exact heard(bytes);
  ear.hear(heard.data(), heard.size(), {0x11223344, 7, 8000}, 2'000'000);
  must(ear.report().round_trip_ms >= 0 || ear.report().reports == 0 || ear.report().round_trip_ms == -1, "no way back in time");
  must(ear.percent_lost() >= 0 && ear.percent_lost() <= 100, "losses are of a hundred");
  Exact packet(bytes);
  const size_t size = translate_rtcp(packet.data(), packet.size(), {0xaaaaaaaa, 5, 0x11223344, 0xbbbbbbbb, 9});
  must(size <= packet.size() && size % 4 == 0, "what is passed on is no longer than what came");
  if (size == 0) return;
  must(packet.data()[1] == 200 || packet.data()[1] == 201, "it begins with a report");
  must(rtp::get32(packet.data() + 4) == 0xaaaaaaaa, "it speaks of the stream that the far side knows");
}

std::vector<std::string> reports() {
  const std::string block("\x11\x22\x33\x44\x10\0\0\2\0\1\0\x09\0\0\0\x20\x12\x34\x56\x78\0\0\x80\0", 24);
  const std::string sender = std::string("\x81\xc8\0\x0c\1\2\3\4\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", 28) + block;
  const std::string receiver = std::string("\x81\xc9\0\x07\1\2\3\4", 8) + block;
  const std::string name("\x81\xca\0\3\1\2\3\4\1\2me\0\0\0\0", 16);
  const std::string extended = std::string("\x80\xcf\0\x0a\1\2\3\4\7\0\0\x08\x11\x22\x33\x44", 16) + std::string(28, '\5');
  return {sender + name, receiver + extended, receiver + std::string("\x81\xce\0\2\1\2\3\4\x11\x22\x33\x44", 12) + std::string("\x81\xcb\0\1\1\2\3\4", 8)};
}

const IceTerms ours{"box1", "a password of the box's own"};

void count(std::string &packet, size_t more) {
  const size_t size = packet.size() - 20 + more;
  packet[2] = static_cast<char>(size >> 8);
  packet[3] = static_cast<char>(size);
}

/** Signed as who knows the password would: what lies behind the signature is reached too. */
std::string signed_check(std::string packet) {
  count(packet, 24);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha1(), ours.password.data(), static_cast<int>(ours.password.size()), reinterpret_cast<const unsigned char *>(packet.data()), packet.size(), digest, &size);
  return packet + std::string("\0\x08\0\x14", 4) + std::string(reinterpret_cast<char *>(digest), size);
}

void judge(std::string_view bytes, const char *host, bool proven) {
  Address from{};
  must(address_of(host, from), "an address");
  Exact packet(bytes);
  const IceCheck check = check_of({reinterpret_cast<char *>(packet.data()), packet.size()}, from, ours);
  must(check.reply.size() <= 128 && check.reply.size() % 4 == 0, "an answer is short");
  must(check.reply.empty() == (check.verdict == IceCheck::Verdict::nothing), "who is judged is answered");
  must(proven || check.verdict != IceCheck::Verdict::valid, "nobody guesses the password");
  must(!check.nominated || check.verdict == IceCheck::Verdict::valid, "only who is believed chooses the way");
}

void read_check(std::string_view bytes) {
  const bool has_secret = bytes.find(ours.password) != std::string_view::npos;
  judge(bytes, "192.0.2.7:4000", has_secret || bytes.find(std::string_view("\0\x08\0\x14", 4)) != std::string_view::npos);
  if (bytes.size() < 20) return;
  judge(signed_check(std::string(bytes)), "[2001:db8::7]:4000", true);
}

std::vector<std::string> checks() {
  const std::string head("\0\1\0\0\x21\x12\xa4\x42\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c", 20);
  std::string whole = head + std::string("\0\6\0\x09" "box1:them\0\0\0\0\x24\0\4\x6e\0\1\xff\x80\x2a\0\x08tiebreak\0\x25\0\0", 40);
  std::string odd = whole + std::string("\x7f\x01\0\4what", 8);
  count(whole, 0);
  count(odd, 0);
  return {head, whole, odd, signed_check(whole)};
}

/** Datagrams to a handshake, of the side that waits or of the side that begins. */
void shake(std::string_view bytes) {
  static const auto identity = std::make_shared<const DtlsIdentity>();
  Pieces pieces(bytes);
  DtlsSession session(identity, {"sha-256", std::string(32, 'f'), (pieces.byte() & 1) != 0});
  session.begin();
  (void)session.take_out();
  for (int left = 16; left > 0 && !pieces.over(); --left) {
    const std::string_view one = pieces.run();
    Exact datagram(one);
    (void)is_hello({reinterpret_cast<char *>(datagram.data()), datagram.size()});
    session.hear(one);
    session.tick();
    for (const std::string &said : session.take_out()) must(said.size() <= 1200, "a datagram fits every network");
  }
  must(session.state() != DtlsSession::State::keyed, "nobody is believed without the certificate that was told");
}

std::vector<std::string> handshakes() {
  const auto identity = std::make_shared<const DtlsIdentity>();
  DtlsSession client(identity, {"sha-256", std::string(32, 'f'), true}), server(identity, {"sha-256", std::string(32, 'f'), false});
  std::string to_server(1, '\0'), to_client(1, '\1');
  client.begin();
  for (int round = 0; round < 4; ++round) {
    for (const std::string &one : client.take_out()) to_server += as_run(one), server.hear(one);
    for (const std::string &one : server.take_out()) to_client += as_run(one), client.hear(one);
  }
  return {to_server, to_client};
}

/** Packets to an encrypted leg: in the clear, forged, of streams without end. */
void open_sealed(std::string_view bytes) {
  Pieces pieces(bytes);
  const SrtpSuite &suite = srtp_suites()[pieces.byte() % srtp_suites().size()];
  const SrtpKeys keys{suite.name, std::string(suite.key_size, 'i'), std::string(suite.key_size, 'o')};
  Opener opener(keys);
  if (pieces.byte() & 1) opener.resume(0x01020304, 65'530);
  Sealer sealer({suite.name, keys.out, keys.in}, 0x01020304);
  for (int left = 24; left > 0 && !pieces.over(); --left) {
    const bool seals = pieces.byte() & 1;
    const std::string_view run = pieces.run().substr(0, rtp::max_packet);
    std::vector<uint8_t> packet(run.begin(), run.end());
    size_t size = packet.size();
    packet.resize(size + srtp_trailer);
    if (seals && size >= rtp::header_size) {
      packet[0] = static_cast<uint8_t>((packet[0] & 0x0f) | 0x80);
      rtp::Packet read{};
      if (!rtp::is_rtcp(packet.data(), size) && !rtp::parse(packet.data(), size, read)) continue;
      rtp::put32(packet.data() + (rtp::is_rtcp(packet.data(), size) ? 4 : 8), 0x01020304);
      size = rtp::is_rtcp(packet.data(), size) ? sealer.seal_rtcp(packet.data(), size) : sealer.seal(packet.data(), size);
      must(size <= run.size() + srtp_trailer, "sealing adds no more than it may");
    }
    Exact sealed({reinterpret_cast<char *>(packet.data()), size});
    size_t opened = size;
    const auto verdict = opener.open(sealed.data(), opened);
    if (verdict == Opener::Verdict::opened) must(opened <= size, "a plain packet is no longer than a sealed one");
  }
}

std::vector<std::string> sealed() {
  const std::string speech("\x80\x08\0\1\0\0\0\xa0\1\2\3\4speech", 18), report("\x80\xc9\0\1\1\2\3\4", 8);
  std::string out;
  for (const std::string_view packet : {speech, report, speech}) out += '\1' + as_run(packet);
  std::vector<std::string> all;
  for (char suite = 0; suite < 8; ++suite) all.push_back(std::string{suite, static_cast<char>(suite & 1)} + out + '\0' + as_run(report));
  return all;
}

}  // namespace

std::vector<Target> packets() {
  return {{"rtp", &read_rtp, &streams}, {"rtcp", &read_rtcp, &reports}, {"ice", &read_check, &checks}, {"dtls", &shake, &handshakes}, {"srtp", &open_sealed, &sealed}};
}

}  // namespace pbx::fuzz
