// Which socket of a pair a datagram goes to, decided by a small program in the kernel (SO_ATTACH_REUSEPORT_CBPF).
#include "udp_express.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "address.h"

namespace pbx::sip {
namespace {

constexpr size_t kNumbersAtMost = 30, kDigitsAtMost = 32;

/** Falls through to the next pattern unless the datagram begins with this one. A load beyond its end gives it to the first socket. */
void append_pattern(std::vector<sock_filter> &program, std::string_view pattern) {
  const size_t steps = pattern.size() / 4 + (pattern.size() % 4 >= 2) + pattern.size() % 2;
  size_t at = 0;
  for (size_t left = steps; left > 0; --left) {
    const size_t rest = pattern.size() - at, width = rest >= 4 ? 4 : rest >= 2 ? 2 : 1;
    uint32_t value = 0;
    for (size_t i = 0; i < width; ++i) value = value << 8 | static_cast<unsigned char>(pattern[at + i]);
    const int size = width == 4 ? BPF_W : width == 2 ? BPF_H : BPF_B;
    program.push_back(sock_filter BPF_STMT(static_cast<uint16_t>(BPF_LD | size | BPF_ABS), static_cast<uint32_t>(at)));
    program.push_back(sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, static_cast<uint8_t>((left - 1) * 2 + 1)));
    at += width;
  }
  program.push_back(sock_filter BPF_STMT(BPF_RET | BPF_K, 1));
}

std::vector<sock_filter> program_for(const std::vector<std::string> &numbers) {
  std::vector<sock_filter> program;
  for (size_t n = 0; n < std::min(numbers.size(), kNumbersAtMost); ++n) {
    if (numbers[n].empty() || numbers[n].size() > kDigitsAtMost) continue;
    for (const char *begin : {"INVITE sip:", "INVITE sips:"})
      for (const char *end : {"@", ";"}) append_pattern(program, begin + numbers[n] + end);
    for (const char *end : {" ", ";"}) append_pattern(program, "INVITE tel:" + numbers[n] + end);
  }
  program.push_back(sock_filter BPF_STMT(BPF_RET | BPF_K, 0));
  return program;
}

}  // namespace

int open_express(int fd, const sockaddr_storage &bind_to) {
  // Only now may the port be shared: had it been so before `bind`, a second switch could have taken half of the packets.
  const int yes = 1;
  const int second = socket(bind_to.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (second < 0) return -1;
  int alone = 0;
  socklen_t size = sizeof alone;
  // Both take the same families, else they were no pair.
  if (bind_to.ss_family == AF_INET6 && getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &alone, &size) == 0) setsockopt(second, IPPROTO_IPV6, IPV6_V6ONLY, &alone, sizeof alone);
  const bool shared = setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == 0 && setsockopt(second, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == 0;
  sockaddr_storage own{};
  socklen_t length = sizeof own;
  if (shared && getsockname(fd, reinterpret_cast<sockaddr *>(&own), &length) == 0 && bind(second, reinterpret_cast<const sockaddr *>(&own), length) == 0) return second;
  close(second);
  const int no = 0;
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &no, sizeof no);
  return -1;
}

bool steer(int fd, const std::vector<std::string> &numbers) {
  std::vector<sock_filter> program = program_for(numbers);
  const sock_fprog said{static_cast<unsigned short>(program.size()), program.data()};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &said, sizeof said) == 0;
}

}  // namespace pbx::sip
