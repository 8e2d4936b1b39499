// GPIO chips: found by label, because their numbers change with the kernel and the order of drivers.
#include <fcntl.h>
#include <linux/gpio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "parts.h"

namespace board {
namespace {

/** chip(path) → {name, label, lines}; throws with errno. */
Napi::Value chip(const Napi::CallbackInfo &info) {
  const std::string path = info[0].As<Napi::String>();
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) throw failure(info.Env(), path.c_str(), errno);
  gpiochip_info found{};
  const int result = ioctl(fd, GPIO_GET_CHIPINFO_IOCTL, &found);
  const int error = errno;
  close(fd);
  if (result < 0) throw failure(info.Env(), path.c_str(), error);
  Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("name", found.name);
  answer.Set("label", found.label);
  answer.Set("lines", found.lines);
  return answer;
}

}  // namespace

void export_chip(Napi::Env env, Napi::Object exports) { exports.Set("chip", Napi::Function::New(env, chip, "chip")); }

}  // namespace board
