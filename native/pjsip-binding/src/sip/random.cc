// A store of random bytes for each thread, and PJSIP's unique strings (Call-IDs, tags, branches) made of it.
#include "random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pjlib.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace pbx::sip {
namespace {

constexpr size_t kStored = 2048;

class Store {
 public:
  void draw(unsigned char *into, size_t size) {
    if (size > kStored) return fetch(into, size);
    if (size > left_) {
      fetch(bytes_.data(), kStored);
      left_ = kStored;
    }
    left_ -= size;
    std::memcpy(into, &bytes_[left_], size);
    // What was handed out may be a secret: it stays nowhere else.
    OPENSSL_cleanse(&bytes_[left_], size);
  }

 private:
  static void fetch(unsigned char *into, size_t size) {
    if (RAND_bytes(into, static_cast<int>(size)) != 1) throw std::runtime_error("no random bytes");
  }
  std::array<unsigned char, kStored> bytes_{};
  size_t left_ = 0;
};

}  // namespace

void draw(void *into, size_t size) {
  thread_local Store store;
  store.draw(static_cast<unsigned char *>(into), size);
}

void draw_text(char *into, size_t count) {
  static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
  draw(into, count);
  for (size_t i = 0; i < count; ++i) into[i] = digits[static_cast<unsigned char>(into[i]) & 31];
}

std::string random_id(const char *prefix) {
  constexpr size_t kCharacters = 20;
  std::string out = prefix;
  out.resize(out.size() + kCharacters);
  draw_text(&out[out.size() - kCharacters], kCharacters);
  return out;
}

}  // namespace pbx::sip

// PJSIP asks libuuid, which asks the kernel for each. In their place: 110 random bits (RFC 3261 section 19.3 wants 32), in
// 22 characters, so that each message is shorter too. All three names are here, so that the linker takes none of PJSIP's.
extern "C" {

PJ_DEF_DATA(const unsigned) PJ_GUID_STRING_LENGTH = 22;

unsigned pj_GUID_STRING_LENGTH() { return PJ_GUID_STRING_LENGTH; }

pj_str_t *pj_generate_unique_string(pj_str_t *str) {
  pbx::sip::draw_text(str->ptr, PJ_GUID_STRING_LENGTH);
  str->slen = PJ_GUID_STRING_LENGTH;
  return str;
}
}
