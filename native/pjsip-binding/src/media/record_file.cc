// The plane's memory file: what a successor needs to go on with the same ports after the process was killed.
#include "record_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace pbx::media {

struct RecordFile::Head {
  char magic[16];
  uint32_t capacity, last_id;
  char rest[2024];
};

namespace {

constexpr char magic[16] = "pbx-media-2";

[[noreturn]] void fail(const std::string &path) { throw std::runtime_error(path + ": " + strerror(errno)); }

/** A kill falls between two stores of this thread: it is the compiler that must keep their order. */
void ordered() { std::atomic_signal_fence(std::memory_order_seq_cst); }

}  // namespace

RecordFile::RecordFile(const std::string &path, size_t capacity) {
  static_assert(sizeof(Head) == sizeof(Slot));
  if (path.empty()) return;
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) fail(path);
  size_ = sizeof(Head) + capacity * sizeof(Slot);
  // Read, not mapped: a hole of a file in memory costs nothing until it is touched through a mapping.
  std::vector<Slot> old(capacity + 1);
  const ssize_t there = pread(fd, static_cast<void *>(old.data()), size_, 0);
  const bool ours = there >= static_cast<ssize_t>(sizeof magic) && memcmp(old.data(), magic, sizeof magic) == 0;
  const bool sized = (ours || ftruncate(fd, 0) == 0) && ftruncate(fd, static_cast<off_t>(size_)) == 0;
  memory_ = sized ? mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
  close(fd);
  if (memory_ == MAP_FAILED) {
    memory_ = nullptr;
    fail(path);
  }
  head_ = static_cast<Head *>(memory_);
  slots_ = reinterpret_cast<Slot *>(head_ + 1);
  memcpy(head_->magic, magic, sizeof magic);
  head_->capacity = static_cast<uint32_t>(capacity);
  for (size_t i = capacity; i-- > 0;) {
    const Slot &found = old[i + 1];
    PortState state;
    if (ours && found.id != 0 && read_state(found, state)) {
      inherited_[found.id] = &slots_[i];
      note_id(found.id);
    } else {
      if (ours && found.id != 0) slots_[i].id = 0;
      free_.push_back(&slots_[i]);
    }
  }
}

RecordFile::~RecordFile() {
  if (memory_) munmap(memory_, size_);
}

std::vector<std::pair<PortId, PortState>> RecordFile::inherited() {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<PortId, PortState>> found;
  for (const auto &[id, slot] : inherited_) {
    PortState state;
    if (read_state(*slot, state)) found.emplace_back(id, state);
  }
  return found;
}

bool RecordFile::inherited_state(PortId id, PortState &state) {
  std::lock_guard lock(mutex_);
  const auto found = inherited_.find(id);
  return found != inherited_.end() && read_state(*found->second, state);
}

PortId RecordFile::last_id() const { return head_ ? head_->last_id : 0; }

void RecordFile::note_id(PortId id) {
  if (head_ && id > head_->last_id) head_->last_id = id;
}

RecordFile::Slot *RecordFile::take(PortId id) {
  std::lock_guard lock(mutex_);
  const auto old = inherited_.find(id);
  Slot *slot = nullptr;
  if (old != inherited_.end()) {
    slot = old->second;
    inherited_.erase(old);
  } else if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
    slot->current = 0;
    slot->line[0][0] = '\0';
    slot->srtp = {};
    ordered();
    slot->id = id;
  }
  return slot;
}

void RecordFile::write_line(Slot &slot, const std::string &line) {
  if (line.size() >= sizeof slot.line[0]) return;
  const uint32_t other = slot.current == 0 ? 1 : 0;
  memcpy(slot.line[other], line.c_str(), line.size() + 1);
  ordered();
  slot.current = other;
}

void RecordFile::free(Slot *slot) {
  if (!slot) return;
  std::lock_guard lock(mutex_);
  slot->id = 0;
  free_.push_back(slot);
}

std::vector<int> RecordFile::drop_inherited() {
  std::vector<int> ports;
  for (const auto &[id, state] : inherited()) ports.push_back(state.local_port);
  std::lock_guard lock(mutex_);
  for (const auto &[id, slot] : inherited_) {
    slot->id = 0;
    free_.push_back(slot);
  }
  inherited_.clear();
  return ports;
}

bool RecordFile::read_state(const Slot &slot, PortState &state) const {
  const char *line = slot.line[slot.current == 0 ? 0 : 1];
  if (!state_of(std::string(line, strnlen(line, sizeof slot.line[0])), state)) return false;
  state.seq = static_cast<uint16_t>(slot.seq);
  state.ts = slot.ts;
  state.sent_us = slot.sent_us;
  if (!state.keys.empty()) state.srtp = slot.srtp;
  return true;
}

}  // namespace pbx::media
