// The chip that fake-gpiochip.c shows to a process: in that process by itself, or, where fake-init.c keeps it, in a file that
// both have mapped, so that it lives on and its edges wait while the process is dead.
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 32, REQUESTS = 64 };

struct request {
  /** The socket whose descriptor the process has. */
  ino_t theirs;
  /** The end into which edges are written: a descriptor of whoever moves the chip. */
  int ours;
  struct gpio_v2_line_request asked;
  unsigned seqno;
  /** The chip died under it. */
  int gone;
};

struct chip {
  pthread_mutex_t lock;
  struct request requests[REQUESTS];
  int request_count, lose, dead, jammed[LINES];
  volatile int hung;
  int levels[LINES];
};

static struct chip *chip;

static inline const char *directory(void) { return getenv("FAKE_GPIO"); }

static inline struct sockaddr_un address_of(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", directory(), name);
  return address;
}

static inline int bound(const char *name) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const struct sockaddr_un address = address_of(name);
  if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) abort();
  return fd;
}

/** Whoever died while it held the lock left nothing half done that matters here. */
static inline void lock_chip(void) {
  if (pthread_mutex_lock(&chip->lock) == EOWNERDEAD) pthread_mutex_consistent(&chip->lock);
}
static inline void unlock_chip(void) { pthread_mutex_unlock(&chip->lock); }

/** Maps the kept chip, or makes one; with `fd` < 0 it is this process's own. */
static inline void map_chip(int fd, int fresh) {
  chip = mmap(NULL, sizeof *chip, PROT_READ | PROT_WRITE, fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
  if (chip == MAP_FAILED) abort();
  if (!fresh) return;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&chip->lock, &attributes);
  // Pull-ups: an open contact is high.
  for (int i = 0; i < LINES; ++i) chip->levels[i] = 1;
}

static inline void move_line(unsigned offset, int level) {
  if (offset >= LINES || chip->levels[offset] == level) return;
  chip->levels[offset] = level;
  for (int i = 0; i < chip->request_count; ++i) {
    struct request *r = &chip->requests[i];
    if (r->gone || !(r->asked.config.flags & GPIO_V2_LINE_FLAG_EDGE_RISING)) continue;
    for (unsigned k = 0; k < r->asked.num_lines; ++k) {
      if (r->asked.offsets[k] != offset) continue;
      struct timespec now;
      clock_gettime(CLOCK_MONOTONIC, &now);
      const int active = (r->asked.config.flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW) ? !level : level;
      struct gpio_v2_line_event event = {
          .timestamp_ns = (unsigned long long)now.tv_sec * 1000000000ull + (unsigned long long)now.tv_nsec,
          .id = active ? GPIO_V2_LINE_EVENT_RISING_EDGE : GPIO_V2_LINE_EVENT_FALLING_EDGE,
          .offset = offset,
          .seqno = ++r->seqno,
      };
      if (chip->lose > 0) --chip->lose;
      else send(r->ours, &event, sizeof event, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
  }
}

/** The chip is gone: whoever waits for edges is told, and nothing that was asked for answers any more. */
static inline void die(void) {
  chip->dead = 1;
  for (int i = 0; i < chip->request_count; ++i) {
    if (!chip->requests[i].gone) close(chip->requests[i].ours);
    chip->requests[i].gone = 1;
  }
}

/** Obeys the datagrams that come to `hands`, for ever. */
static void *obey(void *given) {
  const int hands = *(int *)given;
  char text[64];
  for (;;) {
    const ssize_t length = recv(hands, text, sizeof text - 1, 0);
    if (length <= 0) continue;
    text[length] = '\0';
    unsigned offset;
    int value;
    lock_chip();
    if (sscanf(text, "level %u %d", &offset, &value) == 2) move_line(offset, value);
    else if (sscanf(text, "lose %d", &value) == 1) chip->lose = value;
    else if (sscanf(text, "jam %u %d", &offset, &value) == 2 && offset < LINES) chip->jammed[offset] = value;
    else if (strncmp(text, "die", 3) == 0) die();
    else if (strncmp(text, "heal", 4) == 0) chip->dead = 0;
    else if (strncmp(text, "hang", 4) == 0) chip->hung = 1;
    else if (strncmp(text, "wake", 4) == 0) chip->hung = 0;
    unlock_chip();
  }
  return NULL;
}
