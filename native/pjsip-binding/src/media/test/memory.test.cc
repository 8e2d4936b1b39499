// What the start of a program needed is given back; what was written is not.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "check.h"
#include "constant_pages.h"

using namespace pbx::media;
using namespace pbx::media::test;

namespace {

constexpr size_t kPages = 64;

/** A file of a program, mapped as its constants are. */
class Mapped {
 public:
  Mapped() : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    char name[] = "/tmp/constants-XXXXXX";
    file_ = mkstemp(name);
    path_ = name;
    check(file_ >= 0, "a file can be made");
    const std::vector<char> bytes(kPages * page_, 'c');
    check(write(file_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "it can be written");
    at_ = static_cast<char *>(mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE, file_, 0));
    check(at_ != MAP_FAILED, "it can be mapped");
  }
  ~Mapped() {
    munmap(at_, kPages * page_);
    close(file_);
    unlink(path_.c_str());
  }
  void write_at(size_t page) { at_[page * page_] = 'w'; }
  void protect() { check(mprotect(at_, kPages * page_, PROT_READ) == 0, "it can be made read-only"); }
  /** Reads a byte of every page. */
  std::string read_all() const {
    std::string seen;
    for (size_t i = 0; i < kPages; ++i) seen += at_[i * page_];
    return seen;
  }
  const std::string &path() const { return path_; }
  size_t bytes() const { return kPages * page_; }

 private:
  size_t page_;
  int file_ = -1;
  std::string path_;
  char *at_ = nullptr;
};

}  // namespace

TEST("memory", "constants that were read are given back, and read as before") {
  Mapped constants;
  constants.protect();
  check_equal(constants.read_all(), std::string(kPages, 'c'), "what is mapped");
  check_equal(give_back_constants(constants.path()), constants.bytes(), "what was resident");
  check_equal(give_back_constants(constants.path()), size_t{0}, "what is resident after that");
  check_equal(constants.read_all(), std::string(kPages, 'c'), "what is mapped afterwards");
}

TEST("memory", "a mapping in which something was written keeps it") {
  Mapped constants;
  constants.write_at(7);
  constants.protect();
  const std::string before = constants.read_all();
  check_equal(give_back_constants(constants.path()), size_t{0}, "what was given back");
  check_equal(constants.read_all(), before, "what is mapped afterwards");
  check_equal(before[7], 'w', "what was written");
}

TEST("memory", "a mapping that may be written, and other files, are left alone") {
  Mapped writable, other;
  other.protect();
  check_equal(writable.read_all() + other.read_all(), std::string(2 * kPages, 'c'), "what is mapped");
  check_equal(give_back_constants(writable.path()), size_t{0}, "what was given back");
  check_equal(give_back_constants(other.path() + "x"), size_t{0}, "what was given back of a file that is not mapped");
  check(own_program().find("media-plane-test") != std::string::npos, "this program is known");
}
