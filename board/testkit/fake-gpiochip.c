// A GPIO chip for the addon's tests, preloaded into a process on machines that have none: answers the uAPI v2 calls for
// the file $FAKE_GPIO/gpiochip0 as the kernel's documentation says, without debouncing.
//
// Datagrams to $FAKE_GPIO/hands move it: "level OFFSET 0|1" is the voltage at an input, "lose COUNT" drops that many of
// the next edges as a full kernel buffer does, "die" takes the chip away and "heal" brings it back, "hang" lets reading
// levels wait until "wake", "jam OFFSET 0|1" lets setting that output fail. Output levels appear in $FAKE_GPIO/out-OFFSET.
// Where fake-init.c has made $FAKE_GPIO/chip, the chip is its, and it obeys the datagrams.
#include "fake-chip.h"
#include <dlfcn.h>
#include <stdarg.h>
#include <sys/ioctl.h>

static int chip_fds[256];
/** To whoever keeps the chip; none: it is this process's own. */
static int keeper = -1;

__attribute__((constructor)) static void begin(void) {
  if (directory() == NULL) return;
  char kept[256];
  snprintf(kept, sizeof kept, "%s/chip", directory());
  const int fd = open(kept, O_RDWR | O_CLOEXEC);
  map_chip(fd, fd < 0);
  if (fd >= 0) {
    close(fd);
    keeper = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_un address = address_of("keeper");
    if (connect(keeper, (const struct sockaddr *)&address, sizeof address) != 0) abort();
    return;
  }
  static int hands;
  hands = bound("hands");
  pthread_t thread;
  if (pthread_create(&thread, NULL, obey, &hands) != 0) abort();
}

static void show(const struct request *r, unsigned index, int on) {
  char path[256];
  snprintf(path, sizeof path, "%s/out-%u", directory(), r->asked.offsets[index]);
  FILE *file = fopen(path, "w");
  if (file == NULL) abort();
  fprintf(file, "%d", on);
  fclose(file);
}

/** Gives the end into which edges are written to whoever moves the chip. */
static void give_to_keeper(int index, int ours) {
  struct iovec word = {&index, sizeof index};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {0};
  control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  memcpy(CMSG_DATA(&control.header), &ours, sizeof ours);
  const struct msghdr message = {.msg_iov = &word, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (sendmsg(keeper, &message, 0) < 0) abort();
  close(ours);
}

static int take(struct gpio_v2_line_request *asked) {
  int pair[2];
  if (chip->request_count == REQUESTS || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return -1;
  struct stat file;
  fstat(pair[0], &file);
  // Known to the keeper before an edge can be meant for it.
  struct request *r = &chip->requests[chip->request_count];
  *r = (struct request){.theirs = file.st_ino, .ours = pair[1], .asked = *asked};
  if (keeper >= 0) {
    r->ours = -1;
    give_to_keeper(chip->request_count, pair[1]);
  }
  chip->request_count++;
  asked->fd = pair[0];
  for (unsigned a = 0; a < asked->config.num_attrs; ++a) {
    if (asked->config.attrs[a].attr.id != GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES) continue;
    for (unsigned k = 0; k < asked->num_lines; ++k) show(r, k, (asked->config.attrs[a].attr.values >> k) & 1);
  }
  return 0;
}

static int refused(int error) {
  errno = error;
  return -1;
}

static int values(struct request *r, unsigned long what, struct gpio_v2_line_values *asked) {
  if (r->gone) return refused(ENODEV);
  const int low = (r->asked.config.flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW) != 0;
  for (unsigned k = 0; k < r->asked.num_lines; ++k) {
    if (!(asked->mask >> k & 1)) continue;
    if (what == GPIO_V2_LINE_SET_VALUES_IOCTL) {
      if (chip->jammed[r->asked.offsets[k]]) return refused(EIO);
      show(r, k, (int)(asked->bits >> k & 1));
      continue;
    }
    asked->bits &= ~(1ull << k);
    if (chip->levels[r->asked.offsets[k]] != low) asked->bits |= 1ull << k;
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

/** The request that this descriptor is of, whoever made it. */
static struct request *request_of(int fd) {
  struct stat file;
  if (fstat(fd, &file) != 0 || !S_ISSOCK(file.st_mode)) return NULL;
  for (int i = chip->request_count - 1; i >= 0; --i)
    if (chip->requests[i].theirs == file.st_ino) return &chip->requests[i];
  return NULL;
}

static int answer(int fd, unsigned long what, void *argument) {
  if (what == GPIO_V2_LINE_GET_VALUES_IOCTL || what == GPIO_V2_LINE_SET_VALUES_IOCTL) {
    struct request *r = request_of(fd);
    return r == NULL ? -2 : values(r, what, argument);
  }
  if (fd < 0 || fd >= 256 || !chip_fds[fd]) return -2;
  if (chip->dead) return refused(ENODEV);
  if (what == GPIO_V2_GET_LINE_IOCTL) return take(argument);
  if (what != GPIO_GET_CHIPINFO_IOCTL) return -2;
  *(struct gpiochip_info *)argument = (struct gpiochip_info){.name = "gpiochip0", .label = "fake-chip", .lines = LINES};
  return 0;
}

int ioctl(int fd, unsigned long what, ...) {
  static int (*real)(int, unsigned long, ...);
  if (real == NULL) real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
  va_list more;
  va_start(more, what);
  void *argument = va_arg(more, void *);
  va_end(more);
  if (chip == NULL) return real(fd, what, argument);
  while (chip->hung && what == GPIO_V2_LINE_GET_VALUES_IOCTL) usleep(1000);
  lock_chip();
  const int result = answer(fd, what, argument);
  unlock_chip();
  return result == -2 ? real(fd, what, argument) : result;
}
