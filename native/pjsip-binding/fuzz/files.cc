// What reads files that a crash, a full disk or a person may have spoilt: records of ports, and sounds.
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>

#include "../src/media/address.h"
#include "../src/media/port_record.h"
#include "../src/media/record_file.h"
#include "../src/media/wav.h"
#include "target.h"

namespace pbx::fuzz {
namespace {

using namespace pbx::media;

/** A file in memory with these bytes, under a name that can be opened. */
class File {
 public:
  explicit File(std::string_view bytes) : fd_(memfd_create("fuzz", MFD_CLOEXEC)) {
    must(fd_ >= 0 && write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "a file in memory");
  }
  ~File() { close(fd_); }
  File(const File &) = delete;
  File &operator=(const File &) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

void must_be_usable(const PortState &state) {
  must(state.local_port > 0 && state.local_port < 65536, "a port is one");
  must(state.format.is_countable(), "a clock ticks, a packet lasts, a payload type fits its field");
  must(state.keys.empty() || are_whole(state.keys), "keys are whole");
}

void read_port(std::string_view bytes) {
  PortState state;
  if (!state_of(std::string(bytes), state)) return;
  must_be_usable(state);
  PortState again;
  must(state_of(line_of(state), again), "what was read can be written and read");
  must(line_of(again) == line_of(state), "and is the same then");
}

PortState port() {
  PortState state;
  must(address_of("192.0.2.1:0", state.bind) && address_of("192.0.2.7:4000", state.remote.rtp) && address_of("[fe80::1%3]:4001", state.remote.rtcp), "addresses");
  state.local_port = 10'000;
  state.format.codec = "opus";
  state.format.clock_rate = 48'000;
  state.format.payload_type = 111;
  state.format.event_type = 101;
  state.format.fmtp = "useinbandfec=1; x=%";
  return state;
}

std::vector<std::string> ports() {
  PortState sealed = port();
  sealed.keys = {"AES_CM_128_HMAC_SHA1_80", std::string(30, 'i'), std::string(30, '\xff')};
  sealed.access = {{"box1", "a password of the box's own"}, {"sha-256", std::string(32, 'f'), true}};
  sealed.srtp = {1, 2, 3, 4};
  return {line_of(port()), line_of(sealed)};
}

/** The memory file of the plane: whatever is in it, a plane opens on it, and what it inherits can be used. */
void read_plane(std::string_view bytes) {
  const File file(bytes);
  RecordFile record(file.path(), 4);
  for (const auto &[id, state] : record.inherited()) {
    must(id != 0, "a port has an id");
    must_be_usable(state);
  }
  (void)record.last_id();
  RecordFile::Slot *slot = record.take(77);
  if (slot) RecordFile::write_line(*slot, line_of(port()));
  record.free(slot);
  (void)record.drop_inherited();
}

std::vector<std::string> planes() {
  const File file("");
  {
    RecordFile record(file.path(), 4);
    for (PortId id = 1; id < 4; ++id) RecordFile::write_line(*record.take(id), ports()[id % 2]);
  }
  std::string bytes(5 * sizeof(RecordFile::Slot), '\0');
  FILE *in = fopen(file.path().c_str(), "rb");
  must(in && fread(bytes.data(), 1, bytes.size(), in) == bytes.size(), "the file is there");
  fclose(in);
  return {bytes};
}

void read_sound(std::string_view bytes) {
  const File file(bytes);
  try {
    const WavSound sound = read_wav(file.path());
    must(sound.rate == 8000 || sound.rate == 16000, "a rate that the codecs work with");
    must(!sound.samples.empty(), "a sound that can be heard");
  } catch (const std::runtime_error &error) {
    must(std::string(error.what()).find(": ") != std::string::npos, "says what is wrong with it");
  }
}

std::vector<std::string> sounds() {
  std::vector<std::string> out;
  for (const int rate : {8000, 22050, 48000}) {
    const File file("");
    {
      WavFile made(file.path(), rate);
      made.append(std::vector<int16_t>(200, 1000));
    }
    std::string bytes(444, '\0');
    FILE *in = fopen(file.path().c_str(), "rb");
    must(in && fread(bytes.data(), 1, bytes.size(), in) == bytes.size(), "the file is there");
    fclose(in);
    out.push_back(bytes);
  }
  out.push_back(out.back().substr(0, 46));
  return out;
}

}  // namespace

std::vector<Target> files() { return {{"port", &read_port, &ports}, {"plane", &read_plane, &planes}, {"wav", &read_sound, &sounds}}; }

}  // namespace pbx::fuzz
