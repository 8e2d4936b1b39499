// The media plane: RTP ports, the relay between them, and everything that hears or speaks. Knows packets and sounds,
// nothing of SIP, calls or policy.
//
// INVARIANTS
// - Every function here may be called from the sip thread or the JS thread; none blocks longer than a mutex held for
//   microseconds. What must happen on a relay thread is posted to it.
// - A port belongs to one relay thread for life; the ports of two bridged legs are moved to the same thread.
// - Facts are handed to the Listener from relay and mixer threads: it only copies them into the event queue.
// - `close` is idempotent; an id is never used twice in the life of the process.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access.h"
#include "quality.h"
#include "srtp.h"

namespace pbx::media {

using PortId = uint32_t;
using Address = sockaddr_storage;

/** What one side of a leg speaks, read off its SDP. */
struct Format {
  std::string codec;           // "PCMU", "PCMA", "G722", "opus", or any other name: relayed, never decoded
  int clock_rate = 8000;
  int channels = 1;
  int payload_type = 0;
  int event_type = -1;         // payload type of telephone-event (RFC 4733), -1 when there is none
  int ptime_ms = 20;
  std::string fmtp;
  /** Numbers that can be counted with: what a phone wrote, or what is left of a record, may be anything. */
  bool is_countable() const {
    return clock_rate > 0 && clock_rate <= 1'000'000 && channels > 0 && channels <= 255 && payload_type >= 0 && payload_type <= 127 && event_type >= -1 && event_type <= 127 && ptime_ms > 0 &&
           ptime_ms <= 200;
  }
};

/** Who may be latched to: the first packet from `signalled` or the SDP address wins; strangers never do. */
struct Remote {
  Address rtp{};               // from the SDP
  Address rtcp{};
  Address signalling{};        // source of the SIP message: a phone behind NAT sends from this host
  bool send_only = false;      // towards the phone (pages): what comes back is dropped
};

/** How a key was said: as a telephone event (RFC 4733), or in the speech itself. */
enum class Pressed : uint8_t { event, tones };

/** Facts, in the past tense. Called on media threads. */
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_latched(PortId port, const Address &from) = 0;
  /** A handshake gave the keys; `suite` as Quality has it. */
  virtual void on_keyed(PortId port, const std::string &suite) = 0;
  virtual void on_digit(PortId port, char digit, Pressed) = 0;
  /** Keys for a phone that can be told them neither as events nor as tones: INFO is left. */
  virtual void on_keys_unspoken(PortId port, const std::string &digits) = 0;
  virtual void on_played(PortId port, const std::string &play, bool complete) = 0;
  virtual void on_recorded(PortId port, const std::string &file, double seconds, const std::string &error) = 0;
  virtual void on_page_started(const std::string &page, const std::string &listener) = 0;
  virtual void on_page_round(const std::string &page, int round) = 0;
  struct PageDelivery { std::string listener; uint64_t packets; int whole_rounds; };
  virtual void on_page_ended(const std::string &page, bool complete, const std::vector<PageDelivery> &) = 0;
};

struct Config {
  int port_from = 10000, port_to = 20000;
  int relay_threads = 1;
  std::string state_file;      // memory file that lets a successor reopen the same ports; empty: none
};

struct Playlist { std::vector<std::string> sounds; int repeats = 1; int gap_ms = 0; };

/** Steps one behind the other, and over again from step `from`; a step without frequencies is silence. */
struct Tone {
  struct Step { std::vector<double> hertz; int ms; };
  std::vector<Step> steps;
  size_t from = 0;
  bool is_whole() const {
    for (const Step &step : steps)
      if (step.ms <= 0) return false;
    return from < steps.size();
  }
};

struct PageListener {
  std::string id;
  PortId port = 0;             // a leg's port, or 0 for plain RTP:
  Address to{};
  std::string codec = "PCMU";
  int ttl = 1;
  uint32_t ssrc = 0;           // 0: drawn at random
  std::string interface;       // name or address of the interface multicast leaves by; empty: by route
  int poly_channel = 0;        // 0: RTP; otherwise the framing of Poly's phones, on this channel
  std::string caller;          // what those phones show
};

/** What is done to what a phone says, where the box decodes it anyway: each along with what stands before it. */
enum class Cleaning : uint8_t { off, noise, noise_and_gain, noise_gain_and_echo };

/** How a recording has the two sides of a port: in one channel, or what its phone says in the left or in the right of two. */
enum class Sides { mixed, left, right };

/** What must survive a crash of the process for one port, as one line of text. */
struct PortRecord { PortId id; std::string line; };

class Plane {
 public:
  virtual ~Plane() = default;

  /** Binds an even RTP port and the odd one above it for RTCP. Returns 0 when none is free. `local_port` is filled in. */
  virtual PortId open(const Address &bind, int &local_port) = 0;
  /** Where the far side is, and (again) lets it be latched to. */
  virtual void set_remote(PortId, const Remote &) = 0;
  /**
   * Checks that a source must pass, and the handshake that gives the keys (`set_keys` is not called then): nothing passes
   * before. Before `set_remote`. The same again changes nothing; other credentials ask for checks anew, another fingerprint
   * or role for a handshake, until whose end the keys before it hold.
   */
  virtual void set_access(PortId, const Access &) = 0;
  /** Of the certificate that the plane shows in handshakes, as a=fingerprint says it (RFC 8122). */
  virtual const std::string &fingerprint() const = 0;
  /**
   * Encrypts both ways from now on; empty keys end that. Before `set_remote`, so that nobody is latched to who cannot prove
   * himself. The same key again changes nothing. False, and nothing changed, for keys that do not fit their suite.
   */
  virtual bool set_keys(PortId, const SrtpKeys &) = 0;
  /** What the far side sends and wants to be sent: known once offer and answer met. */
  virtual void set_format(PortId, const Format &) = 0;
  /** Of the speech of its phone, in mixes and pages that it joins from now on. What is relayed stays as it came, and so do recordings and keys. */
  virtual void set_cleaning(PortId, Cleaning) = 0;
  /**
   * Relays both ways. Payload types are mapped by codec name when they differ; no codec in common: transcoded. A key that
   * the other phone cannot be sent as an event reaches it as a tone; one said in tones reaches it as the event that it takes. Takes both out of whatever they were in.
   */
  virtual void bridge(PortId a, PortId b) = 0;
  virtual void unbridge(PortId) = 0;
  /** A held port is sent nothing of its bridge or mix; players and pages still reach it, and what it sends still passes on. */
  virtual bool held(PortId) = 0;
  virtual void set_held(PortId, bool) = 0;
  virtual Quality quality(PortId) = 0;
  /** The suite of an encrypted port as Quality has it, empty for others. */
  virtual std::string suite(PortId) = 0;
  virtual void close(PortId) = 0;

  /** Restores a port of a crashed predecessor: same local port, same SSRC with the sequence continued, latched as before. */
  virtual bool restore(PortId id, const std::string &line) = 0;
  /** The line that `restore` needs later. Changes are also written to Config::state_file by the plane itself. */
  virtual std::string record_of(PortId) = 0;

  /** Reads a WAV (mono PCM 16 bit, 8 to 48 kHz) and encodes it for every codec of pages. Blocking: call off the sip thread. Throws std::runtime_error. */
  virtual double load_sound(const std::string &sound, const std::string &file) = 0;
  virtual void drop_sound(const std::string &sound) = 0;
  /**
   * Who speaks to a port at a moment, highest first: page, keys, player, mix, bridge. A new play or tone takes the place
   * of the former one, which ends as not complete. `on_played` comes exactly once, also for an unknown port or sound.
   */
  virtual void play(PortId, const std::string &play, const Playlist &) = 0;
  virtual void tone(PortId, const std::string &play, const Tone &) = 0;
  virtual void stop_play(PortId, const std::string &play) = 0;
  /** RFC 4733 events, or tones where the far side takes none; `on_keys_unspoken` where it cannot hear these either. Keys pressed meanwhile wait. */
  virtual void send_digits(PortId, const std::string &digits) = 0;
  /** The phone says its keys as INFO: nobody listens for its tones any more, and unless it takes events it is told keys the same way. */
  virtual void keys_by_info(PortId) = 0;
  /** Both sides, 8 kHz or, for wideband codecs, 16. `on_recorded` comes exactly once. */
  virtual void record(PortId, const std::string &file, Sides) = 0;
  virtual void stop_record(PortId) = 0;

  /** How an ear takes part in a bridge: unheard, heard by one side, heard by both. */
  enum class Overhearing : uint8_t { listen, whisper, speak };
  /**
   * Lets `ear` hear both sides of the bridge that `on` is in; a whisper is heard by `on` alone. Called again it changes the
   * manner; the relay goes on undecoded to whoever hears nothing new. Ends with `end_overhear`, the ear, or the bridge.
   */
  virtual void overhear(PortId ear, PortId on, Overhearing) = 0;
  virtual void end_overhear(PortId ear) = 0;

  struct MixMember { PortId port; bool speaks, hears; };
  /** All members hear one another; called again with other members it changes the mix. */
  virtual void mix(const std::string &mix, const std::vector<MixMember> &) = 0;
  virtual void unmix(const std::string &mix) = 0;

  /**
   * Encodes once per codec, sends the same payload to every listener, the first packet at once. `source_port` non-zero:
   * live speech of that leg, after the playlist if there is one; it ends with the leg or stop_page. Rounds count from 1;
   * a round is told when it was spoken to its end. Listeners of plain RTP hear PCMU, PCMA or G722.
   */
  virtual void page(const std::string &page, const Playlist &, PortId source_port, const std::vector<PageListener> &, int whole_rounds_for_late) = 0;
  virtual void join_page(const std::string &page, const PageListener &) = 0;
  virtual void leave_page(const std::string &page, const std::string &listener) = 0;
  virtual void stop_page(const std::string &page) = 0;

  struct Dump { int ports, encrypted, players, recorders, mixes, pages; std::vector<std::pair<std::string, uint64_t>> counters; };
  virtual Dump dump() = 0;
  /** Ends everything and joins all threads. Ports that were not closed before stay in the state file for a successor. */
  virtual void stop() = 0;
};

/** The one implementation. Media threads register themselves with pjlib where they use its codecs; pj_init has run before. */
std::unique_ptr<Plane> create_plane(const Config &, Listener &);

}  // namespace pbx::media
