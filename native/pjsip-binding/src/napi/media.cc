// Commands about sound: the sip thread only looks the leg's port up, the media plane does the rest.
#include <algorithm>

#include "host.h"
#include "read.h"

namespace pbx::binding {
namespace {

using Info = const Napi::CallbackInfo &;

/** For a leg that has a port; a leg that has just ended is dropped. */
void on_port(const std::string &leg, std::function<void(sip::Core &, media::PortId)> work) {
  post([leg, work = std::move(work)](sip::Core &core) {
    const sip::Leg *found = core.leg(leg);
    if (found && found->media.port) work(core, found->media.port);
  });
}

/** Reads and encodes a WAV on a thread of its own: neither the sip thread nor JavaScript touches the disk. */
class SoundLoad : public Napi::AsyncWorker {
 public:
  SoundLoad(Napi::Env env, std::string sound, std::string file)
      : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)), sound_(std::move(sound)), file_(std::move(file)), plane_(host().core->plane) {}
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { seconds_ = plane_->load_sound(sound_, file_); }
  void OnOK() override {
    Napi::Object out = Napi::Object::New(Env());
    out["seconds"] = Napi::Number::New(Env(), seconds_);
    deferred_.Resolve(out);
  }
  void OnError(const Napi::Error &error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  std::string sound_, file_;
  std::shared_ptr<media::Plane> plane_;
  double seconds_ = 0;
};

Napi::Value load_sound(Info info) {
  if (!host().core || !host().core->plane) throw Napi::Error::New(info.Env(), "the switch is not running");
  auto *load = new SoundLoad(info.Env(), argument(info, 0), argument(info, 1));
  const Napi::Promise promise = load->promise();
  load->Queue();
  return promise;
}

Napi::Value drop_sound(Info info) {
  post([sound = argument(info, 0)](sip::Core &core) { core.plane->drop_sound(sound); });
  return info.Env().Undefined();
}

Napi::Value play(Info info) {
  on_port(argument(info, 0), [play = argument(info, 1), list = playlist_of(object_argument(info, 2))](sip::Core &core, media::PortId port) { core.plane->play(port, play, list); });
  return info.Env().Undefined();
}

Napi::Value stop_play(Info info) {
  on_port(argument(info, 0), [play = argument(info, 1)](sip::Core &core, media::PortId port) { core.plane->stop_play(port, play); });
  return info.Env().Undefined();
}

Napi::Value tone(Info info) {
  const Napi::Object o = object_argument(info, 2);
  media::Tone tone;
  for (const Napi::Object &step : objects_of(object_of(o, "steps").As<Napi::Array>())) {
    std::vector<double> hertz;
    const Napi::Array list = object_of(step, "hertz").As<Napi::Array>();
    for (uint32_t i = 0; i < list.Length(); ++i) hertz.push_back(list.Get(i).ToNumber().DoubleValue());
    tone.steps.push_back({std::move(hertz), number_of(step, "milliseconds")});
  }
  tone.from = static_cast<size_t>(std::max(0, static_cast<int>(number_of(o, "from"))));
  if (!tone.is_whole()) throw Napi::TypeError::New(info.Env(), "a tone needs steps, each longer than nothing, and begins anew at one of them");
  on_port(argument(info, 0), [play = argument(info, 1), tone](sip::Core &core, media::PortId port) { core.plane->tone(port, play, tone); });
  return info.Env().Undefined();
}

Napi::Value send_digits(Info info) {
  on_port(argument(info, 0), [digits = argument(info, 1)](sip::Core &core, media::PortId port) { core.plane->send_digits(port, digits); });
  return info.Env().Undefined();
}

Napi::Value record(Info info) {
  const media::Sides sides = sides_of(info.Env(), argument(info, 2));
  on_port(argument(info, 0), [file = argument(info, 1), sides](sip::Core &core, media::PortId port) { core.plane->record(port, file, sides); });
  return info.Env().Undefined();
}

Napi::Value stop_record(Info info) {
  on_port(argument(info, 0), [](sip::Core &core, media::PortId port) { core.plane->stop_record(port); });
  return info.Env().Undefined();
}

struct Member {
  std::string leg;
  bool speaks, hears;
};

Napi::Value mix(Info info) {
  std::vector<Member> members;
  for (const Napi::Object &one : objects_of(array_argument(info, 1))) members.push_back({text_of(one, "leg"), truth_of(one, "speaks"), truth_of(one, "hears")});
  post([name = argument(info, 0), members](sip::Core &core) {
    std::vector<media::Plane::MixMember> ports;
    for (const Member &member : members) {
      sip::Leg *leg = core.leg(member.leg);
      if (!leg || !leg->media.port) continue;
      sip::part(core, *leg);
      ports.push_back({leg->media.port, member.speaks, member.hears});
    }
    core.plane->mix(name, ports);
  });
  return info.Env().Undefined();
}

Napi::Value unmix(Info info) {
  post([name = argument(info, 0)](sip::Core &core) { core.plane->unmix(name); });
  return info.Env().Undefined();
}

media::Plane::Overhearing manner_of(const Napi::Env &env, const std::string &word) {
  if (word == "listen") return media::Plane::Overhearing::listen;
  if (word == "whisper") return media::Plane::Overhearing::whisper;
  if (word == "speak") return media::Plane::Overhearing::speak;
  throw Napi::TypeError::New(env, "an ear listens, whispers or speaks");
}

Napi::Value overhear(Info info) {
  post([ear = argument(info, 0), on = argument(info, 1), manner = manner_of(info.Env(), argument(info, 2))](sip::Core &core) {
    sip::Leg *own = core.leg(ear), *side = core.leg(on);
    if (!own || !side || !own->media.port || !side->media.port) return;
    sip::part(core, *own);
    core.plane->overhear(own->media.port, side->media.port, manner);
  });
  return info.Env().Undefined();
}

Napi::Value end_overhear(Info info) {
  on_port(argument(info, 0), [](sip::Core &core, media::PortId port) { core.plane->end_overhear(port); });
  return info.Env().Undefined();
}

struct Listener {
  media::PageListener plain;
  std::string leg;
};

Listener listener_of(const Napi::Object &from) {
  Listener out;
  out.plain.id = text_of(from, "id");
  if (text_of(from, "kind") == "leg") {
    out.leg = text_of(from, "leg");
    return out;
  }
  const auto to = sip::parse_address(text_of(from, "host"), number_of(from, "port"));
  if (!to) throw Napi::TypeError::New(from.Env(), "a page's listener needs a numeric address");
  out.plain.to = *to;
  out.plain.codec = text_of(from, "codec");
  out.plain.ttl = number_or(from, "ttl", 1);
  if (has(from, "ssrc")) out.plain.ssrc = from.Get("ssrc").ToNumber().Uint32Value();
  out.plain.interface = text_or(from, "interface", "");
  if (!has(from, "poly")) return out;
  const Napi::Object poly = object_of(from, "poly");
  out.plain.poly_channel = number_of(poly, "channel");
  out.plain.caller = text_of(poly, "caller");
  if (out.plain.poly_channel < 1 || out.plain.poly_channel > 255) throw Napi::TypeError::New(from.Env(), "a channel of Poly's paging is 1 to 255");
  return out;
}

/** False when the listener's leg has ended meanwhile. */
bool resolve(sip::Core &core, Listener &listener) {
  if (listener.leg.empty()) return true;
  const sip::Leg *leg = core.leg(listener.leg);
  listener.plain.port = leg ? leg->media.port : 0;
  return listener.plain.port != 0;
}

Napi::Value page(Info info) {
  const Napi::Object o = object_argument(info, 0), source = object_of(o, "source");
  const bool live = text_of(source, "kind") == "leg";
  const media::Playlist list = live ? media::Playlist{} : playlist_of(object_of(source, "playlist"));
  const std::string speaker = live ? text_of(source, "leg") : "";
  std::vector<Listener> listeners;
  for (const Napi::Object &one : objects_of(object_of(o, "listeners").As<Napi::Array>())) listeners.push_back(listener_of(one));
  post([page = text_of(o, "page"), late = number_of(o, "wholeRoundsForLate"), list, speaker, listeners](sip::Core &core) mutable {
    const sip::Leg *leg = speaker.empty() ? nullptr : core.leg(speaker);
    if (!speaker.empty() && (!leg || !leg->media.port)) return core.on_page_ended(page, false, {});
    std::vector<media::PageListener> resolved;
    for (Listener &one : listeners)
      if (resolve(core, one)) resolved.push_back(one.plain);
    core.plane->page(page, list, leg ? leg->media.port : 0, resolved, late);
  });
  return info.Env().Undefined();
}

Napi::Value join_page(Info info) {
  post([page = argument(info, 0), listener = listener_of(object_argument(info, 1))](sip::Core &core) mutable {
    if (resolve(core, listener)) core.plane->join_page(page, listener.plain);
  });
  return info.Env().Undefined();
}

Napi::Value leave_page(Info info) {
  post([page = argument(info, 0), listener = argument(info, 1)](sip::Core &core) { core.plane->leave_page(page, listener); });
  return info.Env().Undefined();
}

Napi::Value stop_page(Info info) {
  post([page = argument(info, 0)](sip::Core &core) { core.plane->stop_page(page); });
  return info.Env().Undefined();
}

}  // namespace

void export_media(Napi::Env env, Napi::Object exports) {
  exports["loadSound"] = Napi::Function::New(env, load_sound);
  exports["dropSound"] = Napi::Function::New(env, drop_sound);
  exports["play"] = Napi::Function::New(env, play);
  exports["stopPlay"] = Napi::Function::New(env, stop_play);
  exports["tone"] = Napi::Function::New(env, tone);
  exports["sendDigits"] = Napi::Function::New(env, send_digits);
  exports["record"] = Napi::Function::New(env, record);
  exports["stopRecord"] = Napi::Function::New(env, stop_record);
  exports["mix"] = Napi::Function::New(env, mix);
  exports["unmix"] = Napi::Function::New(env, unmix);
  exports["overhear"] = Napi::Function::New(env, overhear);
  exports["endOverhear"] = Napi::Function::New(env, end_overhear);
  exports["page"] = Napi::Function::New(env, page);
  exports["joinPage"] = Napi::Function::New(env, join_page);
  exports["leavePage"] = Napi::Function::New(env, leave_page);
  exports["stopPage"] = Napi::Function::New(env, stop_page);
}

}  // namespace pbx::binding
