// One side of a leg's media: receiving and relaying. What the box itself says is in port_speech.cc.
#include "port.h"

#include <linux/filter.h>
#include <strings.h>
#include <unistd.h>

#include <algorithm>

#include "address.h"
#include "monotonic.h"
#include "random.h"

namespace pbx::media {
namespace {

/** A phone that sends nothing for so long may have got another address (NAT, reboot, roaming). */
constexpr uint64_t silence_us = 5'000'000;

bool same_codec(const Format &a, const Format &b) {
  return strcasecmp(a.codec.c_str(), b.codec.c_str()) == 0 && a.clock_rate == b.clock_rate;
}

}  // namespace

Port::Port(PortId id_, const Address &bind, SocketPair sockets, Counters &counters)
    : id(id_),
      local_port(sockets.port),
      sockets_(sockets),
      bind_(bind),
      counters_(counters),
      rtp_(sockets.rtp, counters),
      rtcp_(sockets.rtcp, counters),
      stream_(random32(), static_cast<uint16_t>(random32() & 0x7fff), random32()),
      first_seq_(static_cast<uint16_t>(stream_.last_seq() + 1)) {}

Port::~Port() { close_sockets(); }

ssize_t Port::read(Latch &latch, uint8_t *buffer, Heard &heard) {
  bool first = false;
  // Out of line: it is seldom, and would cost every packet its frame.
  const auto unsettled = [&]() __attribute__((noinline, cold)) -> ssize_t {
    if (door_) {
      first = true;  // it has opened what it lets in
      return read_guarded(latch, buffer, heard);
    }
    std::lock_guard tx(tx_);
    const Latch::Proof proof = [this](uint8_t *packet, ssize_t size) { return open(packet, size); };
    const ssize_t got = latch.receive(buffer, rtp::max_packet, first, opener_ ? &proof : nullptr);
    if (first && &latch == &rtp_) {
      heard.told = heard.latched = true;
      heard.from = latch.source();
    }
    if (first) save();
    return got;
  };
  ssize_t n = latch.settled() ? latch.receive(buffer, rtp::max_packet, first) : unsettled();
  if (opener_ && n >= 0 && !first) n = open(buffer, n);
  if (n >= 0) heard_us_ = monotonic_us();
  return n;
}

bool Port::read_rtp(Heard &heard) {
  uint8_t buffer[rtp::max_packet];
  std::lock_guard rx(rx_);
  if (sockets_.rtp < 0) return false;
  const ssize_t n = read(rtp_, buffer, heard);
  if (n < 0) return !rtp_.settled() && errno != EAGAIN;
  Counters::add(counters_.received);
  if (send_only_) {
    Counters::add(counters_.unwanted);
    if (heard.latched && !door_) drop_incoming(true);
    return false;
  }
  hear(buffer, static_cast<size_t>(n), heard);
  return !rtp_.settled();
}

bool Port::read_rtcp() {
  uint8_t buffer[rtp::max_packet];
  Heard heard;
  std::lock_guard rx(rx_);
  if (sockets_.rtcp < 0) return false;
  const ssize_t n = read(rtcp_, buffer, heard);
  if (n < 0) return !rtcp_.settled() && errno != EAGAIN;
  if (!send_only_) hear_rtcp(buffer, static_cast<size_t>(n));
  return !rtcp_.settled();
}

void Port::hear(uint8_t *bytes, size_t size, Heard &heard) {
  if (rtp::is_rtcp(bytes, size)) {
    hear_rtcp(bytes, size);
    return;
  }
  rtp::Packet packet{};
  if (!rtp::parse(bytes, size, packet)) {
    Counters::add(counters_.malformed);
    return;
  }
  const bool event = packet.payload_type == format_.event_type;
  reception_.hear(packet, event ? 0 : format_.clock_rate, heard_us_);
  hear_digit(event ? detector_.hear_event(packet) : detector_.hear_other(packet, format_.clock_rate), heard);
  for (const auto &tap : in_taps_) tap->hear(format_, packet);
  if (!peer_ || !relayed_) return;
  const int type = map_(packet.payload_type);
  if (type < 0) {
    Counters::add(counters_.unmapped);
    return;
  }
  packet.payload_type = static_cast<uint8_t>(type);
  peer_->relay(bytes, size, packet);
}

void Port::hear_digit(char digit, Heard &heard) const {
  if (!digit) return;
  heard.told = true;
  heard.digit = digit;
  if (peer_ && (!relayed_ || map_.to_event < 0)) heard.pass_digit_to = peer_->id;
}

void Port::hear_rtcp(uint8_t *bytes, size_t size) {
  if (size < 8 || size % 4 != 0 || bytes[0] >> 6 != 2) {
    Counters::add(counters_.malformed);
    return;
  }
  Counters::add(counters_.rtcp);
  RtcpTranslation translation;
  {
    std::lock_guard tx(tx_);
    ear_.hear(bytes, size, {stream_.ssrc(), first_seq_, tx_format_.clock_rate}, heard_us_);
    far_loss_ = ear_.percent_lost();
    if (!peer_ || !relayed_) return;
    translation.heard_ssrc = stream_.ssrc();
    translation.source_ssrc = stream_.relayed_ssrc();
    translation.source_seq_delta = stream_.seq_delta();
  }
  peer_->relay_rtcp(bytes, size, translation);
}

void Port::relay(uint8_t *whole, size_t size, rtp::Packet packet) {
  std::lock_guard tx(tx_);
  if (held_ || !may_speak(Voice::relay)) return;
  rtp::Header header{};
  if (!stream_.relay(packet, tx_format_.clock_rate, monotonic_us(), header)) {
    Counters::add(counters_.late);
    return;
  }
  rtp::rewrite(whole, header);
  iovec part{whole, size};
  if (!send(&part, 1)) return;
  Counters::add(counters_.relayed);
  if (out_taps_.empty()) return;
  packet.seq = header.seq;
  packet.ts = header.ts;
  packet.ssrc = header.ssrc;
  for (const auto &tap : out_taps_) tap->hear(tx_format_, packet);
}

void Port::relay_rtcp(uint8_t *bytes, size_t size, RtcpTranslation translation) {
  std::lock_guard tx(tx_);
  if (held_ || shut_ || !may_speak(Voice::relay)) return;
  // Reports of a phone whose stream is not the one heard here would describe nobody.
  if (stream_.relayed_ssrc() == 0 || stream_.relayed_ssrc() != rtp::get32(bytes + 4)) return;
  translation.sender_ssrc = stream_.ssrc();
  translation.sender_ts_delta = stream_.ts_delta();
  const size_t left = translate_rtcp(bytes, size, translation);
  if (left == 0) return;
  const uint32_t report_time = rtp::get32(bytes + 8) << 16 | rtp::get32(bytes + 12) >> 16;
  const bool is_sender_report = bytes[1] == 200 && left >= 28;
  if (!send_rtcp(bytes, left)) return;
  // A sender report keeps its time on the way, so the phone's answer tells how far away it is.
  if (is_sender_report) ear_.sent(report_time, monotonic_us());
}

void Port::loosen_when_silent(uint64_t now_us) {
  std::lock_guard rx(rx_);
  const bool may_move = door_ ? rtp_.latched() && !door_->checks() : rtp_.settled();
  if (send_only_ || !may_move || now_us - heard_us_ < silence_us) return;
  std::lock_guard tx(tx_);
  if (shut_) return;
  rtp_.loosen();
  rtcp_.loosen();
}

void Port::set_remote(const Remote &remote) {
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  if (shut_) return;
  Address rtcp = remote.rtcp;
  if (!is_reachable(rtcp) && is_reachable(remote.rtp)) {
    rtcp = remote.rtp;
    set_port(rtcp, port_of(remote.rtp) + 1);
  }
  if (send_only_) drop_incoming(false);
  send_only_ = remote.send_only;
  muxed_ = same_endpoint(rtcp, remote.rtp);
  // Where checks have found the way, a description that repeats or moves the default one says nothing new.
  const auto point = [&](Latch &latch, const Address &at) {
    const bool found = door_ && door_->checks() && latch.latched();
    if (found) latch.note(at, remote.signalling);
    else latch.aim(at, remote.signalling);
  };
  point(rtp_, remote.rtp);
  point(rtcp_, rtcp);
  save();
}

void Port::set_format(const Format &format) {
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  note_format(format);
  save();
}

Format Port::format() const {
  std::lock_guard rx(rx_);
  return format_;
}

void Port::set_peer(std::shared_ptr<Port> peer, bool relayed) {
  const Format to = peer ? peer->format() : Format{};
  std::shared_ptr<Port> former;
  std::lock_guard rx(rx_);
  map_ = PayloadMap{};
  if (peer && !format_.codec.empty() && !to.codec.empty()) {
    if (same_codec(format_, to)) map_.from = format_.payload_type, map_.to = to.payload_type;
    map_.from_event = format_.event_type;
    map_.to_event = to.event_type;
  }
  former = std::move(peer_);
  peer_ = std::move(peer);
  relayed_ = relayed;
  std::lock_guard tx(tx_);
  save();
}

void Port::listen_in(const std::shared_ptr<Tap> &tap) {
  std::lock_guard rx(rx_);
  in_taps_.push_back(tap);
}

void Port::stop_listening(const Tap *tap) {
  const auto drop = [tap](std::vector<std::shared_ptr<Tap>> &taps) {
    taps.erase(std::remove_if(taps.begin(), taps.end(), [tap](const auto &t) { return t.get() == tap; }), taps.end());
  };
  std::lock_guard rx(rx_);
  drop(in_taps_);
  std::lock_guard tx(tx_);
  drop(out_taps_);
}

void Port::drop_incoming(bool drop) {
  // The kernel throws the answers of a thousand paged phones away before they wake a thread.
  sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  sock_fprog program{1, nothing};
  for (const int fd : {sockets_.rtp, sockets_.rtcp})
    setsockopt(fd, SOL_SOCKET, drop ? SO_ATTACH_FILTER : SO_DETACH_FILTER, &program, sizeof program);
}

void Port::shut() {
  std::shared_ptr<Port> former;
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  shut_ = true;
  former = std::move(peer_);
  in_taps_.clear();
  out_taps_.clear();
}

bool Port::is_shut() const {
  std::lock_guard tx(tx_);
  return shut_;
}

void Port::close_sockets() {
  std::lock_guard rx(rx_);
  std::lock_guard tx(tx_);
  for (int *fd : {&sockets_.rtp, &sockets_.rtcp}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
}

}  // namespace pbx::media
