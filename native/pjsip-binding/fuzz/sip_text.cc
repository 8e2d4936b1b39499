// What reads the text of phones behind PJSIP's parser: descriptions, digests, and the JSON that all of it leaves in.
#include "../src/json.h"
#include "../src/sip/digest.h"
#include "../src/sip/sdp.h"
#include "target.h"

namespace pbx::fuzz {
namespace {

using namespace pbx::sip;

size_t lines_with(std::string_view text, std::string_view prefix) {
  size_t count = text.substr(0, prefix.size()) == prefix;
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) count += text.substr(at + 1, prefix.size()) == prefix;
  return count;
}

/** What leaves for the other phone: the far side's address is nowhere in it, and it means as many sections as it did. */
void must_be_ours(const std::string &written, const Sdp &from) {
  const auto again = parse_sdp(written);
  if (written.size() > 32'000) return;
  must(again.has_value(), "what is passed on is a description");
  must(again->media.size() == from.media.size(), "no section is lost or made");
  must(again->chosen == from.chosen || from.audio() == nullptr || from.audio()->port == 0, "the same section is relayed");
  for (const char *secret : {"a=crypto:", "a=fingerprint:", "a=ice-pwd:", "a=candidate:"}) must(lines_with(written, secret) == 0, "keys and addresses of the far side stay here");
  must(lines_with(written, "o=") == lines_with(from.text, "o="), "as many origins as before");
}

void read_sdp(std::string_view bytes) {
  const auto sdp = parse_sdp(bytes);
  if (!sdp) return;
  must(sdp->media.size() <= 16, "sixteen sections at most");
  must(sdp->chosen < static_cast<int>(sdp->media.size()), "what was chosen is there");
  (void)sdp->held();
  if (const auto remote = sdp->remote()) must(remote->rtp.ss_family == AF_INET || remote->rtp.ss_family == AF_INET6, "an address has a family");
  const SdpOrigin origin{"192.0.2.1", 4000, 7, 1, "", {}, {}, {}};
  must_be_ours(rewrite_sdp(*sdp, origin), *sdp);
  const SdpOrigin sealed{"2001:db8::1", 4000, 7, 1, "RTP/SAVP", {"a=rtcp-mux"}, {"a=ice-lite"}, {"0", "1"}};
  (void)rewrite_sdp(*sdp, sealed);
  for (const SdpMedia &media : sdp->media)
    for (const media::Format &codec : media.codecs) must(codec.is_countable(), "a codec can be counted with");
  for (const SdpMedia &media : sdp->media)
    for (const CryptoLine &line : media.crypto) {
      const auto again = parse_crypto(std::string_view(crypto_line(line)).substr(9));
      must(again && again->key == line.key && again->suite == line.suite && again->tag == line.tag, "a key that was read is written as it was");
    }
  const auto answer = answer_sdp(*sdp, origin, Direction::sendrecv, "PCMA");
  if (!answer) return;
  const auto read = parse_sdp(*answer);
  must(read && read->media.size() == sdp->media.size(), "an answer has a section for each of the offer");
  must(read->audio() && read->audio()->codecs.size() == 1, "an answer names one codec");
  const auto format = format_of(*sdp, *read);
  must(format && is_box_codec(format->codec), "what was answered was offered");
}

std::vector<std::string> descriptions() {
  const std::string head = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n";
  return {head + "m=audio 4000 RTP/AVP 0 8 9 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendonly\r\n",
          head + "m=audio 4000 RTP/AVP 0 8 96\r\na=rtpmap:0 PCMU/0\r\na=rtpmap:8 PCMA/-8000\r\na=rtpmap:96 opus/48000/0\r\na=ptime:-20\r\n",
          head + "m=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20\r\na=rtcp:4005 IN IP6 2001:db8::2\r\n",
          "v=0\r\no=mozilla 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=ice-lite\r\na=fingerprint:sha-256 "
          "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
          "m=audio 9 UDP/TLS/RTP/SAVPF 111 126\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:126 telephone-event/8000\r\na=setup:actpass\r\na=mid:0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
          "a=rtcp-mux\r\na=candidate:1 1 UDP 1 192.0.2.7 4000 typ host\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n"};
}

/** Fields of an Authorization header, one a run; the last one's first byte says how the nonce is made. */
void read_digest(std::string_view bytes) {
  static Digest *const digest = [] {
    auto *made = new Digest;
    made->set_realm("plant");
    made->replace({{"201", {"lin_201", "201", std::string(32, 'a'), std::string(64, 'b')}}});
    return made;
  }();
  const sockaddr_storage from = *parse_address("192.0.2.7", 5060);
  Pieces pieces(bytes);
  const bool fresh = pieces.byte() & 1;
  std::string_view fields[9];
  for (std::string_view &field : fields) field = pieces.run();
  const std::string nonce = digest->nonce(from, 1000);
  const Authorization given{fields[0], fields[1], fresh ? std::string_view(nonce) : fields[2], fields[3], fields[4], fields[5], fields[6], fields[7], fields[8]};
  const Verdict verdict = digest->check(given, "REGISTER", from, 2000);
  must(verdict != Verdict::right && verdict != Verdict::repeated && verdict != Verdict::stale, "nobody guesses a password");
}

std::vector<std::string> digests() {
  std::string one(1, '\1');
  for (const char *field : {"201", "plant", "00000000000003e80011223300112233445566778899aabb", "sip:plant", "00112233445566778899aabbccddeeff", "MD5", "abcdef01", "00000001", "auth"}) one += as_run(field);
  return {one};
}

/** JSON text (RFC 8259 section 7): quotes around it, nothing bare inside, and only whole UTF-8. */
void write_json(std::string_view bytes) {
  std::string out;
  append_json_string(out, bytes);
  must(out.size() >= 2 && out.front() == '"' && out.back() == '"', "stands in quotes");
  must(out.size() <= 6 * bytes.size() + 2, "is at most six times as long");
  for (size_t at = 1; at + 1 < out.size(); ++at) {
    const auto c = static_cast<unsigned char>(out[at]);
    must(c >= 0x20 && c != '"', "nothing bare that JSON escapes");
    if (c != '\\') continue;
    ++at;
    must(at + 1 < out.size() && std::string_view("\"\\nrtu").find(out[at]) != std::string_view::npos, "an escape is whole");
  }
  // What was cleaned once is clean: nothing in it is replaced again, else it was no UTF-8.
  const std::string inside = out.substr(1, out.size() - 2);
  if (inside.find('\\') != std::string::npos) return;
  std::string again;
  append_json_string(again, inside);
  must(again == out, "what left is whole UTF-8");
}

std::vector<std::string> texts() { return {"plain", "\"\\\n\r\t\x7f\x01", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xff\xfe\xc3", "\xed\xa0\x80\xf4\x90\x80\x80"}; }

}  // namespace

std::vector<Target> sip_text() { return {{"sdp", &read_sdp, &descriptions}, {"digest", &read_digest, &digests}, {"json", &write_json, &texts}}; }

}  // namespace pbx::fuzz
