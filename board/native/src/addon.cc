// Entry of the board's addon.
#include <cerrno>
#include <cstring>
#include <string>

#include "parts.h"

namespace board {

Napi::Error failure(Napi::Env env, const char *what, int error) {
  Napi::Error thrown = Napi::Error::New(env, std::string(what) + ": " + std::strerror(error));
  thrown.Value().Set("errno", Napi::Number::New(env, error));
  return thrown;
}

}  // namespace board

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  board::export_chip(env, exports);
  board::export_line_request(env, exports);
  board::export_process(env, exports);
  return exports;
}

NODE_API_MODULE(board, init)
