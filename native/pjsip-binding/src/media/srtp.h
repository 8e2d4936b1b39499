// An encrypted leg (RFC 3711, on libsrtp2): each direction has its own key, opens or seals packets in place, and tells
// where it stands, so that a successor of a killed process goes on without the phone noticing.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct srtp_ctx_t_;

namespace pbx::media {

/** A suite of RFC 4568 section 6.2, RFC 6188 or RFC 7714. `key_size`: bytes of master key and salt. */
struct SrtpSuite {
  const char *name;
  /** What phones of older make write for the same; nullptr where there is no such name. */
  const char *alias;
  size_t key_size;
};

/** In the order the box prefers them. */
const std::vector<SrtpSuite> &srtp_suites();
/** Nullptr for a suite that the box does not know. Case does not matter. */
const SrtpSuite *srtp_suite(std::string_view name);

/** Master keys with salt, as bytes. Without a suite packets go in the clear. */
struct SrtpKeys {
  std::string suite, in, out;
  bool empty() const { return suite.empty(); }
};
/** Can contexts be made of these? */
bool are_whole(const SrtpKeys &);

/** The most that sealing adds to a packet: tag, RTCP index, and room that libsrtp insists on. */
constexpr size_t srtp_trailer = 160;

// Neither class locks: a port's rx_ guards its Opener, its tx_ the Sealer.
class Opener {
 public:
  /** Throws std::runtime_error where libsrtp refuses. */
  Opener(const SrtpKeys &);
  /** Of a leg whose keys are not there yet: nothing opens. */
  static std::unique_ptr<Opener> locked();
  ~Opener();
  Opener(const Opener &) = delete;
  Opener &operator=(const Opener &) = delete;

  enum class Verdict { opened, replayed, forged };
  /** Opens RTP or RTCP (told apart by RFC 5761 section 4) in place; `size` becomes that of the plain packet. */
  Verdict open(uint8_t *packet, size_t &size);

  /** The stream heard last: its SSRC and its highest 48-bit index. Zero before the first packet. */
  uint32_t ssrc() const { return ssrc_; }
  uint64_t index() const { return index_; }
  /** Goes on where a predecessor stood: nothing up to `index` is taken again. */
  void resume(uint32_t ssrc, uint64_t index);

 private:
  Opener() = default;
  Verdict open_rtcp(uint8_t *packet, size_t &size);
  bool aim(uint32_t ssrc, uint16_t seq);
  void note(uint32_t ssrc);
  void advance(uint32_t ssrc, uint16_t seq);

  const SrtpKeys keys_{};
  srtp_ctx_t_ *session_ = nullptr;
  /** Streams that the phone has used, the last one at the end. */
  std::vector<uint32_t> streams_;
  uint32_t ssrc_ = 0;
  uint64_t index_ = 0;
  bool resumed_ = false;
};

class Sealer {
 public:
  /** `ssrc`: the one stream that goes to the phone. Throws std::runtime_error where libsrtp refuses. */
  Sealer(const SrtpKeys &, uint32_t ssrc);
  /** Of a leg whose keys are not there yet: nothing leaves. */
  static std::unique_ptr<Sealer> locked();
  ~Sealer();
  Sealer(const Sealer &) = delete;
  Sealer &operator=(const Sealer &) = delete;

  /** Seals in place; `packet` has room for srtp_trailer more. The new size, 0 when it must not be sent. */
  size_t seal(uint8_t *packet, size_t size);
  size_t seal_rtcp(uint8_t *packet, size_t size);

  uint64_t index() const { return index_; }
  uint32_t rtcp_index() const { return rtcp_index_; }
  /** Goes on where a predecessor stood: no index is used twice under one key. */
  void resume(uint64_t index, uint32_t rtcp_index);

 private:
  Sealer() = default;
  const uint32_t ssrc_ = 0;
  srtp_ctx_t_ *session_ = nullptr;
  uint64_t index_ = 0;
  uint32_t rtcp_index_ = 0, rtcp_behind_ = 0;
  bool resumed_ = false;
};

}  // namespace pbx::media
