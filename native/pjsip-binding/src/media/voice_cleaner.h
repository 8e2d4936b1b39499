// Cleans what one phone says where the box decodes it anyway: noise of its room, the box's own voice come back, and loudness.
#pragma once

#include <array>
#include <memory>

#include "codec.h"
#include "leveller.h"
#include "port.h"

struct SpeexEchoState_;
struct SpeexPreprocessState_;

namespace pbx::media {

class Ear;

/**
 * Of one port whose phone speaks into a mix or a page; used on the clock thread. Speech comes out 20 ms later than it went
 * in (the frames of the noise suppression overlap). What the phone hears is listened to only where echo is to go.
 */
class VoiceCleaner {
 public:
  /**
   * What the port asks for (Port::cleaning), or nullptr where that is nothing, or more than the box has time for: then it is
   * counted. `rate` is 8000 or 16000.
   */
  static std::unique_ptr<VoiceCleaner> of(const std::shared_ptr<Port> &, const std::shared_ptr<CodecRoom> &, int rate);
  /** Throws std::bad_alloc. `cleaning` is not off. */
  VoiceCleaner(std::shared_ptr<Port>, std::shared_ptr<CodecRoom>, Cleaning, int rate);
  ~VoiceCleaner();
  VoiceCleaner(const VoiceCleaner &) = delete;
  VoiceCleaner &operator=(const VoiceCleaner &) = delete;

  /**
   * One frame of 20 ms, in place, each beat. `heard`: the phone sent something, which is what Ear::pull says. Returns
   * whether there is something to be heard now: the last 20 ms of a phone that fell silent still come.
   */
  bool clean(int16_t *frame, bool heard);

 private:
  /** Cost in a beat, in units of a voice whose noise is taken off; so many may be spent, as the beat is that of alarms too. */
  static constexpr int units_of_echo = 4, most_units = 12;
  static int units_of(Cleaning cleaning) { return cleaning == Cleaning::noise_gain_and_echo ? units_of_echo : 1; }
  /** What the phone was sent may return within so long: its own jitter buffer, its room, and the way back. */
  static constexpr int echo_tail_ms = 250;
  struct EndsEcho { void operator()(SpeexEchoState_ *) const; };
  struct EndsSuppression { void operator()(SpeexPreprocessState_ *) const; };

  void hear_sent();
  void take_echo_off(int16_t *frame);
  /** How sure it is that this is somebody who speaks there, 0 to 1. */
  double speech() const;

  const std::shared_ptr<Port> port_;
  const std::shared_ptr<CodecRoom> room_;
  const int units_, rate_;
  const size_t samples_;
  /** What the phone is sent, by whomever; with the echo gone before noise is looked for. */
  std::shared_ptr<Ear> sent_;
  std::unique_ptr<SpeexEchoState_, EndsEcho> echo_;
  std::unique_ptr<SpeexPreprocessState_, EndsSuppression> suppression_;
  std::unique_ptr<Leveller> leveller_;
  /** The frame of it that belongs to this beat. */
  std::array<int16_t, most_samples> said_to_it_{};
  /** So long what comes may still be echo: loudness is not learned from it. */
  int echo_ms_ = 0;
  bool holds_tail_ = false;
};

}  // namespace pbx::media
