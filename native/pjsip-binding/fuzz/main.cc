// Runs one target: under libFuzzer where clang builds it, named by FUZZ_TARGET in the environment; else in a loop of its
// own that damages the target's seeds, the same for a number, and stops at the first that does harm.
//
//   FUZZ_TARGET=sdp switch-fuzz CORPUS…      or:      switch-fuzz list | seeds TARGET FOLDER | run TARGET ROUNDS NUMBER [FOLDER] | one TARGET FILE | harm byte|number
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "target.h"

namespace {

using pbx::fuzz::Target;

Target target_of(const char *name) {
  for (const Target &one : pbx::fuzz::targets())
    if (name && strcmp(one.name, name) == 0) return one;
  std::fprintf(stderr, "there is no target '%s'; there are:", name ? name : "");
  for (const Target &one : pbx::fuzz::targets()) std::fprintf(stderr, " %s", one.name);
  std::fprintf(stderr, "\n");
  std::exit(2);
}

void give(const Target &target, std::string_view bytes) {
  pbx::fuzz::Exact exact(bytes);
  target.run({reinterpret_cast<const char *>(exact.data()), exact.size()});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Target target = target_of(std::getenv("FUZZ_TARGET"));
  give(target, {reinterpret_cast<const char *>(data), size});
  return 0;
}

namespace {

void write_seeds(const Target &target, const std::string &folder) {
  std::filesystem::create_directories(folder);
  size_t n = 0;
  for (const std::string &seed : target.seeds()) std::ofstream(folder + "/own-" + std::to_string(n++), std::ios::binary) << seed;
}

}  // namespace

#ifdef PLANT_LIBFUZZER

extern "C" int LLVMFuzzerInitialize(int *, char ***) {
  const char *folder = std::getenv("FUZZ_SEEDS");
  if (folder) write_seeds(target_of(std::getenv("FUZZ_TARGET")), folder);
  return 0;
}

#else

namespace {

using Random = std::mt19937;

size_t below(Random &random, size_t most) { return most == 0 ? 0 : random() % most; }

void damage(std::string &text, Random &random, const std::vector<std::string> &seeds) {
  static const std::string words[] = {"\r\n", "\r\n ", "\r\n\r\n", "\n", "\"", "\\", "<", ">", ";", ",", "=", ":", "@", "%", "-1", "99999999999", std::string("\0", 1), std::string("\xff\xff\xff\xff", 4), ";rport", ";tag=", "911", "INVITE sip:", "SIP/2.0", "\x21\x12\xA4\x42"};
  const size_t at = below(random, text.size() + 1);
  switch (random() % 6) {
    case 0: text.resize(at); break;
    case 1: if (at < text.size()) text[at] = static_cast<char>(random()); break;
    case 2: text.insert(at, words[below(random, std::size(words))]); break;
    case 3: text.erase(at, below(random, 40)); break;
    case 4: {
      const std::string &other = seeds[below(random, seeds.size())];
      const size_t from = below(random, other.size());
      text.insert(at, other.substr(from, below(random, 200)));
      break;
    }
    default: text.insert(at, text.substr(below(random, text.size()), below(random, 120))); break;
  }
}

std::string content(const std::filesystem::path &file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/** Does what no reader may, so that a test knows that it would be seen: reads a byte too far, or counts too far. */
void do_harm(const std::string &kind) {
  const pbx::fuzz::Exact bytes("four");
  volatile size_t beyond = bytes.size();
  volatile int most = INT32_MAX;
  if (kind == "byte") std::printf("%d\n", const_cast<pbx::fuzz::Exact &>(bytes).data()[beyond]);
  else std::printf("%d\n", most + 1);
}

/** What is being read: an end without warning leaves it behind, to be given to `one`. */
std::string under_way;
const char *left_in = nullptr;

void leave_behind() {
  if (left_in && !under_way.empty()) std::ofstream(left_in, std::ios::binary) << under_way;
}

void run(const Target &target, long rounds, unsigned number, const char *folder) {
  std::vector<std::string> seeds = target.seeds();
  if (folder)
    for (const auto &entry : std::filesystem::directory_iterator(folder)) seeds.push_back(content(entry.path()));
  Random random(number);
  for (long n = 0; n < rounds; ++n) {
    std::string text = seeds[static_cast<size_t>(n) % seeds.size()];
    for (size_t left = n < static_cast<long>(seeds.size()) ? 0 : 1 + below(random, 4); left > 0; --left) damage(text, random, seeds);
    under_way = text;
    give(target, text);
  }
  std::printf("%s: %ld inputs of %zu seeds\n", target.name, rounds, seeds.size());
  std::fflush(stdout);
}

}  // namespace

extern "C" void __sanitizer_set_death_callback(void (*callback)());

int main(int count, char **words) {
  const std::string what = count > 1 ? words[1] : "";
  left_in = std::getenv("FUZZ_LEFT");
  __sanitizer_set_death_callback(&leave_behind);
  if (what == "list") {
    for (const Target &one : pbx::fuzz::targets()) std::printf("%s\n", one.name);
    return 0;
  }
  if (what == "harm" && count == 3) return do_harm(words[2]), 0;
  if (what == "seeds" && count == 4) return write_seeds(target_of(words[2]), words[3]), 0;
  if (what == "one" && count == 4) return give(target_of(words[2]), content(words[3])), 0;
  if (what != "run" || count < 5) return std::fprintf(stderr, "usage: switch-fuzz list | seeds TARGET FOLDER | run TARGET ROUNDS NUMBER [FOLDER] | one TARGET FILE | harm byte|number\n"), 2;
  run(target_of(words[2]), std::strtol(words[3], nullptr, 10), static_cast<unsigned>(std::strtoul(words[4], nullptr, 10)), count > 5 ? words[5] : nullptr);
  return 0;
}
#endif
