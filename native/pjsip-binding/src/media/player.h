// Speaks to one phone: sounds from memory, tones, or keys pressed on its behalf.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

#include "clock_thread.h"
#include "codec.h"
#include "port.h"
#include "sound.h"

namespace pbx::media {

/** Unlike for every speaker of the process, so that the stream of a port sees who changes. */
uint64_t new_speaker();

/** One `play`: says exactly once how it ended. */
class Player : public Ticker {
 public:
  using Over = std::function<void(const Player &, bool complete)>;
  Player(std::shared_ptr<Port> port, std::string play, Over over);

  const std::string play;
  const std::shared_ptr<Port> port;
  /** Ends with the next beat, as not complete. */
  void stop() { stopping_ = true; }
  bool tick(uint64_t now_us) final;

 protected:
  enum class Step { spoke, done, impossible };
  virtual Step speak(Codec codec) = 0;
  void say(Codec, Payload);

 private:
  const uint64_t speaker_;
  const Over over_;
  std::atomic<bool> stopping_{false};
};

class ScorePlayer final : public Player {
 public:
  ScorePlayer(std::shared_ptr<Port> port, std::string play, Over over, Score score, int repeats);

 private:
  Step speak(Codec codec) override;
  const Score score_;
  const int repeats_;
  int round_ = 0;
  size_t frame_ = 0;
};

/** Sine waves of equal level, generated sample by sample. */
class Tones {
 public:
  explicit Tones(std::vector<double> hertz) : hertz_(std::move(hertz)), phases_(hertz_.size(), 0) {}
  void fill(int16_t *pcm, size_t count, int rate);

 private:
  std::vector<double> hertz_, phases_;
};

class TonePlayer final : public Player {
 public:
  TonePlayer(std::shared_ptr<Port> port, std::string play, Over over, std::shared_ptr<CodecRoom> room, Tone tone);

 private:
  Step speak(Codec codec) override;
  void next_step();
  const std::shared_ptr<CodecRoom> room_;
  const Tone tone_;
  size_t step_ = 0;
  Tones tones_;
  std::unique_ptr<Encoder> encoder_;
  /** Samples of 16 kHz since the step began: cadences are no multiples of 20 ms. */
  size_t at_ = 0;
};

/** Presses keys towards a phone: as telephone events, or as the tones of a keypad where it takes none. */
class Keypad final : public Ticker {
 public:
  Keypad(std::shared_ptr<Port> port, std::shared_ptr<CodecRoom> room, const std::string &digits);
  const std::shared_ptr<Port> port;
  /** More keys after those still waiting; false when it is over already. */
  bool press(const std::string &digits);
  bool tick(uint64_t now_us) override;

 private:
  bool step(const Format &, const DigitSender::Step &);
  void sound(Codec, char digit);

  const std::shared_ptr<CodecRoom> room_;
  const uint64_t speaker_;
  std::mutex mutex_;
  std::string waiting_;
  bool over_ = false;
  DigitSender sender_{""};
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Tones> tones_;
};

}  // namespace pbx::media
