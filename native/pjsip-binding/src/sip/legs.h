// What can be done to legs. All on the sip thread.
#pragma once

#include "core.h"

namespace pbx::sip {

struct InviteTarget {
  std::string line;           // whose phone it is; empty: no phone of ours
  std::string uri;            // request URI
  std::optional<Hop> source;  // where the phone registered from: packets go there
  std::string domain;         // how that phone calls the box
  std::vector<std::string> path;  // proxies that the request passes first, as Route headers say them
  std::optional<Hop> via;     // the first hop of a URI whose host is a name: looked up beforehand, never here
};

/** How long the far side may be silent, in milliseconds; 0: as long as its transaction lasts. */
struct Deadlines {
  int answer = 0, ringing = 0;
};

struct InviteOptions {
  std::string leg, from_number, from_name, to;
  InviteTarget target;
  MediaSpec media;
  std::vector<Header> headers;
  Lane lane = Lane::fresh;
  std::string username, secret, from_host;
  std::string location;  // PIDF-LO that goes beside the description
  Deadlines deadlines;
  std::optional<Encryption> encryption;  // else as the line has it
};

struct Farewell {
  std::string cause;
  int status = 0;
  std::vector<Header> headers;
};

// leg.cc
Leg &make_leg(Core &core, std::string id, bool outgoing, Lane lane);
/** Ties a leg to its dialog and joins the dialog's usages. The dialog is locked by the caller. */
void tie(Leg &leg, pjsip_dialog *dlg);
Tie *tie_of(pjsip_dialog *dlg);
/** Reports the end once and frees everything; the reference stays valid until the loop's round is over. */
void finish(Core &core, Leg &leg, const Ending &ending);
void hang_up(Core &core, Leg &leg, const Farewell &farewell);
/** Sends an in-dialog request to where the peer is known to be; false when it could not be sent. */
bool send_in_dialog(pjsip_dialog *dlg, pjsip_tx_data *tdata);
void send_ack(pjsip_dialog *dlg, int cseq);
void send_bye(pjsip_dialog *dlg);
void send_cancel(pjsip_dialog *dlg, pjsip_transaction *invite);
/** Follows the peer's address: phones behind NAT come back from another port. */
void follow(pjsip_dialog *dlg, const pjsip_rx_data *rdata);
/** Says under which suite the leg's media is encrypted. */
void tell_encrypted(Core &core, Leg &leg, const std::string &suite);
/** From an answer to an established call. */
void establish(Core &core, Leg &leg);
std::optional<std::string> sdp_text(const pjsip_msg *msg);
int retry_after_of(const pjsip_rx_data *rdata);

// leg_media.cc
/** Opens the leg's port towards `peer`; false when there is none left. */
bool open_media(Core &core, Leg &leg, const Hop &peer);
void close_media(Core &core, Leg &leg);
void heard(Core &core, Leg &leg, Sdp sdp, bool is_offer);
/** Tells the plane what was agreed. */
void settle(Core &core, Leg &leg);
/** The description to answer (or to offer) on `leg`; nullopt: none is due or none is possible. */
std::optional<std::string> describe(Core &core, Leg &leg, const MediaSpec &spec);
/** The offer for `leg` that passes on what `other` said, or the box's own. */
std::string offer_for(Core &core, Leg &leg, const MediaSpec &spec);
/** `text` is what `leg` is told: counts the version up when it says something new. */
std::string versioned(Leg &leg, const std::function<std::string(const SdpOrigin &)> &write);
void join(Core &core, Leg &a, Leg &b);
void part(Core &core, Leg &leg);
void bridge(Core &core, const std::string &a, const std::string &b);

// leg_security.cc
/** Makes the leg ready to answer `offer` with a key of its own, by a handshake, or in the clear; false when it must not or cannot. */
bool secure_answer(Core &core, Leg &leg, const Sdp &offer);
/** The same for an offer of the box: the key in use, else what the leg is to be offered. */
void secure_offer(Core &core, Leg &leg);
/** Remembers how the phone of a line calls: it is called the same way. */
void learn_keying(Core &core, const std::string &line, const Sdp &offer);
/** The leg was offered a handshake and refused; true when it is to be offered keys in the description, or none, instead. */
bool falls_back(Core &core, Leg &leg);
/** What both descriptions of a leg agreed on: the key that each wrote under the same tag. */
media::SrtpKeys agreed_keys(const Leg &leg);
/** Is what the far side said too little for what the leg must be? */
bool is_too_open(const Leg &leg);
Encryption encryption_of(const Core &core, const std::string &line);
/** Of a call that comes in: as the line has it, or the trunk whose network it comes from. */
Encryption encryption_from(const Core &core, const std::string &line, const sockaddr_storage &source);
/** Why an offer cannot be answered, in the word of the port; nullptr when it can. */
const char *unfit_media(Encryption wanted, const Sdp &offer);

// leg_access.cc
/** Is this the description of somebody who makes connectivity checks? */
bool offers_checks(const Sdp &sdp);
void forget_access(SdpOrigin &origin);
/** The lines that answer what `wanted` says of checks, handshake, RTCP and bundles; `certificate` is the box's fingerprint. False when that cannot be. */
bool add_access(Leg &leg, const Sdp &wanted, const std::string &certificate);
/** The same for an offer of the box on a leg that has them: as they are. */
void repeat_access(Leg &leg);
/** The lines of a first offer of a handshake, with checks: who is called chooses who begins. False when no password could be drawn. */
bool offer_handshake(Leg &leg, const std::string &certificate);
/** What checks must prove that come before the answer to such an offer; empty for any other. */
media::Access awaited_access(const Leg &leg);
/** Who begins the handshake, once both descriptions tell (RFC 8842 section 5.3). */
void note_role(Leg &leg);
/** What both descriptions of a leg agreed on. */
media::Access agreed_access(const Leg &leg);
/** RTCP comes and goes on RTP's port. */
bool is_muxed(const Leg &leg);

/** Ends a call whose handshake gave no keys: it would be silent for ever. Never a call for help. */
void handshake_tick(Core &core, Leg &leg, int64_t now_ms);
/** Tells of a leg that is over and whose handshake had given no keys although there was time for it. */
void tell_keyless(Core &core, Leg &leg);

// invite_in.cc
void on_invite(pjsip_rx_data *rdata);
void ring(Core &core, Leg &leg, int status, const MediaSpec &spec);
void answer(Core &core, Leg &leg, const MediaSpec &spec, const std::vector<Header> &headers);
/** Sends a response to the INVITE of an incoming leg. */
bool respond_invite(Leg &leg, int status, const std::string *body, const std::vector<Header> &headers);
void on_invite_uas_state(Core &core, Leg &leg, pjsip_transaction *tsx, pjsip_event *event);
void on_ack(Core &core, Leg &leg, pjsip_rx_data *rdata);
void refresh_ringing(Core &core, Leg &leg, int64_t now_ms);

// redirect.cc
/** Where a phone that answered 3xx sends its caller, in its order of preference, as JSON; empty when it says nowhere. */
std::string redirections_json(const Core &core, const Leg &leg, const pjsip_rx_data *answer);

// invite_in.cc
/** The user of a SIP or tel URI, without escapes and parameters; empty when there is none. */
std::string user_of(pjsip_uri *uri);
std::string uri_text(pjsip_uri *uri);
/** The host of a SIP URI; empty when it is none. */
std::string host_in(pjsip_uri *uri);

// invite_out.cc
void invite(Core &core, const InviteOptions &options);
/** Where packets for a target go; nullopt: its host is a name, and nobody looked it up beforehand. */
std::optional<Hop> way_of(Core &core, const InviteTarget &target);
/** Ends legs whose far side missed its deadline. */
void silence_tick(Core &core, int64_t now_ms);
void on_invite_uac_state(Core &core, Leg &leg, pjsip_transaction *tsx, pjsip_event *event);
/** A 2xx to an INVITE, each copy of it. */
void on_invite_2xx(Core &core, pjsip_dialog *dlg, pjsip_rx_data *rdata);

// stray_branch.cc
/** Acknowledges and ends a 2xx that no dialog of ours belongs to. */
void end_stray_branch(Core &core, pjsip_rx_data *rdata);
/** A phone that the predecessor rang lets it be: acknowledged as the lost transaction would have (RFC 3261 section 17.1.1.3). */
void acknowledge_refusal(Core &core, pjsip_rx_data *rdata);

// reinvite.cc
/** The far side's re-INVITE or UPDATE: passed to the leg it is relayed with, or answered by the box. */
void on_offer_request(Core &core, Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata);
/** The state of a re-INVITE or UPDATE of our own. */
void on_offer_state(Core &core, Leg &leg, pjsip_transaction *tsx, pjsip_event *event);
/** The far side's re-INVITE transaction ended: nothing can be answered to it any more. */
void on_asked_over(Core &core, Leg &leg, pjsip_transaction *tsx);
/** The far side took its re-INVITE back. */
void cancel_asked(Core &core, Leg &leg);
void forget_offer(Core &core, Leg &leg);
/** Sends a re-INVITE or UPDATE of ours, on behalf of `for_leg` or of the box; false when it could not leave. */
bool put_offer(Core &core, Leg &leg, const std::string &text, const std::string &for_leg, bool as_update);
/** The box's own answer to an offer, heard and settled; nullopt when there is no codec for it. */
std::optional<std::string> box_answer(Core &core, Leg &leg, Sdp wanted);
/** How long the box waits after a 491: longer where the call is its own, so that the two do not meet again (RFC 3261 section 14.1). */
int64_t back_off_ms(const Leg &leg);
/** Has the far side said that it takes UPDATE? */
bool takes_update(const Leg &leg);
/** Two legs that answered separately: a re-INVITE when neither relay nor mixer can make them understand one another. */
void agree_codec(Core &core, Leg &a, Leg &b);

/** The vtable of headers that PJSIP keeps as plain text. */
const pjsip_hdr_vptr *generic_header_kind();


// leg_quality.cc
std::string quality_json(const media::Quality &);
/** Tells how the leg sounds when it is time to. */
void measure(Core &core, Leg &leg, int64_t now_ms);

// session.cc
/** Does a Supported or Require header name this extension? */
bool has_option(const pjsip_msg *msg, pjsip_hdr_e where, std::string_view option);
/** The Min-SE to refuse a request with (422); 0 when its interval will do. */
int session_too_brief(const Core &core, const pjsip_msg *request);
/** What an INVITE or UPDATE of the far side says of the timer. */
void hear_session(Core &core, Leg &leg, const pjsip_msg *request);
/** Headers of our 2xx to it; with them the interval begins. */
std::vector<Header> grant_session(Core &core, Leg &leg);
/** Puts what we want of the timer into our INVITE or UPDATE. */
void ask_session(Core &core, Leg &leg, pjsip_tx_data *request);
/** The far side's 2xx to ours. */
void agree_session(Core &core, Leg &leg, const pjsip_msg *answer);
/** From a 422: true when another try is worth it. */
bool take_minimum(Leg &leg, const pjsip_msg *refusal);
/** A refresh of ours has its final answer, or none when `rdata` is null. May end the leg. */
void session_answered(Core &core, Leg &leg, int status, pjsip_rx_data *rdata);
/** True when the transaction is a refresh by UPDATE. */
bool on_session_state(Core &core, Leg &leg, pjsip_transaction *tsx, pjsip_event *event);
/** Refreshes now: by UPDATE where the phone takes it. */
void refresh_session(Core &core, Leg &leg);
void session_tick(Core &core, Leg &leg, int64_t now_ms);
std::string session_record(const Leg &leg);
void restore_session(Core &core, Leg &leg, std::string_view record);

// reliable.cc
/** Does the caller ask for PRACK? */
void hear_reliable(Leg &leg, const pjsip_msg *invite);
/** Headers of a provisional answer; none where it need not arrive. */
std::vector<Header> make_reliable(Core &core, Leg &leg, bool described);
/** True when `then` is done once the caller has acknowledged what it was told: the next answer must not overtake that. */
bool await_prack(Leg &leg, std::function<void(Core &, Leg &)> then);
void on_prack(Core &core, Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata);
/** Sends a PRACK where it is due; false for a copy that is to be ignored. */
bool acknowledge_provisional(Leg &leg, pjsip_rx_data *rdata);

// identity.cc
/** Whom a caller believes to have called, and whether it may be named. */
void hear_identity(Leg &leg, const pjsip_msg *invite, const std::string &dialled);
/** Who is called, and on whose behalf. */
void note_identity(Core &core, Leg &leg, const InviteOptions &options);
/** Two legs that hear one another now: each phone that takes UPDATE learns who the other is. */
void introduce(Core &core, Leg &a, Leg &b);
/** What the next answer or UPDATE says of it. */
std::vector<Header> due_identity(Leg &leg);
void show_if_due(Core &core, Leg &leg);

// reason.cc
/** Why a caller gave up, for the phones that ring for it (RFC 3326). */
void pass_reason(Core &core, const Leg &leg, const pjsip_msg *msg);
/** Is this INVITE one of the box's own that came back (RFC 3261 section 16.3)? */
bool is_own_loop(const Core &core, const pjsip_msg *invite, std::string_view dialled);

// invite_out.cc
/** A user part as a URI may carry it (RFC 3261 section 25.1). */
std::string escaped_user(std::string_view user);
std::string quoted(std::string_view name);

// leg_tick.cc
void leg_tick(Core &core, Leg &leg, int64_t now_ms);

// restore.cc
/** Brings back the legs of a crashed predecessor; returns them as JSON. Before any socket is open. */
std::string restore_records(Core &core);
/** Sends what the predecessor owed: repeated answers, refusals, CANCELs. After the sockets are open. */
void send_owed(Core &core);
/** A phone came again on another connection: what was owed it on the one before goes there. */
void pay_owed(Core &core, const Hop &from, const Hop &to);
/** Is the phone of a leg still there? One that is gone answers 481 or nothing, and the leg ends. */
void ask_if_there(Leg &leg);
void restore_tick(Core &core, int64_t now_ms);
/** An INVITE that the predecessor answered comes again: repeats what is owed. True when that is what it was. */
bool is_known_invite(Core &core, pjsip_rx_data *rdata);

// revive.cc
/** What the record holds of a call for help that nobody has answered yet. */
std::string wire_record(const Leg &leg);
/** Keeps the INVITE as it was sent, when it is a call for help. */
void keep_sent(Leg &leg);
void keep_received(Core &core, Leg &leg, const pjsip_rx_data *rdata);
/** Makes a leg whose INVITE was fed in again the one that its caller knows: tag, port, description. */
void take_up(Core &core, Leg &leg, const Core::Revival &revival);
const std::string &line_of_revived(const Core::Revival &revival);

// record.cc
/** From here on nothing is written: a successor takes over. */
void freeze_records(Core &core);
/** Opens the file of records; what a predecessor left in it is returned, by leg. */
std::map<std::string, std::map<std::string, std::string>> open_records(Core &core);
/** Begins the file anew with the legs that are up. */
void rewrite_records(Core &core);
/** Keeps the bytes of a response that a successor must be able to send; empty bytes: nothing is owed any more. */
void owe(Core &core, Leg &leg, const char *what, std::string bytes);
/** The same, from a message not sent yet; it is written when this returns, with whatever changed beside it. */
void owe_message(Core &core, Leg &leg, const char *what, pjsip_tx_data *tdata);
/** The same, with another status on a template. */
void owe_refusal(Core &core, Leg &leg, pjsip_tx_data *reply, int status);
/** Writes the leg's record: of a call for help at once, of others when the round of the loop is over, once for all that changed in it. */
void save_record(Core &core, Leg &leg);
void forget_record(Core &core, Leg &leg);
/** The end of a round: what has changed is written, in one go. */
void flush_records(Core &core);

// leg_module.cc
/** Ends the wait for an ACK: the 2xx is not repeated any more. */
void end_answering(Tie &tie);

// in_dialog.cc
void on_dialog_request(Core &core, pjsip_dialog *dlg, pjsip_transaction *tsx, pjsip_rx_data *rdata);
/** Answers a request inside a dialog at once. */
void respond_in_dialog(pjsip_dialog *dlg, pjsip_transaction *tsx, pjsip_rx_data *rdata, int status, const std::vector<Header> &headers = {});

// requests.cc
/** Keeps a request of a dialog until JavaScript answers it; returns its id. */
std::string keep_request(Core &core, Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata);
void respond(Core &core, const std::string &request, int status, const std::string &content_type, const std::string &body);
void forget_requests(Core &core, const std::string &leg);
void expire_requests(Core &core, int64_t now_ms);
void on_request_transaction_over(Core &core, pjsip_transaction *tsx);
/** MESSAGE outside a dialog. */
void on_message(pjsip_rx_data *rdata);
/** As whom the box registers at a trunk; empty for other requests. */
struct Registration {
  std::string account, contact, call_id;
  int cseq = 0;
};
struct OutOfDialog {
  std::string request, method, content_type, body;
  InviteTarget target;
  Registration registration;
  std::vector<Header> headers;
};
void send_out_of_dialog(Core &core, const OutOfDialog &o);
/** Keys as INFO, one behind the other: for a phone that is told them in no other way. */
void send_keys(Core &core, Leg &leg, const std::string &keys);
void send_info(Core &core, const std::string &leg, const std::string &content_type, const std::string &body);

// refer.cc
/** The leg of a dialog, by its identity as the far side writes it; empty when there is none. */
std::string leg_of_dialog(std::string_view call_id, std::string_view local_tag, std::string_view remote_tag);
/** What an INVITE's Replaces header names (RFC 3891), as JSON; empty when there is none or it names nobody. */
std::string replaces_json(Core &core, pjsip_rx_data *rdata);
/** Does it have that header, naming a call that is no more? */
bool replaces_nobody(Core &core, pjsip_rx_data *rdata);
/** What a REFER asks for; `fault` is the status that refuses it. */
struct ReferWish {
  std::string address;
  bool quiet = false;  // Refer-Sub: false (RFC 4488)
  int fault = 0;
};
ReferWish wish_of(const pjsip_msg *refer);
void on_refer(Core &core, Leg &leg, pjsip_transaction *tsx, pjsip_rx_data *rdata);
/** What a NOTIFY says of how it goes (RFC 3515 section 2.4.5). */
std::string sipfrag(int status);
void notify_refer(Core &core, const PendingRequest &request, int status);

// refer_outside.cc
/** A phone asks the box to call for it (REFER outside a dialog). */
void on_refer_outside(pjsip_rx_data *rdata);

// qualify.cc
void qualify_every(Core &core, int seconds);
void qualify_tick(Core &core, int64_t now_ms);

}  // namespace pbx::sip
