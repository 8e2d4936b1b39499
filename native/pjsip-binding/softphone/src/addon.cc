// The module's door: exports the class Endpoint.
#include <napi.h>

#include "endpoint.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("Endpoint", softphone::Endpoint::define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(softphone, init)
