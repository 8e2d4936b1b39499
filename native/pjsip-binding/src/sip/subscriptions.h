// Who watches what (RFC 6665): subscriptions of phones to the state of extensions, with requests of their own and no PJSIP
// dialog, so that they can be handed to a successor as plain values and a thousand cost little.
#pragma once

#include <pjsip.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "address.h"

namespace pbx::sip {

/** What watchers are told: one text for many of them. "{version}" in it becomes the number of the NOTIFY. */
struct News {
  std::string content_type, body;
};

struct Subscription {
  std::string id;  // also the box's own tag
  std::string package, event_id, line, target;
  std::vector<std::string> accept;
  std::string contact, user_agent;
  Hop source;
  std::string call_id, remote_tag;
  std::string local_uri, remote_uri;  // as To and From have them, without tags
  std::vector<std::string> routes;
  int64_t cseq = 0;      // of the phone's last SUBSCRIBE
  int64_t notified = 0;  // of the box's last NOTIFY
  int64_t expires_at = 0;  // UTC milliseconds

  // Of this process alone.
  std::string last_response;        // digest of the SUBSCRIBE granted last: a copy of it is answered alike
  pjsip_rx_data *asked = nullptr;   // the SUBSCRIBE while JavaScript has not decided
  int64_t deadline_ms = 0;
  std::shared_ptr<const News> news;
  bool due = false, on_its_way = false, fetch = false;
  bool quiet = false;  // a REFER that wants no NOTIFY (RFC 4488): only a copy of it is known by this
  std::string over;  // the reason that the last NOTIFY gives; empty while it lasts
  int retry_after = 0;
  Hop dead;                   // the connection that could not be used; tried again when the phone has another
  int64_t not_before_ms = 0;  // the phone asked to be left alone until then
};

/** The package of a REFER outside a dialog: nobody subscribes to it (RFC 3515 section 2.4.4). */
inline constexpr const char *kRefer = "refer";

struct Subscriptions {
  std::unordered_map<std::string, std::unique_ptr<Subscription>> all;
  /** Call-ID, From tag and package of the phone: a SUBSCRIBE repeated without the box's tag. */
  std::unordered_map<std::string, std::string> by_asker;
  std::deque<std::string> due;
  std::unordered_map<uintptr_t, std::string> on_their_way;
  std::set<std::string> packages;
  int64_t last_sent_ms = 0;
};

class Core;

// subscribe.cc
/** What a request that begins a subscription says of it. */
struct WatchWish {
  std::string package, event_id, contact;
  std::vector<std::string> accept, routes;
  unsigned expires = 3600;
  bool bad = false;
};
WatchWish wanted_of(const pjsip_rx_data *rdata);
/** The subscription that a request belongs to: by the box's tag, or, of a phone that leaves it out, by its own. */
Subscription *known(Core &core, const pjsip_rx_data *rdata, const WatchWish &wanted);
/** UDP lost our answer; its nonce count would look like a replay. */
bool is_copy(const Subscription &subscription, const pjsip_rx_data *rdata);
/** One that waits for its answer; nullptr: there are too many, and the request was answered. */
Subscription *make_subscription(Core &core, pjsip_rx_data *rdata, const WatchWish &wanted, const std::string &line);
void answer(Core &core, Subscription &subscription, pjsip_rx_data *rdata, int status);
/** SUBSCRIBE, inside a subscription's dialog or outside any. */
void on_subscribe(pjsip_rx_data *rdata);
/** Whether a request with this To tag belongs to a subscription. */
bool is_subscription(const Core &core, const pj_str_t &to_tag);
/** 489, with the packages that are known. */
void refuse_event(pjsip_rx_data *rdata);
/** Tells that it is over, once, and forgets who asked. */
void tell_unsubscribed(Core &core, const Subscription &subscription, const char *why);
void forget_subscription(Core &core, const std::string &id);
/** Answers the SUBSCRIBE that waits. */
void answer_asked(Core &core, Subscription &subscription, int status);
void restore_subscriptions(Core &core, std::vector<Subscription> subscriptions);
void drop_subscriptions(Core &core);

// notify.cc
void notify(Core &core, const std::vector<std::string> &ids, const std::shared_ptr<const News> &news);
struct SubscriptionEnd {
  std::string reason;
  int status = 403, retry_after = 0;
};
void end_subscription(Core &core, const std::string &id, const SubscriptionEnd &end);
/** Puts it in line for a NOTIFY with what is known now. */
void make_due(Core &core, Subscription &subscription);
/** Sends some of what is due; milliseconds until more may be sent, -1: nothing waits. */
int send_notifies(Core &core, int64_t now_ms);
void subscriptions_tick(Core &core, int64_t now_ms);

}  // namespace pbx::sip
