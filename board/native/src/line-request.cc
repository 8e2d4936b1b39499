// A request for lines of one GPIO chip (uAPI v2): kernel debounce and bias, edges with kernel time stamps, lost edges seen.
//
// INVARIANTS
// - One thread per request waits for edges; it touches no JavaScript and hands batches over through a thread-safe function.
// - That thread reads the levels every half second and hands over what differs, or nothing: a chip or a bus that hangs
//   shows as a request that says nothing any more, and one that is gone as an error, also where no edge would ever come.
// - The descriptor is closed only after that thread has ended, so it never reads a number that the kernel gave to another.
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
#include <cstring>
#include <ctime>
#include <map>
#include <thread>
#include <vector>

#include "parts.h"

namespace board {
namespace {

constexpr int BEAT_MILLISECONDS = 500;

struct Batch {
  std::vector<gpio_v2_line_event> events;
  /** Edges that the kernel's buffer could not hold. */
  uint32_t lost = 0;
  /** Why no edge can come any more; 0 while they can. */
  int error = 0;
};

/** new LineRequest(path, {consumer, inputs: [offset…], outputs: [[offset, on]…], debounceMicroseconds, bias}, listener?) */
class LineRequest : public Napi::ObjectWrap<LineRequest> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "LineRequest",
                       {InstanceMethod<&LineRequest::values>("values"), InstanceMethod<&LineRequest::set>("set"),
                        InstanceMethod<&LineRequest::end>("close")});
  }

  explicit LineRequest(const Napi::CallbackInfo &info) : Napi::ObjectWrap<LineRequest>(info) {
    const std::string path = info[0].As<Napi::String>();
    gpio_v2_line_request request = describe(info.Env(), info[1].As<Napi::Object>());
    const int chip = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (chip < 0) throw failure(info.Env(), path.c_str(), errno);
    const int result = ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request);
    const int error = errno;
    ::close(chip);
    if (result < 0) throw failure(info.Env(), path.c_str(), error);
    line_ = request.fd;
    if (info.Length() > 2 && info[2].IsFunction()) listen(info.Env(), info[2].As<Napi::Function>());
  }

  ~LineRequest() override { stop(); }

 private:
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

  Napi::Value end(const Napi::CallbackInfo &info) {
    stop();
    return info.Env().Undefined();
  }

  void listen(Napi::Env env, const Napi::Function &listener) {
    gpio_v2_line_values levels{};
    levels.mask = mask(static_cast<uint32_t>(index_.size()));
    if (ioctl(line_, GPIO_V2_LINE_GET_VALUES_IOCTL, &levels) < 0) {
      const int error = errno;
      ::close(line_);
      line_ = -1;
      throw failure(env, "reading lines", error);
    }
    known_ = levels.bits;
    wake_ = eventfd(0, EFD_CLOEXEC);
    if (wake_ < 0) throw failure(env, "eventfd", errno);
    const int flags = fcntl(line_, F_GETFL);
    fcntl(line_, F_SETFL, flags | O_NONBLOCK);
    to_js_ = Napi::ThreadSafeFunction::New(env, listener, "gpio edges", 0, 1);
    // The board lives on its sockets; lines alone do not keep a process alive.
    to_js_.Unref(env);
    thread_ = std::thread([this] { wait_for_edges(); });
  }

  void wait_for_edges() {
    uint32_t last = 0;
    auto beat_due = std::chrono::steady_clock::now();
    for (;;) {
      pollfd waiting[2] = {{line_, POLLIN | POLLPRI, 0}, {wake_, POLLIN, 0}};
      const auto now = std::chrono::steady_clock::now();
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(beat_due - now).count();
      const int ready = poll(waiting, 2, static_cast<int>(std::clamp<int64_t>(left, 0, BEAT_MILLISECONDS)));
      if (ready < 0 && errno != EINTR) return hand_over(new Batch{{}, 0, errno});
      if (ready < 0) continue;
      if (waiting[1].revents != 0) return;
      // Levels are looked at only while no edge waits to be read: they would be told before it, and it after them.
      if (waiting[0].revents == 0) {
        if (std::chrono::steady_clock::now() < beat_due) continue;
        if (const int error = beat()) return hand_over(new Batch{{}, 0, error});
        beat_due = std::chrono::steady_clock::now() + std::chrono::milliseconds(BEAT_MILLISECONDS);
        continue;
      }
      gpio_v2_line_event events[16];
      const ssize_t length = read(line_, events, sizeof events);
      if (length < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (length <= 0) return hand_over(new Batch{{}, 0, length < 0 ? errno : ENODEV});
      auto *batch = new Batch;
      batch->events.assign(events, events + length / static_cast<ssize_t>(sizeof events[0]));
      for (const auto &event : batch->events) {
        // Numbers run from 1 over all lines of the request; the kernel drops the oldest when its buffer is full.
        if (event.seqno > last + 1) batch->lost += event.seqno - last - 1;
        last = event.seqno;
        const auto found = index_.find(event.offset);
        if (found == index_.end()) continue;
        const uint64_t bit = uint64_t{1} << found->second;
        known_ = event.id == GPIO_V2_LINE_EVENT_RISING_EDGE ? known_ | bit : known_ & ~bit;
      }
      hand_over(batch);
    }
  }

  /** Says that the chip answers, and what moved without an edge. Returns the error by which it does not. */
  int beat() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    gpio_v2_line_values levels{};
    levels.mask = mask(static_cast<uint32_t>(index_.size()));
    if (ioctl(line_, GPIO_V2_LINE_GET_VALUES_IOCTL, &levels) < 0) return errno == 0 ? EIO : errno;
    pollfd waiting{line_, POLLIN | POLLPRI, 0};
    auto *batch = new Batch;
    if (poll(&waiting, 1, 0) == 0) {
      for (const auto &[offset, index] : index_) {
        if (((levels.bits ^ known_) >> index & 1) == 0) continue;
        gpio_v2_line_event moved{};
        moved.timestamp_ns = static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
        moved.id = (levels.bits >> index & 1) != 0 ? GPIO_V2_LINE_EVENT_RISING_EDGE : GPIO_V2_LINE_EVENT_FALLING_EDGE;
        moved.offset = offset;
        batch->events.push_back(moved);
      }
      known_ = levels.bits;
    }
    hand_over(batch);
    return 0;
  }

  void hand_over(Batch *batch) {
    const auto deliver = [](Napi::Env env, Napi::Function listener, Batch *handed) {
      const std::unique_ptr<Batch> owned(handed);
      if (env == nullptr) return;
      Napi::Array edges = Napi::Array::New(env, owned->events.size());
      for (uint32_t i = 0; i < owned->events.size(); ++i) {
        const auto &event = owned->events[i];
        Napi::Object edge = Napi::Object::New(env);
        edge.Set("offset", event.offset);
        edge.Set("closed", event.id == GPIO_V2_LINE_EVENT_RISING_EDGE);
        edge.Set("at", static_cast<double>(event.timestamp_ns) / 1e6);
        edges.Set(i, edge);
      }
      listener.Call({edges, Napi::Number::New(env, owned->lost), Napi::Number::New(env, owned->error)});
    };
    if (to_js_.NonBlockingCall(batch, deliver) != napi_ok) delete batch;
  }

  void stop() {
    if (line_ < 0) return;
    if (thread_.joinable()) {
      const uint64_t one = 1;
      while (write(wake_, &one, sizeof one) < 0 && errno == EINTR) {
      }
      thread_.join();
      to_js_.Release();
      ::close(wake_);
    }
    ::close(line_);
    line_ = -1;
  }

  int line_ = -1;
  int wake_ = -1;
  std::map<uint32_t, uint32_t> index_;
  /** Levels as they were told; only the thread touches them once it runs. */
  uint64_t known_ = 0;
  std::thread thread_;
  Napi::ThreadSafeFunction to_js_;
};

}  // namespace

void export_line_request(Napi::Env env, Napi::Object exports) { exports.Set("LineRequest", LineRequest::define(env)); }

}  // namespace board
