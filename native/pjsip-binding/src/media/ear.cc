// Hears one stream: evens out arrival, decodes, conceals loss.
#include "ear.h"

#include <algorithm>

namespace pbx::media {
namespace {

/** Delays of the jitter buffer, ms: at least two packets of 20 ms, and at most what a conversation bears. */
constexpr unsigned least_delay = 40, most_delay = 240, capacity = 500;
/** Lost frames that a codec may invent speech for; after 60 ms the invention is heard as a robot. */
constexpr int most_concealed_ms = 60;
/** A hole longer than this is a pause of the sender. */
constexpr int most_lost_ms = 120;
constexpr uint32_t timestamp_jump = 48000 * 10;

}  // namespace

Ear::Ear(std::shared_ptr<CodecRoom> room, int rate) : room_(std::move(room)), rate_(rate) {}

Ear::~Ear() {
  if (buffer_) pjmedia_jbuf_destroy(buffer_);
  decoder_.reset();
  if (pool_) room_->release(pool_);
}

void Ear::hear(const Format &format, const rtp::Packet &packet) {
  const Codec codec = codec_of(format, packet.payload_type);
  const bool noise = codec == Codec::none && packet.payload_type == ComfortNoise::payload_type && packet.payload_type != format.event_type;
  if ((codec == Codec::none && !noise) || packet.payload_size == 0 || packet.payload_size > most_encoded) return;
  std::lock_guard lock(mutex_);
  if (waiting_.size() >= most_waiting) return;
  waiting_.push_back({codec, packet.ssrc, packet.ts, {packet.payload, packet.payload + packet.payload_size}});
}

bool Ear::pull(int16_t *out) {
  {
    std::lock_guard lock(mutex_);
    taken_.swap(waiting_);
  }
  for (const auto &packet : taken_) take(packet);
  taken_.clear();
  const int from_rate = decoder_ ? pcm_rate(decoder_->codec()) : rate_;
  const auto wanted = static_cast<size_t>(from_rate / 50);
  bool spoken = decoder_ != nullptr;
  while (spoken && samples_.size() < wanted) spoken = decode_next();
  int16_t frame[most_samples] = {};
  const size_t there = std::min(wanted, samples_.size());
  std::copy_n(samples_.begin(), there, frame);
  samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(there));
  convert(resampler_, frame, from_rate, out, rate_);
  return there > 0;
}

void Ear::take(const Waiting &packet) {
  if (packet.codec == Codec::none) return take_noise(packet);
  if (!decoder_ || decoder_->codec() != packet.codec) start_decoder(packet.codec);
  if (!has_source_ || ssrc_ != packet.ssrc) begin_source(packet.ssrc);
  const auto step = static_cast<int32_t>(packet.ts - last_ts_);
  if (unwrapped_ts_ == 0 || std::abs(static_cast<int64_t>(step)) > timestamp_jump) {
    if (unwrapped_ts_ != 0) begin_source(packet.ssrc);
    // Away from zero, so that what comes before the first packet still has a positive time.
    unwrapped_ts_ = uint64_t{1} << 24;
  } else {
    unwrapped_ts_ += static_cast<uint64_t>(static_cast<int64_t>(step));
  }
  last_ts_ = packet.ts;
  const uint64_t ts = pcm_ts(unwrapped_ts_);
  size_t frame_samples = 0;
  const auto &frames = decoder_->split(packet.payload.data(), packet.payload.size(), ts, frame_samples);
  if (frames.empty() || frame_samples == 0) return;
  if (frame_samples != frame_samples_) set_frame(frame_samples);
  mark_lost_before(index_of(frames.front().ts));
  for (const auto &frame : frames) pjmedia_jbuf_put_frame(buffer_, frame.bytes, frame.size, index_of(frame.ts));
  next_index_ = std::max(next_index_, index_of(frames.back().ts) + 1);
}

uint64_t Ear::pcm_ts(uint64_t rtp_ts) const {
  const Codec codec = decoder_->codec();
  return rtp_ts * static_cast<uint64_t>(pcm_rate(codec)) / static_cast<uint64_t>(rtp_rate(codec));
}

/** A buffer that ran dry takes the next packet for the one that is due: what was lost before it is put in as frames of nothing. */
void Ear::mark_lost_before(int index) {
  if (!buffer_ || next_index_ < 0 || index <= next_index_) return;
  const int ms = static_cast<int>(frame_samples_ * 1000 / static_cast<size_t>(pcm_rate(decoder_->codec())));
  if ((index - next_index_) * ms > most_lost_ms) return;
  pjmedia_jb_state state;
  pjmedia_jbuf_get_state(buffer_, &state);
  if (state.size > 0) return;
  // Some of it was stood in for already, while nothing was there.
  for (int lost = std::min(index, next_index_ + starved_); lost < index; ++lost) pjmedia_jbuf_put_frame(buffer_, "", 0, lost);
}

/** What was said before the pause is still in the buffer: the noise begins where that ends. */
void Ear::take_noise(const Waiting &packet) {
  // A room is not heard before anybody spoke in it: nothing is known of the codec yet.
  if (!decoder_ || !has_source_ || packet.ssrc != ssrc_ || frame_samples_ == 0) return;
  noise_index_ = index_of(pcm_ts(unwrapped_ts_ + static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(packet.ts - last_ts_)))));
  noise_.hear(packet.payload.data(), packet.payload.size());
}

void Ear::start_decoder(Codec codec) {
  if (!pool_) pool_ = room_->make_pool("ear");
  decoder_ = std::make_unique<Decoder>(room_, codec);
  samples_.clear();
  frame_samples_ = 0;
  if (buffer_) pjmedia_jbuf_destroy(buffer_);
  buffer_ = nullptr;
}

void Ear::begin_source(uint32_t ssrc) {
  has_source_ = true;
  ssrc_ = ssrc;
  unwrapped_ts_ = 0;
  next_index_ = -1;
  noise_.end();
  if (buffer_) pjmedia_jbuf_reset(buffer_);
}

void Ear::set_frame(size_t samples) {
  frame_samples_ = samples;
  next_index_ = -1;
  const auto ms = static_cast<unsigned>(std::max<size_t>(1, samples * 1000 / static_cast<size_t>(pcm_rate(decoder_->codec()))));
  if (buffer_) pjmedia_jbuf_destroy(buffer_);
  // A phone changes its packet length once or twice in a call, if ever: the pool grows by that, no more.
  const pj_str_t name = pj_str(const_cast<char *>("ear"));
  buffer_ = nullptr;
  if (pjmedia_jbuf_create(pool_, &name, most_encoded, ms, std::max(8u, capacity / ms), &buffer_) != PJ_SUCCESS) return;
  const unsigned least = std::max(1u, least_delay / ms);
  pjmedia_jbuf_set_adaptive(buffer_, least, least, std::max(least, most_delay / ms));
}

bool Ear::decode_next() {
  if (!buffer_) return false;
  uint8_t frame[most_encoded];
  int16_t pcm[Decoder::most_decoded];
  pj_size_t size = sizeof frame;
  char kind = PJMEDIA_JB_ZERO_EMPTY_FRAME;
  pj_uint32_t bit_info = 0, ts = 0;
  int index = 0;
  pjmedia_jbuf_get_frame3(buffer_, frame, &size, &kind, &bit_info, &ts, &index);
  const bool dry = kind != PJMEDIA_JB_NORMAL_FRAME && kind != PJMEDIA_JB_MISSING_FRAME;
  starved_ = dry ? starved_ + 1 : 0;
  if (kind == PJMEDIA_JB_NORMAL_FRAME && size == 0) kind = PJMEDIA_JB_MISSING_FRAME;
  if (kind == PJMEDIA_JB_NORMAL_FRAME) {
    concealed_ = 0;
    if (index >= noise_index_) noise_.end();
    const size_t made = decoder_->decode(frame, size, pcm);
    // opus keeps its first frame back until it has the second: that it does so takes time as well, or the buffer runs dry.
    if (made > 0) append(pcm, made);
    else append_silence();
    return true;
  }
  if (noise_.sounds()) {
    const size_t samples = std::min(frame_samples_, Decoder::most_decoded);
    noise_.fill(pcm, samples);
    append(pcm, samples);
    return true;
  }
  const int ms = static_cast<int>(frame_samples_ * 1000 / static_cast<size_t>(pcm_rate(decoder_->codec())));
  concealed_ += ms;
  if (concealed_ > most_concealed_ms) {
    if (kind != PJMEDIA_JB_MISSING_FRAME) return false;
    append_silence();
    return true;
  }
  append(pcm, decoder_->conceal(frame_samples_, pcm));
  return true;
}

int Ear::delay_ms() const {
  if (!buffer_ || !decoder_) return 0;
  pjmedia_jb_state state;
  pjmedia_jbuf_get_state(buffer_, &state);
  return static_cast<int>(state.prefetch * frame_samples_ * 1000 / static_cast<size_t>(pcm_rate(decoder_->codec())));
}

void Ear::append_silence() { samples_.insert(samples_.end(), std::min(frame_samples_, Decoder::most_decoded), int16_t{0}); }

void Ear::append(const int16_t *pcm, size_t samples) { samples_.insert(samples_.end(), pcm, pcm + samples); }

}  // namespace pbx::media
