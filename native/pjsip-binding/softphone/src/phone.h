// A telephone: one account, its calls, a microphone that plays a WAV file and an ear that records one.
// INVARIANTS: everything here runs on the phone thread; a method throws pj::Error when the library refuses.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <pjsua2.hpp>

#include "fact.h"

namespace softphone {

class PhoneAccount;
class PhoneCall;
class Microphone;

struct PhoneSettings {
  std::string user, password, authUser, displayName;
  std::string registrar;    // a SIP URI; empty: a phone without a PBX, called by address
  std::string host;         // local address of signalling and media
  std::string transport;    // udp, tcp, tls
  unsigned port = 0;        // 0: any free one
  unsigned rtpPort = 0;     // first port tried for RTP
  unsigned expiresSeconds = 300;
  std::vector<std::string> codecs;  // by preference, in PJSIP's ids such as PCMU/8000
  std::string srtp;         // off, optional, mandatory
  std::string caFile;       // certificates that a TLS server must chain to; empty: not verified
  std::string logFile;
  bool messageWaiting = false;
};

class Phone {
 public:
  using Listener = std::function<void(Fact)>;

  explicit Phone(Listener listener);
  ~Phone();

  Fact start(const PhoneSettings &settings);
  void turn();
  void stop();

  Fact registerNow(bool active);
  Fact call(const std::string &uri, const std::vector<std::pair<std::string, std::string>> &headers);
  Fact answer(int call, int status, const std::string &reason);
  Fact hangup(int call, int status);
  Fact hold(int call);
  Fact resume(int call);
  Fact transfer(int call, const std::string &uri);
  Fact transferTo(int call, int other);
  Fact dtmf(int call, const std::string &digits, const std::string &method);
  Fact message(const std::string &uri, const std::string &mime, const std::string &body);
  Fact stats(int call);

  Fact play(const std::string &file, bool loop);
  Fact stopPlaying();
  Fact record(const std::string &file);
  Fact stopRecording();

  void tell(Fact fact) { listener_(std::move(fact)); }
  void adopt(std::unique_ptr<PhoneCall> call);
  // The call object is deleted after the callback that it is in has returned.
  void forget(int call);
  void connectAudio(PhoneCall &call);

 private:
  PhoneCall &find(int call);
  void connectAll();
  void preferCodecs(const std::vector<std::string> &codecs);

  Listener listener_;
  std::unique_ptr<pj::Endpoint> endpoint_;
  std::unique_ptr<PhoneAccount> account_;
  std::unique_ptr<Microphone> microphone_;
  std::unique_ptr<pj::AudioMediaRecorder> ear_;
  // Searched by the library's own id, which a leg made for a transfer gets later than its object.
  std::vector<std::unique_ptr<PhoneCall>> calls_;
  std::vector<std::unique_ptr<PhoneCall>> over_;
};

}  // namespace softphone
