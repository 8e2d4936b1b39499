// Which calls branch off first: the site's emergency numbers, and the networks whose stations may dial them unproven.
#pragma once

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "address.h"

namespace pbx::sip {

class Emergency {
 public:
  void set(const std::vector<std::string> &numbers, std::vector<Prefix> networks) {
    numbers_ = numbers;
    networks_ = std::move(networks);
  }
  /** Numbers of those who called for help a short time ago: calls to them are not turned away while the box sheds load. */
  void call_backs(std::vector<std::string> numbers) { call_backs_ = std::move(numbers); }
  bool is_call_back(std::string_view dialled) const { return std::find(call_backs_.begin(), call_backs_.end(), dialled) != call_backs_.end(); }
  const std::vector<std::string> &numbers() const { return numbers_; }
  bool is_number(std::string_view dialled) const { return std::find(numbers_.begin(), numbers_.end(), dialled) != numbers_.end(); }
  /** As a number may be written in a URI: with %-escapes, which are read without a copy. */
  bool is_written(std::string_view user) const {
    return plainly(user, [this](std::string_view number) { return is_number(number); });
  }
  bool is_call_back_written(std::string_view user) const {
    return !call_backs_.empty() && plainly(user, [this](std::string_view number) { return is_call_back(number); });
  }
  bool is_station(const sockaddr_storage &source) const {
    for (const Prefix &network : networks_)
      if (network.contains(source)) return true;
    return false;
  }

 private:
  template <typename Is>
  static bool plainly(std::string_view user, const Is &is) {
    if (user.find('%') == std::string_view::npos) return is(user);
    char plain[32];
    size_t length = 0;
    for (size_t i = 0; i < user.size(); ++i) {
      if (length == sizeof plain) return false;
      unsigned value = 0;
      const bool escaped = user[i] == '%' && i + 2 < user.size() && std::from_chars(user.data() + i + 1, user.data() + i + 3, value, 16).ptr == user.data() + i + 3;
      plain[length++] = escaped ? static_cast<char>(value) : user[i];
      if (escaped) i += 2;
    }
    return is({plain, length});
  }

  std::vector<std::string> numbers_;  // a handful: looking through them allocates nothing
  std::vector<Prefix> networks_;
  std::vector<std::string> call_backs_;
};

}  // namespace pbx::sip
