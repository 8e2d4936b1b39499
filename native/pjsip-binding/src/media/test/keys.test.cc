// Keys between phones that say them in different ways: events, tones, and INFO where neither is left.
#include "check.h"
#include "digits.h"
#include "sounding.h"
#include "speech.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

/** A phone that presses 1 5 9 # by its tones, at 8 kHz. */
std::vector<int16_t> pressed() {
  std::vector<int16_t> pcm(8 * 200, 0);
  for (const auto &[row, column] : {std::pair(697, 1209), {770, 1336}, {852, 1477}, {941, 1477}}) {
    add_tones(pcm, {{row, -10}, {column, -8}}, 80);
    pcm.resize(pcm.size() + 8 * 80, 0);
  }
  pcm.resize(pcm.size() + 8 * 400, 0);
  return pcm;
}

int events_of(const std::vector<Heard> &heard, std::string &keys) {
  int packets = 0;
  for (const auto &one : heard) {
    if (one.packet.payload_type != 101) continue;
    ++packets;
    if (one.packet.marker) keys += digit_of(one.packet.payload[0]);
  }
  return packets;
}

}  // namespace

TEST("keys", "The box hears the tones of a phone that offers no events, whatever its codec") {
  for (const auto &f : {format("PCMU", 0, -1), format("PCMA", 8, -1), format("G722", 9, -1), format("opus", 111, -1)}) {
    Box box;
    Talker a(f, 0);
    a.reads(pressed());
    box.connect(a.phone, a.format);
    talk({&a}, 1400);
    check(box.facts.until([](const Facts &facts) { return facts.tones == "159#"; }), f.codec + ": " + box.facts.tones);
  }
}

TEST("keys", "Nobody listens for tones to a phone that offers events, or between two that both say tones") {
  Box box;
  Talker a(format("PCMU", 0), 0), b(format("PCMU", 0, -1), 0), c(format("PCMU", 0, -1), 0);
  for (Talker *one : {&a, &b, &c}) one->reads(pressed());
  box.connect(a.phone, a.format);
  const PortId pb = box.connect(b.phone, b.format), pc = box.connect(c.phone, c.format);
  box.plane->bridge(pb, pc);
  talk({&a, &b, &c}, 1000);
  check_equal(box.facts.digits, std::string(), "keys");
  box.plane->unbridge(pb);
  talk({&b}, 1400);
  check(box.facts.until([](const Facts &facts) { return facts.tones.find("159#") != std::string::npos; }), "alone again: " + box.facts.tones);
}

TEST("keys", "Tones become events for the partner that takes events, and events tones for the one that takes none") {
  Box box;
  Talker a(format("PCMU", 0, -1), 0), b(format("PCMU", 0), 0);
  a.reads(pressed());
  const PortId pa = box.connect(a.phone, a.format), pb = box.connect(b.phone, b.format);
  box.plane->bridge(pa, pb);
  talk({&a, &b}, 1400);
  check(box.facts.until([](const Facts &facts) { return facts.tones == "159#"; }), "told: " + box.facts.tones);
  for (auto &late : b.phone.hear_for(700)) b.heard.push_back(std::move(late));
  std::string keys;
  check(events_of(b.heard, keys) >= 4 * 5, "events");
  check_equal(keys, std::string("159#"), "keys as events");
  a.heard.clear();
  b.phone.say({9000, 700000, 101, 0x99, {7, 0x8a, 3, 0x20}, true});
  for (auto &one : a.phone.hear_for(300)) a.heard.push_back(std::move(one));
  const auto pcm = a.heard_pcm();
  check(share_of(pcm, 852, 8000) > 0.25 && share_of(pcm, 1209, 8000) > 0.25, "the tones of key 7");
}

TEST("keys", "A phone that says its keys as INFO, or whose codec the box cannot speak, is told them that way") {
  Box box;
  Talker a(format("PCMU", 0, -1), 0);
  a.reads(pressed());
  const PortId pa = box.connect(a.phone, a.format);
  box.plane->keys_by_info(pa);
  talk({&a}, 1000);
  check_equal(box.facts.tones, std::string(), "not listened to");
  box.plane->send_digits(pa, "12");
  check_equal(box.facts.unspoken, std::string("12"), "left to INFO");
  Phone g729, takes_events;
  box.plane->send_digits(box.connect(g729, format("G729", 18, -1)), "3");
  check_equal(box.facts.unspoken, std::string("123"), "left to INFO as well");
  const PortId with_events = box.connect(takes_events, format("G729", 18));
  box.plane->keys_by_info(with_events);
  box.plane->send_digits(with_events, "4");
  const auto event = takes_events.hear();
  check(event && event->packet.payload_type == 101 && event->packet.payload[0] == 4, "an event needs no codec");
}

TEST("keys", "What a phone says as INFO makes its partner's tones worth listening for") {
  Box box;
  Talker a(format("PCMU", 0, -1), 0), b(format("PCMU", 0, -1), 0);
  a.reads(pressed());
  const PortId pa = box.connect(a.phone, a.format), pb = box.connect(b.phone, b.format);
  box.plane->bridge(pa, pb);
  box.plane->keys_by_info(pb);
  talk({&a, &b}, 1400);
  check(box.facts.until([](const Facts &facts) { return facts.unspoken == "159#"; }), "told to b: " + box.facts.unspoken);
}
