// Registration, incoming calls, messages and the message-waiting lamp.
#include "phone-account.h"

#include "phone-call.h"

namespace softphone {

void PhoneAccount::onRegState(pj::OnRegStateParam &prm) {
  phone_.tell(Fact()
                  .with("event", "registration")
                  .with("status", static_cast<int>(prm.code))
                  .with("reason", prm.reason)
                  .with("expiresSeconds", static_cast<double>(prm.expiration))
                  .with("active", prm.code / 100 == 2 && prm.expiration > 0)
                  .with("raw", prm.rdata.wholeMsg));
}

void PhoneAccount::onIncomingCall(pj::OnIncomingCallParam &prm) {
  phone_.adopt(std::make_unique<PhoneCall>(phone_, *this, prm.callId));
  phone_.tell(Fact().with("event", "incoming").with("call", prm.callId).with("raw", prm.rdata.wholeMsg));
}

void PhoneAccount::onInstantMessage(pj::OnInstantMessageParam &prm) {
  phone_.tell(Fact()
                  .with("event", "message")
                  .with("from", prm.fromUri)
                  .with("mime", prm.contentType)
                  .with("body", prm.msgBody)
                  .with("raw", prm.rdata.wholeMsg));
}

void PhoneAccount::onInstantMessageStatus(pj::OnInstantMessageStatusParam &prm) {
  phone_.tell(Fact()
                  .with("event", "message-sent")
                  .with("to", prm.toUri)
                  .with("status", static_cast<int>(prm.code))
                  .with("reason", prm.reason));
}

void PhoneAccount::onMwiInfo(pj::OnMwiInfoParam &prm) {
  phone_.tell(Fact().with("event", "message-waiting").with("raw", prm.rdata.wholeMsg));
}

pj::AccountConfig accountConfig(const PhoneSettings &settings, const std::string &idUri) {
  pj::AccountConfig config;
  config.idUri = idUri;
  config.regConfig.registrarUri = settings.registrar;
  config.regConfig.registerOnAdd = false;
  config.regConfig.timeoutSec = settings.expiresSeconds;
  config.regConfig.retryIntervalSec = 5;
  config.regConfig.firstRetryIntervalSec = 1;
  if (!settings.password.empty()) {
    const auto &user = settings.authUser.empty() ? settings.user : settings.authUser;
    config.sipConfig.authCreds.push_back(pj::AuthCredInfo("digest", "*", user, 0, settings.password));
  }
  // The phone sits beside the PBX: what a phone behind NAT would guess about its address only confuses a test.
  config.natConfig.contactRewriteUse = 0;
  config.natConfig.viaRewriteUse = 0;
  config.natConfig.sdpNatRewriteUse = 0;
  config.natConfig.sipOutboundUse = 0;
  config.mwiConfig.enabled = settings.messageWaiting;
  auto &media = config.mediaConfig;
  media.transportConfig.boundAddress = settings.host;
  media.transportConfig.port = settings.rtpPort;
  media.transportConfig.portRange = 4000;
  media.lockCodecEnabled = true;
  media.srtpSecureSignaling = 0;
  media.srtpUse = settings.srtp == "mandatory"  ? PJMEDIA_SRTP_MANDATORY
                  : settings.srtp == "optional" ? PJMEDIA_SRTP_OPTIONAL
                                                : PJMEDIA_SRTP_DISABLED;
  media.ipv6Use = settings.host.find(':') == std::string::npos ? PJSUA_IPV6_DISABLED : PJSUA_IPV6_ENABLED_USE_IPV6_ONLY;
  return config;
}

}  // namespace softphone
