// A browser of the tests: it makes connectivity checks, shakes hands with OpenSSL, and seals and opens with what that gave.
#pragma once

#include <memory>
#include <string>

#include "check.h"
#include "dtls.h"
#include "phone.h"
#include "srtp-phone.h"

namespace pbx::media::test {

/** What a check carries. `integrity` empty: none. */
struct CheckSays {
  std::string username = "box1:them", integrity = "a password of the box's own";
  bool nominates = true, controlled = false, fingerprint = true;
  uint16_t unknown = 0;
};
std::vector<uint8_t> check_packet(const CheckSays &);
/** 0 for no STUN answer, 1 for success, else the error's code. */
int code_of(const std::vector<uint8_t> &answer);

class Browser {
 public:
  /** What the box is told of it. */
  DtlsTerms terms() const;
  /** What it was told of the box. */
  void expect(Box &box, bool begins);
  /** The code that its check was answered with. */
  int checks(const CheckSays &says = {});
  /** Shakes hands until it has keys, or nothing more comes for so long. `drops`: which datagrams get lost, counted from 0 both ways. */
  bool shakes(int patience_ms = 2000, const std::function<bool(int)> &drops = [](int) { return false; });
  /** Sends its first flight, or what it has to send. */
  void pour();
  void say(uint16_t seq, uint8_t byte);
  /** The payload's ninth byte of the next packet that its keys open; -1 for none. */
  int hears(int patience_ms = 2000);

  Phone phone;
  std::shared_ptr<const DtlsIdentity> identity = std::make_shared<DtlsIdentity>();
  std::unique_ptr<DtlsSession> session;
  std::unique_ptr<SrtpPhone> srtp;

 private:
  bool keyed();
};

/** "sha-256 AB:CD:…" as what the box is told. */
DtlsTerms terms_of(const std::string &fingerprint);

}  // namespace pbx::media::test
