// The addon's side of the boundary: one switch per process, its thread, and the one function that wakes JavaScript.
#pragma once

#include <napi.h>

#include <memory>
#include <thread>

#include "../sip/legs.h"

namespace pbx::binding {

/** Never destroyed: threads of PJSIP must not meet static destructors. */
struct Host {
  Events events;
  std::unique_ptr<sip::Core> core;
  std::thread thread;
  napi_threadsafe_function wake = nullptr;
};

Host &host();
/** Runs on the sip thread; forgotten when the switch is not running. */
void post(std::function<void(sip::Core &)> command);

/** Functions about the life of the switch, added to the addon's exports. */
void export_life(Napi::Env env, Napi::Object exports);
void export_calls(Napi::Env env, Napi::Object exports);
void export_subscriptions(Napi::Env env, Napi::Object exports);
void export_media(Napi::Env env, Napi::Object exports);
void export_networks(Napi::Env env, Napi::Object exports);

}  // namespace pbx::binding
