// JavaScript values as the switch's own.
#include "read.h"

namespace pbx::binding {
namespace {

[[noreturn]] void wrong(Napi::Env env, const std::string &what) { throw Napi::TypeError::New(env, what); }

bool is_there(const Napi::Value &value) { return !value.IsUndefined() && !value.IsNull(); }

Napi::Value required(const Napi::Object &from, const char *key) {
  const Napi::Value value = from.Get(key);
  if (!is_there(value)) wrong(from.Env(), std::string(key) + " is missing");
  return value;
}

std::string checked_text(Napi::Env env, const Napi::Value &value, const char *key) {
  if (!value.IsString()) wrong(env, std::string(key) + " must be a string");
  return value.As<Napi::String>().Utf8Value();
}

int checked_number(Napi::Env env, const Napi::Value &value, const char *key) {
  if (!value.IsNumber()) wrong(env, std::string(key) + " must be a number");
  return value.As<Napi::Number>().Int32Value();
}

std::string one_line(Napi::Env env, std::string value, const char *what) {
  if (value.find_first_of(std::string("\r\n\0", 3)) != std::string::npos) wrong(env, std::string(what) + " must not contain a line break");
  return value;
}

}  // namespace

std::string text_of(const Napi::Object &from, const char *key) { return checked_text(from.Env(), required(from, key), key); }

bool has(const Napi::Object &from, const char *key) { return is_there(from.Get(key)); }

std::string text_or(const Napi::Object &from, const char *key, const std::string &otherwise) {
  const Napi::Value value = from.Get(key);
  return is_there(value) ? checked_text(from.Env(), value, key) : otherwise;
}

int number_of(const Napi::Object &from, const char *key) { return checked_number(from.Env(), required(from, key), key); }

int number_or(const Napi::Object &from, const char *key, int otherwise) {
  const Napi::Value value = from.Get(key);
  return is_there(value) ? checked_number(from.Env(), value, key) : otherwise;
}

/** What is not there is not true. */
bool truth_of(const Napi::Object &from, const char *key) { return from.Get(key).ToBoolean().Value(); }

Napi::Object object_of(const Napi::Object &from, const char *key) {
  const Napi::Value value = required(from, key);
  if (!value.IsObject()) wrong(from.Env(), std::string(key) + " must be an object");
  return value.As<Napi::Object>();
}

std::vector<Napi::Object> objects_of(const Napi::Array &array) {
  std::vector<Napi::Object> out;
  out.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value value = array.Get(i);
    if (!value.IsObject()) wrong(array.Env(), "a list holds something that is not an object");
    out.push_back(value.As<Napi::Object>());
  }
  return out;
}

std::vector<std::string> texts_of(const Napi::Array &array) {
  std::vector<std::string> out;
  for (uint32_t i = 0; i < array.Length(); ++i) out.push_back(checked_text(array.Env(), array.Get(i), "a list's entry"));
  return out;
}

std::string argument(const Napi::CallbackInfo &info, size_t index) { return checked_text(info.Env(), info[index], "argument"); }

Napi::Object object_argument(const Napi::CallbackInfo &info, size_t index) {
  if (!info[index].IsObject()) wrong(info.Env(), "an object is missing");
  return info[index].As<Napi::Object>();
}

Napi::Array array_argument(const Napi::CallbackInfo &info, size_t index) {
  if (!info[index].IsArray()) wrong(info.Env(), "a list is missing");
  return info[index].As<Napi::Array>();
}

int number_argument(const Napi::CallbackInfo &info, size_t index) {
  if (!info[index].IsNumber()) wrong(info.Env(), "a number is missing");
  return info[index].As<Napi::Number>().Int32Value();
}

sip::Config config_of(const Napi::Object &from) {
  sip::Config out;
  for (const Napi::Object &one : objects_of(object_of(from, "listen").As<Napi::Array>())) {
    sip::ListenConfig listen{text_of(one, "transport"), text_of(one, "host"), number_of(one, "port"), text_or(one, "advertised", "")};
    if (listen.transport != "udp" && listen.transport != "tcp" && listen.transport != "tls") wrong(from.Env(), "transport must be udp, tcp or tls");
    if (!listen.advertised.empty() && !sip::parse_address(listen.advertised, 0)) wrong(from.Env(), "advertised must be a numeric address");
    out.listen.push_back(listen);
  }
  const Napi::Object rtp = object_of(from, "rtp"), expires = object_of(from, "expires");
  out.rtp_from = number_of(rtp, "from");
  out.rtp_to = number_of(rtp, "to");
  out.realm = one_line(from.Env(), text_of(from, "realm"), "realm");
  if (out.realm.find_first_of("\"\\") != std::string::npos) wrong(from.Env(), "realm must not contain quotes");
  out.user_agent = one_line(from.Env(), text_of(from, "userAgent"), "userAgent");
  out.state_directory = text_of(from, "stateDirectory");
  out.expires_min = number_of(expires, "min");
  out.expires_max = number_of(expires, "max");
  if (out.expires_min < 1 || out.expires_max < out.expires_min) wrong(from.Env(), "expires: min must be at least 1 and not above max");
  if (has(from, "timers")) {
    const Napi::Object t = object_of(from, "timers");
    out.timers = {static_cast<unsigned>(number_or(t, "t1", 0)), static_cast<unsigned>(number_or(t, "t2", 0)), static_cast<unsigned>(number_or(t, "t4", 0)),
                  static_cast<unsigned>(number_or(t, "td", 8000)), number_or(t, "session", 0), number_or(t, "sessionLeast", 0), number_or(t, "flow", 90'000),
                  number_or(t, "keys", 30'000)};
    out.tls.handshake_ms = number_or(t, "handshake", 10'000);
    out.tls.unproven_ms = number_or(t, "stranger", 30'000);
    out.tls.silence_ms = number_or(t, "silence", 60'000);
    out.tls.ping_ms = number_or(t, "ping", 25'000);
    out.tls.pong_ms = number_or(t, "pong", 10'000);
  }
  return out;
}

sip::Hop hop_of(const Napi::Object &address) {
  const auto parsed = sip::parse_address(text_of(address, "host"), number_of(address, "port"));
  if (!parsed) wrong(address.Env(), "host must be a numeric address");
  const auto type = sip::transport_type(text_of(address, "transport"), parsed->ss_family);
  if (!type) wrong(address.Env(), "transport must be udp, tcp or tls");
  sip::Hop hop;
  hop.addr = *parsed;
  hop.type = *type;
  if (!sip::lead_to(hop, text_or(address, "peer", ""))) wrong(address.Env(), "peer is too long");
  return hop;
}

sip::Binding binding_of(const Napi::Object &from) {
  sip::Binding out;
  out.line = text_of(from, "line");
  out.contact = one_line(from.Env(), text_of(from, "contact"), "contact");
  out.source = hop_of(object_of(from, "source"));
  out.expires_at = required(from, "expiresAt").ToNumber().Int64Value();
  out.user_agent = text_or(from, "userAgent", "");
  out.instance = text_or(from, "instance", "");
  out.call_id = text_or(from, "callId", "");
  out.cseq = number_or(from, "cseq", 0);
  out.domain = text_or(from, "domain", "");
  if (has(from, "path"))
    for (std::string &entry : texts_of(object_of(from, "path").As<Napi::Array>())) out.path.push_back(one_line(from.Env(), std::move(entry), "path"));
  return out;
}

sip::MediaSpec media_of(const Napi::Object &from) {
  sip::MediaSpec out;
  const std::string kind = text_of(from, "kind");
  if (kind == "relay") {
    out.kind = sip::MediaSpec::Kind::relay;
    out.with = text_of(from, "with");
  } else if (kind == "box") {
    out.kind = sip::MediaSpec::Kind::box;
    const std::string direction = text_or(from, "direction", "sendrecv");
    if (direction != "sendrecv" && direction != "sendonly") wrong(from.Env(), "direction must be sendrecv or sendonly");
    if (direction == "sendonly") out.direction = sip::Direction::sendonly;
  } else {
    wrong(from.Env(), "media kind must be relay or box");
  }
  return out;
}

std::vector<sip::Header> headers_of(const Napi::Object &from, const char *key) {
  std::vector<sip::Header> out;
  if (!has(from, key)) return out;
  for (const Napi::Object &one : objects_of(object_of(from, key).As<Napi::Array>())) {
    sip::Header header{text_of(one, "name"), one_line(from.Env(), text_of(one, "value"), "a header's value")};
    if (header.name.empty() || header.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") != std::string::npos)
      wrong(from.Env(), "not a header name: " + header.name);
    out.push_back(std::move(header));
  }
  return out;
}

sip::InviteTarget target_of(const Napi::Object &from) {
  sip::InviteTarget out;
  if (has(from, "binding")) {
    const sip::Binding binding = binding_of(object_of(from, "binding"));
    out.uri = binding.contact;
    out.line = binding.line;
    out.source = binding.source;
    out.domain = binding.domain;
    out.path = binding.path;
    return out;
  }
  out.uri = one_line(from.Env(), text_of(from, "uri"), "uri");
  if (has(from, "via")) out.via = hop_of(object_of(from, "via"));
  if (has(from, "routes"))
    for (const std::string &uri : texts_of(object_of(from, "routes").As<Napi::Array>())) {
      if (uri.empty() || uri.find_first_of("<>\"\r\n \t,") != std::string::npos) wrong(from.Env(), "a route must be a URI");
      out.path.push_back("<" + uri + ">");
    }
  return out;
}

sip::Encryption encryption_of(Napi::Env env, const std::string &word) {
  if (word == "off") return sip::Encryption::off;
  if (word == "when-offered") return sip::Encryption::when_offered;
  if (word == "preferred") return sip::Encryption::preferred;
  if (word == "required") return sip::Encryption::required;
  wrong(env, "encryption must be off, when-offered, preferred or required");
}

media::Sides sides_of(Napi::Env env, const std::string &word) {
  if (word == "mixed") return media::Sides::mixed;
  if (word == "left") return media::Sides::left;
  if (word == "right") return media::Sides::right;
  wrong(env, "a side is recorded mixed, left or right");
}

sip::Keying keying_of(Napi::Env env, const std::string &word) {
  if (word == "sdes") return sip::Keying::sdes;
  if (word == "dtls") return sip::Keying::dtls;
  wrong(env, "keying must be sdes or dtls");
}

media::Cleaning cleaning_of(Napi::Env env, const std::string &word) {
  if (word == "noise") return media::Cleaning::noise;
  if (word == "noise-and-gain") return media::Cleaning::noise_and_gain;
  if (word == "noise-gain-and-echo") return media::Cleaning::noise_gain_and_echo;
  wrong(env, "cleaning must be noise, noise-and-gain or noise-gain-and-echo");
}

Lane lane_of(const std::string &word) { return word == "emergency" ? Lane::emergency : word == "established" ? Lane::established : Lane::fresh; }

media::Playlist playlist_of(const Napi::Object &from) {
  media::Playlist out;
  out.sounds = texts_of(object_of(from, "sounds").As<Napi::Array>());
  out.repeats = number_of(from, "repeats");
  out.gap_ms = number_of(from, "gapMilliseconds");
  return out;
}

}  // namespace pbx::binding
