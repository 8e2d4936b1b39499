// A leg: one SIP dialog with one party, and the media port it speaks through.
//
// INVARIANTS
// - Legs live and die on the sip thread. `finish` reports the end once, frees everything, and leaves the Leg itself to
//   the end of the loop's round: callbacks nest, and an outer one may still hold the reference.
// - The dialog outlives its leg for as long as transactions need it. What then still arrives (a 2xx that crossed our
//   CANCEL, the ACK we waited for before our BYE) is served by the Tie, which the dialog's pool owns.
#pragma once

#include <pjsip.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "../events.h"
#include "../media/plane.h"
#include "address.h"
#include "sdp.h"

namespace pbx::sip {

struct Leg;

/** What a dialog remembers of its leg, and after it. Lives in the dialog's pool. */
struct Tie {
  Leg *leg = nullptr;
  pjsip_transaction *answering = nullptr;  // UAS: our 2xx waits for its ACK
  bool cancel_wanted = false, cancel_sent = false;
  bool bye_wanted = false, bye_sent = false;
  bool confirmed = false;
  bool hop_forced = false;
  bool hop_first = false;  // until the dialog is up: afterwards where the far side says
  Hop hop;
  char reason[96] = "";
};

struct Header {
  std::string name, value;
};

enum class LegState { early, answering, established };

/** Whether a leg's media is encrypted (RFC 4568). The far side's offer decides but for the first and the last. */
enum class Encryption {
  off,           // never
  when_offered,  // answered in kind; the box itself offers none
  preferred,     // the box offers it, and goes on in the clear with a phone that does not take it
  required,      // nothing in the clear; calls for help excepted
};

/** How the box gives a leg its keys where it is the one that offers. */
enum class Keying {
  as_phone,  // as the phone itself called last
  sdes,      // in the descriptions (RFC 4568)
  dtls,      // by a handshake in the media stream (RFC 5763)
};

/** How a leg's media begins. */
struct MediaSpec {
  enum class Kind { none, relay, box } kind = Kind::none;
  std::string with;
  Direction direction = Direction::sendrecv;
};

struct LegMedia {
  media::PortId port = 0;
  SdpOrigin origin;
  std::string bind_host;
  std::optional<Sdp> remote;  // what the far side said last
  bool remote_offers = false; // it was an offer
  std::string local;          // what it was told last
  std::string offered_from;   // the leg whose description our offer passed on
  std::optional<media::Format> format;
  bool send_only = false;
  bool held = false;
  std::string partner;        // the leg this one is relayed with
  Encryption encryption = Encryption::when_offered;
  bool begins = false;        // the box begins the handshake of this leg (a=setup)
  bool handshake_refused = false;  // it was offered one, and did not take it
  int64_t keyless_since_ms = 0;  // its handshake has not given its first keys yet; 0: it has, or there is none
};

/** Re-INVITEs and UPDATEs of an established leg: one at a time in each direction (RFC 3261 section 14, RFC 3311). */
struct Offer {
  pjsip_transaction *asked = nullptr;  // the far side's request, unanswered
  pjsip_tx_data *reply = nullptr;      // its answer, not yet sent
  std::optional<Sdp> wanted;           // what it asked for
  pjsip_transaction *put = nullptr;    // our request, unanswered
  bool putting = false;                // our request is being sent: its transaction is not known yet
  std::string for_leg;                 // whose request ours passes on; empty: the box's own
  bool awaits_ack = false;             // our 2xx carried an offer: the answer is in the ACK
  bool busy() const { return asked || put || putting || awaits_ack; }
};

struct Leg;
class Core;

/** Provisional answers that must arrive (RFC 3262). */
struct Reliable {
  bool wanted = false, required = false;  // what the caller's INVITE says
  uint32_t number = 0;                    // RSeq of our last one
  bool open = false;                      // it is not acknowledged yet
  bool described = false;                 // offer and answer are done with before the final answer
  std::function<void(Core &, Leg &)> then;  // what waits for the acknowledgement; the last one counts
  std::map<std::string, uint32_t> heard;  // of the phone we call, by its tag: RSeq acknowledged last
};

/** The session timer (RFC 4028). Times are of the steady clock, which goes on over the death of the process. */
struct Session {
  int seconds = 0;            // agreed or about to be; 0: not spoken of yet
  int least = 0;              // the far side's Min-SE
  int refusals = 0;           // 422 met
  bool ours = true;           // the box refreshes
  bool known = false;         // the far side keeps a timer too
  bool updates = false;       // a restored leg's far side allows UPDATE
  int64_t refresh_ms = 0, end_ms = 0;  // 0: not begun
  pjsip_transaction *put = nullptr;    // our UPDATE, unanswered
  bool putting = false;       // it is being sent: its transaction is not known yet
  bool inviting = false;      // refreshed by a re-INVITE, which is in `Offer`
};

/** Fields of a leg's record, one behind the other: comparing and writing them makes no strings. */
struct RecordText {
  std::string text;
  std::vector<size_t> ends;
  bool empty() const { return ends.empty(); }
  void clear() {
    text.clear();
    ends.clear();
  }
  std::string_view field(size_t i) const {
    const size_t from = i == 0 ? 0 : ends[i - 1];
    return std::string_view(text).substr(from, ends[i] - from);
  }
};

struct Leg {
  std::string id;
  bool outgoing = false;
  LegState state = LegState::early;
  Lane lane = Lane::fresh;
  EventOrder order;
  pjsip_dialog *dlg = nullptr;
  Tie *tie = nullptr;
  pjsip_transaction *invite = nullptr;
  pjsip_tx_data *reply = nullptr;  // UAS: the last response, template of the next
  int last_status = 0;
  int64_t next_refresh_ms = 0;     // a ringing UAS repeats its 1xx each minute (RFC 3261 13.3.1.1)
  LegMedia media;
  int64_t measure_at = 0;         // when it is told next how the leg sounds
  Offer offer;
  Session session;
  Reliable reliable;
  std::string number, name;        // who is there, as JavaScript says
  std::string shown, shown_name;   // whom its phone takes the other end for
  bool show_due = false;           // it has not been told yet
  bool is_phone = false;           // not a trunk
  bool keeps_private = false;      // asked for Privacy (RFC 3323)
  int hops = 70;                   // Max-Forwards that it came with
  std::vector<Header> headers;     // of our INVITE, for another try
  std::string location;            // PIDF-LO that goes with it (RFC 6442)
  std::string line;
  std::string domain;              // how its phone calls the box
  int64_t flow_lost_ms = 0;        // since when its phone's connection is gone
  int64_t next_key_ms = 0;         // steady; when the next key may go as INFO
  int refusals = 0;                // 401/407 met
  bool has_credentials = false;
  MediaSpec spec;                  // of our INVITE, for another try
  int64_t answer_by_ms = 0, ringing_by_ms = 0;  // UAC: a first answer, and ringing, are due; 0: not, or not any more
  RecordText saved;                // the record as it was written last
  bool record_due = false;         // it has changed since
  int saved_cseq = 0;
  std::string wire, wire_bound;    // of a call for help, until it is answered: its INVITE as it came or went, and the socket that it came to
  std::string owed, owed_bytes;    // "answer" is repeated until its ACK, "refusal" sent once by a successor
  int64_t owed_until_ms = 0;       // a restored leg repeats its answer until then
};

struct Ending {
  std::string cause;  // empty: JavaScript derives it from the status
  int status = 0;
  const char *by = "far";
  int retry_after = -1;
  bool expected = false;  // JavaScript hung up: it only learns how the audio was
  std::string redirections;  // where a 3xx sends the caller, as JSON
};

}  // namespace pbx::sip
