// One side of a leg's media: its keys, what is opened with them, and what is sealed.
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "monotonic.h"
#include "port.h"

namespace pbx::media {
namespace {

/** Packets made with the key before are still under way for so long. */
constexpr uint64_t former_key_us = 2'000'000;

}  // namespace

bool Port::set_keys(const SrtpKeys &keys) {
  KeyChange change;
  if (!change_of(keys, change)) return false;
  if (!change.in && !change.out) return true;
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  take(std::move(change));
  return true;
}

bool Port::change_of(const SrtpKeys &keys, KeyChange &change) const {
  if (!keys.empty() && !are_whole(keys)) return false;
  SrtpKeys before;
  {
    std::lock_guard tx(tx_);
    before = keys_;
  }
  const bool other_suite = keys.suite != before.suite;
  change.keys = keys;
  change.in = other_suite || keys.in != before.in;
  change.out = other_suite || keys.out != before.out;
  // Expanding a key costs more than a packet.
  try {
    if (change.in && !keys.empty()) change.opener = std::make_unique<Opener>(keys);
    if (change.out && !keys.empty()) change.sealer = std::make_unique<Sealer>(keys, stream_.ssrc());
  } catch (const std::runtime_error &) {
    return false;
  }
  return true;
}

void Port::take(KeyChange &&change) {
  const bool keyed_before = !keys_.empty();
  keys_ = std::move(change.keys);
  if (change.in) {
    former_opener_ = keyed_before ? std::move(opener_) : nullptr;
    former_until_us_ = monotonic_us() + former_key_us;
    opener_ = std::move(change.opener);
  }
  if (change.out) sealer_ = std::move(change.sealer);
  save();
}

bool Port::is_encrypted() const {
  std::lock_guard tx(tx_);
  return !keys_.empty();
}

void Port::resume_keys(const PortState &state) {
  keys_ = state.keys;
  if (keys_.empty()) return;
  opener_ = std::make_unique<Opener>(keys_);
  opener_->resume(state.srtp.in_ssrc, state.srtp.in_index);
  sealer_ = std::make_unique<Sealer>(keys_, stream_.ssrc());
  sealer_->resume(state.srtp.out_index, state.srtp.rtcp_out);
}

ssize_t Port::open(uint8_t *packet, ssize_t size) {
  const ssize_t n = opened(packet, static_cast<size_t>(size));
  if (n < 0) {
    errno = EBADMSG;
    return -1;
  }
  // After shut the slot may belong to another port.
  if (slot_ && !shut_) {
    // Zero between the two stores: a kill must not leave the index of one stream with the name of another.
    if (slot_->srtp.in_ssrc != opener_->ssrc()) slot_->srtp.in_ssrc = 0;
    slot_->srtp.in_index = opener_->index();
    slot_->srtp.in_ssrc = opener_->ssrc();
  }
  return n;
}

ssize_t Port::opened(uint8_t *packet, size_t size) {
  if (size < 8 || packet[0] >> 6 != 2) {
    Counters::add(counters_.malformed);
    return -1;
  }
  uint8_t copy[rtp::max_packet];
  const size_t whole = size;
  if (former_opener_ && monotonic_us() > former_until_us_) former_opener_.reset();
  if (former_opener_) memcpy(copy, packet, size);
  const Opener::Verdict verdict = opener_->open(packet, size);
  if (verdict == Opener::Verdict::opened) return static_cast<ssize_t>(size);
  if (former_opener_) {
    size = whole;
    if (former_opener_->open(copy, size) == Opener::Verdict::opened) {
      memcpy(packet, copy, size);
      return static_cast<ssize_t>(size);
    }
  }
  const bool replayed = verdict == Opener::Verdict::replayed;
  Counters::add(replayed ? counters_.replayed : counters_.forged);
  ++(replayed ? replayed_ : forged_);
  return -1;
}

bool Port::send_sealed(const iovec *parts, size_t count) {
  uint8_t packet[rtp::max_packet + srtp_trailer];
  size_t size = 0;
  for (size_t i = 0; i < count; ++i) {
    if (size + parts[i].iov_len > rtp::max_packet) return false;
    memcpy(packet + size, parts[i].iov_base, parts[i].iov_len);
    size += parts[i].iov_len;
  }
  size = sealer_->seal(packet, size);
  if (size == 0) {
    Counters::add(counters_.unsealed);
    return false;
  }
  // Written before the packet leaves: an index that a phone has seen is never used again.
  if (slot_) slot_->srtp.out_index = sealer_->index();
  iovec part{packet, size};
  return rtp_.send(&part, 1);
}

bool Port::send_rtcp(uint8_t *plain, size_t size) {
  if (by_handshake_ && !muxed_) return false;
  Latch &way = muxed_ ? rtp_ : rtcp_;
  if (!sealer_) {
    iovec part{plain, size};
    return way.send(&part, 1);
  }
  uint8_t packet[rtp::max_packet + srtp_trailer];
  if (size > rtp::max_packet) return false;
  memcpy(packet, plain, size);
  size = sealer_->seal_rtcp(packet, size);
  if (size == 0) {
    Counters::add(counters_.unsealed);
    return false;
  }
  if (slot_) slot_->srtp.rtcp_out = sealer_->rtcp_index();
  iovec part{packet, size};
  return way.send(&part, 1);
}

}  // namespace pbx::media
