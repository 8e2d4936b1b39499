// Reading command arguments. What is wrong in itself throws a TypeError on JavaScript's own stack.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "../sip/legs.h"

namespace pbx::binding {

std::string text_of(const Napi::Object &from, const char *key);
std::string text_or(const Napi::Object &from, const char *key, const std::string &otherwise);
int number_of(const Napi::Object &from, const char *key);
int number_or(const Napi::Object &from, const char *key, int otherwise);
bool truth_of(const Napi::Object &from, const char *key);
Napi::Object object_of(const Napi::Object &from, const char *key);
bool has(const Napi::Object &from, const char *key);
std::vector<Napi::Object> objects_of(const Napi::Array &array);
std::vector<std::string> texts_of(const Napi::Array &array);

std::string argument(const Napi::CallbackInfo &info, size_t index);
Napi::Object object_argument(const Napi::CallbackInfo &info, size_t index);
Napi::Array array_argument(const Napi::CallbackInfo &info, size_t index);
int number_argument(const Napi::CallbackInfo &info, size_t index);

sip::Config config_of(const Napi::Object &from);
sip::Hop hop_of(const Napi::Object &address);
sip::Binding binding_of(const Napi::Object &from);
sip::MediaSpec media_of(const Napi::Object &from);
/** Header values are printed as they are: a line break in one would forge the next header. */
std::vector<sip::Header> headers_of(const Napi::Object &from, const char *key);
sip::InviteTarget target_of(const Napi::Object &from);
sip::Encryption encryption_of(Napi::Env env, const std::string &word);
media::Sides sides_of(Napi::Env env, const std::string &word);
sip::Keying keying_of(Napi::Env env, const std::string &word);
media::Cleaning cleaning_of(Napi::Env env, const std::string &word);
Lane lane_of(const std::string &word);
media::Playlist playlist_of(const Napi::Object &from);

}  // namespace pbx::binding
