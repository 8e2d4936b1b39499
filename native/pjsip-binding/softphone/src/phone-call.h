// One call of the phone, told to JavaScript in telephony's words: ringing, answered, media, digit, ended.
#pragma once

#include <pjsua2.hpp>

#include "phone.h"

namespace softphone {

class PhoneCall : public pj::Call {
 public:
  PhoneCall(Phone &phone, pj::Account &account, int id = PJSUA_INVALID_ID)
      : pj::Call(account, id), phone_(phone), line_(account) {}

  void onCallState(pj::OnCallStateParam &prm) override;
  void onCallTsxState(pj::OnCallTsxStateParam &prm) override;
  void onCallMediaState(pj::OnCallMediaStateParam &prm) override;
  void onDtmfDigit(pj::OnDtmfDigitParam &prm) override;
  void onInstantMessage(pj::OnInstantMessageParam &prm) override;
  void onCallTransferRequest(pj::OnCallTransferRequestParam &prm) override;
  void onCallTransferStatus(pj::OnCallTransferStatusParam &prm) override;
  void onCallReplaceRequest(pj::OnCallReplaceRequestParam &prm) override;
  void onCallReplaced(pj::OnCallReplacedParam &prm) override;

  // The index of the first audio stream that carries sound, or -1.
  int audioStream() const;

 private:
  pj::Call *successor();

  Phone &phone_;
  pj::Account &line_;
};

}  // namespace softphone
