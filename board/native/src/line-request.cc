// A request for lines of one GPIO chip (uAPI v2): kernel debounce and bias, edges with kernel time stamps, lost edges seen.
//
// INVARIANTS
// - Edges stay in the kernel until JavaScript reads them, in the turn in which it acts on them: the thread of a request only
//   waits and calls. Who dies before has taken nothing, and whoever has the descriptor next reads them all.
// - That thread reads the levels every half second and calls also when nothing moved: a chip or a bus that hangs shows as a
//   request that says nothing any more, and one that is gone as an error, also where no edge would ever come.
// - The descriptor is closed only after that thread has ended, so it never polls a number that the kernel gave to another.
#include <fcntl.h>
#include <linux/gpio.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "parts.h"

namespace board {
namespace {

constexpr int BEAT_MILLISECONDS = 500;

/** new LineRequest(path, {consumer, inputs: [offset…], outputs: [[offset, on]…], debounceMicroseconds, bias, adopt?}, listener?) */
class LineRequest : public Napi::ObjectWrap<LineRequest> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "LineRequest",
                       {InstanceMethod<&LineRequest::values>("values"), InstanceMethod<&LineRequest::set>("set"),
                        InstanceMethod<&LineRequest::take>("take"),
                        InstanceMethod<&LineRequest::descriptor>("descriptor"), InstanceMethod<&LineRequest::end>("close")});
  }

  explicit LineRequest(const Napi::CallbackInfo &info) : Napi::ObjectWrap<LineRequest>(info) {
    const std::string path = info[0].As<Napi::String>();
    gpio_v2_line_request request = describe(info.Env(), info[1].As<Napi::Object>());
    const Napi::Value adopted = info[1].As<Napi::Object>().Get("adopt");
    line_ = adopted.IsNumber() ? adopt(info.Env(), adopted.As<Napi::Number>().Int32Value(), request.num_lines)
                               : ask(info.Env(), path, request);
    fcntl(line_, F_SETFL, fcntl(line_, F_GETFL) | O_NONBLOCK);
    if (info.Length() <= 2 || !info[2].IsFunction()) return;
    if (const int error = read_levels(known_)) {
      ::close(line_);
      line_ = -1;
      throw failure(info.Env(), "reading lines", error);
    }
    listen(info.Env(), info[2].As<Napi::Function>());
  }

  ~LineRequest() override { stop(); }

 private:
  static int ask(Napi::Env env, const std::string &path, gpio_v2_line_request &request) {
    const int chip = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (chip < 0) throw failure(env, path.c_str(), errno);
    const int result = ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request);
    const int error = errno;
    ::close(chip);
    if (result < 0) throw failure(env, path.c_str(), error);
    return request.fd;
  }

  /** Takes over a request that another process made; closes the descriptor and throws where no chip answers behind it. */
  int adopt(Napi::Env env, int descriptor, uint32_t count) {
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    gpio_v2_line_values levels{};
    levels.mask = mask(count);
    if (ioctl(descriptor, GPIO_V2_LINE_GET_VALUES_IOCTL, &levels) < 0) {
      const int error = errno;
      ::close(descriptor);
      throw failure(env, "lines kept by systemd", error);
    }
    // How many edges the other process has read is not known: the next one's number begins the count.
    last_.reset();
    return descriptor;
  }

  gpio_v2_line_request describe(Napi::Env env, const Napi::Object &o) {
    gpio_v2_line_request request{};
    const std::string consumer = o.Get("consumer").As<Napi::String>();
    std::strncpy(request.consumer, consumer.c_str(), sizeof request.consumer - 1);
    const Napi::Array inputs = o.Get("inputs").As<Napi::Array>();
    const Napi::Array outputs = o.Get("outputs").As<Napi::Array>();
    const uint32_t count = inputs.Length() + outputs.Length();
    if (count == 0 || count > GPIO_V2_LINES_MAX) throw Napi::RangeError::New(env, "a request takes 1 to 64 lines");
    if (inputs.Length() > 0 && outputs.Length() > 0) throw Napi::TypeError::New(env, "inputs and outputs are separate requests");
    request.num_lines = count;
    // A contact closes to ground: closed is low, and low is active.
    if (inputs.Length() > 0) {
      request.config.flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_ACTIVE_LOW | GPIO_V2_LINE_FLAG_EDGE_RISING |
                             GPIO_V2_LINE_FLAG_EDGE_FALLING;
      if (o.Get("bias").ToBoolean()) request.config.flags |= GPIO_V2_LINE_FLAG_BIAS_PULL_UP;
      debounce(request, o.Get("debounceMicroseconds").As<Napi::Number>().Uint32Value());
    } else {
      request.config.flags = GPIO_V2_LINE_FLAG_OUTPUT;
    }
    for (uint32_t i = 0; i < inputs.Length(); ++i) add(request, inputs.Get(i).As<Napi::Number>().Uint32Value(), i);
    uint64_t on = 0;
    for (uint32_t i = 0; i < outputs.Length(); ++i) {
      const Napi::Array pair = outputs.Get(i).As<Napi::Array>();
      add(request, pair.Get(0u).As<Napi::Number>().Uint32Value(), i);
      if (pair.Get(1u).ToBoolean()) on |= uint64_t{1} << i;
    }
    if (outputs.Length() > 0) {
      auto &attribute = request.config.attrs[request.config.num_attrs++];
      attribute.attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
      attribute.attr.values = on;
      attribute.mask = mask(count);
    }
    return request;
  }

  static uint64_t mask(uint32_t count) { return count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1; }

  static void debounce(gpio_v2_line_request &request, uint32_t microseconds) {
    if (microseconds == 0) return;
    auto &attribute = request.config.attrs[request.config.num_attrs++];
    attribute.attr.id = GPIO_V2_LINE_ATTR_ID_DEBOUNCE;
    attribute.attr.debounce_period_us = microseconds;
    attribute.mask = mask(request.num_lines);
  }

  void add(gpio_v2_line_request &request, uint32_t offset, uint32_t index) {
    request.offsets[index] = offset;
    index_[offset] = index;
  }

  /** values() → {offset: closed or on}. */
  Napi::Value values(const Napi::CallbackInfo &info) {
    gpio_v2_line_values levels{};
    levels.mask = mask(static_cast<uint32_t>(index_.size()));
    if (ioctl(line_, GPIO_V2_LINE_GET_VALUES_IOCTL, &levels) < 0) throw failure(info.Env(), "reading lines", errno);
    Napi::Object answer = Napi::Object::New(info.Env());
    for (const auto &[offset, index] : index_) answer.Set(offset, Napi::Boolean::New(info.Env(), (levels.bits >> index & 1) != 0));
    return answer;
  }

  /** set(offset, on) */
  Napi::Value set(const Napi::CallbackInfo &info) {
    const auto found = index_.find(info[0].As<Napi::Number>().Uint32Value());
    if (found == index_.end()) throw Napi::RangeError::New(info.Env(), "the line is not of this request");
    gpio_v2_line_values levels{};
    levels.mask = uint64_t{1} << found->second;
    levels.bits = info[1].ToBoolean() ? levels.mask : 0;
    if (ioctl(line_, GPIO_V2_LINE_SET_VALUES_IOCTL, &levels) < 0) throw failure(info.Env(), "setting a line", errno);
    return info.Env().Undefined();
  }

  /** take(): hands what waits in the kernel to the listener, now. */
  Napi::Value take(const Napi::CallbackInfo &info) {
    if (line_ >= 0 && !listener_.IsEmpty()) hand_over(info.Env(), {}, Asked::by_javascript);
    return info.Env().Undefined();
  }

  Napi::Value descriptor(const Napi::CallbackInfo &info) { return Napi::Number::New(info.Env(), line_); }

  Napi::Value end(const Napi::CallbackInfo &info) {
    stop();
    return info.Env().Undefined();
  }

  void listen(Napi::Env env, const Napi::Function &listener) {
    wake_ = eventfd(0, EFD_CLOEXEC);
    if (wake_ < 0) throw failure(env, "eventfd", errno);
    listener_ = Napi::Persistent(listener);
    to_js_ = Napi::ThreadSafeFunction::New(env, listener, "gpio edges", 0, 1);
    // The board lives on its sockets; lines alone do not keep a process alive.
    to_js_.Unref(env);
    thread_ = std::thread([this] { wait_for_edges(); });
  }

  using Clock = std::chrono::steady_clock;

  void wait_for_edges() {
    auto beat_due = Clock::now() + std::chrono::milliseconds(BEAT_MILLISECONDS);
    bool called = false;
    while (!ending_) {
      // While JavaScript has yet to read what it was called for, only its word is waited for.
      pollfd waiting[2] = {{wake_, POLLIN, 0}, {line_, POLLIN | POLLPRI, 0}};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(beat_due - Clock::now()).count();
      const int patience = called ? -1 : static_cast<int>(std::clamp<int64_t>(left, 0, BEAT_MILLISECONDS));
      if (poll(waiting, called ? 1 : 2, patience) < 0) continue;
      if (waiting[0].revents != 0) {
        uint64_t words;
        while (read(wake_, &words, sizeof words) < 0 && errno == EINTR) {
        }
        if (taken_.exchange(false)) called = false;
        continue;
      }
      if (called) continue;
      beat_ = {};
      if (waiting[1].revents == 0) {
        if (Clock::now() < beat_due) continue;
        beat_.due = true;
        clock_gettime(CLOCK_MONOTONIC, &beat_.at);
        beat_.error = read_levels(beat_.levels);
        beat_due = Clock::now() + std::chrono::milliseconds(BEAT_MILLISECONDS);
      }
      called = to_js_.NonBlockingCall(this, [](Napi::Env env, Napi::Function, LineRequest *own) {
        if (env != nullptr && own->line_ >= 0) own->hand_over(env, std::exchange(own->beat_, {}), Asked::by_thread);
      }) == napi_ok;
      if (!called) return;
    }
  }

  /** 0, or the error by which the chip does not answer. */
  int read_levels(uint64_t &bits) {
    gpio_v2_line_values levels{};
    levels.mask = mask(static_cast<uint32_t>(index_.size()));
    if (ioctl(line_, GPIO_V2_LINE_GET_VALUES_IOCTL, &levels) < 0) return errno == 0 ? EIO : errno;
    bits = levels.bits;
    return 0;
  }

  struct Beat {
    bool due = false;
    int error = 0;
    uint64_t levels = 0;
    timespec at{};
  };

  enum class Asked { by_thread, by_javascript };

  /** Reads what waits, tells the thread that it may look again, and only then acts: an exception there stops nothing. */
  void hand_over(Napi::Env env, const Beat &beat, Asked asked) {
    gpio_v2_line_event events[64];
    ssize_t length;
    do length = read(line_, events, sizeof events);
    while (length < 0 && errno == EINTR);
    int error = length > 0 || (length < 0 && errno == EAGAIN) ? 0 : length < 0 ? errno : ENODEV;
    if (error == 0) error = beat.error;
    // A line that is gone stays readable for ever: its thread is not sent back to it. Nor is it while its own call is still to come.
    if (error == 0 && asked == Asked::by_thread) {
      taken_ = true;
      wake();
    }
    std::vector<gpio_v2_line_event> moved(events, events + std::max<ssize_t>(length, 0) / static_cast<ssize_t>(sizeof events[0]));
    const uint32_t lost = count(moved);
    // Levels that were read before an edge are older than it.
    if (beat.due && error == 0 && moved.empty()) moved = without_edge(beat);
    if (moved.empty() && error == 0 && !beat.due) return;
    Napi::Array edges = Napi::Array::New(env, moved.size());
    for (uint32_t i = 0; i < moved.size(); ++i) {
      Napi::Object edge = Napi::Object::New(env);
      edge.Set("offset", moved[i].offset);
      edge.Set("closed", moved[i].id == GPIO_V2_LINE_EVENT_RISING_EDGE);
      edge.Set("at", static_cast<double>(moved[i].timestamp_ns) / 1e6);
      edges.Set(i, edge);
    }
    listener_.Call({edges, Napi::Number::New(env, lost), Napi::Number::New(env, error)});
  }

  /** Takes the levels from the edges; how many edges before or between them the kernel's buffer could not hold. */
  uint32_t count(const std::vector<gpio_v2_line_event> &moved) {
    uint32_t lost = 0;
    for (const auto &event : moved) {
      // Numbers run from 1 over all lines of the request; the kernel drops the oldest when its buffer is full.
      if (last_ && event.seqno > *last_ + 1) lost += event.seqno - *last_ - 1;
      last_ = event.seqno;
      const auto found = index_.find(event.offset);
      if (found == index_.end()) continue;
      const uint64_t bit = uint64_t{1} << found->second;
      known_ = event.id == GPIO_V2_LINE_EVENT_RISING_EDGE ? known_ | bit : known_ & ~bit;
    }
    return lost;
  }

  std::vector<gpio_v2_line_event> without_edge(const Beat &beat) {
    std::vector<gpio_v2_line_event> moved;
    for (const auto &[offset, index] : index_) {
      if (((beat.levels ^ known_) >> index & 1) == 0) continue;
      gpio_v2_line_event event{};
      event.timestamp_ns = static_cast<uint64_t>(beat.at.tv_sec) * 1000000000u + static_cast<uint64_t>(beat.at.tv_nsec);
      event.id = (beat.levels >> index & 1) != 0 ? GPIO_V2_LINE_EVENT_RISING_EDGE : GPIO_V2_LINE_EVENT_FALLING_EDGE;
      event.offset = offset;
      moved.push_back(event);
    }
    known_ = beat.levels;
    return moved;
  }

  void wake() {
    const uint64_t one = 1;
    while (write(wake_, &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

  void stop() {
    if (line_ < 0) return;
    if (thread_.joinable()) {
      ending_ = true;
      wake();
      thread_.join();
      // What is still queued is called without an environment, and touches nothing.
      to_js_.Abort();
      ::close(wake_);
    }
    ::close(line_);
    line_ = -1;
  }

  int line_ = -1;
  int wake_ = -1;
  std::map<uint32_t, uint32_t> index_;
  /** Of the last edge that was read; unknown after an adoption. */
  std::optional<uint32_t> last_ = 0;
  /** Levels as they were told. */
  uint64_t known_ = 0;
  /** What the thread calls for; JavaScript takes it before the thread may look again. */
  Beat beat_;
  std::atomic<bool> ending_ = false;
  std::atomic<bool> taken_ = false;
  std::thread thread_;
  Napi::FunctionReference listener_;
  Napi::ThreadSafeFunction to_js_;
};

}  // namespace

void export_line_request(Napi::Env env, Napi::Object exports) { exports.Set("LineRequest", LineRequest::define(env)); }

}  // namespace board
