// The parts of the board's addon: each adds its functions and classes to the exports.
#pragma once

#include <napi.h>

namespace board {

void export_chip(Napi::Env env, Napi::Object exports);
void export_line_request(Napi::Env env, Napi::Object exports);
void export_process(Napi::Env env, Napi::Object exports);

/** `what: reason`, with `code` as Node's own errors have it. */
Napi::Error failure(Napi::Env env, const char *what, int error);

}  // namespace board
