// The line of the phone: its registration, and what arrives for it from outside a call.
#pragma once

#include <pjsua2.hpp>

#include "phone.h"

namespace softphone {

class PhoneAccount : public pj::Account {
 public:
  explicit PhoneAccount(Phone &phone) : phone_(phone) {}
  ~PhoneAccount() override { shutdown(); }

  void onRegState(pj::OnRegStateParam &prm) override;
  void onIncomingCall(pj::OnIncomingCallParam &prm) override;
  void onInstantMessage(pj::OnInstantMessageParam &prm) override;
  void onInstantMessageStatus(pj::OnInstantMessageStatusParam &prm) override;
  void onMwiInfo(pj::OnMwiInfoParam &prm) override;

 private:
  Phone &phone_;
};

pj::AccountConfig accountConfig(const PhoneSettings &settings, const std::string &idUri);

}  // namespace softphone
