// Presses keys towards a phone: as telephone events (RFC 4733), or as the tones of a keypad (ITU-T Q.23).
#include "player.h"

namespace pbx::media {
namespace {

constexpr double rows[4] = {697, 770, 852, 941}, columns[4] = {1209, 1336, 1477, 1633};
constexpr const char *layout = "123A456B789C*0#D";

std::vector<double> tones_of(char digit) {
  const char wanted = digit_of(event_of(digit));
  for (size_t i = 0; i < 16; ++i)
    if (layout[i] == wanted) return {rows[i / 4], columns[i % 4]};
  return {};
}

}  // namespace

Keypad::Keypad(std::shared_ptr<Port> port_, std::shared_ptr<CodecRoom> room, const std::string &digits)
    : port(std::move(port_)), room_(std::move(room)), speaker_(new_speaker()), waiting_(digits) {
  port->claim(Voice::digits);
}

bool Keypad::press(const std::string &digits) {
  std::lock_guard lock(mutex_);
  if (!over_) waiting_ += digits;
  return !over_;
}

bool Keypad::tick(uint64_t) {
  const Format format = port->format();
  const auto samples = static_cast<uint32_t>(format.clock_rate / 50);
  DigitSender::Step now;
  bool more = !port->is_shut() && sender_.next(samples, now);
  if (!more) {
    std::lock_guard lock(mutex_);
    sender_ = DigitSender(std::exchange(waiting_, ""));
    more = !port->is_shut() && sender_.next(samples, now);
    over_ = !more;
  }
  if (more) return step(format, now);
  port->release(Voice::digits);
  return false;
}

bool Keypad::step(const Format &format, const DigitSender::Step &now) {
  if (format.event_type >= 0) {
    if (now.send) port->speak_event(speaker_, now);
    return true;
  }
  const Codec codec = codec_named(format.codec);
  if (codec != Codec::none) sound(codec, now.send ? digit_of(now.payload[0]) : '\0');
  return true;
}

void Keypad::sound(Codec codec, char digit) {
  if (!encoder_ || encoder_->codec() != codec) encoder_ = std::make_unique<Encoder>(room_, codec);
  if (!digit) tones_.reset();
  else if (!tones_) tones_ = std::make_unique<Tones>(tones_of(digit));
  int16_t pcm[most_samples] = {};
  if (tones_) tones_->fill(pcm, pcm_samples_per_tick(codec), pcm_rate(codec));
  uint8_t bytes[most_encoded];
  port->speak({Voice::digits, speaker_, bytes, encoder_->encode(pcm, bytes), rtp_samples_per_tick(codec)});
}

}  // namespace pbx::media
