// A phone of the tests: one UDP socket that sends and hears RTP, and a listener that remembers every fact.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "address.h"
#include "plane.h"
#include "rtp.h"

namespace pbx::media::test {

Address address(const std::string &host, int port);

struct Heard {
  Heard() = default;
  Heard(Heard &&) = default;
  Heard &operator=(Heard &&) = default;
  std::vector<uint8_t> bytes;
  rtp::Packet packet{};
  Address from{};
  /** Microseconds on the monotonic clock. */
  uint64_t at_us = 0;
};

class Phone {
 public:
  explicit Phone(const std::string &host = "127.0.0.1", int port = 0);
  ~Phone();
  Phone(const Phone &) = delete;
  Phone &operator=(const Phone &) = delete;

  const Address &at() const { return at_; }
  Remote remote() const;
  void aim(int port);
  /** A socket option of the test's own: multicast groups and the like. */
  int socket() const { return fd_; }

  struct Says {
    uint16_t seq;
    uint32_t ts;
    int type = 0;
    uint32_t ssrc = 0x11111111;
    std::vector<uint8_t> payload = std::vector<uint8_t>(160, 0x55);
    bool marker = false;
  };
  void say(const Says &);
  void send(const std::vector<uint8_t> &);
  /** The next packet, waiting for it at most so long. */
  std::optional<Heard> hear(int patience_ms = 2000);
  /** What arrives within so many milliseconds. */
  std::vector<Heard> hear_for(int ms);

 private:
  int fd_;
  Address at_{}, to_{};
};

/** An integer that the kernel says of the next packet (IP_TOS, IP_TTL), once the socket asks for it; -1 when nothing came. */
int control_of(Phone &, int level, int type);

/** What the plane told. */
class Facts final : public Listener {
 public:
  struct Played { PortId port; std::string play; bool complete; };
  struct Recorded { PortId port; std::string file; double seconds; std::string error; };
  struct Ended { std::string page; bool complete; std::vector<PageDelivery> deliveries; };

  void on_latched(PortId port, const Address &from) override;
  void on_keyed(PortId port, const std::string &suite) override;
  void on_digit(PortId port, char digit, Pressed) override;
  void on_keys_unspoken(PortId port, const std::string &keys) override;
  void on_played(PortId port, const std::string &play, bool complete) override;
  void on_recorded(PortId port, const std::string &file, double seconds, const std::string &error) override;
  void on_page_started(const std::string &page, const std::string &listener) override;
  void on_page_round(const std::string &page, int round) override;
  void on_page_ended(const std::string &page, bool complete, const std::vector<PageDelivery> &) override;

  /** Waits, at most so long, until the condition holds. */
  bool until(const std::function<bool(const Facts &)> &holds, int patience_ms = 4000);

  /** Keys as they were told; those of tones, those that the box could not say. */
  std::string digits, tones, unspoken;
  std::vector<PortId> latched;
  std::vector<std::string> keyed;
  std::vector<Played> played;
  std::vector<Recorded> recorded;
  std::vector<std::string> page_started;
  std::vector<int> rounds;
  std::vector<Ended> ended;

 private:
  template <class Change>
  void note(Change change);
  std::mutex mutex_;
  std::condition_variable changed_;
};

Format format(const std::string &codec, int payload_type, int event_type = 101);

/** A plane on ports of its own, so that several test runs go side by side. */
struct Box {
  explicit Box(const std::string &state_file = "", int relay_threads = 1);
  ~Box();
  /** A port that talks to the phone. */
  PortId connect(Phone &, const Format &);
  uint64_t counter(const std::string &name);

  Facts facts;
  std::unique_ptr<Plane> plane;
};

}  // namespace pbx::media::test
