// Pages: one source, many listeners, rounds, late joiners, multicast.
#include <net/if.h>

#include <algorithm>
#include <thread>

#include "check.h"
#include "clock_thread.h"
#include "monotonic.h"
#include "speech.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

PageListener plain(const std::string &id, const Phone &phone, const std::string &codec = "PCMU") {
  PageListener listener;
  listener.id = id;
  listener.to = phone.at();
  listener.codec = codec;
  return listener;
}

PageListener leg(const std::string &id, PortId port) {
  PageListener listener;
  listener.id = id;
  listener.port = port;
  return listener;
}

const Facts::Ended &ended(Box &box) {
  check(box.facts.until([](const Facts &f) { return !f.ended.empty(); }, 8000), "told that the page ended");
  return box.facts.ended[0];
}

Listener::PageDelivery delivery_to(const Facts::Ended &page, const std::string &listener) {
  for (const auto &delivery : page.deliveries)
    if (delivery.listener == listener) return delivery;
  throw std::runtime_error("no delivery to " + listener);
}

std::vector<Heard> all_heard(Phone &phone) {
  std::vector<Heard> heard;
  while (auto packet = phone.hear(20)) heard.push_back(std::move(*packet));
  return heard;
}

}  // namespace

TEST("page", "Everybody hears every round in his own codec and stream, and the deliveries say so") {
  Directory directory;
  Box box;
  box.plane->load_sound("s", sine_wav(directory, "s.wav", 440, 8000, 200));
  Phone u, a, g, l;
  const PortId id = box.connect(l, format("opus", 111));
  box.plane->page("p", {{"s"}, 2, 100}, 0, {plain("u", u), plain("a", a, "PCMA"), plain("g", g, "G722"), leg("l", id)}, 1);
  check(u.hear().has_value(), "the first packet leaves");
  const auto &page = ended(box);
  check(page.complete, "complete");
  check_equal(page.deliveries.size(), 4u, "deliveries");
  for (const auto &delivery : page.deliveries) {
    check_equal(delivery.packets, 25u, "packets to " + delivery.listener);
    check_equal(delivery.whole_rounds, 2, "rounds to " + delivery.listener);
  }
  check_equal(box.facts.page_started.size(), 4u, "started");
  check(box.facts.rounds == std::vector<int>{1, 2}, "rounds told");
  const auto at_a = all_heard(a), at_g = all_heard(g), at_l = all_heard(l), at_u = all_heard(u);
  check_equal(int(at_a[0].packet.payload_type), 8, "type");
  check_equal(int(at_g[0].packet.payload_type), 9, "type");
  check_equal(int(at_l[0].packet.payload_type), 111, "type of the leg");
  check(at_a[0].packet.ssrc != at_g[0].packet.ssrc, "each his own SSRC");
  check(share_of(decoded(at_a, Codec::pcma), 440, 8000) > 0.6, "PCMA");
  check_equal(at_l.size(), 25u, "opus packets");
  for (size_t i = 1; i < at_a.size(); ++i) {
    check_equal(int(uint16_t(at_a[i].packet.seq - at_a[i - 1].packet.seq)), 1, "sequence");
    check_equal(at_a[i].packet.ts - at_a[i - 1].packet.ts, 160u, "timestamp");
  }
  check_equal(box.plane->dump().pages, 0, "pages left");
}

TEST("page", "What is urgent is spoken before the beat that others wait for") {
  struct Note final : Ticker {
    Note(std::mutex &m, std::string &o, char n) : mutex(m), order(o), name(n) {}
    bool tick(uint64_t) override {
      std::lock_guard lock(mutex);
      order += name;
      return order.size() < 6;
    }
    std::mutex &mutex;
    std::string &order;
    const char name;
  };
  std::mutex mutex;
  std::string order;
  Counters counters;
  ClockThread clock(counters);
  clock.add(std::make_shared<Note>(mutex, order, 'w'));
  clock.add_at_once(std::make_shared<Note>(mutex, order, 'u'));
  const uint64_t patience = monotonic_us() + 4'000'000;
  for (bool done = false; !done && monotonic_us() < patience;) {
    std::this_thread::yield();
    std::lock_guard lock(mutex);
    done = order.size() >= 6;
  }
  clock.stop();
  check_equal(order[0], 'u', "first of " + order);
  check(order.find('w') != std::string::npos, "the others follow in " + order);
}

TEST("page", "A late listener joins live and hears whole rounds, beyond the end of the others if need be") {
  Directory directory;
  Box box;
  box.plane->load_sound("s", sine_wav(directory, "s.wav", 440, 8000, 400));
  Phone early, late;
  box.plane->page("p", {{"s"}, 1, 40}, 0, {plain("early", early)}, 2);
  for (int i = 0; i < 5; ++i) check(early.hear().has_value(), "early hears");
  box.plane->join_page("p", plain("late", late));
  const auto &page = ended(box);
  check_equal(delivery_to(page, "early").packets, 20u, "the early one hears its one round");
  check_equal(delivery_to(page, "early").whole_rounds, 1, "rounds");
  const auto to_late = delivery_to(page, "late");
  check_equal(to_late.whole_rounds, 2, "whole rounds of the late one");
  check(to_late.packets > 44 && to_late.packets < 64, "packets to the late one: " + std::to_string(to_late.packets));
  check(page.complete, "complete");
}

TEST("page", "A page can be left and stopped, and a listener that hangs up is let go") {
  Directory directory;
  Box box;
  box.plane->load_sound("s", sine_wav(directory, "s.wav", 440, 8000, 300));
  Phone a, b, c;
  const PortId id = box.connect(c, format("PCMU", 0));
  box.plane->page("p", {{"s"}, 0, 0}, 0, {plain("a", a), plain("b", b), leg("c", id)}, 1);
  check(a.hear() && b.hear() && c.hear(), "all hear");
  box.plane->leave_page("p", "b");
  box.plane->close(id);
  b.hear_for(60);
  check(!b.hear(100), "b hears no more");
  check(a.hear_for(100).size() >= 2, "a goes on hearing");
  box.plane->stop_page("p");
  const auto &page = ended(box);
  check(!page.complete, "stopped is not complete");
  check_equal(page.deliveries.size(), 3u, "deliveries");
}

TEST("page", "A page is louder than the call: the other phone returns afterwards without a seam") {
  Directory directory;
  Box box;
  box.plane->load_sound("s", sine_wav(directory, "s.wav", 440, 8000, 100));
  Talker a(format("PCMU", 0), 1000), b(format("PCMU", 0), 0);
  const PortId pa = box.connect(a.phone, a.format), pb = box.connect(b.phone, b.format);
  box.plane->bridge(pa, pb);
  talk({&a, &b}, 100);
  box.plane->page("p", {{"s"}, 1, 0}, 0, {leg("b", pb)}, 0);
  talk({&a, &b}, 300);
  for (size_t i = 1; i < b.heard.size(); ++i)
    check_equal(int(uint16_t(b.heard[i].packet.seq - b.heard[i - 1].packet.seq)), 1, "sequence");
  check(b.heard.size() >= 17 && b.heard.size() <= 22, "never both at once: " + std::to_string(b.heard.size()));
}

TEST("page", "Live speech of one leg reaches listeners of every codec") {
  Box box;
  Talker speaker(format("G722", 9), 600);
  const PortId ps = box.connect(speaker.phone, speaker.format);
  Phone u, a;
  Talker o(format("opus", 111), 0);
  const PortId po = box.connect(o.phone, o.format);
  box.plane->page("p", {}, ps, {plain("u", u), plain("a", a, "PCMA"), leg("o", po)}, 0);
  talk({&speaker}, 800);
  box.plane->close(ps);
  const auto &page = ended(box);
  check(page.complete, "the speaker had said all");
  check(delivery_to(page, "o").packets > 30, "packets to the leg");
  auto pcm = decoded(all_heard(u), Codec::pcmu);
  check(pcm.size() > 5000 && share_of({pcm.begin() + 2400, pcm.begin() + 5000}, 600, 8000) > 0.9, "PCMU");
  pcm = decoded(all_heard(a), Codec::pcma);
  check(pcm.size() > 5000 && share_of({pcm.begin() + 2400, pcm.begin() + 5000}, 600, 8000) > 0.9, "PCMA");
  o.collect();
  pcm = o.heard_pcm();
  check(pcm.size() > 9000 && share_of({pcm.begin() + 4800, pcm.begin() + 9000}, 600, 16000) > 0.9, "opus");
}

TEST("page", "A chime comes before the live speech") {
  Directory directory;
  Box box;
  box.plane->load_sound("chime", sine_wav(directory, "s.wav", 1500, 16000, 300));
  Talker speaker(format("PCMU", 0), 500);
  const PortId ps = box.connect(speaker.phone, speaker.format);
  Phone u;
  box.plane->page("p", {{"chime"}, 1, 0}, ps, {plain("u", u)}, 0);
  talk({&speaker}, 1000);
  box.plane->stop_page("p");
  check(ended(box).complete, "a speaker that was stopped had said all");
  const auto pcm = decoded(all_heard(u), Codec::pcmu);
  check(pcm.size() > 7000, "heard");
  check(share_of({pcm.begin() + 160, pcm.begin() + 2240}, 1500, 8000) > 0.9, "the chime");
  check(share_of({pcm.begin() + 4000, pcm.begin() + 7000}, 500, 8000) > 0.9, "the speaker");
}

TEST("page", "Multicast leaves by the interface named, and a listener on the same host hears it") {
  Directory directory;
  Box box;
  box.plane->load_sound("s", sine_wav(directory, "s.wav", 440, 8000, 200));
  Phone listener("239.255.77.1", 0);
  ip_mreqn group{};
  group.imr_multiaddr = reinterpret_cast<const sockaddr_in &>(listener.at()).sin_addr;
  group.imr_ifindex = static_cast<int>(if_nametoindex("lo"));
  check(setsockopt(listener.socket(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group) == 0, "join the group");
  const int on = 1;
  setsockopt(listener.socket(), IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
  for (const char *interface : {"lo", "127.0.0.1"}) {
    PageListener to = plain("m", listener);
    to.interface = interface;
    to.ttl = 4;
    to.ssrc = 0x1234;
    box.plane->page(interface, {{"s"}, 1, 0}, 0, {to}, 0);
    const auto heard = listener.hear();
    check(heard.has_value(), std::string("heard by ") + interface);
    check_equal(heard->packet.ssrc, 0x1234u, "the SSRC asked for");
    check_equal(control_of(listener, IPPROTO_IP, IP_TTL), 4, "hops");
    check_equal(listener.hear_for(400).size(), 8u, "the rest");
  }
}

TEST("page", "What must leave by an interface that is not there leaves by no other, and its delivery says so") {
  Directory directory;
  Box box;
  box.plane->load_sound("s", sine_wav(directory, "s.wav", 440, 8000, 200));
  Phone stranded, other;
  PageListener to = plain("stranded", stranded);
  to.interface = "nowhere7";
  box.plane->page("p", {{"s"}, 1, 0}, 0, {to, plain("other", other)}, 0);
  const auto &page = ended(box);
  check_equal(delivery_to(page, "other").whole_rounds, 1, "the other hears it");
  check_equal(delivery_to(page, "stranded").packets, 0u, "packets");
  check_equal(delivery_to(page, "stranded").whole_rounds, 0, "rounds");
  check(all_heard(stranded).empty(), "nothing came by another way");
}

TEST("page", "Three hundred plain listeners all hear every packet") {
  Directory directory;
  Box box;
  box.plane->load_sound("s", sine_wav(directory, "s.wav", 440, 8000, 100));
  std::vector<std::unique_ptr<Phone>> phones;
  std::vector<PageListener> listeners;
  for (int i = 0; i < 300; ++i) {
    phones.push_back(std::make_unique<Phone>(i % 2 ? "::1" : "127.0.0.1"));
    listeners.push_back(plain(std::to_string(i), *phones.back()));
  }
  box.plane->page("p", {{"s"}, 1, 0}, 0, listeners, 0);
  const auto &page = ended(box);
  for (const auto &delivery : page.deliveries) check_equal(delivery.packets, 5u, "packets to " + delivery.listener);
  for (const auto &phone : phones) check_equal(all_heard(*phone).size(), 5u, "heard");
}

TEST("page", "Who cannot be reached has a delivery that says so, and holds nobody up") {
  Directory directory;
  Box box;
  Phone phone;
  box.plane->load_sound("s", sine_wav(directory, "s.wav", 440, 8000, 100));
  PageListener nowhere;
  nowhere.id = "nowhere";
  box.plane->page("p", {{"s"}, 1, 0}, 0, {leg("gone", 4711), nowhere, plain("there", phone), plain("g729", phone, "G729")}, 1);
  const auto &page = ended(box);
  check(page.complete, "complete");
  for (const char *id : {"gone", "nowhere", "g729"}) {
    check_equal(delivery_to(page, id).packets, 0u, std::string("packets to ") + id);
    check_equal(delivery_to(page, id).whole_rounds, 0, std::string("rounds to ") + id);
  }
  check_equal(delivery_to(page, "there").packets, 5u, "packets to the one that is there");
  check(box.facts.page_started == std::vector<std::string>{"there"}, "only one started");
}

TEST("page", "A page without sounds, of an unknown speaker or with a name in use ends at once and says so") {
  Directory directory;
  Box box;
  Phone phone;
  box.plane->page("nothing", {{"missing"}, 1, 0}, 0, {plain("x", phone)}, 0);
  check(!ended(box).complete, "not complete");
  box.plane->page("nobody", {}, 77, {plain("x", phone)}, 0);
  check(box.facts.until([](const Facts &f) { return f.ended.size() == 2; }), "told");
  box.plane->load_sound("s", sine_wav(directory, "s.wav", 440, 8000, 300));
  box.plane->page("p", {{"s"}, 0, 0}, 0, {plain("x", phone)}, 0);
  box.plane->page("p", {{"s"}, 0, 0}, 0, {plain("x", phone)}, 0);
  check(box.facts.until([](const Facts &f) { return f.ended.size() == 3; }), "told of the second");
  check_equal(box.plane->dump().pages, 1, "the first goes on");
}
