// A phone in a thread of its own.
#include "phone.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace pbx::threads {
namespace {

constexpr int kPatienceMs = 5000;

int bound(const char *host, int &port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  inet_pton(AF_INET, host, &own.sin_addr);
  socklen_t length = sizeof own;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr *>(&own), sizeof own) != 0 || getsockname(fd, reinterpret_cast<sockaddr *>(&own), &length) != 0) throw std::runtime_error("a phone finds no port");
  port = ntohs(own.sin_port);
  return fd;
}

std::string header(const std::string &message, const std::string &name) {
  const size_t at = message.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 4;
  return message.substr(begin, message.find("\r\n", begin) - begin);
}

}  // namespace

Phone::Phone(int number, sockaddr_in box) : number_(number), box_(box) {
  sip_ = bound("127.0.0.1", sip_port_);
  rtp_ = bound("127.0.0.1", rtp_port_);
}

Phone::~Phone() {
  close(sip_);
  close(rtp_);
}

std::string Phone::description(const char *direction) const {
  return "v=0\r\no=- 1 " + std::to_string(serial_ + 1) + " IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio " + std::to_string(rtp_port_) +
         " RTP/AVP " + (number_ % 2 ? "0" : "8") + " 101\r\na=rtpmap:101 telephone-event/8000\r\na=" + direction + "\r\n";
}

void Phone::say(const std::string &method, int cseq, const std::string &body) {
  const std::string own = "127.0.0.1:" + std::to_string(sip_port_);
  const std::string branch = method == "ACK" ? "ack" + std::to_string(cseq) : std::to_string(cseq);
  std::string out = method + " sip:" + dialled_ + "@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP " + own + ";rport;branch=z9hG4bK" + call_id_ + branch + "\r\nFrom: <sip:" + std::to_string(number_) +
                    "@plant>;tag=t" + call_id_ + "\r\nTo: " + to_ + "\r\nCall-ID: " + call_id_ + "\r\nCSeq: " + std::to_string(cseq) + " " + method + "\r\nContact: <sip:" + std::to_string(number_) + "@" +
                    own + ">\r\nMax-Forwards: 70\r\nAllow: INVITE, UPDATE\r\n";
  if (!body.empty()) out += "Content-Type: application/sdp\r\n";
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  sendto(sip_, out.data(), out.size(), 0, reinterpret_cast<const sockaddr *>(&box_), sizeof box_);
}

void Phone::answer(const std::string &request) {
  if (request.rfind("ACK ", 0) == 0) return;
  const bool invite = request.rfind("INVITE ", 0) == 0;
  const std::string body = invite ? description("sendrecv") : "";
  std::string out = "SIP/2.0 200 OK\r\nVia: " + header(request, "Via") + "\r\nFrom: " + header(request, "From") + "\r\nTo: " + header(request, "To") + "\r\nCall-ID: " + header(request, "Call-ID") +
                    "\r\nCSeq: " + header(request, "CSeq") + "\r\nContact: <sip:x@127.0.0.1:" + std::to_string(sip_port_) + ">\r\n";
  if (invite) out += "Content-Type: application/sdp\r\n";
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  sendto(sip_, out.data(), out.size(), 0, reinterpret_cast<const sockaddr *>(&box_), sizeof box_);
}

std::string Phone::hear(const std::string &method) {
  for (int left = 200; left > 0; --left) {
    pollfd ready{sip_, POLLIN, 0};
    if (poll(&ready, 1, kPatienceMs) <= 0) return "";
    char bytes[8192];
    const ssize_t size = recv(sip_, bytes, sizeof bytes, 0);
    if (size <= 0) return "";
    const std::string message(bytes, static_cast<size_t>(size));
    if (message.rfind("SIP/2.0 ", 0) != 0) {
      answer(message);
      continue;
    }
    const std::string cseq = header(message, "CSeq");
    const bool ours = header(message, "Call-ID") == call_id_ && cseq.size() > method.size() && cseq.compare(cseq.size() - method.size(), std::string::npos, method) == 0;
    if (ours && message.compare(8, 1, "1") != 0) return message;
  }
  return "";
}

void Phone::speak(int port, int packets) {
  sockaddr_in to = box_;
  to.sin_port = htons(static_cast<uint16_t>(port));
  for (; packets > 0; --packets) {
    unsigned char packet[172] = {0x80, static_cast<unsigned char>(number_ % 2 ? 0 : 8)};
    ++sequence_;
    packet[2] = static_cast<unsigned char>(sequence_ >> 8);
    packet[3] = static_cast<unsigned char>(sequence_);
    packet[6] = static_cast<unsigned char>(sequence_ * 160 >> 8);
    packet[7] = static_cast<unsigned char>(sequence_ * 160);
    packet[11] = static_cast<unsigned char>(number_);
    sendto(rtp_, packet, sizeof packet, 0, reinterpret_cast<const sockaddr *>(&to), sizeof to);
    usleep(2000);
    char heard[2048];
    while (recv(rtp_, heard, sizeof heard, MSG_DONTWAIT) > 0) continue;
  }
}

bool Phone::call(const std::string &dialled) {
  call_id_ = "c" + std::to_string(number_) + "x" + std::to_string(++serial_);
  dialled_ = dialled;
  to_ = "<sip:" + dialled + "@plant>";
  say("INVITE", 1, description("sendrecv"));
  // Some are given up before they are answered.
  if (serial_ % 7 == 0) say("CANCEL", 1);
  const std::string final = hear("INVITE");
  to_ = header(final, "To");
  say("ACK", 1);
  if (final.compare(8, 1, "2") != 0) return !final.empty();
  const size_t media = final.find("\r\nm=audio ");
  const int port = media == std::string::npos ? 0 : std::atoi(final.c_str() + media + 10);
  if (port > 0) speak(port, 40);
  say("INVITE", 2, description("sendonly"));
  if (hear("INVITE").compare(8, 1, "2") == 0) say("ACK", 2);
  if (port > 0) speak(port, 20);
  say("BYE", 3);
  (void)hear("BYE");
  ++answered_;
  return true;
}

void Phone::run(const std::atomic<bool> &over) {
  while (!over) calls_ += call(serial_ % 5 == 4 ? "911" : std::to_string(600 + number_ % 10));
}

}  // namespace pbx::threads
