// What happens in a call.
#include "phone-call.h"

namespace softphone {

namespace {

// The message that caused an event, or nothing when a timer or our own side did.
std::string rawOf(const pj::SipEvent &event) {
  if (event.type == PJSIP_EVENT_RX_MSG) return event.body.rxMsg.rdata.wholeMsg;
  if (event.type == PJSIP_EVENT_TSX_STATE && event.body.tsxState.type == PJSIP_EVENT_RX_MSG)
    return event.body.tsxState.src.rdata.wholeMsg;
  return "";
}

const char *directionOf(pjmedia_dir direction) {
  switch (direction) {
    case PJMEDIA_DIR_ENCODING: return "sendonly";
    case PJMEDIA_DIR_DECODING: return "recvonly";
    case PJMEDIA_DIR_ENCODING_DECODING: return "sendrecv";
    default: return "inactive";
  }
}

const char *mediaStatusOf(pjsua_call_media_status status) {
  switch (status) {
    case PJSUA_CALL_MEDIA_ACTIVE: return "active";
    case PJSUA_CALL_MEDIA_LOCAL_HOLD: return "held-here";
    case PJSUA_CALL_MEDIA_REMOTE_HOLD: return "held-there";
    case PJSUA_CALL_MEDIA_ERROR: return "error";
    default: return "none";
  }
}

}  // namespace

void PhoneCall::onCallState(pj::OnCallStateParam &prm) {
  const auto info = getInfo();
  auto fact = Fact().with("call", info.id).with("raw", rawOf(prm.e));
  switch (info.state) {
    case PJSIP_INV_STATE_EARLY:
      // As the called side this only says that our own 180 went out.
      if (info.role == PJSIP_ROLE_UAC) phone_.tell(fact.with("event", "ringing").with("status", int(info.lastStatusCode)));
      return;
    case PJSIP_INV_STATE_CONFIRMED:
      phone_.tell(fact.with("event", "answered").with("remote", info.remoteUri));
      return;
    case PJSIP_INV_STATE_DISCONNECTED:
      phone_.tell(fact.with("event", "ended").with("status", int(info.lastStatusCode)).with("reason", info.lastReason));
      phone_.forget(info.id);
      return;
    default: return;
  }
}

void PhoneCall::onCallTsxState(pj::OnCallTsxStateParam &prm) {
  const auto &state = prm.e.body.tsxState;
  if (state.type != PJSIP_EVENT_RX_MSG || state.tsx.role != PJSIP_ROLE_UAS) return;
  if (state.tsx.method != "INFO" || state.tsx.state != PJSIP_TSX_STATE_TRYING) return;
  phone_.tell(Fact().with("event", "info").with("call", getId()).with("raw", state.src.rdata.wholeMsg));
}

void PhoneCall::onCallMediaState(pj::OnCallMediaStateParam &) {
  phone_.connectAudio(*this);
  for (const auto &media : getInfo().media) {
    if (media.type != PJMEDIA_TYPE_AUDIO) continue;
    auto fact = Fact().with("event", "media").with("call", getId()).with("status", mediaStatusOf(media.status));
    phone_.tell(fact.with("direction", directionOf(media.dir)));
  }
}

void PhoneCall::onDtmfDigit(pj::OnDtmfDigitParam &prm) {
  const char *method = prm.method == PJSUA_DTMF_METHOD_RFC2833 ? "rfc4733" : "info";
  phone_.tell(Fact().with("event", "digit").with("call", getId()).with("digit", prm.digit).with("method", method));
}

void PhoneCall::onInstantMessage(pj::OnInstantMessageParam &prm) {
  phone_.tell(Fact()
                  .with("event", "message")
                  .with("call", getId())
                  .with("from", prm.fromUri)
                  .with("mime", prm.contentType)
                  .with("body", prm.msgBody)
                  .with("raw", prm.rdata.wholeMsg));
}

void PhoneCall::onCallTransferRequest(pj::OnCallTransferRequestParam &prm) {
  phone_.tell(Fact().with("event", "transfer-asked").with("call", getId()).with("to", prm.dstUri));
  prm.newCall = successor();
}

void PhoneCall::onCallReplaceRequest(pj::OnCallReplaceRequestParam &prm) { prm.newCall = successor(); }

// Without an object of its own the new leg would share this one, and its id would switch between callbacks.
pj::Call *PhoneCall::successor() {
  auto leg = std::make_unique<PhoneCall>(phone_, line_);
  auto *raw = leg.get();
  phone_.adopt(std::move(leg));
  return raw;
}

void PhoneCall::onCallTransferStatus(pj::OnCallTransferStatusParam &prm) {
  phone_.tell(Fact()
                  .with("event", "transfer-status")
                  .with("call", getId())
                  .with("status", static_cast<int>(prm.statusCode))
                  .with("reason", prm.reason)
                  .with("final", prm.finalNotify));
}

void PhoneCall::onCallReplaced(pj::OnCallReplacedParam &prm) {
  phone_.tell(Fact().with("event", "replaced").with("call", getId()).with("by", static_cast<int>(prm.newCallId)));
}

int PhoneCall::audioStream() const {
  const auto info = getInfo();
  for (const auto &media : info.media) {
    const bool sounding = media.status == PJSUA_CALL_MEDIA_ACTIVE || media.status == PJSUA_CALL_MEDIA_REMOTE_HOLD;
    if (media.type == PJMEDIA_TYPE_AUDIO && sounding) return static_cast<int>(media.index);
  }
  return -1;
}

}  // namespace softphone
