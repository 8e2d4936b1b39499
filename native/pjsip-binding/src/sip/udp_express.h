// A call for help has a way of its own already in the kernel: when the buffer of the SIP socket is full of other people's
// calls, because this process stood still for a moment, its first copy is not among those that are thrown away.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

namespace pbx::sip {

/**
 * Opens a second socket on the address of `fd`, which is bound already; -1 where the kernel has no such thing. Until
 * `steer` is called the kernel gives either what it likes.
 */
int open_express(int fd, const sockaddr_storage &bind);

/** From now on INVITEs to these numbers come in on the second socket, all else on the first. False when it cannot be had. */
bool steer(int fd, const std::vector<std::string> &numbers);

}  // namespace pbx::sip
