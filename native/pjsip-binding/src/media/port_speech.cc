// One side of a leg's media: what the box itself says to the phone, and what is remembered of the port.
#include <algorithm>
#include <string_view>

#include "address.h"
#include "monotonic.h"
#include "port.h"

namespace pbx::media {
namespace {

/** Is this among the parameters of an a=fmtp line? */
bool says(std::string_view fmtp, std::string_view wanted) {
  while (!fmtp.empty()) {
    const size_t end = std::min(fmtp.find(';'), fmtp.size());
    std::string_view one = fmtp.substr(0, end);
    fmtp.remove_prefix(std::min(end + 1, fmtp.size()));
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (one == wanted) return true;
  }
  return false;
}

}  // namespace


void Port::claim(Voice voice) {
  std::lock_guard tx(tx_);
  ++claims_[static_cast<size_t>(voice)];
}

void Port::release(Voice voice) {
  std::lock_guard tx(tx_);
  int &count = claims_[static_cast<size_t>(voice)];
  count = std::max(0, count - 1);
  // The relayed phone counted on while it was not heard: its next packet is no loss.
  stream_.interrupt();
}

bool Port::may_speak(Voice voice) const {
  for (size_t above = static_cast<size_t>(voice) + 1; above < claims_.size(); ++above)
    if (claims_[above] > 0) return false;
  return true;
}

bool Port::speak(const Speech &speech) {
  std::lock_guard tx(tx_);
  if (shut_ || !may_speak(speech.voice)) return false;
  if (held_ && speech.voice <= Voice::mix) return false;
  auto header = stream_.speak(speech.speaker, speech.samples, tx_format_.clock_rate, monotonic_us());
  header.payload_type = static_cast<uint8_t>(tx_format_.payload_type);
  return speak_locked(header, speech.payload, speech.size);
}

void Port::pause(Voice voice, uint64_t speaker, uint32_t samples) {
  std::lock_guard tx(tx_);
  if (!shut_ && may_speak(voice) && !(held_ && voice <= Voice::mix)) stream_.pause(speaker, samples, monotonic_us());
}

void Port::note_format(const Format &format) {
  format_ = tx_format_ = format;
  codec_ = codec_named(format.codec);
  takes_pauses_ = codec_ == Codec::opus && says(format.fmtp, "usedtx=1");
}

bool Port::speak_event(uint64_t speaker, const DigitSender::Step &step) {
  std::lock_guard tx(tx_);
  if (shut_ || tx_format_.event_type < 0 || !may_speak(Voice::digits)) return false;
  // Each key has a timestamp of its own, that of now.
  if (step.begins) stream_.interrupt();
  auto header = step.begins ? stream_.speak(speaker, static_cast<uint32_t>(tx_format_.clock_rate / 50), tx_format_.clock_rate, monotonic_us())
                            : stream_.repeat();
  header.marker = step.begins;
  header.payload_type = static_cast<uint8_t>(tx_format_.event_type);
  return speak_locked(header, step.payload, sizeof step.payload);
}

bool Port::speak_locked(const rtp::Header &header, const uint8_t *payload, size_t size) {
  uint8_t head[rtp::header_size];
  rtp::write(head, header);
  iovec parts[2] = {{head, sizeof head}, {const_cast<uint8_t *>(payload), size}};
  const bool left = send(parts, 2);
  if (left) Counters::add(counters_.spoken);
  if (out_taps_.empty()) return left;
  const rtp::Packet packet{header.marker, header.payload_type, header.seq, header.ts, header.ssrc, payload, size};
  for (const auto &tap : out_taps_) tap->hear(tx_format_, packet);
  return left;
}

bool Port::send(iovec *parts, size_t count) {
  if (shut_) return false;
  if (slot_) {
    slot_->seq = stream_.last_seq();
    slot_->ts = stream_.last_ts();
    slot_->sent_us = stream_.last_sent_us();
  }
  if (!(sealer_ ? send_sealed(parts, count) : rtp_.send(parts, count))) return false;
  ++sent_;
  for (size_t i = 0; i < count; ++i) octets_ += parts[i].iov_len;
  octets_ -= rtp::header_size;
  return true;
}

void Port::set_cleaning(Cleaning cleaning) {
  if (cleaning_.exchange(cleaning) == cleaning) return;
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  save();
}

void Port::set_held(bool held) {
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  if (held_ == held) return;
  held_ = held;
  stream_.interrupt();
  save();
}

bool Port::held() const {
  std::lock_guard tx(tx_);
  return held_;
}

void Port::listen_out(const std::shared_ptr<Tap> &tap) {
  std::lock_guard tx(tx_);
  out_taps_.push_back(tap);
}

void Port::restore(const PortState &state, const std::shared_ptr<const DtlsIdentity> &identity) {
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  note_format(state.format);
  held_ = state.held;
  cleaning_ = state.cleaning;
  send_only_ = state.remote.send_only;
  muxed_ = same_endpoint(state.remote.rtcp, state.remote.rtp);
  if (!state.access.empty()) door_ = std::make_unique<Door>(identity, state.access);
  rtp_.set_floating(door_ != nullptr);
  rtcp_.set_floating(door_ != nullptr);
  rtp_.restore(state.remote.rtp, state.remote.signalling, state.rtp_source);
  rtcp_.restore(state.remote.rtcp, state.remote.signalling, state.rtcp_source);
  stream_ = OutStream(state.ssrc, state.seq, state.ts);
  stream_.resume(state.seq, state.ts, state.sent_us);
  first_seq_ = static_cast<uint16_t>(state.seq + 1);
  resume_keys(state);
  if (door_) resume_door(state);
  heard_us_ = monotonic_us();
  if (send_only_ && rtp_.latched() && !door_) drop_incoming(true);
}

PortState Port::state() const {
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  return state_locked();
}

PortState Port::state_locked() const {
  PortState s;
  s.bind = bind_;
  s.local_port = local_port;
  s.remote = {rtp_.sdp(), rtcp_.sdp(), rtp_.signalling(), send_only_};
  s.rtp_source = rtp_.latched() ? rtp_.source() : Address{};
  s.rtcp_source = rtcp_.latched() ? rtcp_.source() : Address{};
  s.format = format_;
  s.ssrc = stream_.ssrc();
  s.seq = stream_.last_seq();
  s.ts = stream_.last_ts();
  s.sent_us = stream_.last_sent_us();
  s.peer = peer_ ? peer_->id : 0;
  s.held = held_;
  s.cleaning = cleaning_;
  if (door_) s.access = door_->access();
  s.keys = keys_;
  if (sealer_) s.srtp.out_index = sealer_->index(), s.srtp.rtcp_out = sealer_->rtcp_index();
  if (opener_) s.srtp.in_ssrc = opener_->ssrc(), s.srtp.in_index = opener_->index();
  return s;
}

void Port::record_into(RecordFile::Slot *slot) {
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  slot_ = slot;
  save();
}

void Port::save() {
  // After shut the slot may belong to another port.
  if (!slot_ || shut_) return;
  slot_->seq = stream_.last_seq();
  slot_->ts = stream_.last_ts();
  slot_->sent_us = stream_.last_sent_us();
  const PortState state = state_locked();
  slot_->srtp = state.srtp;
  RecordFile::write_line(*slot_, line_of(state));
}

}  // namespace pbx::media
