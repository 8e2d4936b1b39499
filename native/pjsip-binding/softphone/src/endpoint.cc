// Between JavaScript's thread and the phone's: arguments are copied over, results and events come back by one
// thread-safe function, so that their order is kept.
#include "endpoint.h"

#include <atomic>
#include <map>
#include <string>

namespace softphone {

namespace {

// pjsua is a singleton of the process.
std::atomic<bool> taken{false};

Napi::Object toObject(Napi::Env env, const Fact &fact) {
  auto object = Napi::Object::New(env);
  for (const auto &[name, value] : fact.fields) {
    if (const auto *text = std::get_if<std::string>(&value)) object.Set(name, *text);
    if (const auto *number = std::get_if<double>(&value)) object.Set(name, *number);
    if (const auto *flag = std::get_if<bool>(&value)) object.Set(name, *flag);
  }
  return object;
}

std::string textOf(const Napi::Object &from, const char *name) {
  const auto value = from.Get(name);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
}

int numberOf(const Napi::Object &from, const char *name, int otherwise) {
  const auto value = from.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().Int32Value() : otherwise;
}

bool flagOf(const Napi::Object &from, const char *name) {
  const auto value = from.Get(name);
  return value.IsBoolean() && value.As<Napi::Boolean>().Value();
}

std::vector<std::string> listOf(const Napi::Object &from, const char *name) {
  std::vector<std::string> list;
  const auto value = from.Get(name);
  if (!value.IsArray()) return list;
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) list.push_back(array.Get(i).ToString().Utf8Value());
  return list;
}

std::vector<std::pair<std::string, std::string>> headersOf(const Napi::Object &from) {
  std::vector<std::pair<std::string, std::string>> headers;
  const auto value = from.Get("headers");
  if (!value.IsObject()) return headers;
  const auto object = value.As<Napi::Object>();
  const auto names = object.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); i++) {
    const auto name = names.Get(i).ToString().Utf8Value();
    headers.emplace_back(name, object.Get(name).ToString().Utf8Value());
  }
  return headers;
}

PhoneSettings settingsOf(const Napi::Object &from) {
  PhoneSettings settings;
  settings.user = textOf(from, "user");
  settings.password = textOf(from, "password");
  settings.authUser = textOf(from, "authUser");
  settings.displayName = textOf(from, "displayName");
  settings.registrar = textOf(from, "registrar");
  settings.host = textOf(from, "host");
  settings.transport = textOf(from, "transport");
  settings.port = numberOf(from, "port", 0);
  settings.rtpPort = numberOf(from, "rtpPort", 0);
  settings.expiresSeconds = numberOf(from, "expiresSeconds", 300);
  settings.codecs = listOf(from, "codecs");
  settings.srtp = textOf(from, "srtp");
  settings.caFile = textOf(from, "caFile");
  settings.logFile = textOf(from, "logFile");
  settings.messageWaiting = flagOf(from, "messageWaiting");
  return settings;
}

using Command = std::function<std::function<Fact(Phone &)>(const Napi::Object &)>;

const std::map<std::string, Command> &commands() {
  static const std::map<std::string, Command> table = {
      {"register", [](const auto &a) { return [on = flagOf(a, "active")](Phone &p) { return p.registerNow(on); }; }},
      {"call",
       [](const auto &a) {
         return [to = textOf(a, "to"), headers = headersOf(a)](Phone &p) { return p.call(to, headers); };
       }},
      {"answer",
       [](const auto &a) {
         return [call = numberOf(a, "call", -1), status = numberOf(a, "status", 200), reason = textOf(a, "reason")](
                    Phone &p) { return p.answer(call, status, reason); };
       }},
      {"hangup",
       [](const auto &a) {
         return [call = numberOf(a, "call", -1), status = numberOf(a, "status", 0)](Phone &p) {
           return p.hangup(call, status);
         };
       }},
      {"hold", [](const auto &a) { return [call = numberOf(a, "call", -1)](Phone &p) { return p.hold(call); }; }},
      {"resume", [](const auto &a) { return [call = numberOf(a, "call", -1)](Phone &p) { return p.resume(call); }; }},
      {"transfer",
       [](const auto &a) {
         return [call = numberOf(a, "call", -1), to = textOf(a, "to")](Phone &p) { return p.transfer(call, to); };
       }},
      {"transferTo",
       [](const auto &a) {
         return [call = numberOf(a, "call", -1), other = numberOf(a, "other", -1)](Phone &p) {
           return p.transferTo(call, other);
         };
       }},
      {"dtmf",
       [](const auto &a) {
         return [call = numberOf(a, "call", -1), digits = textOf(a, "digits"), method = textOf(a, "method")](Phone &p) {
           return p.dtmf(call, digits, method);
         };
       }},
      {"message",
       [](const auto &a) {
         return [to = textOf(a, "to"), mime = textOf(a, "mime"), body = textOf(a, "body")](Phone &p) {
           return p.message(to, mime, body);
         };
       }},
      {"stats", [](const auto &a) { return [call = numberOf(a, "call", -1)](Phone &p) { return p.stats(call); }; }},
      {"play",
       [](const auto &a) {
         return [file = textOf(a, "file"), loop = flagOf(a, "loop")](Phone &p) { return p.play(file, loop); };
       }},
      {"stopPlaying", [](const auto &) { return [](Phone &p) { return p.stopPlaying(); }; }},
      {"record", [](const auto &a) { return [file = textOf(a, "file")](Phone &p) { return p.record(file); }; }},
      {"stopRecording", [](const auto &) { return [](Phone &p) { return p.stopRecording(); }; }},
  };
  return table;
}

}  // namespace

Napi::Function Endpoint::define(Napi::Env env) {
  return DefineClass(env, "Endpoint",
                     {InstanceMethod<&Endpoint::start>("start"), InstanceMethod<&Endpoint::command>("command"),
                      InstanceMethod<&Endpoint::stop>("stop")});
}

Endpoint::Endpoint(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Endpoint>(info) {
  if (info.Length() < 1 || !info[0].IsFunction()) throw Napi::TypeError::New(info.Env(), "new Endpoint(listener)");
  if (taken.exchange(true)) throw Napi::Error::New(info.Env(), "a process has one softphone: start another process");
  listener_ = Napi::ThreadSafeFunction::New(info.Env(), info[0].As<Napi::Function>(), "softphone", 0, 1);
  phone_ = std::make_unique<Phone>([this](Fact fact) { tell(std::move(fact)); });
  thread_.start([this] { phone_->turn(); }, [this] { phone_->stop(); });
}

Endpoint::~Endpoint() {
  thread_.stop();
  if (!stopped_) listener_.Release();
}

void Endpoint::tell(Fact fact) {
  listener_.NonBlockingCall([fact = std::move(fact)](Napi::Env env, Napi::Function listener) {
    listener.Call({toObject(env, fact)});
  });
}

Napi::Value Endpoint::run(Napi::Env env, Job job) {
  auto deferred = std::make_shared<Napi::Promise::Deferred>(env);
  const auto promise = deferred->Promise();
  const bool posted = thread_.post([this, deferred, job = std::move(job)] {
    Fact result;
    std::string fault;
    try {
      result = job(*phone_);
    } catch (const pj::Error &error) {
      fault = error.title + ": " + error.reason;
    } catch (const std::exception &error) {
      fault = error.what();
    }
    listener_.NonBlockingCall([deferred, result, fault](Napi::Env env, Napi::Function) {
      if (fault.empty()) deferred->Resolve(toObject(env, result));
      else deferred->Reject(Napi::Error::New(env, fault).Value());
    });
  });
  if (!posted) deferred->Reject(Napi::Error::New(env, "the softphone is stopped").Value());
  return promise;
}

Napi::Value Endpoint::start(const Napi::CallbackInfo &info) {
  return run(info.Env(), [settings = settingsOf(info[0].ToObject())](Phone &phone) { return phone.start(settings); });
}

Napi::Value Endpoint::command(const Napi::CallbackInfo &info) {
  const auto name = info[0].ToString().Utf8Value();
  const auto found = commands().find(name);
  if (found == commands().end()) throw Napi::TypeError::New(info.Env(), "a softphone has no command " + name);
  return run(info.Env(), found->second(info[1].ToObject()));
}

Napi::Value Endpoint::stop(const Napi::CallbackInfo &info) {
  thread_.stop();
  if (!stopped_) listener_.Release();
  stopped_ = true;
  return info.Env().Undefined();
}

}  // namespace softphone
