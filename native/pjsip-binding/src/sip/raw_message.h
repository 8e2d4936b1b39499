// A SIP message as bytes: what can be told of it before, or without, PJSIP's parser. Allocates nothing.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace pbx::sip {

std::string_view trimmed(std::string_view s);  // of blanks and line ends

struct RawHeader {
  std::string_view name, value;  // the value with its folds
};

/** Walks the lines of a message head. */
class RawHead {
 public:
  explicit RawHead(std::string_view bytes);
  std::string_view start_line() const { return start_; }
  /** False at the end of the head. A line without a colon is skipped. */
  bool next(RawHeader &header);
  /** Where the body begins; the end of the bytes when there is no empty line. Known once `next` has said false. */
  size_t body() const { return at_; }

 private:
  std::string_view line();
  std::string_view bytes_, start_;
  size_t at_ = 0;
};

/** `name` or its compact form (RFC 3261 section 7.3.3), without case; 0 for no compact form. */
bool is_header(std::string_view name, std::string_view full, char compact);

/** The three words of a request line, and whether it is one; of a status line nothing. */
struct RequestLine {
  std::string_view method, uri, version;
  bool is_response = false;
};
RequestLine request_line(std::string_view start);

/** The user of a SIP URI or the number of a tel URI, up to its first parameter, as it is written. */
std::string_view user_in(std::string_view uri);

/** The value of a parameter behind an address or a Via, like `tag` or `branch`; nothing where it has none. */
std::string_view parameter(std::string_view value, std::string_view name);
bool has_parameter(std::string_view value, std::string_view name);

/** What stands before the first comma that is not inside quotes or angle brackets. */
std::string_view first_of_list(std::string_view value);

}  // namespace pbx::sip
