// Whatever a stranger sends: the first look, the answer without a parser and STUN read it within its bounds, and what they
// say is one whole message. For libFuzzer; without it a loop of its own damages the files of a folder, the same for a seed.
//
//   clang++ -fsanitize=fuzzer,address,undefined ...      or:      datagram-fuzz FOLDER ROUNDS SEED
#include <netinet/in.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "../src/sip/raw_message.h"
#include "../src/sip/salvage.h"
#include "../src/sip/stun.h"
#include "../src/sip/udp_glance.h"

namespace {

using namespace pbx::sip;

void must(bool holds, const char *what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

sockaddr_storage somewhere() {
  return *parse_address("192.0.2.7", 5060);
}

const Emergency &numbers() {
  static const std::unique_ptr<Emergency> emergency = [] {
    auto out = std::make_unique<Emergency>();
    out->set({"911", "9911"}, {*parse_prefix("192.0.2.0/24")});
    return out;
  }();
  return *emergency;
}

/** An answer is one message: nothing that the request carried ends its head or begins a line of it. */
void must_be_one_message(const std::string &said, std::string_view request) {
  must(said.rfind("SIP/2.0 400 Bad request\r\n", 0) == 0, "begins with its status");
  must(said.find("\r\n\r\n") == said.size() - 4, "ends with its only empty line");
  must(said.find('\0') == std::string::npos, "carries no null");
  must(said.size() < 2 * request.size() + 1000, "is hardly longer than what it answers");
  for (size_t at = said.find("\r\n"); at + 4 < said.size(); at = said.find("\r\n", at + 2)) {
    const std::string_view line = std::string_view(said).substr(at + 2);
    bool known = false;
    for (const std::string_view name : {"Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: ", "Content-Length: 0\r\n"}) known = known || line.substr(0, name.size()) == name;
    must(known, "has only lines of ours");
  }
  must(salvaged_response(said, {400, "Bad request"}, somewhere()).empty(), "is not answered itself");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // A copy of its exact size: one byte too far is seen.
  const std::unique_ptr<char[]> owned(new char[size]);
  for (size_t i = 0; i < size; ++i) owned[i] = static_cast<char>(data[i]);
  const std::string_view bytes(owned.get(), size);
  const Urgency urgency = look_at(bytes, numbers(), somewhere());
  if (urgency == Urgency::emergency) must(request_line(RawHead(bytes).start_line()).method == "INVITE", "only calls are calls for help");
  const std::string said = salvaged_response(bytes, {400, "Bad request"}, somewhere());
  if (!said.empty()) must_be_one_message(said, bytes);
  const std::string mapped = stun_answer(bytes, somewhere());
  must(mapped.empty() || (mapped.size() % 4 == 0 && mapped.size() <= 64), "an answer to a binding request is short");
  return 0;
}

#ifndef PLANT_LIBFUZZER
namespace {

using Random = std::mt19937;

size_t below(Random &random, size_t most) { return most == 0 ? 0 : random() % most; }

void damage(std::string &text, Random &random, const std::vector<std::string> &seeds) {
  static const std::string words[] = {"\r\n", "\r\n ", "\r\n\r\n", "\n", "\"", "\\", "<", ">", ";", ",", "=", ":", "@", "%", std::string("\0", 1), ";rport", ";tag=", "911", "INVITE sip:", "SIP/2.0", "\x21\x12\xA4\x42"};
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

std::vector<std::string> read_all(const char *folder) {
  std::vector<std::string> out{std::string("\0\1\0\0\x21\x12\xA4\x42" "0123456789ab", 20)};
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return out;
}

}  // namespace

int main(int count, char **words) {
  if (count != 4) return std::fprintf(stderr, "usage: datagram-fuzz FOLDER ROUNDS SEED\n"), 2;
  const std::vector<std::string> seeds = read_all(words[1]);
  const long rounds = std::strtol(words[2], nullptr, 10);
  Random random(static_cast<unsigned>(std::strtoul(words[3], nullptr, 10)));
  for (long n = 0; n < rounds; ++n) {
    std::string text = seeds[static_cast<size_t>(n) % seeds.size()];
    for (size_t left = n < static_cast<long>(seeds.size()) ? 0 : 1 + below(random, 4); left > 0; --left) damage(text, random, seeds);
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(text.data()), text.size());
  }
  std::printf("%ld messages of %zu seeds\n", rounds, seeds.size());
  return 0;
}
#endif
