// A phone of the tests that encrypts: its keys are the box's, the other way round.
#pragma once

#include "check.h"
#include "phone.h"
#include "srtp.h"

namespace pbx::media::test {

inline std::string key_of(const std::string &suite, char seed) {
  std::string key;
  for (size_t i = 0; i < srtp_suite(suite)->key_size; ++i) key += static_cast<char>(seed + static_cast<char>(i * 7));
  return key;
}

/** What the box is told: what the phone seals with, and what it opens with. */
inline SrtpKeys keys_of(const std::string &suite, char seed) { return {suite, key_of(suite, seed), key_of(suite, static_cast<char>(seed + 100))}; }

struct SrtpPhone {
  explicit SrtpPhone(const SrtpKeys &box_keys, uint32_t own_ssrc = 0x11111111)
      : keys(box_keys), ssrc(own_ssrc), sealer(std::make_unique<Sealer>(turned(box_keys), own_ssrc)), opener(std::make_unique<Opener>(turned(box_keys))) {}

  static SrtpKeys turned(const SrtpKeys &k) { return {k.suite, k.out, k.in}; }
  static std::vector<uint8_t> plain(const Phone::Says &says) {
    std::vector<uint8_t> bytes(rtp::header_size + says.payload.size());
    rtp::write(bytes.data(), {says.marker, static_cast<uint8_t>(says.type), says.seq, says.ts, says.ssrc});
    std::copy(says.payload.begin(), says.payload.end(), bytes.begin() + rtp::header_size);
    return bytes;
  }
  std::vector<uint8_t> sealed(Phone::Says says) {
    says.ssrc = ssrc;
    auto bytes = plain(says);
    const size_t size = bytes.size();
    bytes.resize(size + srtp_trailer);
    bytes.resize(sealer->seal(bytes.data(), size));
    check(bytes.size() > size, "the phone seals");
    return bytes;
  }
  void say(const Phone::Says &says) { phone.send(sealed(says)); }
  /** The next packet, opened; nothing when none came or it was not made with the key. */
  std::optional<Heard> hear(int patience_ms = 2000) {
    auto heard = phone.hear(patience_ms);
    if (!heard) return std::nullopt;
    size_t size = heard->bytes.size();
    if (opener->open(heard->bytes.data(), size) != Opener::Verdict::opened) return std::nullopt;
    heard->bytes.resize(size);
    rtp::parse(heard->bytes.data(), size, heard->packet);
    return heard;
  }
  void change_ssrc(uint32_t to) {
    ssrc = to;
    sealer = std::make_unique<Sealer>(turned(keys), to);
  }

  Phone phone;
  SrtpKeys keys;
  uint32_t ssrc;
  std::unique_ptr<Sealer> sealer;
  std::unique_ptr<Opener> opener;
};

/** A port that talks to the encrypting phone. */
inline PortId connect(Box &box, SrtpPhone &phone, const Format &format) {
  int local = 0;
  const PortId id = box.plane->open(address("127.0.0.1", 0), local);
  check(id != 0, "a port");
  check(box.plane->set_keys(id, phone.keys), "the box takes the keys");
  box.plane->set_remote(id, phone.phone.remote());
  box.plane->set_format(id, format);
  phone.phone.aim(local);
  return id;
}

}  // namespace pbx::media::test
