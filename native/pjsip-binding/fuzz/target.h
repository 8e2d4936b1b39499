// What is fuzzed: everything of ours that reads bytes of strangers, each reader alone under its own name.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pbx::fuzz {

struct Target {
  const char *name;
  /** Reads the bytes, which are one allocation of just that size, and aborts where something does not hold. */
  void (*run)(std::string_view bytes);
  /** Whole inputs, as phones send them: what damage begins with. */
  std::vector<std::string> (*seeds)();
};

/** All of them, in the order of their files. */
std::vector<Target> targets();

inline void must(bool holds, const char *what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/** Bytes as one allocation of just their size: one byte too far is seen. */
class Exact {
 public:
  explicit Exact(std::string_view bytes) : size_(bytes.size()), bytes_(new uint8_t[bytes.size()]) { bytes.copy(reinterpret_cast<char *>(bytes_.get()), size_); }
  uint8_t *data() { return bytes_.get(); }
  size_t size() const { return size_; }

 private:
  size_t size_;
  std::unique_ptr<uint8_t[]> bytes_;
};

/** Takes pieces off an input: numbers, and runs of bytes that say their own length. */
class Pieces {
 public:
  explicit Pieces(std::string_view bytes) : rest_(bytes) {}
  bool over() const { return rest_.empty(); }
  uint8_t byte() {
    const auto out = rest_.empty() ? uint8_t{0} : static_cast<uint8_t>(rest_[0]);
    rest_.remove_prefix(rest_.empty() ? 0 : 1);
    return out;
  }
  /** Two bytes of length, then so many, or what is left. */
  std::string_view run() {
    const size_t wanted = static_cast<size_t>(byte()) << 8 | byte();
    const std::string_view out = rest_.substr(0, wanted);
    rest_.remove_prefix(out.size());
    return out;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/** A run as `Pieces` takes it off. */
inline std::string as_run(std::string_view bytes) { return std::string{static_cast<char>(bytes.size() >> 8), static_cast<char>(bytes.size())} + std::string(bytes); }

}  // namespace pbx::fuzz
