// The handshake in the media stream that gives an encrypted leg its keys (DTLS-SRTP, RFC 5764), on OpenSSL over datagrams
// that somebody else reads and sends.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access.h"
#include "srtp.h"

struct ssl_st;
struct ssl_ctx_st;

namespace pbx::media {

/** The certificate of the media plane: made anew with each process, and believed by its fingerprint alone. */
class DtlsIdentity {
 public:
  /** Throws std::runtime_error where OpenSSL refuses. */
  DtlsIdentity();
  ~DtlsIdentity();
  DtlsIdentity(const DtlsIdentity &) = delete;
  DtlsIdentity &operator=(const DtlsIdentity &) = delete;

  /** As a=fingerprint says it: "sha-256 AB:CD:…". */
  const std::string &fingerprint() const { return fingerprint_; }
  ssl_ctx_st *context() const { return context_; }

 private:
  ssl_ctx_st *context_ = nullptr;
  std::string fingerprint_;
};

/** One handshake. Does not lock. */
class DtlsSession {
 public:
  /** Throws std::runtime_error where OpenSSL refuses. */
  DtlsSession(std::shared_ptr<const DtlsIdentity>, const DtlsTerms &);
  ~DtlsSession();
  DtlsSession(const DtlsSession &) = delete;
  DtlsSession &operator=(const DtlsSession &) = delete;

  enum class State { shaking, keyed, failed };
  State state() const { return state_; }
  /** Of the side that begins: its first flight. */
  void begin() { go_on(); }
  void hear(std::string_view datagram);
  /** Repeats a flight that is overdue. */
  void tick();
  /** Datagrams to be sent, each once. */
  std::vector<std::string> take_out();
  /** Once keyed. Empty when no suite was agreed. */
  SrtpKeys keys() const;

  // For OpenSSL's callbacks.
  const DtlsTerms &terms() const { return terms_; }
  std::deque<std::string> in;
  std::vector<std::string> out;

 private:
  void go_on();

  const std::shared_ptr<const DtlsIdentity> identity_;
  const DtlsTerms terms_;
  ssl_st *ssl_ = nullptr;
  State state_ = State::shaking;
};

/** A ClientHello, which alone begins a handshake. */
bool is_hello(std::string_view datagram);

}  // namespace pbx::media
