// Events leave the switch as JSON text: one string per event crosses to JavaScript far cheaper than an object built value by value.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace pbx {

/** Appends `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD, so that no packet can spoil a batch. */
void append_json_string(std::string &out, std::string_view text);

/** One JSON object, written key by key. */
class JsonObject {
 public:
  JsonObject() : out_("{") {}
  explicit JsonObject(std::string_view type) : out_("{") { text("type", type); }

  JsonObject &text(std::string_view key, std::string_view value) {
    begin(key);
    append_json_string(out_, value);
    return *this;
  }
  JsonObject &number(std::string_view key, int64_t value) {
    begin(key);
    out_ += std::to_string(value);
    return *this;
  }
  JsonObject &real(std::string_view key, double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", value);
    return raw(key, text);
  }
  JsonObject &truth(std::string_view key, bool value) { return raw(key, value ? "true" : "false"); }
  JsonObject &raw(std::string_view key, std::string_view json) {
    begin(key);
    out_ += json;
    return *this;
  }
  std::string take() {
    out_ += '}';
    return std::move(out_);
  }

 private:
  void begin(std::string_view key) {
    if (out_.size() > 1) out_ += ',';
    append_json_string(out_, key);
    out_ += ':';
  }
  std::string out_;
};

}  // namespace pbx
