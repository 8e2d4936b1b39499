// Listens to one phone for the tones of its keypad: a phone that says its keys in no better way.
#pragma once

#include <atomic>
#include <functional>

#include "clock_thread.h"
#include "ear.h"
#include "tone_detector.h"

namespace pbx::media {

class KeyEar final : public Ticker {
 public:
  /** Told of each key on the clock thread. */
  using Told = std::function<void(PortId, char key)>;
  KeyEar(std::shared_ptr<Port> port, std::shared_ptr<CodecRoom> room, Told told);

  /** Ends with the next beat, and tells nothing more. */
  void stop() { stopping_ = true; }
  bool tick(uint64_t now_us) override;

 private:
  const std::shared_ptr<Port> port_;
  const std::shared_ptr<Ear> ear_;
  const Told told_;
  ToneDetector detector_;
  std::atomic<bool> stopping_{false};
};

}  // namespace pbx::media
