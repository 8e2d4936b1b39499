// The codecs that the box itself can speak and hear: pjmedia's, without its streams.
#include "codec.h"

#include <pjmedia-codec/g722.h>
#include <pjmedia-codec/opus.h>
#include <pjmedia/g711.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <stdexcept>

#include "pj_thread.h"

namespace pbx::media {
namespace {

const char *id_of(Codec codec) {
  switch (codec) {
    case Codec::pcmu: return "PCMU/8000";
    case Codec::pcma: return "PCMA/8000";
    case Codec::g722: return "G722/16000";
    case Codec::opus: return "opus/48000";
    case Codec::none: break;
  }
  return "";
}

constexpr unsigned opus_bit_rate = 32000, opus_complexity = 5;
/** libopus says so of a frame that need not be sent. */
constexpr size_t opus_pause_size = 2;
/** Beyond this a repeated frame takes the bits that the speech itself needs. */
constexpr int most_expected_loss = 30;

/** Opus runs at 16 kHz inside: what a telephone line or a recorded voice holds, and no resampling to the mix. */
pj_status_t set_opus_to_speech(pjmedia_codec_mgr *manager) {
  pjmedia_codec_opus_config config;
  pj_status_t status = pjmedia_codec_opus_get_config(&config);
  if (status != PJ_SUCCESS) return status;
  config.sample_rate = 16000;
  config.channel_cnt = 1;
  config.bit_rate = opus_bit_rate;
  config.complexity = opus_complexity;
  config.frm_ptime = 20;
  config.frm_ptime_denum = 0;
  const pj_str_t id{const_cast<char *>("opus"), 4};
  const pjmedia_codec_info *info[1];
  unsigned count = 1;
  status = pjmedia_codec_mgr_find_codecs_by_id(manager, &id, &count, info, nullptr);
  if (status != PJ_SUCCESS) return status;
  pjmedia_codec_param param;
  status = pjmedia_codec_mgr_get_default_param(manager, info[0], &param);
  return status == PJ_SUCCESS ? pjmedia_codec_opus_set_default_param(&config, &param) : status;
}

/** RFC 6716 section 3.1: the length of a packet's frames is in the upper five bits of its first byte. */
size_t opus_frame_samples(uint8_t toc) {
  constexpr size_t at_16k_silk[4] = {160, 320, 640, 960};
  const unsigned config = toc >> 3;
  if (config < 12) return at_16k_silk[config & 3];
  if (config < 16) return config & 1 ? 320 : 160;
  return size_t{40} << (config & 3);
}

}  // namespace

std::shared_ptr<CodecRoom> CodecRoom::enter() {
  static std::mutex mutex;
  static std::weak_ptr<CodecRoom> of_the_process;
  std::lock_guard lock(mutex);
  auto room = of_the_process.lock();
  if (!room) of_the_process = room = std::make_shared<CodecRoom>();
  return room;
}

CodecRoom::CodecRoom() {
  register_with_pjlib("media");
  pj_caching_pool_init(&pools_, &pj_pool_factory_default_policy, 0);
  pj_status_t status = pjmedia_endpt_create2(&pools_.factory, nullptr, 0, &endpoint_);
  if (status == PJ_SUCCESS) status = pjmedia_codec_g711_init(endpoint_);
  if (status == PJ_SUCCESS) status = pjmedia_codec_g722_init(endpoint_);
  if (status == PJ_SUCCESS) status = pjmedia_codec_opus_init(endpoint_);
  if (status == PJ_SUCCESS) status = set_opus_to_speech(pjmedia_endpt_get_codec_mgr(endpoint_));
  if (status != PJ_SUCCESS) throw std::runtime_error("codecs cannot be opened, pjmedia status " + std::to_string(status));
}

CodecRoom::~CodecRoom() {
  register_with_pjlib("media");
  pjmedia_endpt_destroy2(endpoint_);
  pj_caching_pool_destroy(&pools_);
}

pj_pool_t *CodecRoom::make_pool(const char *name) {
  register_with_pjlib("media");
  return pj_pool_create(&pools_.factory, name, 2048, 2048, nullptr);
}

void CodecRoom::release(pj_pool_t *pool) {
  register_with_pjlib("media");
  pj_pool_release(pool);
}

bool CodecRoom::parameters(Codec codec, pjmedia_codec_param &param, const pjmedia_codec_info *&info) {
  auto *manager = pjmedia_endpt_get_codec_mgr(endpoint_);
  const pj_str_t id = pj_str(const_cast<char *>(id_of(codec)));
  unsigned count = 1;
  if (pjmedia_codec_mgr_find_codecs_by_id(manager, &id, &count, &info, nullptr) != PJ_SUCCESS || count == 0) return false;
  if (pjmedia_codec_mgr_get_default_param(manager, info, &param) != PJ_SUCCESS) return false;
  // Every 20 ms makes a packet: silence is speech to a page, and phones end a page that pauses.
  param.setting.vad = 0;
  param.setting.plc = 1;
  return true;
}

pjmedia_codec *CodecRoom::open(Codec codec, pj_pool_t *pool) {
  auto *manager = pjmedia_endpt_get_codec_mgr(endpoint_);
  const pjmedia_codec_info *info = nullptr;
  pjmedia_codec_param param;
  pjmedia_codec *handle = nullptr;
  if (!parameters(codec, param, info) || pjmedia_codec_mgr_alloc_codec(manager, info, &handle) != PJ_SUCCESS) return nullptr;
  if (pjmedia_codec_init(handle, pool) == PJ_SUCCESS && pjmedia_codec_open(handle, &param) == PJ_SUCCESS) return handle;
  pjmedia_codec_mgr_dealloc_codec(manager, handle);
  return nullptr;
}

void CodecRoom::adapt(pjmedia_codec *opus, int percent_lost, bool pauses) {
  const pjmedia_codec_info *info = nullptr;
  pjmedia_codec_param param;
  if (!parameters(Codec::opus, param, info)) return;
  param.info.avg_bps = opus_bit_rate;
  param.setting.packet_loss = static_cast<unsigned>(percent_lost);
  param.setting.vad = pauses ? 1 : 0;
  param.setting.complexity = opus_complexity;
  param.setting.cbr = 0;
  pjmedia_codec_modify(opus, &param);
}

void CodecRoom::close(pjmedia_codec *handle) {
  if (!handle) return;
  register_with_pjlib("media");
  pjmedia_codec_close(handle);
  pjmedia_codec_mgr_dealloc_codec(pjmedia_endpt_get_codec_mgr(endpoint_), handle);
}

Encoder::Encoder(std::shared_ptr<CodecRoom> room, Codec codec)
    : room_(std::move(room)), codec_(codec), pool_(room_->make_pool("encoder")), handle_(room_->open(codec, pool_)) {}

Encoder::~Encoder() {
  room_->close(handle_);
  room_->release(pool_);
}

size_t Encoder::encode(const int16_t *pcm, uint8_t *out) {
  if (!handle_) return 0;
  pjmedia_frame in{}, encoded{};
  in.type = PJMEDIA_FRAME_TYPE_AUDIO;
  in.buf = const_cast<int16_t *>(pcm);
  in.size = pcm_samples_per_tick(codec_) * sizeof *pcm;
  encoded.buf = out;
  encoded.size = most_encoded;
  const auto status = pjmedia_codec_encode(handle_, &in, most_encoded, &encoded);
  if (status != PJ_SUCCESS || encoded.type != PJMEDIA_FRAME_TYPE_AUDIO) return 0;
  return pauses_ && encoded.size <= opus_pause_size ? 0 : encoded.size;
}

void Encoder::adapt(int percent_lost, bool pauses) {
  percent_lost = std::clamp(percent_lost, 0, most_expected_loss);
  if (!handle_ || codec_ != Codec::opus || (percent_lost == expected_loss_ && pauses == pauses_)) return;
  expected_loss_ = percent_lost;
  pauses_ = pauses;
  room_->adapt(handle_, percent_lost, pauses);
}

Decoder::Decoder(std::shared_ptr<CodecRoom> room, Codec codec)
    : room_(std::move(room)), codec_(codec), pool_(room_->make_pool("decoder")), handle_(room_->open(codec, pool_)) {}

Decoder::~Decoder() {
  room_->close(handle_);
  room_->release(pool_);
}

const std::vector<Decoder::Frame> &Decoder::split(const uint8_t *payload, size_t size, uint64_t ts, size_t &frame_samples) {
  frames_.clear();
  if (!handle_ || size == 0 || size > most_encoded) return frames_;
  memcpy(work_, payload, size);
  pjmedia_frame found[48];
  unsigned count = codec_ == Codec::opus ? 48 : 16;
  pj_timestamp at;
  at.u64 = ts;
  if (pjmedia_codec_parse(handle_, work_, size, &at, &count, found) != PJ_SUCCESS) return frames_;
  frame_samples = pcm_samples_per_tick(codec_) / 2;
  if (codec_ == Codec::opus) frame_samples = opus_frame_samples(payload[0]);
  for (unsigned i = 0; i < count; ++i)
    frames_.push_back({static_cast<const uint8_t *>(found[i].buf), found[i].size, found[i].timestamp.u64});
  return frames_;
}

size_t Decoder::decode(const uint8_t *frame, size_t size, int16_t *out) {
  if (!handle_) return 0;
  pjmedia_frame in{}, decoded{};
  in.type = PJMEDIA_FRAME_TYPE_AUDIO;
  in.buf = const_cast<uint8_t *>(frame);
  in.size = size;
  decoded.buf = out;
  decoded.size = most_decoded * sizeof *out;
  const auto status = pjmedia_codec_decode(handle_, &in, most_decoded * sizeof *out, &decoded);
  return status == PJ_SUCCESS && decoded.type == PJMEDIA_FRAME_TYPE_AUDIO ? decoded.size / sizeof *out : 0;
}

size_t Decoder::conceal(size_t samples, int16_t *out) {
  samples = std::min(samples, most_decoded);
  pjmedia_frame made{};
  made.buf = out;
  made.size = samples * sizeof *out;
  if (handle_ && handle_->op->recover && pjmedia_codec_recover(handle_, most_decoded * sizeof *out, &made) == PJ_SUCCESS && made.size > 0)
    return std::min(made.size / sizeof *out, most_decoded);
  std::fill(out, out + samples, int16_t{0});
  return samples;
}

}  // namespace pbx::media
