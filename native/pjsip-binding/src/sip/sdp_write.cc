// Writing session descriptions: another leg's with the address changed, or the box's own.
#include <algorithm>
#include <utility>

#include "sdp.h"

namespace pbx::sip {
namespace {

constexpr const char *kEnd = "\r\n";

std::string connection_of(const std::string &host) { return std::string("IN ") + (host.find(':') == std::string::npos ? "IP4 " : "IP6 ") + host; }

std::string origin_line(const SdpOrigin &origin) {
  return "o=- " + std::to_string(origin.session) + " " + std::to_string(origin.version) + " " + connection_of(origin.host) + kEnd;
}

/** Addresses of the far side that a relayed leg must not learn, and what the box does not do on its behalf. */
bool is_dropped(std::string_view line) {
  for (const char *prefix : {"a=candidate:", "a=remote-candidates:", "a=end-of-candidates", "a=ice-ufrag:", "a=ice-pwd:", "a=ice-options:", "a=ice-lite",
                             "a=ice-mismatch", "a=ice-pacing:", "a=rtcp-mux", "a=rtcp-rsize", "a=rtcp:", "a=rtcp-fb:", "a=source-filter:", "a=group:", "a=mid:", "a=bundle-only",
                             "a=extmap:", "a=extmap-allow-mixed", "a=ssrc:", "a=ssrc-group:", "a=msid:", "a=msid-semantic:", "a=rid:", "a=simulcast:", "a=identity:",
                             "a=crypto:", "a=fingerprint:", "a=setup:", "a=connection:", "a=key-mgmt:", "a=tls-id:"})
    if (line.rfind(prefix, 0) == 0) return true;
  return false;
}

bool is_rtp(std::string_view proto) { return proto.find("RTP/") != std::string_view::npos; }

/** What carries the same in the clear. */
std::string plain_proto(std::string_view proto) { return std::string(is_rtp(proto) && proto.find("SAVP") != std::string_view::npos ? "RTP/AVP" : proto); }

/** "m=audio 4000/2 RTP/AVP 0" with another port and another transport. */
std::string media_line(std::string_view line, int port, const std::string &proto) {
  const size_t first = line.find(' ');
  const size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  const size_t third = second == std::string_view::npos ? second : line.find(' ', second + 1);
  if (third == std::string_view::npos) return std::string(line);
  return std::string(line.substr(0, first + 1)) + std::to_string(port) + " " + proto + std::string(line.substr(third));
}

std::string lines_of(const std::vector<std::string> &lines) {
  std::string out;
  for (const std::string &line : lines) out += line + kEnd;
  return out;
}

std::string mid_line(const SdpOrigin &origin, size_t section, bool relayed = true) {
  if (relayed && !origin.mid.empty()) return "a=mid:" + origin.mid + kEnd;
  const bool named = section < origin.mids.size() && !origin.mids[section].empty();
  return named ? "a=mid:" + origin.mids[section] + kEnd : "";
}

struct BoxCodec {
  const char *name;
  int type, rate;
  const char *map;
  const char *fmtp;
};
constexpr BoxCodec kBox[] = {{"PCMU", 0, 8000, "PCMU/8000", nullptr},
                             {"PCMA", 8, 8000, "PCMA/8000", nullptr},
                             {"G722", 9, 8000, "G722/8000", nullptr},
                             {"opus", 111, 48000, "opus/48000/2", "useinbandfec=1"}};

const char *word_of(Direction direction) {
  switch (direction) {
    case Direction::sendonly: return "sendonly";
    case Direction::recvonly: return "recvonly";
    case Direction::inactive: return "inactive";
    case Direction::sendrecv: break;
  }
  return "sendrecv";
}

std::string head(const SdpOrigin &origin) { return std::string("v=0\r\n") + origin_line(origin) + "s=-\r\nc=" + connection_of(origin.host) + kEnd + "t=0 0\r\n" + lines_of(origin.session_lines); }

/** What the box may do in an answer: never more than the offer lets it. */
Direction answered_direction(Direction offered, Direction wanted) {
  const Direction most = mirrored(offered);
  if (most == Direction::sendrecv) return wanted;
  if (most == Direction::inactive || wanted == Direction::inactive) return Direction::inactive;
  if (wanted == Direction::sendrecv || wanted == most) return most;
  return Direction::inactive;
}

std::string payload(int type, const std::string &map, const std::string &fmtp) {
  std::string out = "a=rtpmap:" + std::to_string(type) + " " + map + kEnd;
  if (!fmtp.empty()) out += "a=fmtp:" + std::to_string(type) + " " + fmtp + kEnd;
  return out;
}

}  // namespace

Direction mirrored(Direction direction) {
  if (direction == Direction::sendonly) return Direction::recvonly;
  if (direction == Direction::recvonly) return Direction::sendonly;
  return direction;
}

bool is_box_codec(const std::string &codec) {
  return std::any_of(std::begin(kBox), std::end(kBox), [&](const BoxCodec &known) { return codec == known.name; });
}

std::string rewrite_sdp(const Sdp &from, const SdpOrigin &origin) {
  std::string out;
  out.reserve(from.text.size() + 64);
  int section = -1;
  bool wrote_connection = false;
  // Of the section being written: attributes come last in it.
  std::string own;
  std::string_view rest = from.text;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty() || is_dropped(line)) continue;
    const std::string_view tag = line.substr(0, 2);
    // Of a section that is not relayed nothing else counts, and a browser has pages to say of its pictures.
    if (tag == "a=" && section >= 0 && section != from.chosen) continue;
    if (tag == "o=") {
      out += origin_line(origin);
    } else if (tag == "c=") {
      wrote_connection = true;
      // The hold of old phones (RFC 2543) is an address of zeros: it must reach the other side as it is. Where checks are made it is none.
      const bool relayed = section < 0 || section == from.chosen;
      const bool zeros = relayed && from.audio() && from.audio()->ufrag.empty() && line.find(" 0.0.0.0") != std::string_view::npos;
      if (zeros) out.append(line).append(kEnd);
      else out += "c=" + connection_of(origin.host) + kEnd;
    } else if (tag == "m=") {
      out += section < 0 ? lines_of(origin.session_lines) : std::exchange(own, "");
      const SdpMedia &media = from.media[static_cast<size_t>(++section)];
      const bool relayed = section == from.chosen && media.port != 0;
      const bool ours = relayed && is_rtp(media.proto);
      const std::string proto = !relayed ? media.proto : ours && !origin.proto.empty() ? origin.proto : plain_proto(media.proto);
      out += media_line(line, relayed ? origin.port : 0, proto) + kEnd;
      own = mid_line(origin, static_cast<size_t>(section), relayed);
      if (ours) own += lines_of(origin.security);
    } else {
      out.append(line).append(kEnd);
    }
  }
  out += own;
  if (!wrote_connection) {
    const size_t t = out.find("\r\nt=");
    if (t != std::string::npos) out.insert(t + 2, "c=" + connection_of(origin.host) + kEnd);
  }
  return out;
}

std::string offer_sdp(const SdpOrigin &origin, Direction direction, const std::string &first) {
  std::vector<const BoxCodec *> order;
  for (const BoxCodec &codec : kBox) order.push_back(&codec);
  std::stable_partition(order.begin(), order.end(), [&](const BoxCodec *codec) { return first == codec->name; });
  std::string types, maps;
  for (const BoxCodec *codec : order) {
    types += " " + std::to_string(codec->type);
    maps += payload(codec->type, codec->map, codec->fmtp ? codec->fmtp : "");
  }
  return head(origin) + "m=audio " + std::to_string(origin.port) + " " + (origin.proto.empty() ? "RTP/AVP" : origin.proto) + types + " 101 102" + kEnd + maps + payload(101, "telephone-event/8000", "0-16") +
         payload(102, "telephone-event/48000", "0-16") + "a=ptime:20\r\na=" + word_of(direction) + kEnd + mid_line(origin, 0) + lines_of(origin.security);
}

std::optional<std::string> answer_sdp(const Sdp &offer, const SdpOrigin &origin, Direction direction, const std::string &first) {
  const SdpMedia *audio = offer.audio();
  if (!audio || audio->kind != "audio" || audio->port == 0 || (audio->proto != "RTP/AVP" && !audio->is_secure() && !audio->is_dtls())) return std::nullopt;
  const media::Format *chosen = nullptr;
  for (const media::Format &codec : audio->codecs) {
    if (!is_box_codec(codec.codec)) continue;
    if (!chosen || (codec.codec == first && chosen->codec != first)) chosen = &codec;
  }
  if (!chosen) return std::nullopt;
  std::string out = head(origin);
  for (size_t i = 0; i < offer.media.size(); ++i) {
    const SdpMedia &section = offer.media[i];
    if (static_cast<int>(i) != offer.chosen) {
      out += "m=" + section.kind + " 0 " + section.proto;
      for (const std::string &format : section.formats) out += " " + format;
      out += kEnd + mid_line(origin, i, false);
      continue;
    }
    std::string map = chosen->codec + "/" + std::to_string(chosen->clock_rate);
    if (chosen->channels > 1) map += "/" + std::to_string(chosen->channels);
    out += "m=audio " + std::to_string(origin.port) + " " + audio->proto + " " + std::to_string(chosen->payload_type);
    if (chosen->event_type >= 0) out += " " + std::to_string(chosen->event_type);
    out += kEnd + payload(chosen->payload_type, map, chosen->codec == "opus" ? "useinbandfec=1" : "");
    for (const auto &[type, rate] : audio->events)
      if (type == chosen->event_type) out += payload(type, "telephone-event/" + std::to_string(rate), "0-16");
    out += std::string("a=ptime:20\r\na=") + word_of(answered_direction(audio->direction, direction)) + kEnd + mid_line(origin, i) + lines_of(origin.security);
  }
  return out;
}

std::optional<media::Format> format_of(const Sdp &own, const Sdp &other_answer) {
  const SdpMedia *mine = own.audio(), *theirs = other_answer.audio();
  if (!mine || !theirs || theirs->codecs.empty()) return std::nullopt;
  for (const media::Format &answered : theirs->codecs)
    for (const media::Format &codec : mine->codecs)
      if (same_text(codec.codec, answered.codec) && codec.clock_rate == answered.clock_rate) return codec;
  return std::nullopt;
}

}  // namespace pbx::sip
