// Records what both sides of a leg say.
#include "recorder.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>

namespace pbx::media {
namespace {

constexpr auto write_every = std::chrono::milliseconds(250);
/** A disk that hangs longer than this loses speech; memory is not its price. */
constexpr size_t most_pending_seconds = 30;

int rate_for(const Port &port) { return pcm_rate(port.codec()); }

}  // namespace

void RecordingWriter::Recording::append(const int16_t *pcm, size_t count) {
  std::lock_guard lock(mutex_);
  if (pending_.size() + count > most_pending_seconds * static_cast<size_t>(rate_ * channels_)) {
    error_ = file_ + ": the disk did not keep up";
    return;
  }
  pending_.insert(pending_.end(), pcm, pcm + count);
}

void RecordingWriter::Recording::finish() {
  std::lock_guard lock(mutex_);
  finished_ = true;
}

bool RecordingWriter::Recording::write() {
  std::vector<int16_t> samples;
  bool finished;
  {
    std::lock_guard lock(mutex_);
    samples.swap(pending_);
    finished = finished_;
  }
  std::string error;
  try {
    if (!wav_) wav_ = std::make_unique<WavFile>(file_, rate_, channels_);
    wav_->append(samples);
  } catch (const std::exception &broken) {
    error = broken.what();
  }
  const double seconds = wav_ ? wav_->seconds() : 0;
  {
    std::lock_guard lock(mutex_);
    if (!error.empty()) error_ = error;
    if (error.empty() && !finished) return true;
    error = error_;
  }
  wav_.reset();
  over_(seconds, error);
  return false;
}

RecordingWriter::RecordingWriter() {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "media-writer");
}

RecordingWriter::~RecordingWriter() { stop(); }

std::shared_ptr<RecordingWriter::Recording> RecordingWriter::start(const std::string &file, int rate, int channels, Over over) {
  auto recording = std::make_shared<Recording>(file, rate, channels, std::move(over));
  std::lock_guard lock(mutex_);
  recordings_.push_back(recording);
  wake_.notify_all();
  return recording;
}

void RecordingWriter::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto &recording : recordings_) recording->finish();
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void RecordingWriter::run() {
  for (;;) {
    write_all();
    std::unique_lock lock(mutex_);
    if (stopping_ && recordings_.empty()) return;
    if (stopping_) continue;
    if (recordings_.empty()) wake_.wait(lock, [this] { return stopping_ || !recordings_.empty(); });
    else wake_.wait_for(lock, write_every, [this] { return stopping_; });
  }
}

void RecordingWriter::write_all() {
  std::list<std::shared_ptr<Recording>> recordings;
  {
    std::lock_guard lock(mutex_);
    recordings = recordings_;
  }
  for (const auto &recording : recordings) {
    if (recording->write()) continue;
    std::lock_guard lock(mutex_);
    recordings_.remove(recording);
  }
}

Recorder::Recorder(std::shared_ptr<Port> port_, std::shared_ptr<CodecRoom> room, RecordingWriter &writer, const Where &where, RecordingWriter::Over over)
    : port(std::move(port_)),
      rate_(rate_for(*port)),
      sides_(where.sides),
      heard_(std::make_shared<Ear>(room, rate_)),
      said_(std::make_shared<Ear>(room, rate_)),
      recording_(writer.start(where.file, rate_, sides_ == Sides::mixed ? 1 : 2, std::move(over))) {
  port->listen_in(heard_);
  port->listen_out(said_);
}

bool Recorder::tick(uint64_t) {
  if (stopping_ || port->is_shut()) {
    port->stop_listening(heard_.get());
    port->stop_listening(said_.get());
    recording_->finish();
    return false;
  }
  int16_t heard[most_samples], said[most_samples];
  heard_->pull(heard);
  said_->pull(said);
  const auto count = static_cast<size_t>(rate_ / 50);
  if (sides_ != Sides::mixed) {
    const int16_t *left = sides_ == Sides::left ? heard : said, *right = sides_ == Sides::left ? said : heard;
    int16_t both[2 * most_samples];
    for (size_t i = 0; i < count; ++i) both[2 * i] = left[i], both[2 * i + 1] = right[i];
    recording_->append(both, 2 * count);
    return true;
  }
  for (size_t i = 0; i < count; ++i) heard[i] = static_cast<int16_t>(std::clamp(heard[i] + said[i], -32768, 32767));
  recording_->append(heard, count);
  return true;
}

}  // namespace pbx::media
