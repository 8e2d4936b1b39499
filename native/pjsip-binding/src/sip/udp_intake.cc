// Datagrams: read in batches, sorted by urgency, handed to PJSIP one by one.
#include "udp_intake.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "core.h"
#include "misread.h"
#include "raw_message.h"
#include "salvage.h"
#include "stun.h"
#include "udp_transport.h"

namespace pbx::sip {
namespace {

constexpr size_t kPerRead = 32, kReadsPerDrain = 16;
constexpr size_t kWaitingAtMost = 4096, kBytesAtMost = 8u << 20;
/** A turn of work: then timers, connections and commands have theirs. */
constexpr int64_t kTurnMs = 5;
constexpr size_t kBranchAtMost = 200;
constexpr unsigned kPerTurn = 64, kBetweenLooks = 8, kInsideInARow = 8;

}  // namespace

struct UdpIntake::Batch {
  std::array<std::array<char, PJSIP_MAX_PKT_LEN>, kPerRead> bytes;
  std::array<sockaddr_storage, kPerRead> from;
  std::array<iovec, kPerRead> pieces;
  std::array<mmsghdr, kPerRead> heads;

  Batch() : heads{} {
    for (size_t i = 0; i < kPerRead; ++i) {
      pieces[i] = {bytes[i].data(), Receipt::kLongest};
      heads[i].msg_hdr.msg_iov = &pieces[i];
      heads[i].msg_hdr.msg_iovlen = 1;
      heads[i].msg_hdr.msg_name = &from[i];
    }
  }
};

UdpIntake::UdpIntake(Core &core) : core_(core), batch_(new Batch), receipt_(core.endpt) {}

UdpIntake::~UdpIntake() = default;

void UdpIntake::add(int fd, pjsip_transport *transport) { sockets_.push_back({fd, transport}); }

void UdpIntake::remove(pjsip_transport *transport) {
  for (size_t i = 0; i < sockets_.size(); ++i)
    if (sockets_[i].transport == transport) sockets_.erase(sockets_.begin() + static_cast<std::ptrdiff_t>(i--));
  for (Queue &queue : queues_) {
    std::deque<Datagram> kept;
    for (Datagram &one : queue.waiting)
      if (one.transport != transport) kept.push_back(std::move(one));
      else queue.bytes -= one.bytes.size(), --waiting_;
    queue.waiting.swap(kept);
  }
}

void UdpIntake::drain(int fd) {
  const int64_t now = steady_ms();
  for (const Socket &socket : sockets_)
    for (size_t reads = 0; socket.fd == fd && reads < kReadsPerDrain && read(socket, now);) ++reads;
}

void UdpIntake::drain() {
  const int64_t now = steady_ms();
  for (const Socket &socket : sockets_)
    for (size_t reads = 0; reads < kReadsPerDrain && read(socket, now);) ++reads;
}

/** True when there may be more. Errors are those of others (ICMP of a phone that is gone): the socket goes on. */
bool UdpIntake::read(const Socket &socket, int64_t now_ms) {
  Batch &b = *batch_;
  for (mmsghdr &head : b.heads) head.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
  const int count = recvmmsg(socket.fd, b.heads.data(), kPerRead, MSG_DONTWAIT, nullptr);
  if (count < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    core_.count("udp-read-errors");
    return errno == EINTR;
  }
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<size_t>(i);
    sort(socket, {b.bytes[at].data(), b.heads[at].msg_len}, b.from[at], (b.heads[at].msg_hdr.msg_flags & MSG_TRUNC) != 0, now_ms);
  }
  return static_cast<size_t>(count) == kPerRead;
}

void UdpIntake::sort(const Socket &socket, std::string_view bytes, const sockaddr_storage &from, bool cut, int64_t now_ms) {
  switch (look_at(bytes, core_.emergency, from)) {
    case Urgency::keep_alive:
      core_.count("keep-alives");
      // RFC 5626 section 3.5.1 knows the ping on connections only; a phone that sends it over UDP means the same.
      if (bytes == "\r\n\r\n") udp_transport_send(socket.transport, "\r\n", from);
      return;
    case Urgency::stun:
      core_.count("stun-requests");
      if (const std::string said = stun_answer(bytes, from); !said.empty()) udp_transport_send(socket.transport, said, from);
      return;
    case Urgency::needless: core_.count("needless-acks"); return;
    case Urgency::emergency: return push(emergency, {socket.transport, from, std::string(bytes), now_ms, cut});
    case Urgency::inside: return push(inside, {socket.transport, from, std::string(bytes), now_ms, cut});
    case Urgency::fresh:
      if (!cut && turned_away(socket.transport, bytes, from)) return;
      return push(fresh, {socket.transport, from, std::string(bytes), now_ms, cut});
  }
}

void UdpIntake::push(Kind kind, Datagram datagram) {
  Queue &queue = queues_[kind];
  if (queue.waiting.size() >= kWaitingAtMost || queue.bytes + datagram.bytes.size() > kBytesAtMost) {
    core_.count(kind == fresh ? "udp-forgotten-fresh" : kind == inside ? "udp-forgotten-inside" : "udp-forgotten-emergency");
    return;
  }
  queue.bytes += datagram.bytes.size();
  queue.waiting.push_back(std::move(datagram));
  ++waiting_;
}

UdpIntake::Datagram UdpIntake::pop(Kind kind) {
  Queue &queue = queues_[kind];
  Datagram out = std::move(queue.waiting.front());
  queue.waiting.pop_front();
  queue.bytes -= out.bytes.size();
  --waiting_;
  return out;
}

UdpIntake::Kind UdpIntake::next() {
  if (!queues_[emergency].waiting.empty()) return emergency;
  const bool inside_waits = !queues_[inside].waiting.empty(), fresh_waits = !queues_[fresh].waiting.empty();
  if (inside_waits && (!fresh_waits || inside_in_a_row_ < kInsideInARow)) {
    ++inside_in_a_row_;
    return inside;
  }
  inside_in_a_row_ = 0;
  return fresh;
}

void UdpIntake::work() {
  const int64_t until = steady_ms() + kTurnMs;
  for (unsigned done = 0; waiting_ > 0 && done < kPerTurn;) {
    const Kind kind = next();
    Datagram datagram = pop(kind);
    handle(datagram);
    if (++done % kBetweenLooks != 0) continue;
    if (steady_ms() >= until) return;
    drain();
  }
}

void UdpIntake::handle(const Datagram &datagram) {
  const auto &[transport, from, bytes, since, cut] = datagram;
  if (cut) {
    core_.count("udp-too-long");
    const std::string said = salvaged_response(bytes, {513, "Message too large"}, from);
    if (!said.empty()) udp_transport_send(transport, said, from);
  } else if (!receipt_.take(transport, bytes, from)) {
    misread(core_, receipt_, transport, bytes, from);
  }
}

/**
 * While JavaScript is behind, a new call is refused without reading it: what a flood costs then is less than what it
 * costs its sender. Not one that is being answered, or that a predecessor of this process had taken.
 */
bool UdpIntake::turned_away(pjsip_transport *transport, std::string_view bytes, const sockaddr_storage &from) {
  if (!core_.shedding || !core_.answered_before.empty() || !core_.refusals.empty()) return false;
  RawHead head(bytes);
  if (request_line(head.start_line()).method != "INVITE") return false;
  RawHeader header;
  std::string_view branch;
  while (branch.empty() && head.next(header))
    if (is_header(header.name, "Via", 'v')) branch = parameter(first_of_list(header.value), "branch");
  if (branch.size() <= PJSIP_RFC3261_BRANCH_LEN || branch.size() > kBranchAtMost) return false;
  char key[2 + kBranchAtMost] = {'s', '$'};
  std::memcpy(key + 2, branch.data(), branch.size());
  const pj_str_t name{key, static_cast<pj_ssize_t>(branch.size() + 2)};
  if (pjsip_tsx_layer_find_tsx(&name, PJ_FALSE)) return false;
  const std::string said = salvaged_response(bytes, {503, "Service Unavailable", "Retry-After: 5\r\n"}, from);
  if (said.empty()) return false;
  core_.count("invites-in");
  core_.count("invites-shed");
  udp_transport_send(transport, said, from);
  return true;
}

int64_t UdpIntake::behind_ms(int64_t now_ms) const {
  const auto &waiting = queues_[fresh].waiting;
  return waiting.empty() ? 0 : now_ms - waiting.front().since_ms;
}

}  // namespace pbx::sip
