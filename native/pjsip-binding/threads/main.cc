// The switch with all its threads and without Node: phones in threads of their own call it, speak, hold and hang up, another
// thread does what JavaScript does. For the thread sanitizer, which ends it with 66 where two threads meet at one place.
//
//   switch-threads SECONDS [PHONES]
#include <arpa/inet.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "office.h"
#include "phone.h"

namespace {

using namespace pbx;

int free_port() {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof own;
  const bool found = bind(fd, reinterpret_cast<sockaddr *>(&own), sizeof own) == 0 && getsockname(fd, reinterpret_cast<sockaddr *>(&own), &length) == 0;
  close(fd);
  return found ? ntohs(own.sin_port) : 0;
}

sip::Config config_on(int port, const std::string &directory) {
  sip::Config config;
  for (const char *transport : {"udp", "tcp"}) config.listen.push_back({transport, "127.0.0.1", port, ""});
  config.rtp_from = 20'000 + port % 20'000 / 2 * 2;
  config.rtp_to = config.rtp_from + 800;
  config.realm = "plant";
  config.user_agent = "threads";
  config.state_directory = directory;
  config.timers.t1 = 100;
  config.timers.t2 = 400;
  config.timers.t4 = 100;
  config.timers.td = 1500;
  return config;
}

}  // namespace

int main(int count, char **words) {
  const int seconds = count > 1 ? std::atoi(words[1]) : 5, phones = count > 2 ? std::atoi(words[2]) : 6;
  std::string directory = std::filesystem::temp_directory_path() / "switch-threads-XXXXXX";
  const int port = free_port();
  if (!mkdtemp(directory.data()) || port == 0) return std::perror("switch-threads"), 2;
  // Never destroyed, as in the addon.
  auto *events = new Events;
  auto *core = new sip::Core(*events);
  core->config = config_on(port, directory);
  threads::Office office(*core, *events);
  std::thread sip([core] { sip::run_endpoint(*core); });
  std::thread javascript([&office] { office.run(); });
  const bool started = office.started();
  if (started) {
    core->commands.post([core] {
      core->peers = {*sip::parse_prefix("127.0.0.0/8")};
      core->emergency.set({"911"}, {*sip::parse_prefix("127.0.0.0/8")});
    });
    sockaddr_in box{};
    box.sin_family = AF_INET;
    box.sin_port = htons(static_cast<uint16_t>(port));
    box.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::atomic<bool> over{false};
    std::vector<std::unique_ptr<threads::Phone>> all;
    std::vector<std::thread> running;
    for (int n = 1; n <= phones; ++n) all.push_back(std::make_unique<threads::Phone>(n, box));
    for (auto &phone : all) running.emplace_back([&phone, &over] { phone->run(over); });
    sleep(static_cast<unsigned>(seconds));
    over = true;
    for (auto &one : running) one.join();
    int calls = 0, answered = 0;
    for (const auto &phone : all) calls += phone->calls(), answered += phone->answered();
    std::printf("%d calls, %d answered\n", calls, answered);
    if (answered == 0) std::printf("nobody was answered\n");
    core->commands.post([core] { core->quit = true; });
  }
  sip.join();
  javascript.join();
  std::filesystem::remove_all(directory);
  std::printf("%ld events, %ld pools left\n", office.events(), office.pools_left());
  return started && office.pools_left() == 0 ? 0 : 1;
}
