// The plane as a whole: which ports, players, mixes, recorders and pages there are, and which of them belong together.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <utility>
#include <unordered_map>

#include "clock_thread.h"
#include "key_ear.h"
#include "mixer.h"
#include "page.h"
#include "plane.h"
#include "player.h"
#include "port.h"
#include "record_file.h"
#include "recorder.h"
#include "relay_thread.h"
#include "sound.h"

namespace pbx::media {

/** Two phones without a codec in common that the box speaks for both: their speech is transcoded. */
bool are_foreign(const Port &, const Port &);

// INVARIANT: mutex_ guards the tables only. It is taken before any lock of a port, a ticker or a thread, never after.
class MediaPlane final : public Plane {
 public:
  MediaPlane(const Config &, Listener &);
  ~MediaPlane() override;

  PortId open(const Address &bind, int &local_port) override;
  void set_remote(PortId, const Remote &) override;
  void set_access(PortId, const Access &) override;
  const std::string &fingerprint() const override { return identity_->fingerprint(); }
  bool set_keys(PortId, const SrtpKeys &) override;
  void set_format(PortId, const Format &) override;
  void set_cleaning(PortId, Cleaning) override;
  void bridge(PortId a, PortId b) override;
  void unbridge(PortId) override;
  bool held(PortId) override;
  void set_held(PortId, bool) override;
  Quality quality(PortId) override;
  std::string suite(PortId) override;
  void close(PortId) override;
  bool restore(PortId id, const std::string &line) override;
  std::string record_of(PortId) override;

  double load_sound(const std::string &sound, const std::string &file) override;
  void drop_sound(const std::string &sound) override;
  void play(PortId, const std::string &play, const Playlist &) override;
  void tone(PortId, const std::string &play, const Tone &) override;
  void stop_play(PortId, const std::string &play) override;
  void send_digits(PortId, const std::string &digits) override;
  void keys_by_info(PortId) override;
  void record(PortId, const std::string &file, Sides) override;
  void stop_record(PortId) override;
  void overhear(PortId ear, PortId on, Overhearing) override;
  void end_overhear(PortId ear) override;
  void mix(const std::string &mix, const std::vector<MixMember> &) override;
  void unmix(const std::string &mix) override;
  void page(const std::string &page, const Playlist &, PortId source_port, const std::vector<PageListener> &, int whole_rounds_for_late) override;
  void join_page(const std::string &page, const PageListener &) override;
  void leave_page(const std::string &page, const std::string &listener) override;
  void stop_page(const std::string &page) override;

  Dump dump() override;
  void stop() override;

 private:
  struct Entry {
    std::shared_ptr<Port> port;
    RelayThread *thread = nullptr;
    PortId peer = 0;
    bool send_only = false, keys_by_info = false;
  };

  std::shared_ptr<Port> find(PortId);
  Entry *entry(PortId);
  void admit(const std::shared_ptr<Port> &);
  void wire(Entry &a, Entry &b);
  void unwire(Entry &);
  void heard(Port &, const Port::Heard &);
  void heard_tones(PortId, char key);
  bool says_keys_as_tones(const Entry &);
  /** Begins or ends to, as its format and its partner ask for. */
  void listen_for_keys(const Entry &);
  void closed(Port &);
  void same_thread(Entry &a, Entry &b);
  void forget_unclaimed();

  Score score_of(const Playlist &);
  /** Takes the place of what is played to the port now. */
  void start(std::shared_ptr<Player>);
  void played(const Player &, bool complete);
  void recorded(PortId, const std::string &file, double seconds, const std::string &error);
  struct Mix {
    std::shared_ptr<Mixer> mixer;
    std::vector<MixMember> members;
  };
  using Mixes = std::map<std::string, Mix>;
  /** What two bridged ports need of a mixer, if anything: transcoding, or ears. */
  void mix_bridge(Entry &a, Entry &b);
  void add_side(std::vector<Mixer::Member> &, Entry &side, bool transcoded);
  void leave_overheard(PortId ear);
  void end_overheard(PortId a, PortId b);
  /** A mix whose last leg has gone is over. */
  void leave_mixes(PortId, const std::string &except);
  void end_mix(Mixes::iterator);
  Page::Seat seat_of(const PageListener &, unsigned interface);

  const Config config_;
  Listener &listener_;
  Counters counters_;
  const std::shared_ptr<CodecRoom> room_;
  const std::shared_ptr<const Sound> silence_;
  const std::shared_ptr<const DtlsIdentity> identity_;
  PortAllocator allocator_;
  RecordFile records_;
  std::vector<std::unique_ptr<RelayThread>> relays_;
  RecordingWriter writer_;
  ClockThread clock_;

  std::mutex mutex_;
  bool stopped_ = false;
  PortId next_id_;
  size_t next_relay_ = 0;
  std::unordered_map<PortId, Entry> ports_;
  uint64_t began_us_;
  bool unclaimed_forgotten_ = false;

  std::unordered_map<std::string, std::shared_ptr<const Sound>> sounds_;
  std::unordered_map<PortId, std::shared_ptr<Player>> players_;
  std::unordered_map<PortId, std::shared_ptr<Keypad>> keypads_;
  /** Of the phones that are listened to for tones. */
  std::unordered_map<PortId, std::shared_ptr<KeyEar>> key_ears_;
  std::unordered_map<PortId, std::shared_ptr<Recorder>> recorders_;
  int recordings_ = 0;
  Mixes mixes_;
  /** Of bridges between phones without a codec in common, and of those that somebody overhears; by their two ports. */
  std::map<std::pair<PortId, PortId>, std::shared_ptr<Mixer>> bridge_mixers_;
  struct Overheard { PortId on; Overhearing manner; };
  /** By the ear. */
  std::map<PortId, Overheard> overheard_;
  std::map<std::string, std::shared_ptr<Page>> pages_;
};

}  // namespace pbx::media
