// What a relayed packet costs: N calls of two 50-packets-a-second flows each, from a generator in a process of its own.
//   relay-bench [calls=200] [seconds=5] [suite]     with a suite both legs of every call are encrypted
#include <pjlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <algorithm>
#include <thread>

#include "address.h"
#include "monotonic.h"
#include "plane.h"
#include "rtp.h"

using namespace pbx::media;

namespace {

struct Deaf final : Listener {
  void on_latched(PortId, const Address &) override {}
  void on_keyed(PortId, const std::string &) override {}
  void on_digit(PortId, char, Pressed) override {}
  void on_keys_unspoken(PortId, const std::string &) override {}
  void on_played(PortId, const std::string &, bool) override {}
  void on_recorded(PortId, const std::string &, double, const std::string &) override {}
  void on_page_started(const std::string &, const std::string &) override {}
  void on_page_round(const std::string &, int) override {}
  void on_page_ended(const std::string &, bool, const std::vector<PageDelivery> &) override {}
};

Address loopback(int port) {
  Address a{};
  address_of("127.0.0.1:" + std::to_string(port), a);
  return a;
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/** Sends each flow's packet every 20 ms, the flows spread over them, and empties what comes back. */
[[noreturn]] void generate(const std::vector<int> &phones, const std::vector<int> &ports, const SrtpKeys &keys) {
  std::vector<uint8_t> packet(172 + srtp_trailer, 0x55);
  std::vector<std::unique_ptr<Sealer>> sealers;
  for (size_t i = 0; !keys.empty() && i < phones.size(); ++i) sealers.push_back(std::make_unique<Sealer>(keys, static_cast<uint32_t>(i + 1)));
  const size_t flows = phones.size(), per_ms = (flows + 19) / 20;
  for (size_t i = 0; i < flows; ++i) {
    const Address to = loopback(ports[i]);
    connect(phones[i], reinterpret_cast<const sockaddr *>(&to), length_of(to));
  }
  const uint64_t begin = monotonic_us();
  for (uint64_t ms = 0;; ++ms) {
    const uint64_t due = begin + ms * 1000, now = monotonic_us();
    if (due > now) std::this_thread::sleep_for(std::chrono::microseconds(due - now));
    for (size_t i = ms % 20 * per_ms; i < std::min(flows, (ms % 20 + 1) * per_ms); ++i) {
      uint8_t sink[2048];
      while (recv(phones[i], sink, sizeof sink, MSG_DONTWAIT) > 0) {
      }
      const auto n = static_cast<uint32_t>(ms / 20);
      rtp::write(packet.data(), {false, 0, static_cast<uint16_t>(n), n * 160, static_cast<uint32_t>(i + 1)});
      memset(packet.data() + rtp::header_size, 0x55, 160);
      send(phones[i], packet.data(), sealers.empty() ? 172 : sealers[i]->seal(packet.data(), 172), MSG_DONTWAIT);
    }
  }
}

}  // namespace

int main(int argc, char **argv) {
  const int calls = argc > 1 ? atoi(argv[1]) : 200, seconds = argc > 2 ? atoi(argv[2]) : 5;
  const std::string suite = argc > 3 ? argv[3] : "";
  if (!suite.empty() && !srtp_suite(suite)) return 2;
  const std::string key(suite.empty() ? 0 : srtp_suite(suite)->key_size, 'k');
  const SrtpKeys keys{suite, key, key};
  pj_log_set_level(1);
  if (calls < 1 || seconds < 1 || pj_init() != PJ_SUCCESS) return 2;
  std::vector<int> phones, phone_ports;
  for (int i = 0; i < 2 * calls; ++i) {
    Address at = loopback(0);
    phones.push_back(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (bind(phones.back(), reinterpret_cast<sockaddr *>(&at), length_of(at)) != 0) return 2;
    socklen_t length = sizeof at;
    getsockname(phones.back(), reinterpret_cast<sockaddr *>(&at), &length);
    phone_ports.push_back(port_of(at));
  }
  Deaf deaf;
  Config config;
  config.port_from = 40000, config.port_to = 40000 + 4 * calls + 1000;
  const auto plane = create_plane(config, deaf);
  std::vector<PortId> ids;
  std::vector<int> ports;
  Format pcmu;
  pcmu.codec = "PCMU";
  for (int i = 0; i < 2 * calls; ++i) {
    int port = 0;
    ids.push_back(plane->open(loopback(0), port));
    ports.push_back(port);
    Remote remote;
    remote.rtp = remote.signalling = loopback(phone_ports[static_cast<size_t>(i)]);
    plane->set_remote(ids.back(), remote);
    plane->set_format(ids.back(), pcmu);
    if (i % 2) plane->bridge(ids[static_cast<size_t>(i) - 1], ids[static_cast<size_t>(i)]);
  }
  const pid_t generator = fork();
  if (generator == 0) generate(phones, ports, keys);
  // Not before the fork: what libsrtp ciphers with does not go on in a child.
  for (const PortId id : ids)
    if (!keys.empty() && !plane->set_keys(id, keys)) return 2;
  const auto relayed = [&] {
    for (const auto &[name, count] : plane->dump().counters)
      if (name == "relayed") return count;
    return uint64_t{0};
  };
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const uint64_t packets_before = relayed();
  const double cpu_before = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  const double cpu = cpu_seconds() - cpu_before;
  const auto packets = static_cast<double>(relayed() - packets_before);
  kill(generator, SIGKILL);
  waitpid(generator, nullptr, 0);
  uint64_t received = 0, lost = 0;
  for (const PortId id : ids) {
    const Quality q = plane->quality(id);
    received += q.from.received;
    lost += q.from.lost;
  }
  printf("{\"calls\":%d,\"seconds\":%d,\"packets\":%.0f,\"packetsLost\":%llu,\"cpuMicrosecondsPerPacket\":%.2f,\"cpuSecondsPerCallMinute\":%.4f}\n", calls,
         seconds, packets, static_cast<unsigned long long>(lost), cpu * 1e6 / packets, cpu * 60 / seconds / calls);
  plane->stop();
  return received > 0 ? 0 : 1;
}
