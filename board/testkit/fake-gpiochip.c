// A GPIO chip for the addon's tests, preloaded into a process on machines that have none: answers the uAPI v2 calls for
// the file $FAKE_GPIO/gpiochip0 as the kernel's documentation says, without debouncing.
//
// Datagrams to $FAKE_GPIO/hands move it: "level OFFSET 0|1" is the voltage at an input, "lose COUNT" drops that many of
// the next edges as a full kernel buffer does, "die" takes the chip away and "heal" brings it back, "hang" lets reading
// levels wait until "wake", "jam OFFSET 0|1" lets setting that output fail. Output levels appear in $FAKE_GPIO/out-OFFSET.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 32, REQUESTS = 16 };

struct request {
  int theirs, ours;
  struct gpio_v2_line_request asked;
  unsigned seqno;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct request requests[REQUESTS];
static int request_count, chip_fds[256], gone_fds[256], lose, dead, jammed[LINES];
static volatile int hung;
// Pull-ups: an open contact is high.
static int levels[LINES];

static const char *directory(void) { return getenv("FAKE_GPIO"); }

static void edge(unsigned offset, int level) {
  if (offset >= LINES || levels[offset] == level) return;
  levels[offset] = level;
  for (int i = 0; i < request_count; ++i) {
    struct request *r = &requests[i];
    if (!(r->asked.config.flags & GPIO_V2_LINE_FLAG_EDGE_RISING)) continue;
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
      if (lose > 0) --lose;
      else send(r->ours, &event, sizeof event, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
  }
}

/** The chip is gone: whoever waits for edges is told, and nothing that was asked for is there any more. */
static void die(void) {
  dead = 1;
  for (int i = 0; i < request_count; ++i) {
    close(requests[i].ours);
    gone_fds[requests[i].theirs & 255] = 1;
    requests[i].theirs = -1;
  }
  request_count = 0;
}

static void *obey(void *given) {
  const int hands = *(int *)given;
  char text[64];
  for (;;) {
    const ssize_t length = recv(hands, text, sizeof text - 1, 0);
    if (length <= 0) continue;
    text[length] = '\0';
    unsigned offset;
    int value;
    pthread_mutex_lock(&lock);
    if (sscanf(text, "level %u %d", &offset, &value) == 2) edge(offset, value);
    else if (sscanf(text, "lose %d", &value) == 1) lose = value;
    else if (sscanf(text, "jam %u %d", &offset, &value) == 2 && offset < LINES) jammed[offset] = value;
    else if (strncmp(text, "die", 3) == 0) die();
    else if (strncmp(text, "heal", 4) == 0) dead = 0;
    else if (strncmp(text, "hang", 4) == 0) hung = 1;
    else if (strncmp(text, "wake", 4) == 0) hung = 0;
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

__attribute__((constructor)) static void begin(void) {
  if (directory() == NULL) return;
  for (int i = 0; i < LINES; ++i) levels[i] = 1;
  static int hands;
  hands = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s/hands", directory());
  pthread_t thread;
  if (bind(hands, (struct sockaddr *)&address, sizeof address) != 0 || pthread_create(&thread, NULL, obey, &hands) != 0) abort();
}

static void show(const struct request *r, unsigned index, int on) {
  char path[256];
  snprintf(path, sizeof path, "%s/out-%u", directory(), r->asked.offsets[index]);
  FILE *file = fopen(path, "w");
  if (file == NULL) abort();
  fprintf(file, "%d", on);
  fclose(file);
}

static int take(struct gpio_v2_line_request *asked) {
  int pair[2];
  if (request_count == REQUESTS || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return -1;
  struct request *r = &requests[request_count++];
  *r = (struct request){.theirs = pair[0], .ours = pair[1], .asked = *asked};
  asked->fd = pair[0];
  gone_fds[pair[0] & 255] = 0;
  for (unsigned a = 0; a < asked->config.num_attrs; ++a) {
    if (asked->config.attrs[a].attr.id != GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES) continue;
    for (unsigned k = 0; k < asked->num_lines; ++k) show(r, k, (asked->config.attrs[a].attr.values >> k) & 1);
  }
  return 0;
}

static int values(struct request *r, unsigned long what, struct gpio_v2_line_values *asked) {
  const int low = (r->asked.config.flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW) != 0;
  for (unsigned k = 0; k < r->asked.num_lines; ++k) {
    if (!(asked->mask >> k & 1)) continue;
    if (what == GPIO_V2_LINE_SET_VALUES_IOCTL) {
      if (jammed[r->asked.offsets[k]]) {
        errno = EIO;
        return -1;
      }
      show(r, k, (int)(asked->bits >> k & 1));
      continue;
    }
    asked->bits &= ~(1ull << k);
    if (levels[r->asked.offsets[k]] != low) asked->bits |= 1ull << k;
  }
  return 0;
}

int open(const char *path, int flags, ...) {
  static int (*real)(const char *, int, ...);
  if (real == NULL) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
  va_list more;
  va_start(more, flags);
  const int mode = va_arg(more, int);
  va_end(more);
  const int fd = real(path, flags, mode);
  if (fd >= 0 && fd < 256) {
    const char *tail = "/gpiochip0";
    const size_t length = strlen(path);
    chip_fds[fd] = length > strlen(tail) && strcmp(path + length - strlen(tail), tail) == 0;
  }
  return fd;
}

int ioctl(int fd, unsigned long what, ...) {
  static int (*real)(int, unsigned long, ...);
  if (real == NULL) real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
  va_list more;
  va_start(more, what);
  void *argument = va_arg(more, void *);
  va_end(more);
  while (hung && what == GPIO_V2_LINE_GET_VALUES_IOCTL) usleep(1000);
  pthread_mutex_lock(&lock);
  int result = -2;
  const int values_asked = what == GPIO_V2_LINE_GET_VALUES_IOCTL || what == GPIO_V2_LINE_SET_VALUES_IOCTL;
  if (fd >= 0 && fd < 256 && ((chip_fds[fd] && dead) || (gone_fds[fd] && values_asked))) {
    errno = ENODEV;
    result = -1;
  } else if (fd >= 0 && fd < 256 && chip_fds[fd] && what == GPIO_GET_CHIPINFO_IOCTL) {
    *(struct gpiochip_info *)argument = (struct gpiochip_info){.name = "gpiochip0", .label = "fake-chip", .lines = LINES};
    result = 0;
  } else if (fd >= 0 && fd < 256 && chip_fds[fd] && what == GPIO_V2_GET_LINE_IOCTL) {
    result = take(argument);
  } else {
    for (int i = 0; i < request_count; ++i) {
      if (requests[i].theirs == fd) result = values(&requests[i], what, argument);
    }
  }
  pthread_mutex_unlock(&lock);
  return result == -2 ? real(fd, what, argument) : result;
}
