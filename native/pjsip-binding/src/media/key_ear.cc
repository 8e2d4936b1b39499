// Listens to one phone for the tones of its keypad.
#include "key_ear.h"

namespace pbx::media {

KeyEar::KeyEar(std::shared_ptr<Port> port, std::shared_ptr<CodecRoom> room, Told told)
    : port_(std::move(port)), ear_(std::make_shared<Ear>(std::move(room), ToneDetector::rate)), told_(std::move(told)) {
  port_->listen_in(ear_);
}

bool KeyEar::tick(uint64_t) {
  if (stopping_ || port_->is_shut()) {
    port_->stop_listening(ear_.get());
    return false;
  }
  int16_t pcm[most_samples];
  ear_->pull(pcm);
  for (const char key : detector_.hear(pcm, ToneDetector::rate / 50)) told_(port_->id, key);
  return true;
}

}  // namespace pbx::media
