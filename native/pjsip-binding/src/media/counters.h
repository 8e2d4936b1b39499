// What the media plane has seen, for dump(): written by every thread, read by anyone.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace pbx::media {

struct Counters {
  using Count = std::atomic<uint64_t>;
  Count received{0}, relayed{0}, spoken{0}, rtcp{0};
  /** Packets dropped because of who sent them, what they were, or where they had to go. */
  Count strangers{0}, malformed{0}, unmapped{0}, late{0}, unwanted{0};
  /** Of encrypted legs: packets that were not made with the key, and such as had been heard before. */
  Count forged{0}, replayed{0}, unsealed{0};
  /** Handshakes that gave keys, and such as did not; connectivity checks made with the password, and others. */
  Count handshakes{0}, failed_handshakes{0}, checks{0}, refused_checks{0};
  Count refused{0}, send_errors{0}, unreachable{0}, late_ticks{0}, unrecorded{0}, missing_sounds{0};
  /** Voices that were heard as they came, because as many as the box has time for were being cleaned. */
  Count uncleaned{0};

  static void add(Count &count, uint64_t n = 1) { count.fetch_add(n, std::memory_order_relaxed); }

  std::vector<std::pair<std::string, uint64_t>> all() const {
    return {{"received", received},     {"relayed", relayed},         {"spoken", spoken},
            {"rtcp", rtcp},             {"strangers", strangers},     {"malformed", malformed},
            {"unmapped", unmapped},     {"late", late},               {"unwanted", unwanted},
            {"refused", refused},       {"sendErrors", send_errors},  {"unreachable", unreachable},
            {"lateTicks", late_ticks},  {"unrecorded", unrecorded},
            {"missingSounds", missing_sounds}, {"uncleaned", uncleaned},
            {"forged", forged},         {"replayed", replayed},       {"unsealed", unsealed},
            {"handshakes", handshakes}, {"failedHandshakes", failed_handshakes}, {"checks", checks}, {"refusedChecks", refused_checks}};
  }
};

}  // namespace pbx::media
