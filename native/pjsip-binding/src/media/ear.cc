// Hears one stream: evens out arrival, decodes, conceals loss.
#include "ear.h"

#include <algorithm>

namespace pbx::media {
namespace {

/** Delays of the jitter buffer, ms: at least two packets of 20 ms, and at most what a conversation bears. */
constexpr unsigned least_delay = 40, most_delay = 240, capacity = 500;
/** Lost frames that a codec may invent speech for; after 60 ms the invention is heard as a robot. */
constexpr int most_concealed_ms = 60;
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
  if (codec == Codec::none || packet.payload_size == 0 || packet.payload_size > most_encoded) return;
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
  const uint64_t ts = unwrapped_ts_ * static_cast<uint64_t>(pcm_rate(packet.codec)) / static_cast<uint64_t>(rtp_rate(packet.codec));
  size_t frame_samples = 0;
  const auto &frames = decoder_->split(packet.payload.data(), packet.payload.size(), ts, frame_samples);
  if (frames.empty() || frame_samples == 0) return;
  if (frame_samples != frame_samples_) set_frame(frame_samples);
  for (const auto &frame : frames)
    pjmedia_jbuf_put_frame(buffer_, frame.bytes, frame.size, static_cast<int>((frame.ts / frame_samples_) & 0x7fffffff));
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
  if (buffer_) pjmedia_jbuf_reset(buffer_);
}

void Ear::set_frame(size_t samples) {
  frame_samples_ = samples;
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
  pj_uint32_t bit_info = 0;
  pjmedia_jbuf_get_frame2(buffer_, frame, &size, &kind, &bit_info);
  if (kind == PJMEDIA_JB_NORMAL_FRAME) {
    concealed_ = 0;
    append(pcm, decoder_->decode(frame, size, pcm));
    return true;
  }
  const int ms = static_cast<int>(frame_samples_ * 1000 / static_cast<size_t>(pcm_rate(decoder_->codec())));
  concealed_ += ms;
  if (concealed_ > most_concealed_ms) {
    if (kind != PJMEDIA_JB_MISSING_FRAME) return false;
    std::fill_n(pcm, std::min(frame_samples_, Decoder::most_decoded), int16_t{0});
    append(pcm, std::min(frame_samples_, Decoder::most_decoded));
    return true;
  }
  append(pcm, decoder_->conceal(frame_samples_, pcm));
  return true;
}

void Ear::append(const int16_t *pcm, size_t samples) { samples_.insert(samples_.end(), pcm, pcm + samples); }

}  // namespace pbx::media
