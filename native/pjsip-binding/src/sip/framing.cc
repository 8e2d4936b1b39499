// The length of a body as its head says it.
#include "framing.h"

#include <pjsip.h>

#include <charconv>

#include "raw_message.h"
#include "receipt.h"

namespace pbx::sip {
namespace {

constexpr const char *kMissing = "Missing Content-Length header", *kBad = "Bad Content-Length header";

/** Nothing, a number, or something that is none; of two that differ nobody knows which one the next reader believes. */
struct Length {
  bool said = false, bad = false;
  size_t bytes = 0, head = 0;
  bool whole_head = false;
};

Length length_of_body(std::string_view bytes) {
  Length out;
  RawHead head(bytes);
  RawHeader h;
  while (head.next(h)) {
    if (!is_header(h.name, "Content-Length", 'l')) continue;
    const size_t before = out.bytes;
    const auto [end, error] = std::from_chars(h.value.data(), h.value.data() + h.value.size(), out.bytes);
    out.bad = out.bad || error != std::errc() || end != h.value.data() + h.value.size() || (out.said && out.bytes != before);
    out.said = true;
  }
  out.head = head.body();
  out.whole_head = out.head >= 4 && bytes.substr(out.head - 4, 4) == "\r\n\r\n";
  return out;
}

}  // namespace

const char *hopeless(std::string_view bytes) {
  const Length length = length_of_body(bytes);
  if (!length.whole_head) return nullptr;
  if (!length.said) return kMissing;
  if (length.bad) return kBad;
  return length.bytes > Receipt::kLongest || length.head + length.bytes > Receipt::kLongest ? "Content-Length too large" : nullptr;
}

const char *endless(std::string_view bytes) {
  pj_size_t size = 0;
  if (pjsip_find_msg(bytes.data(), bytes.size(), PJ_FALSE, &size) == PJ_SUCCESS) return nullptr;
  return length_of_body(bytes).said ? kBad : kMissing;
}

}  // namespace pbx::sip
