// Several phones hearing one another: each hears the sum of the others. Costs what its own members cost, nothing for the rest of the box.
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "clock_thread.h"
#include "ear.h"
#include "limiter.h"
#include "voice_cleaner.h"

namespace pbx::media {

class Mixer final : public Ticker {
 public:
  struct Member {
    std::shared_ptr<Port> port;
    bool speaks, hears;
    /** Its bridge relays to it: goes on unless it `hears`, and then until there is something to be heard here. */
    bool relayed = false;
    /** The one who alone hears it; 0: everybody. */
    PortId only_to = 0;
  };
  explicit Mixer(std::shared_ptr<CodecRoom> room) : room_(std::move(room)) {}

  /** Who is in from the next beat on; those who stay are not interrupted. */
  void set_members(std::vector<Member>);
  /** Ends with the next beat. */
  void stop() { set_members({}), stopping_ = true; }
  bool tick(uint64_t now_us) override;

 private:
  /** The mix is wideband; a G.711 phone gets its half of it. */
  static constexpr int rate = 16000;
  static constexpr size_t samples = rate / 50;
  struct Seat {
    std::shared_ptr<Port> port;
    bool speaks = false, hears = false, claimed = false;
    PortId only_to = 0;
    int waited = 0;
    uint64_t speaker = 0;
    std::shared_ptr<Ear> ear;
    std::unique_ptr<VoiceCleaner> cleaner;
    std::unique_ptr<Encoder> encoder;
    std::unique_ptr<Resampler> down;
    Limiter limiter;
    bool spoke = false;
    int16_t said[samples] = {};
  };

  void reseat();
  void seat(const Member &, std::unique_ptr<Seat>);
  void leave(Seat &);
  /** Whether the relay may be taken the place of: its speech has reached the ears here. */
  bool is_ready(Seat &) const;
  /** What it says in this beat, cleaned where its line asks for it. */
  void hear(Seat &) const;
  void speak_to(Seat &, const int32_t *sum);

  const std::shared_ptr<CodecRoom> room_;
  std::mutex mutex_;
  std::vector<Member> wanted_;
  bool changed_ = false;
  std::atomic<bool> stopping_{false};
  /** The clock thread's own. */
  std::vector<std::unique_ptr<Seat>> seats_;
};

}  // namespace pbx::media
