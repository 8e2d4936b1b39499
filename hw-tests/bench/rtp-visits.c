// Two-way speech of calls that come and go: reads streams while it runs, speaks 50 packets a second on each for as long
// as is told, with a key pressed in the middle (RFC 4733), and counts what comes back out of the box.
// usage: rtp-visits < streams ("own-port box-address box-port seconds" a line); ends after the last stream once its input is
// closed, with one line of JSON.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { most_streams = 1000, packet_bytes = 172, event_bytes = 16, per_second = 50, phases = 20, event_packets = 8, ended_packets = 3, linger_turns = 10 };

struct stream {
  int socket; /* 0 where there is none */
  struct sockaddr_in box;
  uint32_t ssrc, timestamp, event_at;
  uint16_t sequence;
  int turn, turns;
};

static const uint32_t magic = 0x76736974;
static struct stream streams[most_streams];
static uint64_t visits, refused, sent, received, keys_sent, keys_received, late;
static char input[1 << 16];
static size_t filled;
static int over;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void open_stream(int port, const char *host, int box_port, double seconds) {
  struct stream *s = streams;
  while (s < streams + most_streams && s->socket) s++;
  const struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int opened = s == streams + most_streams ? -1 : socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (opened < 0 || bind(opened, (const struct sockaddr *)&own, sizeof own) != 0) {
    refused++;
    if (opened >= 0) close(opened);
    return;
  }
  *s = (struct stream){.socket = opened, .ssrc = 0x56000000u + (uint32_t)visits++, .turns = (int)(seconds * per_second)};
  s->box.sin_family = AF_INET;
  s->box.sin_port = htons((uint16_t)box_port);
  if (inet_pton(AF_INET, host, &s->box.sin_addr) != 1) exit(2);
}

/** Lines that have come whole. */
static void read_lines(void) {
  const ssize_t more = read(0, input + filled, sizeof input - filled - 1);
  if (more == 0) over = 1;
  if (more <= 0) return;
  filled += (size_t)more;
  input[filled] = 0;
  char *line = input;
  for (char *end; (end = strchr(line, '\n')); line = end + 1) {
    char host[64];
    int port, box_port;
    double seconds;
    if (sscanf(line, "%d %63s %d %lf", &port, host, &box_port, &seconds) == 4) open_stream(port, host, box_port, seconds);
  }
  filled -= (size_t)(line - input);
  memmove(input, line, filled);
}

static void header(unsigned char *packet, struct stream *s, int type, uint32_t timestamp) {
  const uint16_t sequence = htons(s->sequence++);
  const uint32_t at = htonl(timestamp), ssrc = htonl(s->ssrc);
  packet[0] = 0x80;
  packet[1] = (unsigned char)type;
  memcpy(packet + 2, &sequence, 2);
  memcpy(packet + 4, &at, 4);
  memcpy(packet + 8, &ssrc, 4);
}

static int give(struct stream *s, const unsigned char *packet, size_t length) {
  return sendto(s->socket, packet, length, 0, (struct sockaddr *)&s->box, sizeof s->box) == (ssize_t)length;
}

/** One packet of the key that is pressed: its end is told three times (RFC 4733 section 2.5.1.4). */
static void press(struct stream *s, int step) {
  unsigned char packet[event_bytes] = {0};
  const int last = event_packets - ended_packets, ended = step >= last;
  if (step == 0) s->event_at = s->timestamp;
  header(packet, s, step == 0 ? 0x80 | 101 : 101, s->event_at);
  const uint16_t duration = htons((uint16_t)(160 * (ended ? last : step + 1)));
  packet[12] = 5;
  packet[13] = (unsigned char)(ended ? 0x80 | 10 : 10);
  memcpy(packet + 14, &duration, 2);
  keys_sent += (uint64_t)give(s, packet, sizeof packet);
}

static void say(struct stream *s) {
  unsigned char packet[packet_bytes];
  memset(packet, 0xd5, sizeof packet);
  header(packet, s, 0, s->timestamp);
  memcpy(packet + 12, &magic, sizeof magic);
  sent += (uint64_t)give(s, packet, sizeof packet);
}

static void hear(struct stream *s) {
  unsigned char packet[2048];
  for (ssize_t length; (length = recv(s->socket, packet, sizeof packet, 0)) >= 0 || errno == ECONNREFUSED;) {
    if (length == packet_bytes && memcmp(packet + 12, &magic, sizeof magic) == 0) received++;
    if (length == event_bytes && (packet[1] & 0x7f) == 101) keys_received++;
  }
}

/** One turn of 20 ms of a stream; when it has said all it still hears for a moment what is on its way. */
static void turn(struct stream *s) {
  hear(s);
  const int key = s->turn - s->turns / 2;
  if (s->turn >= s->turns + linger_turns) {
    close(s->socket);
    s->socket = 0;
  } else if (s->turn < s->turns && key >= 0 && key < event_packets) {
    press(s, key);
  } else if (s->turn < s->turns) {
    say(s);
  }
  s->turn++;
  s->timestamp += 160;
}

int main(void) {
  fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
  const uint64_t begun = now_ns(), turn_ns = 1000000000u / per_second / phases;
  int open = 1;
  for (uint64_t at = 0; !over || open; at++) {
    const uint64_t due = begun + at * turn_ns;
    const struct timespec until = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    if (now_ns() > due + 10000000u) late++;
    if (!over) read_lines();
    if (at % phases == 0) open = 0;
    for (size_t i = at % phases; i < most_streams; i += phases)
      if (streams[i].socket) turn(&streams[i]);
    for (size_t i = 0; i < most_streams && !open; i++) open = streams[i].socket != 0;
  }
  printf("{\"visits\":%llu,\"refused\":%llu,\"sent\":%llu,\"received\":%llu,\"keys_sent\":%llu,\"keys_received\":%llu,\"late\":%llu}\n", (unsigned long long)visits,
         (unsigned long long)refused, (unsigned long long)sent, (unsigned long long)received, (unsigned long long)keys_sent, (unsigned long long)keys_received,
         (unsigned long long)late);
  return 0;
}
