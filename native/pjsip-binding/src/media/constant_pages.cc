// Gives constants back page by page: what the kernel says of each page decides.
#include "constant_pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <vector>

namespace pbx::media {
namespace {

/** proc_pid_pagemap(5). */
constexpr uint64_t kPresent = uint64_t{1} << 63, kSwapped = uint64_t{1} << 62, kOfFile = uint64_t{1} << 61;

struct Range {
  uintptr_t from, to;
};

/** Read-only private mappings of the file, as proc_pid_maps(5) has them. */
std::vector<Range> constants_of(const std::string &file) {
  std::vector<Range> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long from = 0, to = 0;
    char rights[5] = "";
    int path = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx %4s %*s %*s %*s %n", &from, &to, rights, &path) < 3 || path == 0) continue;
    if (std::string(rights) == "r--p" && line.substr(static_cast<size_t>(path)) == file) found.push_back({from, to});
  }
  return found;
}

/** Pages of the file that are resident; none when one of them was written, which only this process has, or cannot be seen. */
size_t clean_pages(int pagemap, const Range &range, size_t page) {
  std::vector<uint64_t> entries((range.to - range.from) / page);
  const auto bytes = static_cast<ssize_t>(entries.size() * sizeof(uint64_t));
  if (pread(pagemap, entries.data(), static_cast<size_t>(bytes), static_cast<off_t>(range.from / page * sizeof(uint64_t))) != bytes) return 0;
  size_t resident = 0;
  for (const uint64_t entry : entries) {
    if (entry & kSwapped) return 0;
    if (!(entry & kPresent)) continue;
    if (!(entry & kOfFile)) return 0;
    ++resident;
  }
  return resident;
}

}  // namespace

size_t give_back_constants(const std::string &file) {
  const int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  if (pagemap < 0) return 0;
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_t given = 0;
  for (const Range &range : constants_of(file)) {
    const size_t resident = clean_pages(pagemap, range, page);
    // Nobody can write between the look and the call: the mapping is read-only.
    if (resident > 0 && madvise(reinterpret_cast<void *>(range.from), range.to - range.from, MADV_DONTNEED) == 0) given += resident * page;
  }
  close(pagemap);
  return given;
}

std::string own_program() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : "";
}

}  // namespace pbx::media
