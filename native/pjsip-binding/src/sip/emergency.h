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
  const std::vector<std::string> &numbers() const { return numbers_; }
  bool is_number(std::string_view dialled) const { return std::find(numbers_.begin(), numbers_.end(), dialled) != numbers_.end(); }
  /** As a number may be written in a URI: with %-escapes, which are read without a copy. */
  bool is_written(std::string_view user) const {
    if (user.find('%') == std::string_view::npos) return is_number(user);
    char plain[32];
    size_t length = 0;
    for (size_t i = 0; i < user.size(); ++i) {
      if (length == sizeof plain) return false;
      unsigned value = 0;
      const bool escaped = user[i] == '%' && i + 2 < user.size() && std::from_chars(user.data() + i + 1, user.data() + i + 3, value, 16).ptr == user.data() + i + 3;
      plain[length++] = escaped ? static_cast<char>(value) : user[i];
      if (escaped) i += 2;
    }
    return is_number({plain, length});
  }
  bool is_station(const sockaddr_storage &source) const {
    for (const Prefix &network : networks_)
      if (network.contains(source)) return true;
    return false;
  }

 private:
  std::vector<std::string> numbers_;  // a handful: looking through them allocates nothing
  std::vector<Prefix> networks_;
};

}  // namespace pbx::sip
