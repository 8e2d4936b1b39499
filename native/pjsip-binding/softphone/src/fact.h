// What the phone thread tells JavaScript: a flat record of named values, for events and for results alike.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace softphone {

struct Fact {
  using Value = std::variant<std::string, double, bool>;
  std::vector<std::pair<std::string, Value>> fields;

  Fact &with(const char *name, std::string value) { return add(name, Value(std::move(value))); }
  Fact &with(const char *name, const char *value) { return add(name, Value(std::string(value))); }
  Fact &with(const char *name, double value) { return add(name, Value(value)); }
  Fact &with(const char *name, int value) { return add(name, Value(static_cast<double>(value))); }
  Fact &with(const char *name, unsigned value) { return add(name, Value(static_cast<double>(value))); }
  Fact &with(const char *name, bool value) { return add(name, Value(value)); }

 private:
  Fact &add(const char *name, Value value) {
    fields.emplace_back(name, std::move(value));
    return *this;
  }
};

}  // namespace softphone
