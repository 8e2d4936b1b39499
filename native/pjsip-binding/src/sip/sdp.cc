// Reading session descriptions.
#include "sdp.h"

#include <algorithm>
#include <charconv>

namespace pbx::sip {
namespace {

std::string_view next_line(std::string_view &rest) {
  const size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::string_view next_word(std::string_view &rest) {
  const size_t begin = rest.find_first_not_of(' ');
  if (begin == std::string_view::npos) {
    rest = {};
    return {};
  }
  rest.remove_prefix(begin);
  const size_t end = rest.find(' ');
  const std::string_view word = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  return word;
}

int number_of(std::string_view text, int otherwise) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end != text.data() ? value : otherwise;
}

/** "IN IP4 192.0.2.1/127" → the address. */
std::string connection_host(std::string_view value) {
  next_word(value);
  next_word(value);
  const std::string_view host = next_word(value);
  return std::string(host.substr(0, host.find('/')));
}

struct StaticCodec {
  int type;
  const char *name;
  int rate;
};
constexpr StaticCodec kStatic[] = {{0, "PCMU", 8000}, {3, "GSM", 8000}, {4, "G723", 8000}, {8, "PCMA", 8000}, {9, "G722", 8000},
                                   {13, "CN", 8000}, {15, "G728", 8000}, {18, "G729", 8000}};

/** "sha-256 AB:CD:…" as bytes; false for a hash or a digest that the box does not take. */
bool read_fingerprint(SdpMedia &media, std::string_view value) {
  static constexpr std::pair<const char *, size_t> kHashes[] = {{"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}};
  const std::string line(value);
  const std::string_view name = next_word(value), digits = next_word(value);
  for (const auto &[hash, size] : kHashes) {
    if (!same_text(name, hash) || digits.size() != size * 3 - 1) continue;
    std::string bytes;
    for (size_t i = 0; i < digits.size(); i += 3) {
      unsigned byte = 0;
      const auto [end, error] = std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
      if (error != std::errc() || end != digits.data() + i + 2 || (i + 2 < digits.size() && digits[i + 2] != ':')) return false;
      bytes += static_cast<char>(byte);
    }
    media.fingerprint_hash = hash;
    media.fingerprint = std::move(bytes);
    media.fingerprint_line = line;
    return true;
  }
  return false;
}

/** What a section may say, or the session for all of them. */
bool read_shared(SdpMedia &media, std::string_view name, std::string_view value) {
  if (name == "ice-ufrag") media.ufrag = std::string(value);
  else if (name == "ice-pwd") media.password = std::string(value);
  else if (name == "setup") media.setup = std::string(value);
  else if (name != "fingerprint") return false;
  else if (media.fingerprint.empty()) read_fingerprint(media, value);
  return true;
}

/** Fills in what only the session said. */
void inherit(SdpMedia &media, const SdpMedia &session) {
  if (media.ufrag.empty() && media.password.empty()) {
    media.ufrag = session.ufrag;
    media.password = session.password;
  }
  if (media.setup.empty()) media.setup = session.setup;
  if (!media.fingerprint.empty()) return;
  media.fingerprint_hash = session.fingerprint_hash;
  media.fingerprint = session.fingerprint;
  media.fingerprint_line = session.fingerprint_line;
}

bool names(std::string_view list, const std::string &word) {
  for (std::string_view one = next_word(list); !one.empty(); one = next_word(list))
    if (one == word) return true;
  return false;
}

struct Draft {
  SdpMedia media;
  struct Map {
    int type;
    std::string name;
    int rate, channels;
  };
  std::vector<Map> maps;
  std::vector<std::pair<int, std::string>> fmtps;
  bool has_direction = false;
};

std::optional<Direction> direction_of(std::string_view word) {
  if (word == "sendrecv") return Direction::sendrecv;
  if (word == "sendonly") return Direction::sendonly;
  if (word == "recvonly") return Direction::recvonly;
  if (word == "inactive") return Direction::inactive;
  return std::nullopt;
}

void read_rtpmap(Draft &draft, std::string_view value) {
  const int type = number_of(next_word(value), -1);
  std::string_view map = next_word(value);
  const size_t slash = map.find('/');
  if (type < 0 || slash == std::string_view::npos) return;
  const std::string_view rate = map.substr(slash + 1);
  const size_t second = rate.find('/');
  const int channels = second == std::string_view::npos ? 1 : number_of(rate.substr(second + 1), 1);
  // A clock that stands still, or runs backwards, says nothing of the codec.
  const Draft::Map read{type, std::string(map.substr(0, slash)), number_of(rate, 8000), channels};
  if (read.rate > 0 && read.rate <= 1'000'000 && channels > 0 && channels <= 255) draft.maps.push_back(read);
}

void read_rtcp(SdpMedia &media, std::string_view value) {
  media.rtcp_port = number_of(next_word(value), 0);
  next_word(value);
  next_word(value);
  media.rtcp_host = std::string(next_word(value));
}

void read_attribute(Draft &draft, std::string_view value) {
  const size_t colon = value.find(':');
  const std::string_view name = value.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? std::string_view() : value.substr(colon + 1);
  if (read_shared(draft.media, name, rest)) return;
  if (const auto direction = direction_of(name)) {
    draft.media.direction = *direction;
    draft.has_direction = true;
  } else if (name == "rtpmap") {
    read_rtpmap(draft, rest);
  } else if (name == "fmtp") {
    std::string_view words = rest;
    const int type = number_of(next_word(words), -1);
    const size_t begin = words.find_first_not_of(' ');
    if (type >= 0 && begin != std::string_view::npos) draft.fmtps.emplace_back(type, std::string(words.substr(begin)));
  } else if (name == "ptime") {
    draft.media.ptime = number_of(rest, 0);
  } else if (name == "rtcp-mux") {
    draft.media.muxed = true;
  } else if (name == "mid") {
    draft.media.mid = std::string(rest);
  } else if (name == "rtcp") {
    read_rtcp(draft.media, rest);
  } else if (name == "crypto") {
    if (const auto line = draft.media.crypto.size() < 16 ? parse_crypto(rest) : std::nullopt) draft.media.crypto.push_back(*line);
  }
}

Draft media_line(std::string_view value) {
  Draft draft;
  draft.media.kind = std::string(next_word(value));
  draft.media.port = number_of(next_word(value), 0);
  draft.media.proto = std::string(next_word(value));
  for (std::string_view word = next_word(value); !word.empty() && draft.media.formats.size() < 64; word = next_word(value)) draft.media.formats.emplace_back(word);
  return draft;
}

/** Codecs in the order of the m= line, from a=rtpmap or, where it may be left out, the static table of RFC 3551. */
void settle(Draft &draft) {
  SdpMedia &media = draft.media;
  for (const std::string &format : media.formats) {
    const int type = number_of(format, -1);
    if (type < 0 || type > 127) continue;
    media::Format codec;
    codec.payload_type = type;
    codec.codec.clear();
    for (const StaticCodec &known : kStatic)
      if (known.type == type) {
        codec.codec = known.name;
        codec.clock_rate = known.rate;
      }
    for (const Draft::Map &map : draft.maps)
      if (map.type == type) {
        codec.codec = map.name;
        codec.clock_rate = map.rate;
        codec.channels = map.channels;
      }
    for (const auto &[of, text] : draft.fmtps)
      if (of == type) codec.fmtp = text;
    for (const char *name : {"PCMU", "PCMA", "G722", "opus"})
      if (same_text(codec.codec, name)) codec.codec = name;
    if (same_text(codec.codec, "telephone-event")) media.events.emplace_back(type, codec.clock_rate);
    else if (!codec.codec.empty() && !same_text(codec.codec, "CN") && !same_text(codec.codec, "red")) media.codecs.push_back(codec);
  }
  for (media::Format &codec : media.codecs) {
    if (media.ptime > 0 && media.ptime <= 200) codec.ptime_ms = media.ptime;
    for (const auto &[type, rate] : media.events)
      if (codec.event_type < 0 || rate == codec.clock_rate) codec.event_type = type;
  }
}

}  // namespace

std::optional<Sdp> parse_sdp(std::string_view text) {
  Sdp sdp;
  if (text.size() > 32'000 || text.substr(0, 2) != "v=") return std::nullopt;
  sdp.text = std::string(text);
  std::vector<Draft> drafts;
  Direction session_direction = Direction::sendrecv;
  SdpMedia session;
  std::string_view bundle;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = next_line(rest);
    if (line.size() < 2 || line[1] != '=') continue;
    const std::string_view value = line.substr(2);
    if (line[0] == 'm') {
      if (drafts.size() == 16) return std::nullopt;
      drafts.push_back(media_line(value));
    } else if (line[0] == 'c') {
      (drafts.empty() ? sdp.session_host : drafts.back().media.host) = connection_host(value);
    } else if (line[0] == 'a') {
      if (!drafts.empty()) read_attribute(drafts.back(), value);
      else if (value == "ice-lite") sdp.ice_lite = true;
      else if (value.substr(0, 13) == "group:BUNDLE ") bundle = value.substr(13);
      else if (read_shared(session, value.substr(0, value.find(':')), value.substr(std::min(value.size(), value.find(':') + 1)))) continue;
      else if (const auto direction = direction_of(value)) session_direction = *direction;
    }
  }
  for (Draft &draft : drafts) {
    settle(draft);
    inherit(draft.media, session);
    draft.media.bundled = !draft.media.mid.empty() && names(bundle, draft.media.mid);
    if (!draft.has_direction) draft.media.direction = session_direction;
    if (draft.media.host.empty()) draft.media.host = sdp.session_host;
    sdp.media.push_back(std::move(draft.media));
  }
  for (size_t i = 0; i < sdp.media.size() && sdp.chosen < 0; ++i)
    if (sdp.media[i].kind == "audio" && sdp.media[i].port != 0) sdp.chosen = static_cast<int>(i);
  if (sdp.chosen < 0 && !sdp.media.empty()) sdp.chosen = 0;
  return sdp;
}

bool SdpMedia::is_dtls() const { return proto == "UDP/TLS/RTP/SAVP" || proto == "UDP/TLS/RTP/SAVPF"; }

bool SdpMedia::is_secure() const { return proto == "RTP/SAVP" || proto == "RTP/SAVPF"; }

bool Sdp::held() const {
  const SdpMedia *m = audio();
  if (!m) return false;
  if (m->direction == Direction::sendonly || m->direction == Direction::inactive) return true;
  // The hold of RFC 2543; but with checks it only says that the way is not known yet (RFC 8840 section 4.1.1).
  return m->ufrag.empty() && (m->host == "0.0.0.0" || m->host == "::");
}

std::optional<media::Remote> Sdp::remote() const {
  const SdpMedia *m = audio();
  if (!m || m->port <= 0) return std::nullopt;
  const auto rtp = parse_address(m->host, m->port);
  if (!rtp) return std::nullopt;
  media::Remote remote;
  remote.rtp = *rtp;
  const int rtcp_port = m->rtcp_port > 0 ? m->rtcp_port : m->port + 1;
  const auto rtcp = parse_address(m->rtcp_host.empty() ? m->host : m->rtcp_host, rtcp_port);
  remote.rtcp = rtcp ? *rtcp : *rtp;
  if (!rtcp) set_port(remote.rtcp, rtcp_port <= 65535 ? rtcp_port : m->port);
  return remote;
}

}  // namespace pbx::sip
