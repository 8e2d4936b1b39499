// The telephone on top of pjsua2.
#include "phone.h"

#include <algorithm>
#include <stdexcept>

#include <pjsua-lib/pjsua.h>

#include "phone-account.h"
#include "phone-call.h"

namespace softphone {

// Plays a WAV file to every call of the phone; its clock runs only while a call listens.
class Microphone : public pj::AudioMediaPlayer {
 public:
  explicit Microphone(Phone &phone) : phone_(phone) {}
  void onEof2() override { phone_.tell(Fact().with("event", "played")); }

 private:
  Phone &phone_;
};

namespace {

pjsip_transport_type_e transportType(const std::string &transport, bool ipv6) {
  if (transport == "tls") return ipv6 ? PJSIP_TRANSPORT_TLS6 : PJSIP_TRANSPORT_TLS;
  if (transport == "tcp") return ipv6 ? PJSIP_TRANSPORT_TCP6 : PJSIP_TRANSPORT_TCP;
  return ipv6 ? PJSIP_TRANSPORT_UDP6 : PJSIP_TRANSPORT_UDP;
}

pj::EpConfig endpointConfig(const PhoneSettings &settings) {
  pj::EpConfig config;
  config.uaConfig.threadCnt = 0;
  config.uaConfig.mainThreadOnly = true;
  config.uaConfig.maxCalls = 8;
  config.uaConfig.userAgent = "plant-pbx softphone";
  config.logConfig.level = settings.logFile.empty() ? 0 : 4;
  config.logConfig.consoleLevel = 0;
  config.logConfig.msgLogging = !settings.logFile.empty();
  config.logConfig.filename = settings.logFile;
  // 16 kHz carries G.722 whole; Opus is resampled.
  config.medConfig.clockRate = 16000;
  config.medConfig.sndClockRate = 16000;
  config.medConfig.maxMediaPorts = 32;
  config.medConfig.noVad = true;
  config.medConfig.ecTailLen = 0;
  config.medConfig.sndAutoCloseTime = -1;
  // An ear that judges must not drop what arrived: on a busy machine packets come in bursts, and the library's own
  // wish to shorten its delay would cut frames out.
  config.medConfig.jbDiscardAlgo = PJMEDIA_JB_DISCARD_NONE;
  config.medConfig.jbInit = 80;
  config.medConfig.jbMinPre = 80;
  config.medConfig.jbMaxPre = 240;
  config.medConfig.jbMax = 1000;
  return config;
}

}  // namespace

Phone::Phone(Listener listener) : listener_(std::move(listener)) {}
Phone::~Phone() = default;

Fact Phone::start(const PhoneSettings &settings) {
  const bool ipv6 = settings.host.find(':') != std::string::npos;
  if (ipv6 && !PJ_HAS_IPV6) throw std::runtime_error("this build of PJSIP has no IPv6 (PJ_HAS_IPV6)");
  // Standard output carries our JSON lines: nothing else may be written there, from the first call on.
  pj_log_set_level(0);
  // The library's tables are sized for a switch; a telephone needs a few rows of them.
  pjsip_cfg()->tsx.max_count = 255;
  pjsip_cfg()->endpt.disable_tcp_switch = PJ_TRUE;
  pjsip_cfg()->endpt.resolve_hostname_to_get_interface = PJ_FALSE;
  endpoint_ = std::make_unique<pj::Endpoint>();
  endpoint_->libCreate();
  endpoint_->libInit(endpointConfig(settings));

  pj::TransportConfig transport;
  transport.port = settings.port;
  transport.boundAddress = settings.host;
  transport.tlsConfig.verifyServer = !settings.caFile.empty();
  transport.tlsConfig.CaListFile = settings.caFile;
  const auto transportId = endpoint_->transportCreate(transportType(settings.transport, ipv6), transport);
  endpoint_->libStart();
  endpoint_->audDevManager().setNullDev();
  preferCodecs(settings.codecs);

  const auto &local = endpoint_->transportGetInfo(transportId).localName;
  const unsigned port = std::stoul(local.substr(local.rfind(':') + 1));
  const auto host = ipv6 ? "[" + settings.host + "]" : settings.host;
  const auto own = "sip:" + settings.user + "@" + host + ":" + std::to_string(port);
  auto identity = own;
  if (!settings.registrar.empty()) {
    auto domain = settings.registrar.substr(settings.registrar.find(':') + 1);
    identity = "sip:" + settings.user + "@" + domain.substr(0, domain.find(';'));
  }
  auto name = settings.displayName.empty() ? "" : "\"" + settings.displayName + "\" ";
  account_ = std::make_unique<PhoneAccount>(*this);
  auto config = accountConfig(settings, name + "<" + identity + ">");
  config.sipConfig.transportId = settings.transport == "udp" ? transportId : PJSUA_INVALID_ID;
  account_->create(config, true);
  const auto suffix = settings.transport == "udp" ? "" : ";transport=" + settings.transport;
  return Fact().with("port", port).with("uri", own + suffix);
}

void Phone::preferCodecs(const std::vector<std::string> &codecs) {
  for (const auto &codec : endpoint_->codecEnum2()) {
    const auto at = std::find_if(codecs.begin(), codecs.end(), [&](const std::string &wanted) {
      return codec.codecId.compare(0, wanted.size() + 1, wanted + "/") == 0;
    });
    const auto priority = at == codecs.end() ? 0 : 250 - (at - codecs.begin());
    endpoint_->codecSetPriority(codec.codecId, static_cast<pj_uint8_t>(priority));
  }
}

void Phone::turn() {
  try {
    if (endpoint_) endpoint_->libHandleEvents(10);
  } catch (const pj::Error &error) {
    tell(Fact().with("event", "fault").with("reason", error.info(true)));
  }
  over_.clear();
}

void Phone::stop() {
  if (!endpoint_) return;
  // Nothing may fail to end: what is left when the library refuses goes with the process.
  try {
    endpoint_->hangupAllCalls();
    calls_.clear();
    over_.clear();
    microphone_.reset();
    ear_.reset();
    account_.reset();
    endpoint_->libDestroy(PJSUA_DESTROY_NO_RX_MSG);  // says goodbye, and does not wait for the answer
  } catch (const pj::Error &error) {
    tell(Fact().with("event", "fault").with("reason", error.info(true)));
  }
  endpoint_.reset();
}

Fact Phone::registerNow(bool active) {
  account_->setRegistration(active);
  return {};
}

Fact Phone::call(const std::string &uri, const std::vector<std::pair<std::string, std::string>> &headers) {
  pj::CallOpParam prm(true);
  for (const auto &[name, value] : headers) {
    pj::SipHeader header;
    header.hName = name;
    header.hValue = value;
    prm.txOption.headers.push_back(header);
  }
  auto call = std::make_unique<PhoneCall>(*this, *account_);
  auto *raw = call.get();
  adopt(std::move(call));
  try {
    raw->makeCall(uri, prm);
  } catch (...) {
    calls_.pop_back();
    throw;
  }
  return Fact().with("call", raw->getId());
}

Fact Phone::answer(int call, int status, const std::string &reason) {
  pj::CallOpParam prm(true);
  prm.statusCode = static_cast<pjsip_status_code>(status);
  prm.reason = reason;
  find(call).answer(prm);
  return {};
}

Fact Phone::hangup(int call, int status) {
  pj::CallOpParam prm(true);
  prm.statusCode = static_cast<pjsip_status_code>(status);
  find(call).hangup(prm);
  return {};
}

Fact Phone::hold(int call) {
  find(call).setHold(pj::CallOpParam(true));
  return {};
}

Fact Phone::resume(int call) {
  pj::CallOpParam prm(true);
  prm.opt.flag |= PJSUA_CALL_UNHOLD;
  find(call).reinvite(prm);
  return {};
}

Fact Phone::transfer(int call, const std::string &uri) {
  find(call).xfer(uri, pj::CallOpParam(true));
  return {};
}

Fact Phone::transferTo(int call, int other) {
  find(call).xferReplaces(find(other), pj::CallOpParam(true));
  return {};
}

Fact Phone::dtmf(int call, const std::string &digits, const std::string &method) {
  pj::CallSendDtmfParam prm;
  prm.digits = digits;
  prm.method = method == "info" ? PJSUA_DTMF_METHOD_SIP_INFO : PJSUA_DTMF_METHOD_RFC2833;
  find(call).sendDtmf(prm);
  return {};
}

Fact Phone::message(const std::string &uri, const std::string &mime, const std::string &body) {
  pj_str_t to = pj_str(const_cast<char *>(uri.c_str()));
  pj_str_t type = pj_str(const_cast<char *>(mime.c_str()));
  pj_str_t content = {const_cast<char *>(body.data()), static_cast<pj_ssize_t>(body.size())};
  const auto status = pjsua_im_send(account_->getId(), &to, &type, &content, nullptr, nullptr);
  if (status != PJ_SUCCESS) throw pj::Error(status, "message", "", __FILE__, __LINE__);
  return {};
}

Fact Phone::stats(int id) {
  auto &call = find(id);
  const int stream = call.audioStream();
  if (stream < 0) return Fact().with("codec", "");
  const auto info = call.getStreamInfo(stream);
  const auto rtcp = call.getStreamStat(stream).rtcp;
  return Fact()
      .with("codec", info.codecName)
      .with("clockRate", info.codecClockRate)
      .with("remoteRtp", info.remoteRtpAddress)
      .with("srtp", info.proto == PJMEDIA_TP_PROTO_RTP_SAVP)
      .with("packetsSent", rtcp.txStat.pkt)
      .with("packetsReceived", rtcp.rxStat.pkt)
      .with("packetsLost", rtcp.rxStat.loss)
      .with("jitterMeanMs", rtcp.rxStat.jitterUsec.mean / 1000.0);
}

Fact Phone::play(const std::string &file, bool loop) {
  auto next = std::make_unique<Microphone>(*this);
  next->createPlayer(file, loop ? 0 : PJMEDIA_FILE_NO_LOOP);
  microphone_ = std::move(next);
  connectAll();
  return {};
}

Fact Phone::stopPlaying() {
  microphone_.reset();
  return {};
}

Fact Phone::record(const std::string &file) {
  ear_.reset();  // the file of the one before is complete when its recorder is gone
  ear_ = std::make_unique<pj::AudioMediaRecorder>();
  ear_->createRecorder(file);
  connectAll();
  return {};
}

Fact Phone::stopRecording() {
  ear_.reset();
  return {};
}

void Phone::adopt(std::unique_ptr<PhoneCall> call) { calls_.push_back(std::move(call)); }

void Phone::forget(int id) {
  const auto at = std::find_if(calls_.begin(), calls_.end(), [&](const auto &call) { return call->getId() == id; });
  if (at == calls_.end()) return;
  over_.push_back(std::move(*at));
  calls_.erase(at);
}

PhoneCall &Phone::find(int id) {
  for (const auto &call : calls_)
    if (call->getId() == id) return *call;
  throw pj::Error(PJ_ENOTFOUND, "call", "there is no such call", __FILE__, __LINE__);
}

void Phone::connectAll() {
  for (const auto &call : calls_)
    if (call->getId() != PJSUA_INVALID_ID && call->isActive()) connectAudio(*call);
}

void Phone::connectAudio(PhoneCall &call) {
  const int stream = call.audioStream();
  if (stream < 0) return;
  auto audio = call.getAudioMedia(stream);
  if (microphone_) microphone_->startTransmit(audio);
  if (ear_) audio.startTransmit(*ear_);
}

}  // namespace softphone
