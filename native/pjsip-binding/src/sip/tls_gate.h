// Where phones that speak TLS come in: connections are accepted, shaken hands with, decrypted and encrypted on a thread of
// their own. The sip thread sees plain bytes and never waits for a handshake.
//
// INVARIANTS
// - Connections belong to the gate's thread; orders reach it through a queue, facts leave it through TlsFacts.
// - Connections that are open are served before new ones are accepted or shaken hands with.
// - Everything is bounded: handshakes under way, connections that nobody has signed in on (both in all and for each host),
//   connections in all, time for each, bytes under way in each direction of each.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tls_identity.h"

namespace pbx::sip {

using ConnectionId = uint64_t;

/** What the gate tells, on its own thread. */
class TlsFacts {
 public:
  virtual ~TlsFacts() = default;
  virtual void on_open(ConnectionId id, const sockaddr_storage &local, const sockaddr_storage &peer) = 0;
  /** One that the box opened itself. */
  virtual void on_dialled(ConnectionId id, const sockaddr_storage &local, const TlsPeer &peer) = 0;
  virtual void on_bytes(ConnectionId id, std::string bytes) = 0;
  virtual void on_closed(ConnectionId id) = 0;
  /** A connection that came to nothing: a counter's word, and a sentence's end. */
  virtual void on_refused(const sockaddr_storage &peer, const char *kind, const std::string &why) = 0;
  /** There is no connection to a peer that the box dials: a word, and a sentence's end. */
  virtual void on_away(const TlsPeer &peer, const char *word, const std::string &why) = 0;
};

struct TlsLimits {
  size_t handshaking = 128, handshaking_per_host = 32;
  size_t unproven = 256, unproven_per_host = 64;
  size_t all = 4000;
  int64_t handshake_ms = 10'000, unproven_ms = 30'000, silence_ms = 60'000;
  /** Of connections that the box opened: pings, and the time for an answer to one (RFC 5626 sections 4.4.1 and 5.4). */
  int64_t ping_ms = 25'000, pong_ms = 10'000;
};

/** For TCP: a far end that is gone is found out, and nothing waits to be sent together. */
void find_out_dead_ends(int fd);

class TlsGate {
 public:
  TlsGate(TlsFacts &facts, const Presented &context, const TlsLimits &limits);
  ~TlsGate();

  /** Before `run`: an errno, 0 when it listens. */
  int listen(const sockaddr_storage &bind_to);
  void run();

  // Any thread.
  /** Connections are opened to these and kept, and to nobody else. */
  void peers(std::vector<TlsPeer> peers);
  void send(ConnectionId id, std::string bytes);
  /** So many bytes were worked through: more are read. */
  void taken(ConnectionId id, size_t bytes);
  /** Somebody signed in on it: it may stay. */
  void prove(ConnectionId id);
  /** What was sent before still goes out. */
  void close(ConnectionId id);

 private:
  struct Connection {
    ConnectionId id = 0;
    int fd = -1;
    SSL *ssl = nullptr;
    sockaddr_storage peer{}, local{};
    bool open = false, proven = false, closing = false, heard_anything = false;
    int64_t since_ms = 0, active_ms = 0;
    size_t under_way = 0;  // bytes that the sip thread has not worked through
    std::string out;
    bool want_write = false;
    uint32_t watched = 0;
    std::string far;          // of one that the box opened: whom to, by its key
    bool connecting = false;  // TCP is not there yet
    int64_t heard_ms = 0, pinged_ms = 0;
    bool answers_pings = false;
  };
  /** A peer that the box dials. */
  struct Far {
    TlsPeer peer;
    ConnectionId id = 0;  // 0: no connection, not even a beginning of one
    int failures = 0;
    int64_t next_ms = 0;  // when it is dialled again
  };
  struct Order {
    enum class Kind { send, taken, prove, close } kind;
    ConnectionId id;
    std::string bytes;
    size_t count;
  };
  void loop();
  void give(Order order);
  void obey();
  void accept_from(int listener);
  bool make_room(const sockaddr_storage &peer);
  void shake(Connection &c);
  void serve(Connection &c);
  bool read(Connection &c);
  bool write(Connection &c);
  void watch(Connection &c);
  void refuse(Connection &c, const char *kind, const std::string &why);
  void drop(ConnectionId id);
  void tick(int64_t now_ms);
  Connection *find(ConnectionId id);

  // tls_dial.cc
  void take_peers();
  void dial_due(int64_t now_ms);
  void dial(const std::string &key, Far &far);
  bool start_dialled(Connection &c, const TlsPeer &peer);
  void show_own(SSL *ssl);
  bool connected(Connection &c);
  bool is_trusted(Connection &c);
  void away(Connection &c, const TlsDoubt &doubt);
  void ping(Connection &c, int64_t now_ms);
  void hung_up(const Connection &c);
  ConnectionId oldest(bool open, const sockaddr_storage *host, size_t &count);

  TlsFacts &facts_;
  const Presented &context_;
  const TlsLimits limits_;
  std::vector<int> listeners_;
  int wake_ = -1, door_ = -1, inside_ = -1;
  std::mutex mutex_;
  std::vector<Order> orders_;
  std::unique_ptr<std::vector<TlsPeer>> new_peers_;
  std::atomic<bool> over_{false};
  std::map<ConnectionId, std::unique_ptr<Connection>> connections_;
  std::map<std::string, Far> fars_;
  ConnectionId last_ = 0;
  int64_t deaf_until_ms_ = 0;
  std::thread thread_;
};

}  // namespace pbx::sip
