// Commands about legs: read here, run on the sip thread.
#include "host.h"
#include "read.h"

namespace pbx::binding {
namespace {

using Info = const Napi::CallbackInfo &;

Napi::Value invite(Info info) {
  const Napi::Object o = object_argument(info, 0);
  sip::InviteOptions options;
  options.leg = text_of(o, "leg");
  options.target = target_of(object_of(o, "target"));
  const Napi::Object from = object_of(o, "from");
  options.from_number = text_of(from, "number");
  options.from_name = text_of(from, "name");
  options.from_host = text_or(from, "host", "");
  if (options.from_host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]") != std::string::npos)
    throw Napi::TypeError::New(info.Env(), "from.host must be a host");
  options.to = text_of(o, "to");
  options.media = media_of(object_of(o, "media"));
  options.headers = headers_of(o, "headers");
  options.lane = lane_of(text_of(o, "lane"));
  options.location = text_or(o, "location", "");
  if (has(o, "deadlines")) {
    const Napi::Object deadlines = object_of(o, "deadlines");
    options.deadlines = {number_of(deadlines, "answer"), number_of(deadlines, "ringing")};
  }
  if (has(o, "encryption")) options.encryption = encryption_of(info.Env(), text_of(o, "encryption"));
  if (has(o, "credentials")) {
    const Napi::Object credentials = object_of(o, "credentials");
    options.username = text_of(credentials, "username");
    options.secret = text_of(credentials, "secret");
  }
  post([options = std::move(options)](sip::Core &core) { sip::invite(core, options); });
  return info.Env().Undefined();
}

Napi::Value ring(Info info) {
  const Napi::Object o = object_argument(info, 1);
  const int status = number_of(o, "status");
  if (status != 180 && status != 183) throw Napi::TypeError::New(info.Env(), "status must be 180 or 183");
  const sip::MediaSpec media = has(o, "media") ? media_of(object_of(o, "media")) : sip::MediaSpec{};
  post([leg = argument(info, 0), status, media](sip::Core &core) {
    if (sip::Leg *found = core.leg(leg)) sip::ring(core, *found, status, media);
  });
  return info.Env().Undefined();
}

Napi::Value answer(Info info) {
  const sip::MediaSpec media = media_of(object_argument(info, 1));
  auto headers = headers_of(object_argument(info, 2), "headers");
  post([leg = argument(info, 0), media, headers = std::move(headers)](sip::Core &core) {
    if (sip::Leg *found = core.leg(leg)) sip::answer(core, *found, media, headers);
  });
  return info.Env().Undefined();
}

Napi::Value hangup(Info info) {
  const Napi::Object o = object_argument(info, 2);
  sip::Farewell farewell{argument(info, 1), number_of(o, "status"), headers_of(o, "headers")};
  if (farewell.status < 200 || farewell.status > 699) throw Napi::TypeError::New(info.Env(), "status must be a final one");
  post([leg = argument(info, 0), farewell = std::move(farewell)](sip::Core &core) {
    if (sip::Leg *found = core.leg(leg)) sip::hang_up(core, *found, farewell);
  });
  return info.Env().Undefined();
}

Napi::Value bridge(Info info) {
  post([a = argument(info, 0), b = argument(info, 1)](sip::Core &core) { sip::bridge(core, a, b); });
  return info.Env().Undefined();
}

Napi::Value unbridge(Info info) {
  post([leg = argument(info, 0)](sip::Core &core) {
    sip::Leg *found = core.leg(leg);
    if (!found) return;
    sip::part(core, *found);
    sip::save_record(core, *found);
  });
  return info.Env().Undefined();
}

Napi::Value respond(Info info) {
  const int status = number_argument(info, 1);
  if (status < 100 || status > 699) throw Napi::TypeError::New(info.Env(), "not a SIP status");
  const Napi::Object o = object_argument(info, 2);
  post([id = argument(info, 0), status, type = text_or(o, "contentType", "text/plain"), body = text_or(o, "body", "")](sip::Core &core) {
    sip::respond(core, id, status, type, body);
  });
  return info.Env().Undefined();
}

Napi::Value send_info(Info info) {
  post([leg = argument(info, 0), type = argument(info, 1), body = argument(info, 2)](sip::Core &core) { sip::send_info(core, leg, type, body); });
  return info.Env().Undefined();
}

Napi::Value out_of_dialog(Info info) {
  const Napi::Object o = object_argument(info, 0);
  sip::OutOfDialog request;
  request.request = text_of(o, "request");
  request.method = text_of(o, "method");
  const bool registers = request.method == "REGISTER";
  if (!registers && request.method != "MESSAGE" && request.method != "NOTIFY" && request.method != "OPTIONS") throw Napi::TypeError::New(info.Env(), "method must be MESSAGE, NOTIFY, OPTIONS or REGISTER");
  if (registers != has(o, "registration")) throw Napi::TypeError::New(info.Env(), "registration goes with method REGISTER");
  if (registers) {
    const Napi::Object r = object_of(o, "registration");
    request.registration = {text_of(r, "account"), text_of(r, "contact"), text_of(r, "callId"), number_of(r, "cseq")};
    for (const std::string *text : {&request.registration.account, &request.registration.contact, &request.registration.call_id})
      if (text->empty() || text->find_first_of("<>\"\r\n \t") != std::string::npos) throw Napi::TypeError::New(info.Env(), "registration holds what no URI may hold");
  }
  request.target = target_of(object_of(o, "target"));
  request.headers = headers_of(o, "headers");
  request.content_type = text_or(o, "contentType", "");
  request.body = text_or(o, "body", "");
  post([request](sip::Core &core) { sip::send_out_of_dialog(core, request); });
  return info.Env().Undefined();
}

}  // namespace

void export_calls(Napi::Env env, Napi::Object exports) {
  exports["invite"] = Napi::Function::New(env, invite);
  exports["ring"] = Napi::Function::New(env, ring);
  exports["answer"] = Napi::Function::New(env, answer);
  exports["hangup"] = Napi::Function::New(env, hangup);
  exports["bridge"] = Napi::Function::New(env, bridge);
  exports["unbridge"] = Napi::Function::New(env, unbridge);
  exports["respond"] = Napi::Function::New(env, respond);
  exports["sendInfo"] = Napi::Function::New(env, send_info);
  exports["outOfDialog"] = Napi::Function::New(env, out_of_dialog);
}

}  // namespace pbx::binding
