// Speech that is cleaned where the box decodes it: noise between and under words, whispers, the box's own voice come back.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "check.h"
#include "monotonic.h"
#include "resampler.h"
#include "sounding.h"
#include "voice_cleaner.h"
#include "wav.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

using Pcm = std::vector<int16_t>;
constexpr int rate = 16000, frame = rate / 50;

/** A voice reads for a while; at 8 kHz. */
Pcm a_voice(const Directory &directory) {
  Pcm voice;
  each_voice(directory, [&](const Pcm &pcm, const std::string &) {
    if (voice.empty()) voice = pcm;
  });
  return voice;
}

Pcm wideband(const Pcm &narrow) {
  Pcm wide(narrow.size() * 2);
  Resampler resampler;
  resampler.up(narrow.data(), narrow.size(), wide.data());
  return wide;
}

Pcm scaled(Pcm pcm, double db) {
  for (auto &sample : pcm) sample = static_cast<int16_t>(std::lrint(std::clamp(sample * std::pow(10, db / 20), -32768.0, 32767.0)));
  return pcm;
}

double loudness(const Pcm &pcm, double from_s, double to_s, int hertz = rate) {
  const auto begin = static_cast<size_t>(from_s * hertz), end = std::min(static_cast<size_t>(to_s * hertz), pcm.size());
  check(begin < end, "so much is there to be measured: " + std::to_string(pcm.size()));
  return loudness_db(pcm.data() + begin, end - begin);
}

/** Two seconds of a silent room, then three of speech, again and again. */
struct Spells {
  static constexpr double pause = 2, speech = 3, spell = pause + speech;
  static constexpr int count = 4;
  explicit Spells(const Pcm &voice) {
    size_t at = 0;
    for (int i = 0; i < count; ++i) {
      pcm.resize(pcm.size() + static_cast<size_t>(pause * rate), 0);
      for (int s = 0; s < speech * rate; ++s) pcm.push_back(voice[at++ % voice.size()]);
    }
  }
  /** Of the spells after the first, in which the noise is learned. The edges of words and what comes 20 ms later are left out. */
  static double in_pauses(const Pcm &heard) { return mean(heard, 0.3, pause - 0.1); }
  static double in_speech(const Pcm &heard) { return mean(heard, pause + 0.05, spell); }
  Pcm pcm;

 private:
  static double mean(const Pcm &heard, double from, double to) {
    double sum = 0;
    for (int i = 1; i < count; ++i) sum += loudness(heard, i * spell + from, i * spell + to);
    return sum / (count - 1);
  }
};

/** A port of which only the voice is looked at: it has no sockets. */
struct Console {
  explicit Console(Cleaning cleaning) : port(std::make_shared<Port>(1, Address{}, SocketPair{-1, -1, 0}, counters)) {
    port->set_format(format("G722", 9));
    port->set_cleaning(cleaning);
    cleaner = VoiceCleaner::of(port, room, rate);
  }
  /** What is heard of `said` while the box says `sent` to the phone; what a frame took is told. */
  Pcm hears(const Pcm &said, const Pcm &sent = {}) {
    Pcm heard;
    Encoder encoder(room, Codec::g722);
    uint64_t spent_us = 0, frames = 0, spoke_us = monotonic_us();
    for (size_t at = 0; at + frame <= said.size(); at += frame, ++frames) {
      if (at + frame <= sent.size()) {
        uint8_t bytes[most_encoded];
        // The codec works in place.
        Pcm spoken(sent.begin() + static_cast<std::ptrdiff_t>(at), sent.begin() + static_cast<std::ptrdiff_t>(at + frame));
        const uint64_t now = monotonic_us();
        stood_still = stood_still || now - spoke_us > still_us;
        spoke_us = now;
        const size_t size = encoder.encode(spoken.data(), bytes);
        port->speak({Voice::mix, 7, bytes, size, rtp_samples_per_tick(Codec::g722)});
      }
      Pcm now(said.begin() + static_cast<std::ptrdiff_t>(at), said.begin() + static_cast<std::ptrdiff_t>(at + frame));
      const uint64_t began = monotonic_us();
      check(cleaner->clean(now.data(), true), "something is heard");
      spent_us += monotonic_us() - began;
      heard.insert(heard.end(), now.begin(), now.end());
    }
    printf("# %.0f us for each 20 ms\n", static_cast<double>(spent_us) / static_cast<double>(frames));
    return heard;
  }
  /** The machine stood so long that the box's stream counts it as a pause: what was heard is no measure. */
  static constexpr uint64_t still_us = 250'000;
  bool stood_still = false;
  Counters counters;
  std::shared_ptr<CodecRoom> room = CodecRoom::enter();
  std::shared_ptr<Port> port;
  std::unique_ptr<VoiceCleaner> cleaner;
};

/** What is heard of a phone that says `said` while the box says `sent` to it. */
Pcm without_echo(const Pcm &said, const Pcm &sent) {
  for (int tries = 0; tries < 20; ++tries) {
    Console console(Cleaning::noise_gain_and_echo);
    Pcm heard = console.hears(said, sent);
    if (!console.stood_still) return heard;
  }
  throw std::runtime_error("this machine stands still all the time");
}

/** What a desk microphone hears of its loudspeaker: later, softer, and again from the wall. */
Pcm echo_of(const Pcm &sent, int ms, double db) {
  Pcm echo(sent.size(), 0);
  const double gain = std::pow(10, db / 20);
  const auto late = static_cast<size_t>(ms * rate / 1000);
  for (size_t i = late + 300; i < sent.size(); ++i)
    echo[i] = static_cast<int16_t>(gain * (sent[i - late] - 0.5 * sent[i - late - 77] + 0.25 * sent[i - late - 300]));
  return echo;
}

/** Of the second half, at 8 kHz: the median of its frames, so that a gap of a busy machine counts for nothing. */
double usual_loudness(const Pcm &pcm) {
  constexpr size_t narrow = 160;
  std::vector<double> frames;
  for (size_t at = pcm.size() / 2; at + narrow <= pcm.size(); at += narrow) frames.push_back(loudness_db(pcm.data() + at, narrow));
  check(frames.size() >= 40, "so many packets were heard: " + std::to_string(frames.size()));
  std::nth_element(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(frames.size() / 2), frames.end());
  return frames[frames.size() / 2];
}

void told(const char *what, double before, double after) { printf("# %s: %.1f dB, then %.1f dB\n", what, before, after); }

}  // namespace

TEST("cleaning", "The noise of a hall falls by more than ten decibels between words, and speech by less than three") {
  const Directory directory;
  const Spells spells(scaled(wideband(a_voice(directory)), -6));
  Pcm noisy = spells.pcm;
  add_noise(noisy, -35, 5);
  const Pcm heard = Console(Cleaning::noise).hears(noisy);
  told("pauses", Spells::in_pauses(noisy), Spells::in_pauses(heard));
  told("speech", Spells::in_speech(spells.pcm), Spells::in_speech(heard));
  check(Spells::in_pauses(heard) < Spells::in_pauses(noisy) - 10, "pauses");
  check(std::abs(Spells::in_speech(heard) - Spells::in_speech(spells.pcm)) < 3, "speech");
}

TEST("cleaning", "A whisper is lifted by fifteen decibels, a shout lowered by six, neither above the ceiling, and the noise of the room does not rise to speech") {
  const Directory directory;
  const Pcm voice = wideband(a_voice(directory));
  Pcm whisper = Spells(scaled(voice, -34)).pcm;
  add_noise(whisper, -66, 6);
  const Pcm heard = Console(Cleaning::noise_and_gain).hears(whisper);
  told("whisper", Spells::in_speech(whisper), Spells::in_speech(heard));
  told("its pauses", Spells::in_pauses(whisper), Spells::in_pauses(heard));
  check(Spells::in_speech(heard) > Spells::in_speech(whisper) + 15, "whisper");
  check(Spells::in_pauses(heard) < Spells::in_speech(heard) - 25, "pauses");
  const Pcm shout = Spells(scaled(voice, 10)).pcm, lowered = Console(Cleaning::noise_and_gain).hears(shout);
  told("shout", Spells::in_speech(shout), Spells::in_speech(lowered));
  check(Spells::in_speech(lowered) < Spells::in_speech(shout) - 6, "shout");
  const auto peak = [](const Pcm &pcm) { return *std::max_element(pcm.begin(), pcm.end()); };
  check(peak(heard) <= 26001 && peak(lowered) <= 26001, "peaks " + std::to_string(peak(heard)) + " " + std::to_string(peak(lowered)));
}

TEST("cleaning", "The box's own voice comes back softer by more than twenty decibels once it is known, whatever way it took, and is never lifted") {
  const Directory directory;
  Pcm voice = wideband(a_voice(directory));
  for (const int ms : {80, 140, 200}) {
    Pcm echo = echo_of(voice, ms, -10);
    add_noise(echo, -60, 7);
    const Pcm heard = without_echo(echo, voice);
    const double seconds = static_cast<double>(heard.size()) / rate;
    told(("echo after " + std::to_string(ms) + " ms").c_str(), loudness(echo, 10, seconds), loudness(heard, 10, seconds));
    check(loudness(heard, 10, seconds) < loudness(echo, 10, seconds) - 20, "echo");
    check(loudness(heard, 0, 2) < loudness(echo, 0, 2) + 1, "not lifted before it is known");
  }
}

TEST("cleaning", "Who speaks into the box's voice is heard, and a phone that falls silent is heard to its end") {
  const Directory directory;
  const Pcm voice = wideband(a_voice(directory));
  Pcm both = echo_of(voice, 120, -12);
  // The same text from its middle: the two say different things at any moment.
  Pcm own(voice.begin() + static_cast<std::ptrdiff_t>(voice.size() / 2), voice.end());
  own.insert(own.end(), voice.begin(), voice.begin() + static_cast<std::ptrdiff_t>(voice.size() / 2));
  for (size_t i = 10 * rate; i < both.size(); ++i) both[i] = static_cast<int16_t>(std::clamp(both[i] + own[i], -32768, 32767));
  const Pcm heard = without_echo(both, voice);
  const double seconds = static_cast<double>(heard.size()) / rate;
  told("own words", loudness(own, 10, seconds), loudness(heard, 10, seconds));
  check(loudness(heard, 10, seconds) > loudness(own, 10, seconds) - 6, "own words");
  const Console console(Cleaning::noise_gain_and_echo);
  int16_t last[frame] = {1, 2, 3};
  check(console.cleaner->clean(last, true), "it speaks");
  check(console.cleaner->clean(last, false), "the last 20 ms still come");
  check(!console.cleaner->clean(last, false), "then there is nothing");
}

TEST("cleaning", "No more voices are cleaned than the beat has time for; the others are heard as they came, and counted") {
  Counters counters;
  std::vector<std::unique_ptr<Console>> consoles;
  for (int i = 0; i < 4; ++i) consoles.push_back(std::make_unique<Console>(Cleaning::noise_gain_and_echo));
  check(consoles[2]->cleaner && !consoles[3]->cleaner, "three of echo");
  check_equal(consoles[3]->counters.uncleaned.load(), uint64_t{1}, "uncleaned");
  consoles.erase(consoles.begin());
  check(Console(Cleaning::noise).cleaner != nullptr, "room again");
  consoles.clear();
  check_equal(CodecRoom::enter()->cleaning.load(), 0, "nothing is left");
}

TEST("cleaning", "In a mix and in a page the speech of a phone that asks for it is cleaned; what is relayed or said by others stays as it came") {
  Box box;
  Pcm noise(8000, 0);
  add_noise(noise, -30, 9);
  Talker a(format("PCMU", 0), 0), b(format("PCMU", 0), 0);
  a.reads(noise);
  b.reads(noise);
  const PortId pa = box.connect(a.phone, a.format), pb = box.connect(b.phone, b.format);
  const auto heard_by = [](Talker &who) {
    const Pcm pcm = who.heard_pcm();
    who.heard.clear();
    return usual_loudness(pcm);
  };
  const double said = loudness(noise, 0, 1, 8000);
  box.plane->set_cleaning(pa, Cleaning::noise);
  box.plane->bridge(pa, pb);
  talk({&a, &b}, 3500);
  check(std::abs(heard_by(b) - said) < 1, "relayed");
  a.heard.clear();
  box.plane->mix("m", {{pa, true, true}, {pb, true, true}});
  talk({&a, &b}, 3500);
  check(heard_by(b) < said - 10, "cleaned in the mix");
  check(std::abs(heard_by(a) - said) < 1, "the other one is not");
  box.plane->unmix("m");
  Talker listener(format("PCMU", 0), 0);
  const PortId pl = box.connect(listener.phone, listener.format);
  PageListener one;
  one.id = "l";
  one.port = pl;
  box.plane->page("p", {}, pa, {one}, 0);
  talk({&a, &listener}, 3500);
  check(heard_by(listener) < said - 10, "cleaned in the page");
  box.plane->stop_page("p");
  check(box.facts.until([](const Facts &f) { return f.ended.size() == 1; }), "page ended");
}

TEST("cleaning", "A port that a successor restores is cleaned as before") {
  Phone phone;
  std::string line;
  PortId id;
  {
    Box box;
    id = box.connect(phone, format("PCMU", 0));
    box.plane->set_cleaning(id, Cleaning::noise_and_gain);
    line = box.plane->record_of(id);
  }
  Box box;
  check(box.plane->restore(id, line), "restored");
  PortState state;
  check(state_of(box.plane->record_of(id), state) && state.cleaning == Cleaning::noise_and_gain, "as it was");
  line.replace(line.find("cleaning=2"), 10, "cleaning=9");
  check(state_of(line, state) && state.cleaning == Cleaning::off, "what no version knows is off");
}
