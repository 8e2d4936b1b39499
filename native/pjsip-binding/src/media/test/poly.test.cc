// Group paging as phones of Poly's make hear it, byte by byte and beat by beat.
#include "check.h"
#include "poly_paging.h"
#include "speech.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

constexpr size_t size = PolyPaging::frame_bytes;

struct Sent {
  int beat;
  std::vector<uint8_t> bytes;
  uint8_t op() const { return bytes[0]; }
};

/** Frame `n` is 160 bytes of the value n. */
std::vector<Sent> sent_of(PolyPaging &paging, int frames, int beats) {
  std::vector<Sent> sent;
  for (int beat = 0; beat < beats; ++beat) {
    const std::vector<uint8_t> frame(size, static_cast<uint8_t>(beat));
    if (beat == frames) paging.finish();
    PolyPaging::Packet packet;
    if (!paging.beat(beat < frames ? Payload{frame.data(), size} : Payload{}, packet)) continue;
    std::vector<uint8_t> bytes(packet.head, packet.head + packet.head_size);
    bytes.insert(bytes.end(), packet.speech.bytes, packet.speech.bytes + packet.speech.size);
    sent.push_back({beat, bytes});
  }
  return sent;
}

std::vector<Sent> of_kind(const std::vector<Sent> &all, uint8_t op) {
  std::vector<Sent> some;
  for (const Sent &one : all)
    if (one.op() == op) some.push_back(one);
  return some;
}

}  // namespace

TEST("page", "A page in Poly's framing is announced, spoken and ended as its phones expect, byte by byte") {
  PolyPaging paging({50, 0x01020304, "Assembly hall one", Codec::g722});
  const auto sent = sent_of(paging, 5, 100);
  const std::vector<uint8_t> head = {0x0f, 50, 1, 2, 3, 4, 13, 'A', 's', 's', 'e', 'm', 'b', 'l', 'y', ' ', 'h', 'a', 'l', 'l'};
  const auto alerts = of_kind(sent, 0x0f), speech = of_kind(sent, 0x10), ends = of_kind(sent, 0xff);
  check_equal(alerts.size(), 31u, "alerts");
  check_equal(ends.size(), 12u, "ends");
  check_equal(speech.size(), 5u, "packets of speech");
  for (const Sent &one : alerts) check(one.bytes == head, "an alert is the head and nothing else");
  for (const Sent &one : ends) check(one.bytes.size() == 20 && std::equal(head.begin() + 1, head.end(), one.bytes.begin() + 1), "so is an end");
  for (size_t i = 0; i < speech.size(); ++i) {
    std::vector<uint8_t> expected = head;
    expected[0] = 0x10;
    for (const uint8_t byte : {9, 0, 0, 0, int(i * size >> 8), int(i * size & 0xff)}) expected.push_back(byte);
    if (i > 0) expected.insert(expected.end(), size, static_cast<uint8_t>(i - 1));
    expected.insert(expected.end(), size, static_cast<uint8_t>(i));
    check(speech[i].bytes == expected, "the frame before, and this one");
  }
  check(paging.over(), "over");
}

TEST("page", "Alerts and ends of Poly's framing are 30 ms apart, speech 20, with 50 between") {
  PolyPaging paging({49, 1, "", Codec::pcmu});
  const auto sent = sent_of(paging, 200, 300);
  const auto alerts = of_kind(sent, 0x0f), speech = of_kind(sent, 0x10), ends = of_kind(sent, 0xff);
  for (size_t i = 0; i < alerts.size(); ++i) {
    const int ms = alerts[i].beat * 20 - static_cast<int>(i) * 30;
    check(ms >= 0 && ms < 20, "an alert is at most a beat late");
  }
  check(speech.front().beat * 20 - alerts.back().beat * 20 >= 50, "a pause before speech");
  for (size_t i = 1; i < speech.size(); ++i) check_equal(speech[i].beat - speech[i - 1].beat, 1, "every beat");
  check_equal(speech.size(), 200u, "all of the speech");
  check(ends.front().beat * 20 - speech.back().beat * 20 >= 50, "a pause behind it");
  check(ends.back().beat - ends.front().beat >= 11 * 30 / 20, "ends are apart");
}

TEST("page", "A page in Poly's framing that is cut says no more, and ends") {
  PolyPaging paging({49, 1, "", Codec::pcmu});
  sent_of(paging, 1000, 80);
  paging.cut();
  const auto rest = sent_of(paging, 0, 60);
  check_equal(of_kind(rest, 0x10).size(), 0u, "speech");
  check_equal(of_kind(rest, 0x0f).size(), 0u, "alerts");
  check_equal(of_kind(rest, 0xff).size(), 12u, "ends");
  check(paging.over(), "over");
}
