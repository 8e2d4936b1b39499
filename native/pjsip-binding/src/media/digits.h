// Keys pressed during a call, as RFC 4733 telephone events: read off a stream, and put into one.
#pragma once

#include <cstdint>
#include <string>

#include "rtp.h"

namespace pbx::media {

/** '0'-'9', '*', '#', 'A'-'D' as event codes 0-15; -1 for anything else. */
int event_of(char digit);
char digit_of(int event);

/** Sees each key once, however often its packets are repeated or whichever of them are lost. */
class DigitDetector {
 public:
  /** A packet of the telephone-event type; the key when it has just ended, else 0. */
  char hear_event(const rtp::Packet &);
  /** Any other packet: ends a key whose three end packets were all lost. */
  char hear_other(const rtp::Packet &, int clock_rate);

 private:
  bool pressed_ = false, seen_ = false;
  uint32_t ssrc_ = 0, ts_ = 0;
  uint16_t duration_ = 0;
  uint8_t event_ = 0;
};

/** The packets of one key: 100 ms long, the end said three times. */
class DigitSender {
 public:
  explicit DigitSender(std::string digits) : digits_(std::move(digits)) {}

  struct Step {
    bool send = false;       // a pause otherwise
    bool begins = false;     // first packet of a key: marker, and a timestamp of its own
    uint8_t payload[4] = {};
    uint32_t duration = 0;   // samples since the key went down
  };
  /** The next 20 ms; false when all keys are done. */
  bool next(uint32_t samples_per_step, Step &);

 private:
  std::string digits_;
  size_t index_ = 0;
  int step_ = 0;
};

}  // namespace pbx::media
