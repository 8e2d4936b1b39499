// Records what both sides of a leg say, listening to the packets that pass, and writes it without the clock waiting for a disk.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <thread>

#include "clock_thread.h"
#include "ear.h"
#include "plane.h"
#include "wav.h"

namespace pbx::media {

/** Writes recordings to disk: the one media thread that may block. */
class RecordingWriter {
 public:
  /** Told exactly once per recording, when its file is closed. */
  using Over = std::function<void(double seconds, const std::string &error)>;
  /** Samples on their way from the clock to a file. */
  class Recording {
   public:
    Recording(std::string file, int rate, int channels, Over over) : file_(std::move(file)), rate_(rate), channels_(channels), over_(std::move(over)) {}
    /** Samples of two channels come in turn. */
    void append(const int16_t *pcm, size_t count);
    void finish();

   private:
    friend class RecordingWriter;
    bool write();

    const std::string file_;
    const int rate_, channels_;
    const Over over_;
    std::mutex mutex_;
    std::vector<int16_t> pending_;
    bool finished_ = false;
    std::string error_;
    std::unique_ptr<WavFile> wav_;
  };

  RecordingWriter();
  ~RecordingWriter();
  std::shared_ptr<Recording> start(const std::string &file, int rate, int channels, Over over);
  /** Finishes all recordings and joins the thread. */
  void stop();

 private:
  void run();
  void write_all();

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::list<std::shared_ptr<Recording>> recordings_;
  std::thread thread_;
};

class Recorder final : public Ticker {
 public:
  struct Where {
    std::string file;
    Sides sides = Sides::mixed;
  };
  Recorder(std::shared_ptr<Port> port, std::shared_ptr<CodecRoom> room, RecordingWriter &writer, const Where &, RecordingWriter::Over over);

  const std::shared_ptr<Port> port;
  void stop() { stopping_ = true; }
  bool tick(uint64_t now_us) override;

 private:
  const int rate_;
  const Sides sides_;
  const std::shared_ptr<Ear> heard_, said_;
  const std::shared_ptr<RecordingWriter::Recording> recording_;
  std::atomic<bool> stopping_{false};
};

}  // namespace pbx::media
