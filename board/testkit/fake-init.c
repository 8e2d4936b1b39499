// What systemd is to the board, for tests on machines without it: fake-init WATCHDOG_MILLISECONDS PRELOAD PROGRAM ARGUMENT…
//
// Starts the program again whenever it ends, kills it when WATCHDOG=1 stays away after READY=1, keeps descriptors that come
// with FDSTORE=1 and hands them to the next run. Keeps the GPIO chip of fake-gpiochip.c, which is preloaded into the
// program, in $FAKE_GPIO: its edges wait in the descriptors while the program is dead. Prints "started PID" for each run.
#include "fake-chip.h"
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { MOST_KEPT = 32, RESTART_MILLISECONDS = 50 };

static struct {
  char name[64];
  int fd;
} kept[MOST_KEPT];
static int kept_count;

static long long now_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/** One datagram; the descriptor that came with it, or -1. Returns its length, 0 when there is none. */
static size_t received(int from, char *text, size_t room, int *fd) {
  struct iovec words = {text, room - 1};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct msghdr message = {.msg_iov = &words, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  const ssize_t length = recvmsg(from, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  *fd = -1;
  const struct cmsghdr *header = length > 0 ? CMSG_FIRSTHDR(&message) : NULL;
  if (header != NULL && header->cmsg_type == SCM_RIGHTS) memcpy(fd, CMSG_DATA(header), sizeof *fd);
  if (length <= 0) return 0;
  text[length] = '\0';
  return (size_t)length;
}

static void forget(const char *name) {
  for (int i = 0; i < kept_count; ++i) {
    if (strcmp(kept[i].name, name) != 0) continue;
    close(kept[i].fd);
    kept[i--] = kept[--kept_count];
  }
}

static void keep(const char *name, int fd) {
  struct stat one, other;
  fstat(fd, &one);
  for (int i = 0; i < kept_count; ++i) {
    fstat(kept[i].fd, &other);
    if (one.st_ino == other.st_ino) {
      close(fd);
      return;
    }
  }
  if (kept_count == MOST_KEPT) abort();
  snprintf(kept[kept_count].name, sizeof kept[0].name, "%s", name);
  kept[kept_count++].fd = fd;
}

/** Above every number that the program is handed. */
static void run(char **command, const char *preload) {
  char names[MOST_KEPT * 64] = "", number[16];
  int high[MOST_KEPT];
  for (int i = 0; i < kept_count; ++i) high[i] = fcntl(kept[i].fd, F_DUPFD_CLOEXEC, 3 + MOST_KEPT);
  for (int i = 0; i < kept_count; ++i) {
    dup2(high[i], 3 + i);
    if (i > 0) strcat(names, ":");
    strcat(names, kept[i].name);
  }
  snprintf(number, sizeof number, "%d", kept_count);
  setenv("LISTEN_FDS", number, 1);
  setenv("LISTEN_FDNAMES", names, 1);
  snprintf(number, sizeof number, "%d", getpid());
  setenv("LISTEN_PID", number, 1);
  setenv("LD_PRELOAD", preload, 1);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  execvp(command[0], command);
  abort();
}

int main(int count, char **words) {
  if (count < 4 || directory() == NULL) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int watchdog = atoi(words[1]);
  char text[4096];
  snprintf(text, sizeof text, "%s/chip", directory());
  const int shared = open(text, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (shared < 0 || ftruncate(shared, sizeof *chip) != 0) abort();
  map_chip(shared, 1);
  const int keeper = bound("keeper"), notify = bound("notify");
  int hands = bound("hands");
  pthread_t thread;
  if (pthread_create(&thread, NULL, obey, &hands) != 0) abort();
  snprintf(text, sizeof text, "%s/notify", directory());
  setenv("NOTIFY_SOCKET", text, 1);
  snprintf(text, sizeof text, "%d000", watchdog);
  setenv("WATCHDOG_USEC", text, 1);
  for (;;) {
    const pid_t pid = fork();
    if (pid == 0) run(words + 3, words[2]);
    printf("started %d\n", pid);
    fflush(stdout);
    long long heard = 0;
    while (waitpid(pid, NULL, WNOHANG) == 0) {
      struct pollfd waiting[2] = {{keeper, POLLIN, 0}, {notify, POLLIN, 0}};
      poll(waiting, 2, 10);
      int fd, index;
      while (received(keeper, text, sizeof text, &fd) > 0) {
        memcpy(&index, text, sizeof index);
        lock_chip();
        chip->requests[index].ours = fd;
        unlock_chip();
      }
      while (received(notify, text, sizeof text, &fd) > 0) {
        const char *name = strstr(text, "FDNAME=");
        if (strstr(text, "READY=1") != NULL || strstr(text, "WATCHDOG=1") != NULL) heard = now_milliseconds();
        if (strncmp(text, "FDSTORE=1", 9) == 0 && name != NULL && fd >= 0) keep(name + 7, fd);
        if (strncmp(text, "FDSTOREREMOVE=1", 15) == 0 && name != NULL) forget(name + 7);
      }
      if (heard > 0 && now_milliseconds() - heard > watchdog) kill(pid, SIGKILL);
    }
    usleep(RESTART_MILLISECONDS * 1000);
  }
}
