// Commands about subscriptions: read here, run on the sip thread.
#include "host.h"
#include "read.h"

namespace pbx::binding {
namespace {

using Info = const Napi::CallbackInfo &;

std::vector<std::string> list_of(const Napi::Object &from, const char *key) { return texts_of(object_of(from, key).As<Napi::Array>()); }

void one_line(const Napi::Env &env, const std::string &value, const char *what) {
  if (value.find_first_of(std::string("\r\n\0", 3)) != std::string::npos) throw Napi::TypeError::New(env, std::string(what) + " must not have a line break");
}

sip::Subscription subscription_of(const Napi::Object &from) {
  sip::Subscription out;
  out.id = text_of(from, "id");
  out.package = text_of(from, "package");
  out.event_id = text_or(from, "eventId", "");
  out.line = text_of(from, "line");
  out.target = text_of(from, "target");
  out.accept = list_of(from, "accept");
  out.contact = text_of(from, "contact");
  out.user_agent = text_or(from, "userAgent", "");
  out.source = hop_of(object_of(from, "source"));
  out.call_id = text_of(from, "callId");
  out.remote_tag = text_of(from, "remoteTag");
  out.local_uri = text_of(from, "localUri");
  out.remote_uri = text_of(from, "remoteUri");
  out.routes = list_of(from, "routes");
  out.cseq = number_of(from, "cseq");
  out.notified = number_of(from, "notified");
  out.expires_at = from.Get("expiresAt").ToNumber().Int64Value();
  for (const std::string *value : {&out.id, &out.package, &out.event_id, &out.contact, &out.call_id, &out.remote_tag, &out.local_uri, &out.remote_uri}) one_line(from.Env(), *value, "a subscription's value");
  for (const std::string &route : out.routes) one_line(from.Env(), route, "a route");
  return out;
}

Napi::Value set_event_packages(Info info) {
  const std::vector<std::string> names = texts_of(array_argument(info, 0));
  for (const std::string &name : names) one_line(info.Env(), name, "a package's name");
  post([names](sip::Core &core) { core.subscriptions.packages = {names.begin(), names.end()}; });
  return info.Env().Undefined();
}

Napi::Value set_subscriptions(Info info) {
  auto all = std::make_shared<std::vector<sip::Subscription>>();
  for (const Napi::Object &one : objects_of(array_argument(info, 0))) all->push_back(subscription_of(one));
  post([all](sip::Core &core) { sip::restore_subscriptions(core, std::move(*all)); });
  return info.Env().Undefined();
}

Napi::Value notify(Info info) {
  const std::vector<std::string> ids = texts_of(array_argument(info, 0));
  const Napi::Object o = object_argument(info, 1);
  auto news = std::make_shared<sip::News>(sip::News{text_of(o, "contentType"), text_of(o, "body")});
  one_line(info.Env(), news->content_type, "contentType");
  post([ids, news](sip::Core &core) { sip::notify(core, ids, news); });
  return info.Env().Undefined();
}

Napi::Value end_subscription(Info info) {
  const Napi::Object o = object_argument(info, 1);
  sip::SubscriptionEnd end{text_of(o, "reason"), number_of(o, "status"), number_or(o, "retryAfter", 0)};
  one_line(info.Env(), end.reason, "reason");
  if (end.status < 300 || end.status > 699) throw Napi::TypeError::New(info.Env(), "status must refuse");
  post([id = argument(info, 0), end](sip::Core &core) { sip::end_subscription(core, id, end); });
  return info.Env().Undefined();
}

}  // namespace

void export_subscriptions(Napi::Env env, Napi::Object exports) {
  exports["setEventPackages"] = Napi::Function::New(env, set_event_packages);
  exports["setSubscriptions"] = Napi::Function::New(env, set_subscriptions);
  exports["notify"] = Napi::Function::New(env, notify);
  exports["endSubscription"] = Napi::Function::New(env, end_subscription);
}

}  // namespace pbx::binding
