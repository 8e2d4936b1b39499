// The addon `switch`. PJSIP's modules and tables are globals: one environment per process may load it.
#include <atomic>

#include "host.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  static std::atomic<bool> loaded{false};
  if (loaded.exchange(true)) throw Napi::Error::New(env, "the switch is loaded already: one per process");
  pbx::binding::export_life(env, exports);
  pbx::binding::export_calls(env, exports);
  pbx::binding::export_subscriptions(env, exports);
  pbx::binding::export_media(env, exports);
  pbx::binding::export_networks(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, init)
