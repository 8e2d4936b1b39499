// Cleans what one phone says where the box decodes it anyway.
#include "voice_cleaner.h"

#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>

#include <algorithm>
#include <new>

#include "clock_thread.h"
#include "ear.h"

namespace pbx::media {
namespace {

/** Noise that is left, and echo that the filter left, while nobody and while somebody speaks there, dB. */
constexpr int noise_left = -24, echo_left = -45, echo_left_in_speech = -18;
/** The box speaks so loud to the phone (dB against full scale) that what comes from there may be its echo. */
constexpr double loud_db = -50;

template <class State>
State *made(State *state) {
  if (!state) throw std::bad_alloc();
  return state;
}

}  // namespace

void VoiceCleaner::EndsEcho::operator()(SpeexEchoState_ *state) const { speex_echo_state_destroy(state); }
void VoiceCleaner::EndsSuppression::operator()(SpeexPreprocessState_ *state) const { speex_preprocess_state_destroy(state); }

std::unique_ptr<VoiceCleaner> VoiceCleaner::of(const std::shared_ptr<Port> &port, const std::shared_ptr<CodecRoom> &room, int rate) {
  const Cleaning cleaning = port->cleaning();
  if (cleaning == Cleaning::off) return nullptr;
  // A voice that cannot be cleaned is heard as it is: the beat of alarms never ends for it.
  try {
    if (room->cleaning + units_of(cleaning) <= most_units) return std::make_unique<VoiceCleaner>(port, room, cleaning, rate);
  } catch (const std::bad_alloc &) {
  }
  Counters::add(port->counters().uncleaned);
  return nullptr;
}

VoiceCleaner::VoiceCleaner(std::shared_ptr<Port> port, std::shared_ptr<CodecRoom> room, Cleaning cleaning, int rate)
    : port_(std::move(port)), room_(std::move(room)), units_(units_of(cleaning)), rate_(rate), samples_(static_cast<size_t>(rate / 50)) {
  const int frame = static_cast<int>(samples_);
  suppression_.reset(made(speex_preprocess_state_init(frame, rate_)));
  const auto set = [this](int what, int value) { speex_preprocess_ctl(suppression_.get(), what, &value); };
  set(SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, noise_left);
  if (cleaning >= Cleaning::noise_and_gain) leveller_ = std::make_unique<Leveller>();
  if (cleaning == Cleaning::noise_gain_and_echo) {
    echo_.reset(made(speex_echo_state_init(frame, rate_ / 1000 * echo_tail_ms)));
    int hertz = rate_;
    speex_echo_ctl(echo_.get(), SPEEX_ECHO_SET_SAMPLING_RATE, &hertz);
    speex_preprocess_ctl(suppression_.get(), SPEEX_PREPROCESS_SET_ECHO_STATE, echo_.get());
    set(SPEEX_PREPROCESS_SET_ECHO_SUPPRESS, echo_left);
    set(SPEEX_PREPROCESS_SET_ECHO_SUPPRESS_ACTIVE, echo_left_in_speech);
    sent_ = std::make_shared<Ear>(room_, rate_);
    port_->listen_out(sent_);
  }
  room_->cleaning += units_;
}

VoiceCleaner::~VoiceCleaner() {
  if (sent_) port_->stop_listening(sent_.get());
  room_->cleaning -= units_;
}

bool VoiceCleaner::clean(int16_t *frame, bool heard) {
  // What the phone is sent is heard in any case, and must not fall behind what it says.
  if (sent_) hear_sent();
  // A phone that sends nothing teaches nothing: neither that its room is still nor that it has no echo.
  if (!heard && !holds_tail_) return false;
  if (!heard) std::fill_n(frame, samples_, int16_t{0});
  else if (echo_) take_echo_off(frame);
  holds_tail_ = heard;
  speex_preprocess_run(suppression_.get(), frame);
  if (leveller_) leveller_->level(frame, samples_, speech());
  return true;
}

void VoiceCleaner::hear_sent() {
  sent_->pull(said_to_it_.data());
  const bool loud = loudness_db(said_to_it_.data(), samples_) > loud_db;
  echo_ms_ = loud ? echo_tail_ms : std::max(0, echo_ms_ - tick_ms);
}

void VoiceCleaner::take_echo_off(int16_t *frame) {
  int16_t left[most_samples];
  speex_echo_cancellation(echo_.get(), frame, said_to_it_.data(), left);
  std::copy_n(left, samples_, frame);
}

double VoiceCleaner::speech() const {
  if (echo_ms_ > 0) return 0;
  int percent = 0;
  speex_preprocess_ctl(suppression_.get(), SPEEX_PREPROCESS_GET_PROB, &percent);
  return percent / 100.0;
}

}  // namespace pbx::media
