// What JavaScript is to the switch.
#include "office.h"

#include <chrono>
#include <cstdlib>

namespace pbx::threads {
namespace {

/** The value of a key in one event; events are flat where this looks. */
std::string value_of(const std::string &event, const std::string &key) {
  const size_t at = event.find("\"" + key + "\":");
  if (at == std::string::npos) return "";
  size_t begin = at + key.size() + 3;
  const bool quoted = event[begin] == '"';
  if (quoted) ++begin;
  return event.substr(begin, event.find_first_of(quoted ? "\"" : ",}", begin) - begin);
}

/** The events of a batch: top-level objects of an array. */
std::vector<std::string> split(const std::string &batch) {
  std::vector<std::string> out;
  int depth = 0;
  bool quoted = false;
  size_t begin = 0;
  for (size_t i = 0; i < batch.size(); ++i) {
    const char c = batch[i];
    if (quoted) {
      if (c == '\\') ++i;
      else quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' && depth++ == 0) {
      begin = i;
    } else if (c == '}' && --depth == 0) {
      out.push_back(batch.substr(begin, i - begin + 1));
    }
  }
  return out;
}

const media::Tone kRinging{{{{440, 480}, 100}, {{}, 100}}, 0};

}  // namespace

Office::Office(sip::Core &core, Events &events) : core_(core), events_(events) {
  events_.on_waiting([this] {
    std::lock_guard lock(mutex_);
    waiting_ = true;
    wake_.notify_one();
  });
}

void Office::run() {
  while (!over_) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, std::chrono::milliseconds(50), [this] { return waiting_; });
      waiting_ = false;
    }
    for (const std::string &event : split(events_.take())) take(event);
    rest();
  }
}

void Office::take(const std::string &event) {
  ++count_;
  const std::string type = value_of(event, "type"), leg = value_of(event, "leg");
  if (type == "$started") started_.set_value(event.find("\"error\"") == std::string::npos);
  if (type == "$stopped") {
    pools_left_ = std::strtol(value_of(event, "poolsLeft").c_str(), nullptr, 10);
    over_ = true;
  }
  if (type == "invite") invited(leg);
  if (type == "answered") answered(leg);
  if (type == "ended")
    for (auto at = up_.begin(); at != up_.end();) at = *at == leg ? up_.erase(at) : std::next(at);
}

void Office::invited(const std::string &leg) {
  core_.commands.post([this, leg, n = count_] {
    sip::Leg *found = core_.leg(leg);
    if (!found) return;
    if (n % 11 == 0) return sip::hang_up(core_, *found, {"busy", 486, {}});
    sip::MediaSpec box;
    box.kind = sip::MediaSpec::Kind::box;
    sip::ring(core_, *found, 183, box);
    sip::answer(core_, *found, box, {});
  });
}

/** By turns: a tone, a bridge, a mix, an ear, a recording. */
void Office::answered(const std::string &leg) {
  up_.push_back(leg);
  const std::string other = up_.size() > 1 ? up_[up_.size() - 2] : leg, third = up_.size() > 2 ? up_[up_.size() - 3] : leg;
  core_.commands.post([this, leg, other, third, n = count_] {
    sip::Leg *a = core_.leg(leg), *b = core_.leg(other), *c = core_.leg(third);
    if (!a || !a->media.port || !core_.plane) return;
    if (n % 5 == 0 || a == b || !b || !b->media.port) return core_.plane->tone(a->media.port, "tone", kRinging);
    if (n % 5 == 1) sip::bridge(core_, leg, other);
    else if (n % 5 == 2) core_.plane->mix("room", {{a->media.port, true, true}, {b->media.port, true, true}});
    else if (n % 5 == 3 && c && c != b) sip::bridge(core_, other, third), core_.plane->overhear(a->media.port, b->media.port, media::Plane::Overhearing::speak);
    else core_.plane->record(a->media.port, core_.config.state_directory + "/" + leg + ".wav");
    core_.plane->send_digits(b->media.port, "12");
  });
}

/** What is asked now and then whatever happens: how things stand, how a call sounds, and other tables. */
void Office::rest() {
  if (up_.empty()) return;
  core_.commands.post([this, leg = up_.front(), n = count_] {
    if (!core_.endpt) return;
    if (n % 3 == 0) (void)sip::dump_json(core_);
    sip::Leg *found = core_.leg(leg);
    if (found && found->media.port) (void)core_.plane->quality(found->media.port);
    if (n % 50 == 0) core_.emergency.set({"911"}, {*sip::parse_prefix("127.0.0.0/8")});
  });
}

}  // namespace pbx::threads
