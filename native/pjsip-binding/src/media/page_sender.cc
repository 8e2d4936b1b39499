// Sends one beat of a page to listeners without a call.
#include "page_sender.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "address.h"

namespace pbx::media {
namespace {

constexpr size_t batch_size = 64;
constexpr int expedited = 46 << 2;
constexpr int send_buffer = 1 << 20;

template <class Value>
void add_control(msghdr &message, int level, int type, const Value &value) {
  auto *at = reinterpret_cast<cmsghdr *>(static_cast<char *>(message.msg_control) + message.msg_controllen);
  at->cmsg_level = level;
  at->cmsg_type = type;
  at->cmsg_len = CMSG_LEN(sizeof value);
  memcpy(CMSG_DATA(at), &value, sizeof value);
  message.msg_controllen += CMSG_SPACE(sizeof value);
}

}  // namespace

struct PageSender::Batch {
  mmsghdr messages[batch_size];
  iovec parts[batch_size][2];
  alignas(cmsghdr) char controls[batch_size][CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
  Packet *packets[batch_size];
  size_t count = 0;

  void add(Packet &packet) {
    const size_t i = count++;
    packets[i] = &packet;
    parts[i][0] = {packet.head, packet.head_size};
    parts[i][1] = {const_cast<uint8_t *>(packet.payload.bytes), packet.payload.size};
    messages[i] = {};
    msghdr &message = messages[i].msg_hdr;
    message.msg_name = const_cast<Address *>(&packet.route->to);
    message.msg_namelen = length_of(packet.route->to);
    message.msg_iov = parts[i];
    message.msg_iovlen = 2;
    memset(controls[i], 0, sizeof controls[i]);
    message.msg_control = controls[i];
    route(message, *packet.route);
    if (message.msg_controllen == 0) message.msg_control = nullptr;
  }

  static void route(msghdr &message, const Route &route) {
    const bool v6 = route.to.ss_family == AF_INET6;
    if (route.interface != 0 && v6) {
      in6_pktinfo by{};
      by.ipi6_ifindex = route.interface;
      add_control(message, IPPROTO_IPV6, IPV6_PKTINFO, by);
    } else if (route.interface != 0) {
      in_pktinfo by{};
      by.ipi_ifindex = static_cast<int>(route.interface);
      add_control(message, IPPROTO_IP, IP_PKTINFO, by);
    }
    if (route.ttl <= 0 || !is_multicast(route.to)) return;
    if (v6) add_control(message, IPPROTO_IPV6, IPV6_HOPLIMIT, route.ttl);
    else add_control(message, IPPROTO_IP, IP_TTL, route.ttl);
  }
};

PageSender::~PageSender() {
  if (v4_ >= 0) close(v4_);
  if (v6_ >= 0) close(v6_);
}

void PageSender::send(std::vector<Packet> &packets) {
  send_family(AF_INET, packets);
  send_family(AF_INET6, packets);
}

void PageSender::send_family(int family, std::vector<Packet> &packets) {
  Batch batch;
  for (size_t next = 0; next < packets.size();) {
    batch.count = 0;
    for (; next < packets.size() && batch.count < batch_size; ++next)
      if (packets[next].route->to.ss_family == family) batch.add(packets[next]);
    const int fd = batch.count > 0 ? socket_for(family) : -1;
    for (size_t sent = 0; fd >= 0 && sent < batch.count;) {
      const int n = sendmmsg(fd, batch.messages + sent, static_cast<unsigned>(batch.count - sent), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n > 0) {
        for (size_t i = sent; i < sent + static_cast<size_t>(n); ++i) batch.packets[i]->left = true;
        sent += static_cast<size_t>(n);
        continue;
      }
      // The first of them cannot go (no route, buffer full): the others must.
      Counters::add(counters_.send_errors);
      ++sent;
    }
  }
}

int PageSender::socket_for(int family) {
  int &fd = family == AF_INET6 ? v6_ : v4_;
  if (fd >= 0) return fd;
  fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
  if (fd < 0) return fd;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
  if (family == AF_INET6) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &expedited, sizeof expedited);
    setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &on, sizeof on);
  } else {
    setsockopt(fd, IPPROTO_IP, IP_TOS, &expedited, sizeof expedited);
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &on, sizeof on);
  }
  return fd;
}

unsigned interface_index(const std::string &name_or_address) {
  if (name_or_address.empty()) return 0;
  if (const unsigned index = if_nametoindex(name_or_address.c_str())) return index;
  const bool v6 = name_or_address.find(':') != std::string::npos;
  Address wanted{};
  if (!address_of((v6 ? "[" + name_or_address + "]" : name_or_address) + ":0", wanted)) return 0;
  ifaddrs *all = nullptr;
  if (getifaddrs(&all) != 0) return 0;
  unsigned index = 0;
  for (const ifaddrs *one = all; one && index == 0; one = one->ifa_next) {
    if (!one->ifa_addr || one->ifa_addr->sa_family != wanted.ss_family) continue;
    Address own{};
    memcpy(&own, one->ifa_addr, length_of(wanted));
    if (same_host(own, wanted)) index = if_nametoindex(one->ifa_name);
  }
  freeifaddrs(all);
  return index;
}

}  // namespace pbx::media
