// One page: the same sounds, or one person's live speech, to every listener at once.
#include "page.h"

#include <algorithm>

#include "random.h"

namespace pbx::media {
namespace {

constexpr int live_rate = 16000;
/** A second. */
constexpr int beats_between_looks = 50;

/** Static payload types (RFC 3551): a multicast listener has no SDP to learn others from. */
int static_type(Codec codec) { return codec == Codec::pcmu ? 0 : codec == Codec::pcma ? 8 : codec == Codec::g722 ? 9 : -1; }

}  // namespace

Page::Page(std::shared_ptr<CodecRoom> room, Program program, Counters &counters, Events events)
    : room_(std::move(room)), program_(std::move(program)), events_(std::move(events)), sender_(counters) {
  if (!program_.speaker) return;
  ear_ = std::make_shared<Ear>(room_, live_rate);
  program_.speaker->listen_in(ear_);
  cleaner_ = VoiceCleaner::of(program_.speaker, room_, live_rate);
}

void Page::join(Seat seat) {
  std::lock_guard lock(mutex_);
  joining_.push_back(std::move(seat));
}

void Page::leave(const std::string &listener) {
  std::lock_guard lock(mutex_);
  leaving_.push_back(listener);
}

bool Page::tick(uint64_t) {
  take_changes();
  look_for_interfaces();
  if (stopping_)
    for (const auto &place : places_) cut(*place);
  if (parting_) return part();
  if (stopping_) return end(live());
  if (live()) return step_live();
  return program_.score.round_frames() > 0 ? step_score() : end(false);
}

void Page::take_changes() {
  std::vector<Seat> joining;
  std::vector<std::string> leaving;
  {
    std::lock_guard lock(mutex_);
    joining.swap(joining_);
    leaving.swap(leaving_);
  }
  for (auto &seat : joining) place(std::move(seat));
  begun_ = true;
  for (const auto &one : places_) {
    const bool left = std::find(leaving.begin(), leaving.end(), one->seat.id) != leaving.end();
    if (left || (one->seat.port && one->seat.port->is_shut())) cut(*one);
  }
}

void Page::look_for_interfaces() {
  if (beats_++ % beats_between_looks != 0) return;
  for (const auto &one : places_)
    if (!one->seat.interface.empty() && one->seat.route.interface == 0) one->seat.route.interface = interface_index(one->seat.interface);
}

void Page::place(Seat seat) {
  const auto here = [&](const auto &p) { return !p->gone && p->seat.id == seat.id; };
  if (std::any_of(places_.begin(), places_.end(), here)) return;
  auto place = std::make_unique<Place>();
  place->seat = std::move(seat);
  place->speaker = new_speaker();
  place->seq = static_cast<uint16_t>(random32());
  place->ts = random32();
  if (place->seat.ssrc == 0) place->seat.ssrc = random32();
  place->first_whole_round = frame_ == 0 ? round_ : round_ + 1;
  place->last_round = program_.repeats;
  if (begun_ && program_.repeats > 0)
    place->last_round = std::max(program_.repeats, place->first_whole_round + program_.whole_rounds_for_late - 1);
  if (place->seat.port) place->seat.port->claim(Voice::page);
  if (place->seat.poly_channel != 0)
    place->poly = std::make_unique<PolyPaging>(PolyPaging::Page{static_cast<uint8_t>(place->seat.poly_channel), place->seat.ssrc, place->seat.caller, place->seat.codec});
  places_.push_back(std::move(place));
}

bool Page::step_score() {
  const Score &score = program_.score;
  speak([&](Codec codec) { return score.frame(codec, frame_); });
  ++frame_;
  if (frame_ == score.round_frames()) end_round();
  const bool all_said = frame_ >= score.round_frames() && round_ >= std::max(1, program_.repeats);
  if (all_said && program_.speaker) {
    rounds_done_ = true;
    return true;
  }
  const bool listened = std::any_of(places_.begin(), places_.end(), [](const auto &p) { return p->hears(); });
  if (all_said && program_.repeats > 0 && !listened) return end(true);
  if (frame_ >= score.round_frames() + score.gap_frames()) frame_ = 0, ++round_;
  return true;
}

void Page::end_round() {
  for (const auto &place : places_) {
    if (!place->hears()) continue;
    if (place->first_whole_round <= round_ && !place->missed) ++place->whole_rounds;
    place->missed = false;
    // Before live speech everybody stays.
    if (program_.speaker) continue;
    if (place->last_round > 0 && place->last_round <= round_) dismiss(*place);
  }
  events_.round(round_);
}

bool Page::step_live() {
  if (program_.speaker->is_shut()) return end(true);
  int16_t pcm[most_samples];
  const bool heard = ear_->pull(pcm);
  if (cleaner_) cleaner_->clean(pcm, heard);
  for (auto &voicing : voicings_) voicing.fresh = false;
  speak([&](Codec codec) -> Payload {
    Voicing &voicing = voicings_[static_cast<size_t>(codec) - 1];
    if (!voicing.fresh) {
      if (!voicing.encoder) voicing.encoder = std::make_unique<Encoder>(room_, codec);
      int16_t converted[most_samples];
      convert(voicing.resampler, pcm, live_rate, converted, pcm_rate(codec));
      voicing.size = voicing.encoder->encode(converted, voicing.bytes);
      voicing.fresh = true;
    }
    return {voicing.bytes, voicing.size};
  });
  return true;
}

void Page::speak(const std::function<Payload(Codec)> &frame) {
  packets_.clear();
  packet_places_.clear();
  for (const auto &one : places_) {
    Place &place = *one;
    if (place.gone) continue;
    if (place.seat.port) {
      const Codec codec = place.seat.port->codec();
      const Payload payload = codec == Codec::none ? Payload{} : frame(codec);
      spoken(place, payload.size > 0 && place.seat.port->speak({Voice::page, place.speaker, payload.bytes, payload.size, rtp_samples_per_tick(codec)}));
      continue;
    }
    // What must leave by an interface that is not there does not leave by another one.
    const bool stranded = !place.seat.interface.empty() && place.seat.route.interface == 0;
    const bool known = static_type(place.seat.codec) >= 0 && !stranded;
    const Payload payload = known && place.hears() ? frame(place.seat.codec) : Payload{};
    if (place.poly && !stranded) speak_as_poly(place, payload);
    else if (payload.size > 0) speak_as_rtp(place, payload);
    else spoken(place, false);
  }
  sender_.send(packets_);
  for (size_t i = 0; i < packets_.size(); ++i) {
    const bool speech = packets_[i].payload.size > 0;
    if (speech || !packets_[i].left) spoken(*packet_places_[i], packets_[i].left);
  }
}

void Page::speak_as_rtp(Place &place, const Payload &payload) {
  place.ts += rtp_samples_per_tick(place.seat.codec);
  PageSender::Packet &packet = packets_.emplace_back();
  packet.route = &place.seat.route;
  packet.payload = payload;
  packet.head_size = rtp::header_size;
  rtp::write(packet.head, {!place.started, static_cast<uint8_t>(static_type(place.seat.codec)), ++place.seq, place.ts, place.seat.ssrc});
  packet_places_.push_back(&place);
}

void Page::speak_as_poly(Place &place, const Payload &payload) {
  PolyPaging::Packet made;
  if (place.poly->beat(payload, made)) {
    PageSender::Packet &packet = packets_.emplace_back();
    packet.route = &place.seat.route;
    packet.payload = made.speech;
    packet.head_size = made.head_size;
    std::copy_n(made.head, made.head_size, packet.head);
    packet_places_.push_back(&place);
  }
  if (place.poly->over()) place.gone = true;
}

void Page::spoken(Place &place, bool left) {
  if (!left) {
    place.missed = true;
    return;
  }
  ++place.packets;
  if (place.started) return;
  place.started = true;
  events_.started(place.seat.id);
}

void Page::dismiss(Place &place) {
  if (place.gone) return;
  if (place.poly) return place.poly->finish();
  place.gone = true;
  if (place.seat.port) place.seat.port->release(Voice::page);
}

void Page::cut(Place &place) {
  if (place.poly && !place.gone) return place.poly->cut();
  dismiss(place);
}

bool Page::end(bool complete) {
  if (program_.speaker) program_.speaker->stop_listening(ear_.get());
  complete_ = complete;
  parting_ = true;
  return part();
}

bool Page::part() {
  // Also those who joined meanwhile: they come too late.
  for (const auto &place : places_) dismiss(*place);
  speak([](Codec) { return Payload{}; });
  const auto goes_on = [](const auto &p) { return !p->gone && !(p->seat.route.interface == 0 && !p->seat.interface.empty()); };
  if (std::any_of(places_.begin(), places_.end(), goes_on)) return true;
  std::vector<Listener::PageDelivery> deliveries;
  for (const auto &place : places_) {
    // Of the last round something was on its way still.
    if (place->poly && place->missed && place->whole_rounds > 0) --place->whole_rounds;
    deliveries.push_back({place->seat.id, place->packets, place->whole_rounds});
  }
  events_.ended(complete_, deliveries);
  return false;
}

}  // namespace pbx::media
