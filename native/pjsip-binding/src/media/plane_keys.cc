// The plane as a whole: keys pressed during a call, and the way in which each phone says and is told them.
#include "media_plane.h"

namespace pbx::media {

bool MediaPlane::says_keys_as_tones(const Entry &own) {
  if (own.keys_by_info || own.send_only || own.port->codec() == Codec::none || own.port->format().event_type >= 0) return false;
  // Tones that are relayed as they are reach a phone that says its own keys so; others must be told in their way.
  const Entry *other = entry(own.peer);
  return !other || other->keys_by_info || other->port->format().event_type >= 0;
}

void MediaPlane::listen_for_keys(const Entry &own) {
  const PortId id = own.port->id;
  const auto found = key_ears_.find(id);
  const bool wanted = says_keys_as_tones(own);
  if (wanted == (found != key_ears_.end()) || stopped_) return;
  if (!wanted) {
    found->second->stop();
    key_ears_.erase(found);
    return;
  }
  key_ears_[id] = std::make_shared<KeyEar>(own.port, room_, [this](PortId from, char key) { heard_tones(from, key); });
  clock_.add(key_ears_[id]);
}

void MediaPlane::heard_tones(PortId id, char key) {
  listener_.on_digit(id, key, Pressed::tones);
  PortId peer = 0;
  {
    std::lock_guard lock(mutex_);
    if (const Entry *own = entry(id)) peer = own->peer;
  }
  if (peer) send_digits(peer, std::string(1, key));
}

void MediaPlane::heard(Port &port, const Port::Heard &what) {
  if (what.latched) listener_.on_latched(port.id, what.from);
  if (what.keyed) listener_.on_keyed(port.id, port.suite());
  if (!what.digit) return;
  listener_.on_digit(port.id, what.digit, Pressed::event);
  if (what.pass_digit_to) send_digits(what.pass_digit_to, std::string(1, what.digit));
}

void MediaPlane::keys_by_info(PortId id) {
  std::lock_guard lock(mutex_);
  Entry *own = entry(id);
  if (!own || own->keys_by_info) return;
  own->keys_by_info = true;
  listen_for_keys(*own);
  if (const Entry *other = entry(own->peer)) listen_for_keys(*other);
}

void MediaPlane::send_digits(PortId id, const std::string &digits) {
  {
    std::lock_guard lock(mutex_);
    const Entry *own = entry(id);
    if (!own || stopped_) return;
    const bool takes_events = own->port->format().event_type >= 0;
    if (takes_events || (!own->keys_by_info && own->port->codec() != Codec::none)) {
      auto &keypad = keypads_[id];
      if (keypad && keypad->press(digits)) return;
      keypad = std::make_shared<Keypad>(own->port, room_, digits);
      clock_.add(keypad);
      return;
    }
  }
  listener_.on_keys_unspoken(id, digits);
}

}  // namespace pbx::media
