// A test is a title and a function; a failed check says where and what, and ends it.
#pragma once

#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace pbx::media::test {

struct Test {
  const char *group;
  const char *title;
  std::function<void()> run;
};

inline std::vector<Test> &all_tests() {
  static std::vector<Test> tests;
  return tests;
}

struct Registered {
  Registered(const char *group, const char *title, std::function<void()> run) { all_tests().push_back({group, title, std::move(run)}); }
};

inline void check(bool holds, const std::string &what) {
  if (!holds) throw std::runtime_error(what);
}

template <class A, class B>
void check_equal(const A &actual, const B &expected, const std::string &what) {
  if (actual == expected) return;
  std::ostringstream out;
  out << what << ": " << actual << " instead of " << expected;
  throw std::runtime_error(out.str());
}

}  // namespace pbx::media::test

#define PBX_JOIN2(a, b) a##b
#define PBX_JOIN(a, b) PBX_JOIN2(a, b)
#define TEST(group, title)                                                                                        \
  static void PBX_JOIN(test_, __LINE__)();                                                                        \
  static const pbx::media::test::Registered PBX_JOIN(registered_, __LINE__)(group, title, PBX_JOIN(test_, __LINE__)); \
  static void PBX_JOIN(test_, __LINE__)()
