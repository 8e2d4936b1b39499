// What must survive a crash of the process for one RTP port, as one line of text.
#include "port_record.h"

#include <charconv>
#include <map>
#include <sstream>
#include <string_view>

#include "address.h"

namespace pbx::media {
namespace {

constexpr const char *version = "port-1";

/** `name=` and what follows it: written at every change of every call, so without streams and without copies. */
class Line {
 public:
  explicit Line(const char *first) : out_(first) { out_.reserve(512); }

  Line &number(const char *name, int64_t value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return begin(name).add({digits, static_cast<size_t>(end - digits)});
  }
  Line &address(const char *name, const Address &value) { return begin(name).add(text_of(value)); }
  /** Spaces and what is not printable become %XX: values come from SDP. */
  Line &text(const char *name, const std::string &value) {
    static constexpr char digits[] = "0123456789ABCDEF";
    begin(name);
    for (const unsigned char c : value) {
      if (c > ' ' && c < 127 && c != '%') {
        out_ += static_cast<char>(c);
        continue;
      }
      out_ += '%';
      out_ += digits[c >> 4];
      out_ += digits[c & 15];
    }
    return *this;
  }
  Line &bytes(const char *name, const std::string &value) {
    static constexpr char digits[] = "0123456789abcdef";
    begin(name);
    for (const unsigned char c : value) {
      out_ += digits[c >> 4];
      out_ += digits[c & 15];
    }
    return *this;
  }
  std::string take() { return std::move(out_); }

 private:
  Line &begin(const char *name) {
    out_ += ' ';
    out_ += name;
    out_ += '=';
    return *this;
  }
  Line &add(std::string_view text) {
    out_ += text;
    return *this;
  }
  std::string out_;
};

std::string unescaped(const std::string &text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(strtol(text.substr(i + 1, 2).c_str(), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string bytes_of(const std::string &hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(strtol(hex.substr(i, 2).c_str(), nullptr, 16));
  return out;
}

using Fields = std::map<std::string, std::string>;

Fields fields_of(const std::string &line) {
  Fields fields;
  std::istringstream in(line);
  std::string word;
  in >> word;
  if (word != version) return fields;
  while (in >> word) {
    const auto equals = word.find('=');
    if (equals != std::string::npos) fields[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return fields;
}

}  // namespace

std::string line_of(const PortState &s) {
  Line line(version);
  line.address("bind", s.bind)
      .number("port", s.local_port)
      .address("rtp", s.remote.rtp)
      .address("rtcp", s.remote.rtcp)
      .address("signalling", s.remote.signalling)
      .number("sendonly", s.remote.send_only)
      .address("source", s.rtp_source)
      .address("rtcpsource", s.rtcp_source)
      .text("codec", s.format.codec)
      .number("rate", s.format.clock_rate)
      .number("channels", s.format.channels)
      .number("pt", s.format.payload_type)
      .number("event", s.format.event_type)
      .number("ptime", s.format.ptime_ms)
      .text("fmtp", s.format.fmtp)
      .number("ssrc", s.ssrc)
      .number("seq", s.seq)
      .number("ts", s.ts)
      .number("at", static_cast<int64_t>(s.sent_us))
      .number("peer", s.peer)
      .number("held", s.held);
  if (s.cleaning != Cleaning::off) line.number("cleaning", static_cast<int64_t>(s.cleaning));
  if (!s.keys.empty())
    line.text("suite", s.keys.suite)
        .bytes("inkey", s.keys.in)
        .bytes("outkey", s.keys.out)
        .number("inssrc", s.srtp.in_ssrc)
        .number("inindex", static_cast<int64_t>(s.srtp.in_index))
        .number("outindex", static_cast<int64_t>(s.srtp.out_index))
        .number("rtcpout", s.srtp.rtcp_out);
  if (!s.access.ice.empty()) line.text("icefrag", s.access.ice.ufrag).text("icepwd", s.access.ice.password);
  if (!s.access.dtls.empty()) line.text("hash", s.access.dtls.hash).bytes("print", s.access.dtls.fingerprint.substr(0, s.keys.empty() ? std::string::npos : fingerprint_kept)).number("begins", s.access.dtls.begins).number("awaited", s.access.dtls.awaited);
  return line.number("end", 1).take();
}

bool state_of(const std::string &line, PortState &s) {
  Fields fields = fields_of(line);
  if (fields["end"] != "1") return false;
  const auto number = [&](const char *name) { return strtoull(fields[name].c_str(), nullptr, 10); };
  const auto address = [&](const char *name, Address &a) { return address_of(fields[name], a); };
  s = PortState{};
  if (!address("bind", s.bind) || !address("rtp", s.remote.rtp) || !address("rtcp", s.remote.rtcp) ||
      !address("signalling", s.remote.signalling) || !address("source", s.rtp_source) ||
      !address("rtcpsource", s.rtcp_source))
    return false;
  s.local_port = static_cast<int>(number("port"));
  s.remote.send_only = number("sendonly") != 0;
  s.format.codec = unescaped(fields["codec"]);
  s.format.fmtp = unescaped(fields["fmtp"]);
  s.format.clock_rate = static_cast<int>(number("rate"));
  s.format.channels = static_cast<int>(number("channels"));
  s.format.payload_type = static_cast<int>(number("pt"));
  s.format.event_type = atoi(fields["event"].c_str());
  s.format.ptime_ms = static_cast<int>(number("ptime"));
  s.ssrc = static_cast<uint32_t>(number("ssrc"));
  s.seq = static_cast<uint16_t>(number("seq"));
  s.ts = static_cast<uint32_t>(number("ts"));
  s.sent_us = number("at");
  s.peer = static_cast<PortId>(number("peer"));
  s.held = number("held") != 0;
  const auto cleaning = number("cleaning");
  if (cleaning <= static_cast<unsigned>(Cleaning::noise_gain_and_echo)) s.cleaning = static_cast<Cleaning>(cleaning);
  s.keys = {unescaped(fields["suite"]), bytes_of(fields["inkey"]), bytes_of(fields["outkey"])};
  s.srtp = {static_cast<uint32_t>(number("inssrc")), static_cast<uint32_t>(number("rtcpout")), number("inindex"), number("outindex")};
  s.access.ice = {unescaped(fields["icefrag"]), unescaped(fields["icepwd"])};
  s.access.dtls = {unescaped(fields["hash"]), bytes_of(fields["print"]), number("begins") != 0, number("awaited") != 0};
  // Without its keys an encrypted leg would speak in the clear.
  if (!s.keys.empty() && !are_whole(s.keys)) return false;
  return s.bind.ss_family != AF_UNSPEC && s.local_port > 0 && s.local_port < 65536 && s.format.is_countable();
}

}  // namespace pbx::media
