// One side of a leg's media: a pair of sockets, where they point, the one stream sent through them, and who listens in.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include "codec_name.h"
#include "counters.h"
#include "digits.h"
#include "door.h"
#include "latch.h"
#include "out_stream.h"
#include "port_allocator.h"
#include "port_record.h"
#include "reception.h"
#include "record_file.h"
#include "rtcp.h"
#include "rtcp_ear.h"
#include "srtp.h"

namespace pbx::media {

/** Hears the packets that pass a port, without delaying them. Called under the port's lock: copies, nothing more. */
class Tap {
 public:
  virtual ~Tap() = default;
  virtual void hear(const Format &, const rtp::Packet &) = 0;
};

/** Who may speak to a phone at a moment: the highest that is present. */
enum class Voice { relay, mix, player, digits, page };

// INVARIANTS: two locks, `rx_` (what comes from the phone) and `tx_` (what goes to it). Whoever holds some port's rx_ may
// take any port's tx_; nobody who holds a tx_ takes another lock of a port.
class Port {
 public:
  /** What receiving a packet brought about, told to the plane once no lock is held. */
  struct Heard {
    /** Something of what follows: most packets bring nothing about. */
    bool told = false;
    bool latched = false;
    /** A handshake gave the keys; one is under way, and must be looked after. */
    bool keyed = false, shaking = false;
    char digit = 0;
    Address from{};
    /** The bridged port, when its phone cannot be sent the key as an event of the relayed stream. */
    PortId pass_digit_to = 0;
  };

  Port(PortId id, const Address &bind, SocketPair sockets, Counters &counters);
  ~Port();

  const PortId id;
  const int local_port;
  int rtp_socket() const { return sockets_.rtp; }
  int rtcp_socket() const { return sockets_.rtcp; }

  /** One packet off a readable socket. On the relay thread. False when nothing was there. */
  bool read_rtp(Heard &);
  bool read_rtcp();
  /** Once a second on the relay thread: a source that fell silent may have moved. */
  void loosen_when_silent(uint64_t now_us);
  /** Once a second on the relay thread: where the box itself is an end of the conversation it reports, every few seconds. */
  void report_when_due(uint64_t now_us);

  void set_remote(const Remote &);
  /** Who must prove himself how. Before set_remote and set_keys. */
  void set_access(const Access &, const std::shared_ptr<const DtlsIdentity> &);
  /** Is a handshake under way, which shake_when_due must be called for? Without a lock. */
  bool is_shaking() const { return shaking_; }
  /** On the relay thread, every few milliseconds: flights that are overdue. */
  void shake_when_due(uint64_t now_us, Heard &);
  bool set_keys(const SrtpKeys &);
  bool is_encrypted() const;
  /** Its suite, for people: with the word DTLS where a handshake gave the keys; empty in the clear. */
  std::string suite() const;
  void set_format(const Format &);
  Format format() const;
  /** The codec of the format, without a lock. */
  Codec codec() const { return codec_; }
  /** Relays to `peer` from now on; nullptr ends it. With `relayed` false the peer only gets digits: a mix carries the speech. */
  void set_peer(std::shared_ptr<Port> peer, bool relayed);
  void set_cleaning(Cleaning);
  /** Without a lock. */
  Cleaning cleaning() const { return cleaning_; }
  Counters &counters() { return counters_; }
  void set_held(bool);
  bool held() const;
  Quality quality() const;
  /** Of what the phone was sent lately, as it reported, in percent; 0 until it did. */
  int far_loss() const { return far_loss_; }

  /** While a voice is claimed, lower ones are not heard. Counted: release as often. */
  void claim(Voice);
  void release(Voice);
  /** One packet of a voice of the box; `speaker` tells streams apart, `samples` is its length in RTP units. False when not sent. */
  struct Speech {
    Voice voice;
    uint64_t speaker;
    const uint8_t *payload;
    size_t size;
    uint32_t samples;
  };
  bool speak(const Speech &);
  /** The same of one that need not be sent: the phone's opus goes on with its noise. */
  void pause(Voice, uint64_t speaker, uint32_t samples);
  /** Its phone asked that silence is not sent (usedtx=1, RFC 7587 section 6.1). Without a lock. */
  bool takes_pauses() const { return takes_pauses_; }
  /** One packet of a pressed key. */
  bool speak_event(uint64_t speaker, const DigitSender::Step &);

  void listen_in(const std::shared_ptr<Tap> &);
  void listen_out(const std::shared_ptr<Tap> &);
  void stop_listening(const Tap *);

  /** Takes over from a predecessor. Before the port is added to a relay thread. */
  void restore(const PortState &, const std::shared_ptr<const DtlsIdentity> &);
  PortState state() const;
  void record_into(RecordFile::Slot *slot);
  RecordFile::Slot *slot() const { return slot_; }

  /** Nothing is sent or heard afterwards. The sockets are closed by the relay thread, which may be about to read them. */
  void shut();
  bool is_shut() const;
  void close_sockets();

 private:
  struct PayloadMap {
    int from = -1, to = -1, from_event = -1, to_event = -1;
    int operator()(int type) const { return type == from ? to : type == from_event ? to_event : type; }
  };

  void hear(uint8_t *packet, size_t size, Heard &);
  void hear_rtcp(uint8_t *packet, size_t size);
  void hear_digit(char digit, Heard &) const;
  ssize_t read(Latch &, uint8_t *buffer, Heard &);
  ssize_t read_guarded(Latch &, uint8_t *buffer, Heard &);
  bool judge(Latch &, std::string_view packet, const Address &from, Heard &);
  bool may_be_heard(Latch &, const Address &from);
  void check(Latch &, std::string_view packet, const Address &from, Heard &);
  void settle_on(Latch &, const Address &from, Heard &);
  void shake(std::string_view datagram, const Address &from, Heard &);
  void after_step(uint64_t failures_before, Heard &);
  void lock_until_keyed();
  /** Contexts of other keys, made before any lock is taken that a packet needs. */
  struct KeyChange {
    SrtpKeys keys;
    bool in = false, out = false;
    std::unique_ptr<Opener> opener;
    std::unique_ptr<Sealer> sealer;
  };
  bool change_of(const SrtpKeys &, KeyChange &) const;
  void take(KeyChange &&);
  ssize_t open(uint8_t *packet, ssize_t size);
  ssize_t opened(uint8_t *packet, size_t size);
  void relay(uint8_t *whole, size_t size, rtp::Packet packet);
  void relay_rtcp(uint8_t *packet, size_t size, RtcpTranslation translation);
  bool may_speak(Voice) const;
  bool send(iovec *parts, size_t count);
  bool send_sealed(const iovec *parts, size_t count);
  bool send_rtcp(uint8_t *packet, size_t size);
  bool speak_locked(const rtp::Header &, const uint8_t *payload, size_t size);
  void drop_incoming(bool drop);
  void send_report(uint64_t now_us, bool spoke, bool heard);
  void write_block(uint8_t *block, uint64_t now_us);
  PortState state_locked() const;
  std::string suite_word() const;
  void note_format(const Format &);
  void save();
  void resume_keys(const PortState &);
  void resume_door(const PortState &);

  SocketPair sockets_;
  const Address bind_;
  Counters &counters_;
  std::atomic<Codec> codec_{Codec::none};
  std::atomic<int> far_loss_{0};
  std::atomic<bool> takes_pauses_{false};
  std::atomic<Cleaning> cleaning_{Cleaning::off};

  mutable std::mutex rx_;
  Format format_;
  Reception reception_;
  DigitDetector detector_;
  std::shared_ptr<Port> peer_;
  bool relayed_ = false;
  PayloadMap map_;
  bool send_only_ = false;
  uint64_t heard_us_ = 0;
  std::vector<std::shared_ptr<Tap>> in_taps_;
  /** Of an encrypted leg; `former_opener_` for what is still under way when the phone took another key. */
  std::unique_ptr<Opener> opener_, former_opener_;
  uint64_t former_until_us_ = 0, forged_ = 0, replayed_ = 0;
  /** Of a leg with checks or a handshake. */
  std::unique_ptr<Door> door_;
  std::atomic<bool> shaking_{false};

  mutable std::mutex tx_;
  SrtpKeys keys_;
  std::unique_ptr<Sealer> sealer_;
  Latch rtp_, rtcp_;
  bool muxed_ = false;
  /** The keys come from a handshake, which is RTP's: RTCP goes with it or not at all. */
  bool by_handshake_ = false;
  Format tx_format_;
  OutStream stream_;
  std::array<int, 5> claims_{};
  bool held_ = false;
  bool shut_ = false;
  uint64_t sent_ = 0, octets_ = 0;
  uint16_t first_seq_;
  RtcpEar ear_;
  uint64_t report_due_us_ = 0, told_expected_ = 0, told_lost_ = 0;
  std::vector<std::shared_ptr<Tap>> out_taps_;
  RecordFile::Slot *slot_ = nullptr;
};

}  // namespace pbx::media
