// PJSIP's view of connections that speak TLS: one transport each, fed with what the gate has decrypted.
//
// INVARIANTS
// - Sip thread, but for TlsFacts, which the gate's thread calls and which only fill the box of facts.
// - Bytes of one connection keep their order, and its end comes behind them.
// - Calls for help go first; then phones that have signed in; of strangers at least one in five.
#pragma once

#include <pjsip.h>

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "receipt.h"
#include "tls_gate.h"

namespace pbx::sip {

class Core;

class TlsDoor final : public TlsFacts {
 public:
  explicit TlsDoor(Core &core);

  /** An errno; 0 when it listens. */
  int listen(const sockaddr_storage &bind_to) { return gate_.listen(bind_to); }
  void open() {
    if (!opened_) gate_.run();
    opened_ = true;
  }
  /** Sip thread. Connections are opened to these peers and kept. */
  void dial(std::vector<TlsPeer> peers);
  bool waiting() const { return waiting_ > 0; }
  /** Works for a few milliseconds at most. */
  void work();
  void tick(int64_t now_ms);
  /** Somebody signed in on this transport: its connection may stay. One that is not the door's is left alone. */
  void prove(pjsip_transport *transport);
  /** PJSIP is about to end: nothing is read any more. */
  void close();

  // TlsFacts
  void on_open(ConnectionId id, const sockaddr_storage &local, const sockaddr_storage &peer) override;
  void on_dialled(ConnectionId id, const sockaddr_storage &local, const TlsPeer &peer) override;
  void on_bytes(ConnectionId id, std::string bytes) override;
  void on_closed(ConnectionId id) override;
  void on_refused(const sockaddr_storage &peer, const char *kind, const std::string &why) override;
  void on_away(const TlsPeer &peer, const char *word, const std::string &why) override;

 private:
  struct Transport;
  struct Fact {
    enum class Kind { open, dialled, bytes, closed, refused, away } kind;
    ConnectionId id;
    sockaddr_storage local, peer;
    std::string text;
    const char *word;
    std::string name;  // of the peer, where the box opened it
  };
  enum Queue { emergency, known, strangers, queues };
  static Transport &of(pjsip_transport *transport);
  static pj_status_t on_send(pjsip_transport *, pjsip_tx_data *, const pj_sockaddr_t *, int, void *, pjsip_transport_callback);
  static pj_status_t on_shutdown(pjsip_transport *);
  static pj_status_t on_destroy(pjsip_transport *);
  void tell(Fact fact);
  void collect();
  void arrived(const Fact &fact);
  void refused(const Fact &fact);
  void tell_peer(const Fact &fact);
  void line_up(Transport &t);
  bool next(ConnectionId &id);
  void feed(Transport &t);
  void end(Transport &t);

  Core &core_;
  std::mutex mutex_;
  std::vector<Fact> facts_;
  std::unordered_map<ConnectionId, Transport *> transports_;
  std::array<std::deque<ConnectionId>, queues> queues_;
  size_t waiting_ = 0;
  bool opened_ = false;
  unsigned known_in_a_row_ = 0;
  int64_t told_second_ = 0;
  int told_ = 0;
  std::unique_ptr<Receipt> receipt_;
  TlsGate gate_;  // last: its thread ends before the rest goes
};

}  // namespace pbx::sip
