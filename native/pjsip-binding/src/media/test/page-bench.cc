// What a page costs: N legs paged at once; how long until the last of them was sent its first packet, and CPU per packet.
//   page-bench [legs=500] [seconds=4]
#include <pjlib.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "address.h"
#include "monotonic.h"
#include "plane.h"
#include "speech.h"

using namespace pbx::media;

namespace {

struct Watch final : Listener {
  void on_latched(PortId, const Address &) override {}
  void on_keyed(PortId, const std::string &) override {}
  void on_digit(PortId, char, Pressed) override {}
  void on_keys_unspoken(PortId, const std::string &) override {}
  void on_played(PortId, const std::string &, bool) override {}
  void on_recorded(PortId, const std::string &, double, const std::string &) override {}
  void on_page_started(const std::string &, const std::string &) override { last_started_us = monotonic_us(); }
  void on_page_round(const std::string &, int) override {}
  void on_page_ended(const std::string &, bool, const std::vector<PageDelivery> &deliveries) override {
    uint64_t sum = 0;
    for (const auto &delivery : deliveries) sum += delivery.packets;
    packets = sum;
    ended = true;
  }
  std::atomic<uint64_t> last_started_us{0}, packets{0};
  std::atomic<bool> ended{false};
};

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char **argv) {
  const int legs = argc > 1 ? atoi(argv[1]) : 500, seconds = argc > 2 ? atoi(argv[2]) : 4;
  pj_log_set_level(1);
  if (legs < 1 || seconds < 1 || pj_init() != PJ_SUCCESS) return 2;
  test::Directory directory;
  // One socket hears for all: what is measured is the sending.
  test::Phone phone;
  Watch watch;
  Config config;
  config.port_from = 30000, config.port_to = 30000 + 2 * legs + 1000;
  const auto plane = create_plane(config, watch);
  plane->load_sound("s", test::sine_wav(directory, "s.wav", 440, 8000, seconds * 1000));
  std::vector<PageListener> listeners;
  Address any = phone.at();
  for (int i = 0; i < legs; ++i) {
    int port = 0;
    set_port(any, 0);
    PageListener listener;
    listener.id = std::to_string(i);
    listener.port = plane->open(any, port);
    Remote remote = phone.remote();
    remote.send_only = true;
    plane->set_remote(listener.port, remote);
    plane->set_format(listener.port, test::format(i % 2 ? "PCMU" : "G722", i % 2 ? 0 : 9));
    listeners.push_back(listener);
  }
  const double cpu_before = cpu_seconds();
  const uint64_t begin = monotonic_us();
  plane->page("p", {{"s"}, 1, 0}, 0, listeners, 0);
  const uint64_t returned = monotonic_us();
  for (int i = 0; i < 50 * (seconds + 5) && !watch.ended; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const double cpu = cpu_seconds() - cpu_before;
  printf("{\"legs\":%d,\"packets\":%llu,\"commandMicroseconds\":%llu,\"lastFirstPacketMilliseconds\":%.2f,\"cpuMicrosecondsPerPacket\":%.2f}\n", legs,
         static_cast<unsigned long long>(watch.packets), static_cast<unsigned long long>(returned - begin),
         static_cast<double>(watch.last_started_us - begin) / 1000, cpu * 1e6 / static_cast<double>(watch.packets));
  plane->stop();
  return watch.ended ? 0 : 1;
}
