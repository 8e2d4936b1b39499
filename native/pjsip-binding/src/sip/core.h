// The one switch of this process: what all its parts on the sip thread share.
#pragma once

#include <pjlib-util.h>
#include <pjlib.h>
#include <pjsip.h>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "../events.h"
#include "../json.h"
#include "../media/plane.h"
#include "bindings.h"
#include "commands.h"
#include "config.h"
#include "digest.h"
#include "emergency.h"
#include "leg.h"
#include "random.h"
#include "subscriptions.h"
#include "throttle.h"
#include "tls_door.h"
#include "udp_intake.h"
#include "waiting.h"

namespace pbx::sip {

/** What the box does, as it tells phones. */
inline constexpr const char *kAllow = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, MESSAGE, REFER, UPDATE, NOTIFY, SUBSCRIBE, PRACK";
inline constexpr const char *kSupported = "timer, replaces, 100rel, path, norefersub";

/** One open socket. */
struct Listener {
  pjsip_transport_type_e type;
  std::string bound, advertised;
  int port = 0;
  pjsip_transport *transport = nullptr;  // UDP
  bool wildcard = false;
};

/** The box's own address as one peer sees it. */
struct LocalAddress {
  std::string bind, advertised;
  int port = 0;
  pjsip_transport_type_e type = PJSIP_TRANSPORT_UDP;
  pjsip_transport *transport = nullptr;
};

/** A request of the far side that JavaScript answers with `respond`. */
struct PendingRequest {
  pjsip_rx_data *rdata = nullptr;          // out of dialog: a clone
  pjsip_transaction *transaction = nullptr;
  pjsip_tx_data *reply = nullptr;          // in dialog: template
  std::string leg;
  bool is_refer = false;
  bool quiet = false;        // a REFER that wants to hear nothing of it (RFC 4488)
  std::string subscription;  // of a REFER outside a dialog
  int refer_cseq = 0;
  int64_t deadline_ms = 0;
};

/** An OPTIONS on its way to a phone. */
struct Probe {
  std::string line, contact;
  int64_t since = 0;
};

class Core : public media::Listener {
 public:
  explicit Core(Events &events) : events(events) {}

  Events &events;
  Waiting waiting;
  Commands commands;
  Config config;
  Digest digest;
  std::unordered_map<std::string, Encryption> encryption;  // of lines that have it otherwise than `when_offered`
  std::unordered_map<std::string, Keying> keying;          // of lines that have it otherwise than `as_phone`
  std::unordered_map<std::string, media::Cleaning> cleaning;  // of lines that have it otherwise than `off`
  std::unordered_set<std::string> shakers;                 // lines whose phone called by a handshake last
  std::unordered_set<std::string> remote_party;  // lines whose phone is told of the other end in Remote-Party-ID too
  Throttle throttle;
  Bindings bindings;
  Emergency emergency;
  std::vector<Prefix> peers;                 // trunks: not asked for a password
  std::vector<std::string> trunk_contacts;   // users that the box registered at trunks as
  struct TrunkMedia {
    Prefix network;
    Encryption encryption;
  };
  std::vector<TrunkMedia> trunk_media;       // of networks that have it otherwise than `when_offered`
  std::vector<std::string> awaited;          // legs whose far side has a deadline

  pj_caching_pool cp{};
  pj_pool_t *pool = nullptr;
  pjsip_endpoint *endpt = nullptr;
  std::unique_ptr<UdpIntake> intake;
  Presented tls_context;  // set by JavaScript's thread, read by the gate's
  std::unique_ptr<TlsDoor> tls;
  std::unordered_map<std::string, pjsip_transport *> flows;  // transport|port|host|peer of the far end → its connection
  std::vector<sip::Listener> listeners;
  std::shared_ptr<media::Plane> plane;
  std::unordered_map<std::string, std::unique_ptr<Leg>> legs;
  std::unordered_map<media::PortId, std::string> ports;
  struct ClosedPort {
    std::string leg;
    int64_t since;
  };
  std::unordered_map<media::PortId, ClosedPort> closed_ports;  // for recordings still being written
  std::vector<std::unique_ptr<Leg>> graveyard;
  std::unordered_map<std::string, PendingRequest> requests;
  std::unordered_map<uintptr_t, std::string> asked;  // requests outside dialogs that wait for their answer
  uintptr_t last_asked = 0;
  std::unordered_map<uintptr_t, Probe> probes;
  int records_fd = -1;
  size_t records_size = 0, records_rewritten = 0;
  std::string records_out;               // lines not yet written
  std::vector<std::string> records_due;  // legs whose record has changed
  bool records_frozen = false, records_torn = false;
  /** Dialogs without a leg that wait for what may still arrive after a restart. */
  struct Ghost {
    pjsip_dialog *dlg;
    int64_t until_ms;
  };
  std::vector<Ghost> ghosts;
  std::unordered_map<std::string, std::string> answered_before;  // Call-ID|From tag of an INVITE → leg restored
  struct Refusal {
    std::string bytes;
    Hop to;
    std::string key;
  };
  std::vector<Refusal> refusals;
  int64_t refusals_until_ms = 0;
  /** Unanswered calls for help of the predecessor and the phones that ring for them, until the sockets are open. */
  struct Revival {
    std::string id;
    std::map<std::string, std::string> fields;
  };
  std::vector<Revival> revivals;
  const Revival *reviving = nullptr;  // whose INVITE is being fed in again
  struct Cancel {
    pjsip_dialog *dlg;
    std::string branch;
    int cseq;
  };
  std::vector<Cancel> cancels;
  Subscriptions subscriptions;
  int qualify_seconds = 0;
  std::unordered_map<std::string, int64_t> qualify_due;  // line|contact → steady ms
  std::unordered_map<std::string, std::string> refreshed;  // line|contact → event, until the next flush
  std::map<std::string, uint64_t> counters;
  size_t pools_at_rest = 0;
  bool shedding = false;
  std::atomic<bool> quit{false};
  bool keep = false;  // stop without a word: a successor goes on with the dialogs
  int farewells = 0;
  std::multimap<int64_t, std::function<void(Core &)>> later;  // steady ms → what is due then

  /** Does it in so many milliseconds. It names legs by id: they may be gone by then. */
  void after(int64_t ms, std::function<void(Core &)> what);
  void do_due(int64_t now_ms);
  Leg *leg(const std::string &id);
  void count(const char *what, uint64_t n = 1) { counters[what] += n; }
  void emit(Lane lane, JsonObject &event) { events.post(lane, event.take()); }
  void emit(Leg &leg, JsonObject &event) { events.post(leg.lane, event.take(), &leg.order); }
  /** For what JavaScript itself brought about. */
  void emit_lazily(Leg &leg, JsonObject &event) { events.post_lazily(leg.lane, event.take(), &leg.order); }
  void log(const char *level, std::string_view text);
  /** Third lane too far behind; reports a change. */
  bool overloaded();
  LocalAddress local_towards(const Hop &hop) const;

  // media::Listener, on media threads
  void on_latched(media::PortId port, const media::Address &from) override;
  void on_keyed(media::PortId port, const std::string &suite) override;
  void on_digit(media::PortId port, char digit, media::Pressed) override;
  void on_keys_unspoken(media::PortId port, const std::string &keys) override;
  void on_played(media::PortId port, const std::string &play, bool complete) override;
  void on_recorded(media::PortId port, const std::string &file, double seconds, const std::string &error) override;
  void on_page_started(const std::string &page, const std::string &listener) override;
  void on_page_round(const std::string &page, int round) override;
  void on_page_ended(const std::string &page, bool complete, const std::vector<PageDelivery> &delivered) override;

 private:
  struct Route {
    std::string own;
    int64_t since = 0;
  };
  const std::string &route_towards(const sockaddr_storage &peer) const;
  mutable std::unordered_map<std::string, Route> routes_;
  Leg *leg_of_port(media::PortId port);
};

/** The switch that runs now, nullptr between start and stop. Sip thread. */
Core *core();
void set_core(Core *core);

int64_t steady_ms();
int64_t utc_ms();
std::string error_text(pj_status_t status);

// endpoint.cc: the life of the sip thread
void run_endpoint(Core &core);
std::string dump_json(Core &core);

// guard.cc, register.cc, invite_in.cc, ...: PJSIP modules and what they call
pjsip_module *guard_module();
pjsip_module *app_module();
pjsip_module *leg_module();
pjsip_module *printer_module();

// print.cc
/** Makes a message's bytes where they are not made yet; PJSIP_EMSGTOOLONG when it is longer than a message may be. */
pj_status_t print(pjsip_tx_data *tdata);

/** Sends a stateless response with optional headers; consumes nothing of the caller's. */
void reply(pjsip_rx_data *rdata, int status, const std::vector<Header> &headers = {}, std::string_view reason = {});
/** What a request insists on and the box cannot do (RFC 3261 section 8.2.2.3), named for the refusal; empty when there is nothing. */
std::string unsupported(const pjsip_msg *msg);
void add_header(pjsip_tx_data *tdata, std::string_view name, std::string_view value);
void remove_header(pjsip_msg *msg, const char *name);
void set_body(pjsip_tx_data *tdata, std::string_view content_type, std::string_view body);

// auth.cc
enum class Access { granted, answered };
/** Checks the digest of a request; on `answered` a 401 or nothing at all was sent and the request is done with. */
Access authenticate(pjsip_rx_data *rdata, const Credential **who);
/** A trunk's INVITE or MESSAGE: taken without a password. */
bool is_peer(const Core &core, const sockaddr_storage &source);
/** The line whose digest is right in this request, without ever answering it. */
const Credential *proven_line(pjsip_rx_data *rdata);

// endpoint.cc
/** Connections over TLS that the box opens: to these and nobody else. */
void keep_connections(Core &core, std::vector<TlsPeer> peers);

// register.cc
void on_register(pjsip_rx_data *rdata);
void flush_refreshed(Core &core);
void expire_bindings(Core &core);
void restore_bindings(Core &core, std::vector<Binding> bindings);
/** Its connection is gone: told like an OPTIONS that nobody answered. */
void tell_unreachable(Core &core, Binding &binding);
void drop_binding(Core &core, const std::string &line, const std::string &contact);

}  // namespace pbx::sip
