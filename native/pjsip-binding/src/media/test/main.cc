// Runs the media plane's tests: all, or those of the groups or with the words of a title given; exit code 1 if one failed.
#include <pjlib.h>

#include <cstdio>
#include <cstring>

#include "check.h"

int main(int argc, char **argv) {
  pj_log_set_level(1);
  if (pj_init() != PJ_SUCCESS) return 2;
  int failed = 0, ran = 0;
  for (const auto &test : pbx::media::test::all_tests()) {
    bool wanted = argc == 1;
    for (int i = 1; i < argc; ++i) wanted = wanted || strcmp(argv[i], test.group) == 0 || (strchr(argv[i], ' ') && strstr(test.title, argv[i]));
    if (!wanted) continue;
    ++ran;
    try {
      test.run();
      printf("ok - %s: %s\n", test.group, test.title);
    } catch (const std::exception &error) {
      ++failed;
      printf("not ok - %s: %s\n    %s\n", test.group, test.title, error.what());
    }
    fflush(stdout);
  }
  printf("%d tests, %d failed\n", ran, failed);
  pj_shutdown();
  return failed > 0 || ran == 0 ? 1 : 0;
}
