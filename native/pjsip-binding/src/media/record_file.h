// The plane's memory file: what a successor needs to go on with the same ports after the process was killed. Written in
// place, without a system call per packet; memory of a shared mapping outlives the process.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "port_record.h"

namespace pbx::media {

class RecordFile {
 public:
  /** One port. `seq`, `ts` and `sent_us` change with every packet; the line when the leg changes, in the half not in use. */
  struct Slot {
    uint32_t id, current;
    uint32_t seq, ts;
    uint64_t sent_us;
    /** Of encrypted legs: they change with every packet too. */
    SrtpPlace srtp;
    char line[2][1000];
  };
  static_assert(sizeof(Slot) == 2048);

  /** Opens or creates the file; an empty path, a broken or foreign file give one without inheritance. Throws std::runtime_error when it cannot be made. */
  RecordFile(const std::string &path, size_t capacity);
  ~RecordFile();
  RecordFile(const RecordFile &) = delete;
  RecordFile &operator=(const RecordFile &) = delete;

  /** What a predecessor left, by port id. */
  std::vector<std::pair<PortId, PortState>> inherited();
  /** Highest port id ever given out from this file. */
  PortId last_id() const;
  void note_id(PortId);

  /** The slot of a port: its predecessor's, or a fresh one; nullptr when the file is full or there is none. */
  Slot *take(PortId);
  static void write_line(Slot &, const std::string &line);
  void free(Slot *);
  /** Forgets what nobody restored; its local ports, so that they can be used again. */
  std::vector<int> drop_inherited();
  /** The inherited state of one port; false when there is none. */
  bool inherited_state(PortId, PortState &);

 private:
  struct Head;
  bool read_state(const Slot &, PortState &) const;

  std::mutex mutex_;
  void *memory_ = nullptr;
  size_t size_ = 0;
  Head *head_ = nullptr;
  Slot *slots_ = nullptr;
  std::vector<Slot *> free_;
  std::map<PortId, Slot *> inherited_;
};

}  // namespace pbx::media
