// One page: the same sounds, or one person's live speech, to every listener at once; encoded once per codec.
#pragma once

#include <mutex>

#include "clock_thread.h"
#include "ear.h"
#include "page_sender.h"
#include "player.h"
#include "voice_cleaner.h"

namespace pbx::media {

class Page final : public Ticker {
 public:
  struct Events {
    std::function<void(const std::string &listener)> started;
    /** A round was spoken to its end; rounds count from 1. */
    std::function<void(int round)> round;
    std::function<void(bool complete, const std::vector<Listener::PageDelivery> &)> ended;
  };
  struct Program {
    Score score;
    /** Rounds; 0: until stopped. */
    int repeats = 1;
    /** A late listener hears at least so many whole rounds, if need be after the others are done. */
    int whole_rounds_for_late = 0;
    /** Live speech, after the rounds of the score if it has any. */
    std::shared_ptr<Port> speaker;
  };
  struct Seat {
    std::string id;
    /** A leg, or nullptr for plain RTP: */
    std::shared_ptr<Port> port;
    PageSender::Route route{};
    /** Name or address of the interface that multicast must leave by; while it is not there, nothing leaves. */
    std::string interface;
    Codec codec = Codec::none;
    uint32_t ssrc = 0;
    int poly_channel = 0;
    std::string caller;
  };

  Page(std::shared_ptr<CodecRoom> room, Program program, Counters &counters, Events events);

  void join(Seat);
  void leave(const std::string &listener);
  /** Ends with the next beat. */
  void stop() { stopping_ = true; }
  bool tick(uint64_t now_us) override;

 private:
  struct Place {
    Seat seat;
    std::unique_ptr<PolyPaging> poly;
    uint64_t speaker = 0;
    /** Plain RTP only; the stream of a leg is its port's. */
    uint16_t seq = 0;
    uint32_t ts = 0;
    bool started = false, missed = false, gone = false;
    int first_whole_round = 1;
    /** After which it has heard enough; 0: never. */
    int last_round = 0;
    uint64_t packets = 0;
    int whole_rounds = 0;
    /** Whether it is still spoken to; a stream of Poly's that is not may have speech on its way. */
    bool hears() const { return !gone && !(poly && poly->finishing()); }
  };

  void take_changes();
  void place(Seat);
  /** Interfaces that were not there may be now. */
  void look_for_interfaces();
  bool live() const { return program_.speaker && (rounds_done_ || program_.score.round_frames() == 0); }
  bool step_score();
  bool step_live();
  /** One frame to everybody who still listens; `frame` gives it per codec. */
  void speak(const std::function<Payload(Codec)> &frame);
  void speak_as_rtp(Place &, const Payload &);
  void speak_as_poly(Place &, const Payload &);
  void spoken(Place &, bool left);
  void end_round();
  /** After what it was said to hear. */
  void dismiss(Place &);
  /** In the middle of a word. */
  void cut(Place &);
  bool end(bool complete);
  /** Until streams of Poly's are ended too. */
  bool part();

  const std::shared_ptr<CodecRoom> room_;
  const Program program_;
  const Events events_;
  PageSender sender_;
  std::shared_ptr<Ear> ear_;
  std::unique_ptr<VoiceCleaner> cleaner_;
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;
  std::vector<Seat> joining_;
  std::vector<std::string> leaving_;

  /** The clock thread's own. */
  std::vector<std::unique_ptr<Place>> places_;
  bool begun_ = false, rounds_done_ = false, parting_ = false, complete_ = false;
  int round_ = 1, beats_ = 0;
  size_t frame_ = 0;
  struct Voicing {
    std::unique_ptr<Encoder> encoder;
    Resampler resampler;
    uint8_t bytes[most_encoded];
    size_t size = 0;
    bool fresh = false;
  };
  Voicing voicings_[all_codecs.size()];
  std::vector<PageSender::Packet> packets_;
  std::vector<Place *> packet_places_;
};

}  // namespace pbx::media
