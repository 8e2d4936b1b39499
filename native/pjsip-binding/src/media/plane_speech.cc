// The plane as a whole: sounds, players, recorders and mixes.
#include <algorithm>

#include "media_plane.h"

namespace pbx::media {

double MediaPlane::load_sound(const std::string &sound, const std::string &file) {
  const auto loaded = Sound::load(room_, file);
  std::lock_guard lock(mutex_);
  sounds_[sound] = loaded;
  return loaded->seconds();
}

void MediaPlane::drop_sound(const std::string &sound) {
  std::lock_guard lock(mutex_);
  sounds_.erase(sound);
}

Score MediaPlane::score_of(const Playlist &list) {
  std::vector<std::shared_ptr<const Sound>> sounds;
  for (const auto &name : list.sounds) {
    const auto found = sounds_.find(name);
    if (found != sounds_.end()) sounds.push_back(found->second);
    else Counters::add(counters_.missing_sounds);
  }
  return Score(std::move(sounds), silence_, list.gap_ms);
}

void MediaPlane::play(PortId id, const std::string &name, const Playlist &list) {
  {
    std::lock_guard lock(mutex_);
    Entry *own = entry(id);
    if (own && !stopped_) {
      const auto over = [this](const Player &player, bool complete) { played(player, complete); };
      start(std::make_shared<ScorePlayer>(own->port, name, over, score_of(list), list.repeats));
      return;
    }
  }
  listener_.on_played(id, name, false);
}

void MediaPlane::tone(PortId id, const std::string &name, const Tone &tone) {
  {
    std::lock_guard lock(mutex_);
    Entry *own = entry(id);
    if (own && !stopped_ && tone.is_whole()) {
      const auto over = [this](const Player &player, bool complete) { played(player, complete); };
      start(std::make_shared<TonePlayer>(own->port, name, over, room_, tone));
      return;
    }
  }
  listener_.on_played(id, name, false);
}

void MediaPlane::start(std::shared_ptr<Player> player) {
  auto &now = players_[player->port->id];
  if (now) now->stop();
  now = player;
  clock_.add(std::move(player));
}

void MediaPlane::played(const Player &player, bool complete) {
  {
    std::lock_guard lock(mutex_);
    const auto found = players_.find(player.port->id);
    if (found != players_.end() && found->second.get() == &player) players_.erase(found);
  }
  listener_.on_played(player.port->id, player.play, complete);
}

void MediaPlane::stop_play(PortId id, const std::string &name) {
  std::lock_guard lock(mutex_);
  const auto found = players_.find(id);
  if (found != players_.end() && found->second->play == name) found->second->stop();
}

void MediaPlane::record(PortId id, const std::string &file, Sides sides) {
  {
    std::lock_guard lock(mutex_);
    Entry *own = entry(id);
    if (own && !stopped_) {
      ++recordings_;
      auto &recorder = recorders_[id];
      if (recorder) recorder->stop();
      const auto over = [this, id, file](double seconds, const std::string &error) { recorded(id, file, seconds, error); };
      recorder = std::make_shared<Recorder>(own->port, room_, writer_, Recorder::Where{file, sides}, over);
      clock_.add(recorder);
      return;
    }
  }
  listener_.on_recorded(id, file, 0, "no such port");
}

void MediaPlane::recorded(PortId id, const std::string &file, double seconds, const std::string &error) {
  {
    std::lock_guard lock(mutex_);
    --recordings_;
  }
  listener_.on_recorded(id, file, seconds, error);
}

void MediaPlane::stop_record(PortId id) {
  std::lock_guard lock(mutex_);
  const auto found = recorders_.find(id);
  if (found == recorders_.end()) return;
  found->second->stop();
  recorders_.erase(found);
}

void MediaPlane::set_cleaning(PortId id, Cleaning cleaning) {
  if (const auto port = find(id)) port->set_cleaning(cleaning);
}

void MediaPlane::mix(const std::string &name, const std::vector<MixMember> &members) {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  std::vector<Mixer::Member> seats;
  for (const auto &member : members) {
    Entry *own = entry(member.port);
    if (!own) continue;
    unwire(*own);
    leave_mixes(member.port, name);
    leave_overheard(member.port);
    seats.push_back({own->port, member.speaks, member.hears});
  }
  if (seats.empty()) return end_mix(mixes_.find(name));
  Mix &mix = mixes_[name];
  mix.members = members;
  const bool begins = !mix.mixer;
  if (begins) mix.mixer = std::make_shared<Mixer>(room_);
  mix.mixer->set_members(std::move(seats));
  if (begins) clock_.add(mix.mixer);
}

void MediaPlane::leave_mixes(PortId id, const std::string &except) {
  for (auto next = mixes_.begin(); next != mixes_.end();) {
    const auto here = next++;
    auto &mix = here->second;
    const auto is_it = [id](const MixMember &m) { return m.port == id; };
    const auto at = std::remove_if(mix.members.begin(), mix.members.end(), is_it);
    if (here->first == except || at == mix.members.end()) continue;
    mix.members.erase(at, mix.members.end());
    std::vector<Mixer::Member> seats;
    for (const auto &member : mix.members)
      if (Entry *own = entry(member.port)) seats.push_back({own->port, member.speaks, member.hears});
    if (seats.empty())
      end_mix(here);
    else
      mix.mixer->set_members(std::move(seats));
  }
}

void MediaPlane::unmix(const std::string &name) {
  std::lock_guard lock(mutex_);
  end_mix(mixes_.find(name));
}

void MediaPlane::end_mix(Mixes::iterator found) {
  if (found == mixes_.end()) return;
  found->second.mixer->stop();
  mixes_.erase(found);
}

}  // namespace pbx::media
