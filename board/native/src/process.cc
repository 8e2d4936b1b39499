// What a process says to systemd (sd_notify's datagram), without a library for it.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "parts.h"

namespace board {
namespace {

/** notify(socket, state): one datagram to $NOTIFY_SOCKET, never waiting; throws with errno. */
Napi::Value notify(const Napi::CallbackInfo &info) {
  const std::string path = info[0].As<Napi::String>();
  const std::string state = info[1].As<Napi::String>();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) throw failure(info.Env(), "NOTIFY_SOCKET", EINVAL);
  std::memcpy(address.sun_path, path.data(), path.size());
  // A leading @ stands for an abstract socket.
  if (path[0] == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) throw failure(info.Env(), "socket", errno);
  const ssize_t sent = sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr *>(&address), length);
  const int error = errno;
  close(fd);
  if (sent < 0) throw failure(info.Env(), path.c_str(), error);
  return info.Env().Undefined();
}

}  // namespace

void export_process(Napi::Env env, Napi::Object exports) {
  exports.Set("notify", Napi::Function::New(env, notify, "notify"));
}

}  // namespace board
