// A phone of the tests, and a listener that remembers every fact.
#include "phone.h"

#include <arpa/inet.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "check.h"
#include "monotonic.h"

namespace pbx::media::test {
namespace {

/** Before any fork: a predecessor process of a test uses the same range. */
const int run_id = getpid();

}  // namespace

Address address(const std::string &host, int port) {
  Address a{};
  const std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  check(address_of(text + ":" + std::to_string(port), a), "address " + host);
  return a;
}

Phone::Phone(const std::string &host, int port) {
  at_ = address(host, port);
  fd_ = ::socket(at_.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int on = 1, buffer = 1 << 20;
  if (port) setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  check(bind(fd_, reinterpret_cast<sockaddr *>(&at_), length_of(at_)) == 0, "bind a phone");
  socklen_t length = sizeof at_;
  getsockname(fd_, reinterpret_cast<sockaddr *>(&at_), &length);
}

Phone::~Phone() { ::close(fd_); }

Remote Phone::remote() const {
  Remote r;
  r.rtp = at_;
  r.signalling = at_;
  return r;
}

void Phone::aim(int port) {
  to_ = at_;
  set_port(to_, port);
}

void Phone::say(const Says &says) {
  std::vector<uint8_t> bytes(rtp::header_size);
  rtp::write(bytes.data(), {says.marker, static_cast<uint8_t>(says.type), says.seq, says.ts, says.ssrc});
  bytes.insert(bytes.end(), says.payload.begin(), says.payload.end());
  send(bytes);
}

void Phone::send(const std::vector<uint8_t> &bytes) {
  sendto(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr *>(&to_), length_of(to_));
}

std::optional<Heard> Phone::hear(int patience_ms) {
  pollfd wanted{fd_, POLLIN, 0};
  if (poll(&wanted, 1, patience_ms) != 1) return std::nullopt;
  Heard heard;
  heard.bytes.resize(4096);
  socklen_t length = sizeof heard.from;
  const ssize_t n = recvfrom(fd_, heard.bytes.data(), heard.bytes.size(), 0, reinterpret_cast<sockaddr *>(&heard.from), &length);
  heard.at_us = monotonic_us();
  if (n < 0) return std::nullopt;
  heard.bytes.resize(static_cast<size_t>(n));
  rtp::parse(heard.bytes.data(), heard.bytes.size(), heard.packet);
  return heard;
}

std::vector<Heard> Phone::hear_for(int ms) {
  std::vector<Heard> all;
  const uint64_t end = monotonic_us() + static_cast<uint64_t>(ms) * 1000;
  for (uint64_t now = monotonic_us(); now < end; now = monotonic_us()) {
    auto heard = hear(static_cast<int>((end - now) / 1000) + 1);
    if (heard) all.push_back(std::move(*heard));
  }
  return all;
}

int control_of(Phone &phone, int level, int type) {
  pollfd wanted{phone.socket(), POLLIN, 0};
  if (poll(&wanted, 1, 2000) != 1) return -1;
  uint8_t bytes[2048];
  alignas(cmsghdr) char control[256];
  iovec part{bytes, sizeof bytes};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(phone.socket(), &message, 0) < 0) return -1;
  for (cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != level || c->cmsg_type != type) continue;
    int value = 0;
    memcpy(&value, CMSG_DATA(c), std::min(sizeof value, c->cmsg_len - CMSG_LEN(0)));
    return value;
  }
  return -1;
}

template <class Change>
void Facts::note(Change change) {
  std::lock_guard lock(mutex_);
  change();
  changed_.notify_all();
}

void Facts::on_latched(PortId port, const Address &) { note([&] { latched.push_back(port); }); }
void Facts::on_keyed(PortId, const std::string &suite) {
  note([&] { keyed.push_back(suite); });
}

void Facts::on_digit(PortId, char digit, Pressed how) { note([&] { digits += digit; if (how == Pressed::tones) tones += digit; }); }
void Facts::on_keys_unspoken(PortId, const std::string &keys) { note([&] { unspoken += keys; }); }
void Facts::on_played(PortId port, const std::string &play, bool complete) { note([&] { played.push_back({port, play, complete}); }); }
void Facts::on_recorded(PortId port, const std::string &file, double seconds, const std::string &error) {
  note([&] { recorded.push_back({port, file, seconds, error}); });
}
void Facts::on_page_started(const std::string &, const std::string &listener) { note([&] { page_started.push_back(listener); }); }
void Facts::on_page_round(const std::string &, int round) { note([&] { rounds.push_back(round); }); }
void Facts::on_page_ended(const std::string &page, bool complete, const std::vector<PageDelivery> &d) { note([&] { ended.push_back({page, complete, d}); }); }

bool Facts::until(const std::function<bool(const Facts &)> &holds, int patience_ms) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(patience_ms), [&] { return holds(*this); });
}

Format format(const std::string &codec, int payload_type, int event_type) {
  Format f;
  f.codec = codec;
  f.payload_type = payload_type;
  f.event_type = event_type;
  if (codec == "opus") f.clock_rate = 48000, f.channels = 2;
  return f;
}

Box::Box(const std::string &state_file, int relay_threads) {
  Config config;
  config.port_from = 20000 + (run_id % 50) * 800;
  config.port_to = config.port_from + 399;
  config.relay_threads = relay_threads;
  config.state_file = state_file;
  plane = create_plane(config, facts);
}

Box::~Box() {
  if (plane) plane->stop();
}

PortId Box::connect(Phone &phone, const Format &f) {
  int port = 0;
  Address here = phone.at();
  set_port(here, 0);
  const PortId id = plane->open(here, port);
  check(id != 0, "open a port");
  plane->set_remote(id, phone.remote());
  plane->set_format(id, f);
  phone.aim(port);
  return id;
}

uint64_t Box::counter(const std::string &name) {
  for (const auto &[key, value] : plane->dump().counters)
    if (key == name) return value;
  throw std::runtime_error("no counter " + name);
}

}  // namespace pbx::media::test
