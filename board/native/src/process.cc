// What a process says to systemd (sd_notify's datagram), and the descriptors that it leaves with it, without a library.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "parts.h"

namespace board {
namespace {

/** A datagram of `state`, and of `descriptor` with it unless that is negative; what sendmsg says. */
ssize_t send(int to, const sockaddr_un &address, socklen_t length, const std::string &state, int descriptor) {
  iovec words{const_cast<char *>(state.data()), state.size()};
  msghdr message{};
  message.msg_name = const_cast<sockaddr_un *>(&address);
  message.msg_namelen = length;
  message.msg_iov = &words;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  return sendmsg(to, &message, MSG_NOSIGNAL);
}

/** notify(socket, state, descriptor?): one datagram to $NOTIFY_SOCKET, never waiting; throws with errno. */
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
  const ssize_t sent = send(fd, address, length, state, info[2].IsNumber() ? info[2].As<Napi::Number>().Int32Value() : -1);
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
