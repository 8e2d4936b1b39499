// The addon's one class for JavaScript: a phone whose methods return promises and whose events go to one listener.
#pragma once

#include <functional>
#include <memory>

#include <napi.h>

#include "phone-thread.h"
#include "phone.h"

namespace softphone {

class Endpoint : public Napi::ObjectWrap<Endpoint> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Endpoint(const Napi::CallbackInfo &info);
  ~Endpoint() override;

 private:
  using Job = std::function<Fact(Phone &)>;

  Napi::Value run(Napi::Env env, Job job);
  void tell(Fact fact);

  Napi::Value start(const Napi::CallbackInfo &info);
  Napi::Value command(const Napi::CallbackInfo &info);
  Napi::Value stop(const Napi::CallbackInfo &info);

  Napi::ThreadSafeFunction listener_;
  PhoneThread thread_;
  std::unique_ptr<Phone> phone_;
  bool stopped_ = false;
};

}  // namespace softphone
