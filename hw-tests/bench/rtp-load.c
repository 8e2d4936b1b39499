// Two-way speech of many calls: sends 50 packets a second on every stream and counts what comes back out of the box,
// packet by packet. usage: rtp-load SECONDS WARM_UP_SECONDS < streams ("own-port box-address box-port" a line)
// Prints `begin` and `end` around what is counted, then one line of JSON.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { most_streams = 4000, packet_bytes = 172, per_second = 50, phases = 20, most_latency_us = 200000 };

struct stream {
  int socket;
  struct sockaddr_in box;
  uint32_t timestamp;
  uint16_t sequence;
  uint64_t sent;
};

/** What a packet of this program carries after its RTP header. */
struct stamp {
  uint32_t magic;
  uint32_t counted;
  uint64_t sent_ns;
};

static const uint32_t magic = 0x70627862;
static struct stream streams[most_streams];
static int count;
static atomic_int over;
static uint64_t received, strange, late;
static uint32_t histogram[most_latency_us + 1];

static uint64_t now_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void open_stream(struct stream *s, int port, const char *host, int box_port) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int on = 1, buffer = 1 << 20;
  s->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (s->socket < 0 || bind(s->socket, (struct sockaddr *)&own, sizeof own) != 0) fail("a stream's socket");
  setsockopt(s->socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  setsockopt(s->socket, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  s->box.sin_family = AF_INET;
  s->box.sin_port = htons((uint16_t)box_port);
  if (inet_pton(AF_INET, host, &s->box.sin_addr) != 1) fail("the box's address");
}

static void speak(struct stream *s, uint32_t index, int counted) {
  unsigned char packet[packet_bytes];
  memset(packet, 0xd5, sizeof packet);
  const uint16_t sequence = htons(s->sequence++);
  const uint32_t timestamp = htonl(s->timestamp), ssrc = htonl(0x52000000u + index);
  packet[0] = 0x80;
  packet[1] = 0;
  memcpy(packet + 2, &sequence, 2);
  memcpy(packet + 4, &timestamp, 4);
  memcpy(packet + 8, &ssrc, 4);
  const struct stamp stamp = {magic, (uint32_t)counted, now_ns(CLOCK_REALTIME)};
  memcpy(packet + 12, &stamp, sizeof stamp);
  s->timestamp += 160;
  if (sendto(s->socket, packet, sizeof packet, 0, (struct sockaddr *)&s->box, sizeof s->box) == (ssize_t)sizeof packet) s->sent += (uint64_t)counted;
}

/** The kernel's own time of arrival: what this program is late by is not the box's latency. */
static uint64_t arrival(struct msghdr *message) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec t;
    memcpy(&t, CMSG_DATA(c), sizeof t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
  }
  return now_ns(CLOCK_REALTIME);
}

static void hear(int socket) {
  for (;;) {
    unsigned char packet[2048], control[128];
    struct iovec part = {packet, sizeof packet};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    const ssize_t length = recvmsg(socket, &message, 0);
    if (length < 0) return;
    struct stamp stamp;
    if (length != packet_bytes) {
      strange++;
      continue;
    }
    memcpy(&stamp, packet + 12, sizeof stamp);
    if (stamp.magic != magic) strange++;
    if (stamp.magic != magic || !stamp.counted) continue;
    received++;
    const uint64_t us = (arrival(&message) - stamp.sent_ns) / 1000;
    histogram[us > most_latency_us ? most_latency_us : us]++;
  }
}

static void *listen_to_all(void *unused) {
  (void)unused;
  const int poll = epoll_create1(0);
  for (int i = 0; i < count; i++) {
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = streams[i].socket};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, streams[i].socket, &wanted) != 0) fail("epoll");
  }
  struct epoll_event ready[256];
  while (!over) {
    const int n = epoll_wait(poll, ready, 256, 100);
    for (int i = 0; i < n; i++) hear(ready[i].data.fd);
  }
  return NULL;
}

/** Streams take turns within the 20 ms, as phones do that were not switched on together. */
static void speak_for(double seconds, int counted) {
  const uint64_t begun = now_ns(CLOCK_MONOTONIC), turn_ns = 1000000000u / per_second / phases;
  const uint64_t turns = (uint64_t)(seconds * per_second * phases);
  for (uint64_t turn = 0; turn < turns; turn++) {
    const uint64_t due = begun + turn * turn_ns;
    const struct timespec at = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
    if (now_ns(CLOCK_MONOTONIC) > due + 10000000u) late++;
    for (uint32_t i = (uint32_t)(turn % phases); i < (uint32_t)count; i += phases) speak(&streams[i], i, counted);
  }
}

static uint32_t quantile(double share) {
  uint64_t total = 0, seen = 0;
  for (int us = 0; us <= most_latency_us; us++) total += histogram[us];
  for (int us = 0; us <= most_latency_us; us++)
    if ((seen += histogram[us]) > (uint64_t)((double)total * share)) return (uint32_t)us;
  return most_latency_us;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const struct rlimit files = {most_streams + 100, most_streams + 100};
  setrlimit(RLIMIT_NOFILE, &files);
  char host[64];
  int port, box_port;
  while (count < most_streams && scanf("%d %63s %d", &port, host, &box_port) == 3) open_stream(&streams[count++], port, host, box_port);
  pthread_t listener;
  if (pthread_create(&listener, NULL, listen_to_all, NULL) != 0) fail("the listener");
  speak_for(atof(argv[2]), 0);
  printf("begin\n");
  fflush(stdout);
  late = 0;
  speak_for(atof(argv[1]), 1);
  printf("end\n");
  fflush(stdout);
  sleep(1);
  over = 1;
  pthread_join(listener, NULL);
  uint64_t sent = 0;
  for (int i = 0; i < count; i++) sent += streams[i].sent;
  printf("{\"streams\":%d,\"sent\":%llu,\"received\":%llu,\"strange\":%llu,\"late\":%llu,\"p50\":%u,\"p99\":%u,\"p999\":%u}\n", count, (unsigned long long)sent,
         (unsigned long long)received, (unsigned long long)strange, (unsigned long long)late, quantile(0.5), quantile(0.99), quantile(0.999));
  return 0;
}
