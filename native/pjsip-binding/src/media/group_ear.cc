// Hears what the networks say of multicast.
#include "group_ear.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pbx::media {
namespace {

constexpr size_t most_bytes = 256;
constexpr int receive_buffer = 1 << 16;

/** UDP to a multicast address whose payload has packet type 204 (APP) and, eight bytes on, the name `pbxp`. */
sock_filter probe_filter[] = {
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 9),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 16),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xe0, 0, 6),
    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
    BPF_STMT(BPF_LD | BPF_B | BPF_IND, 9),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 204, 0, 3),
    BPF_STMT(BPF_LD | BPF_W | BPF_IND, 16),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x70627870, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

void shut(int &fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

int failed(int &fd) {
  const int why = errno;
  shut(fd);
  return why;
}

unsigned interface_of(const msghdr &message, const sockaddr_storage &from) {
  if (from.ss_family == AF_PACKET) return static_cast<unsigned>(reinterpret_cast<const sockaddr_ll &>(from).sll_ifindex);
  for (const cmsghdr *one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(const_cast<msghdr *>(&message), const_cast<cmsghdr *>(one))) {
    if (one->cmsg_level != IPPROTO_IP || one->cmsg_type != IP_PKTINFO) continue;
    in_pktinfo by{};
    memcpy(&by, CMSG_DATA(one), sizeof by);
    return static_cast<unsigned>(by.ipi_ifindex);
  }
  return 0;
}

bool take_one(int fd, GroupEar::Heard &out) {
  uint8_t bytes[most_bytes];
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in_pktinfo))];
  sockaddr_storage from{};
  iovec part{bytes, sizeof bytes};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT);
  if (n < 0) return false;
  char name[IF_NAMESIZE] = "";
  if_indextoname(interface_of(message, from), name);
  out = {name, {bytes, bytes + n}};
  return true;
}

}  // namespace

int GroupEar::open() {
  if (igmp_ >= 0) return 0;
  igmp_ = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_IGMP);
  if (igmp_ < 0) return errno;
  const int on = 1;
  setsockopt(igmp_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  return setsockopt(igmp_, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0 ? 0 : failed(igmp_);
}

int GroupEar::tap() {
  if (probes_ >= 0) return 0;
  // Of no protocol until it is filtered: nothing else may come before.
  probes_ = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probes_ < 0) return errno;
  const sock_fprog program{sizeof probe_filter / sizeof *probe_filter, probe_filter};
  if (setsockopt(probes_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) return failed(probes_);
  sockaddr_ll all{};
  all.sll_family = AF_PACKET;
  all.sll_protocol = htons(ETH_P_IP);
  return bind(probes_, reinterpret_cast<const sockaddr *>(&all), sizeof all) == 0 ? 0 : failed(probes_);
}

void GroupEar::untap() { shut(probes_); }

void GroupEar::close() {
  untap();
  shut(igmp_);
}

std::vector<GroupEar::Heard> GroupEar::take(size_t most) {
  std::vector<Heard> heard;
  for (const int fd : {igmp_, probes_}) {
    Heard one;
    while (fd >= 0 && heard.size() < most && take_one(fd, one)) heard.push_back(std::move(one));
  }
  return heard;
}

}  // namespace pbx::media
