// The plane as a whole: what a bridge needs beside its relay, so that phones of two codecs, or ears, understand it.
#include <algorithm>

#include "media_plane.h"

namespace pbx::media {

bool are_foreign(const Port &a, const Port &b) {
  const Codec of_a = a.codec(), of_b = b.codec();
  return of_a != of_b && of_a != Codec::none && of_b != Codec::none;
}

void MediaPlane::mix_bridge(Entry &a, Entry &b) {
  const bool transcoded = are_foreign(*a.port, *b.port);
  std::vector<Mixer::Member> members;
  for (Entry *side : {&a, &b}) add_side(members, *side, transcoded);
  for (const auto &[ear, of] : overheard_) {
    const Entry *own = entry(ear);
    if (!own || (of.on != a.port->id && of.on != b.port->id)) continue;
    Mixer::Member member{own->port, of.manner != Overhearing::listen, true};
    if (of.manner == Overhearing::whisper) member.only_to = of.on;
    members.push_back(std::move(member));
  }
  const auto key = std::minmax(a.port->id, b.port->id);
  const auto found = bridge_mixers_.find(key);
  const bool wanted = transcoded || members.size() > 2;
  if (found != bridge_mixers_.end() && !wanted) {
    found->second->stop();
    bridge_mixers_.erase(found);
  }
  if (!wanted) return;
  auto &mixer = bridge_mixers_[key];
  const bool begins = !mixer;
  if (begins) mixer = std::make_shared<Mixer>(room_);
  mixer->set_members(std::move(members));
  if (begins) clock_.add(mixer);
}

/** Heard by the ears; hears the mix where its partner's packets would not do. */
void MediaPlane::add_side(std::vector<Mixer::Member> &members, Entry &side, bool transcoded) {
  const PortId id = side.port->id, partner = side.peer;
  const bool spoken_to = std::any_of(overheard_.begin(), overheard_.end(), [&](const auto &one) {
    const Overheard &of = one.second;
    return (of.on == id && of.manner != Overhearing::listen) || (of.on == partner && of.manner == Overhearing::speak);
  });
  members.push_back({side.port, true, transcoded || spoken_to, !transcoded, 0});
}

void MediaPlane::overhear(PortId ear, PortId on, Overhearing manner) {
  std::lock_guard lock(mutex_);
  Entry *own = entry(ear), *side = entry(on);
  Entry *other = side ? entry(side->peer) : nullptr;
  if (stopped_ || !own || !other || ear == on || ear == side->peer) return;
  const auto before = overheard_.find(ear);
  const bool same_bridge = before != overheard_.end() && (before->second.on == on || before->second.on == side->peer);
  if (!same_bridge) {
    unwire(*own);
    leave_mixes(ear, "");
    leave_overheard(ear);
  }
  overheard_[ear] = {on, manner};
  mix_bridge(*side, *other);
}

void MediaPlane::end_overhear(PortId ear) {
  std::lock_guard lock(mutex_);
  leave_overheard(ear);
}

void MediaPlane::leave_overheard(PortId ear) {
  const auto found = overheard_.find(ear);
  if (found == overheard_.end()) return;
  Entry *side = entry(found->second.on);
  Entry *other = side ? entry(side->peer) : nullptr;
  overheard_.erase(found);
  if (other) mix_bridge(*side, *other);
}

void MediaPlane::end_overheard(PortId a, PortId b) {
  for (auto next = overheard_.begin(); next != overheard_.end();) {
    const auto here = next++;
    if (here->second.on == a || here->second.on == b) overheard_.erase(here);
  }
  const auto mixer = bridge_mixers_.find(std::minmax(a, b));
  if (mixer == bridge_mixers_.end()) return;
  mixer->second->stop();
  bridge_mixers_.erase(mixer);
}

}  // namespace pbx::media
