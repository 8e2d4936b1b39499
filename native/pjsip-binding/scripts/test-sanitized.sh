#!/usr/bin/env bash
# The loopback suite with PJSIP and the addon built for sanitizers, and the media plane's own tests too: any finding fails
# it. Builds what it needs. Node does not run under the thread sanitizer: there the whole switch runs without it, phones in
# threads of their own around it (threads/main.cc), and the media plane's tests.
#
#   test-sanitized.sh [address|thread|all] [TEST_FILES...]        default: all
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
root=$(cd "$here/../.." && pwd)
case ${1:-} in address | thread | all) what=$1; shift ;; *) what=all ;; esac
cd "$here"
PATH=$(dirname "$(bash "$root/image-build/with-node.sh" -p process.execPath)"):$PATH
export PATH
ava=$(readlink -f "$root/node_modules/.bin/ava")
status=0

media() { # SANITIZER
  printf '— the media plane under %s\n' "$1"
  SANITIZE=$1 PJSIP_PREFIX=$plain node "$ava" --concurrency 1 test/media-plane.test.ts || status=1
}

# Node itself allocates for life: only what the addon loses counts, so reports are read for stacks that name it.
suite() {
  local report tests=("$@")
  report=$(mktemp -d)
  printf '— the loopback suite under address and undefined\n'
  PLANT_SWITCH_ADDON="$here/build/sanitize/switch.node" \
    LD_PRELOAD="$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libubsan.so)" \
    ASAN_OPTIONS="detect_leaks=${DETECT_LEAKS:-0}:abort_on_error=0:halt_on_error=1:log_path=$report/asan" \
    UBSAN_OPTIONS="suppressions=$here/test/ubsan.supp:print_stacktrace=1:halt_on_error=1:log_path=$report/ubsan" \
    node "$ava" --timeout=300s --concurrency "${CONCURRENCY:-1}" "${tests[@]}" || status=1
  for file in "$report"/*; do
    [ -s "$file" ] && grep -q 'switch.node' "$file" || continue
    cat "$file" >&2
    status=1
  done
  rm -rf "$report"
}

# Locks are not judged: PJSIP takes those of dialogs and transactions in any order, on the one thread that runs it.
threads() {
  local build="$here/build/threads"
  printf '— the switch without Node under thread, for %s s\n' "${SECONDS_OF_THREADS:-60}"
  cmake -S "$here/threads" -B "$build" -DPJSIP_PREFIX="$plain" -DSANITIZE=thread >&2 && cmake --build "$build" -j "$(nproc)" >&2 || { status=1; return; }
  TSAN_OPTIONS="detect_deadlocks=0:halt_on_error=0" "$build/switch-threads" "${SECONDS_OF_THREADS:-60}" 8 || status=1
}

plain=$(bash "$here/scripts/build-pjsip.sh" "$root/.tools/pjsip" plain | tail -n 1)
if [ "$what" != thread ]; then
  tests=("$@")
  # The media plane and the fuzzers' short form are programs of their own.
  [ ${#tests[@]} -gt 0 ] || mapfile -t tests < <(find test -name '*.test.ts' ! -name media-plane.test.ts ! -name fuzz.test.ts | LC_ALL=C sort)
  PJSIP_PREFIX=${PJSIP_PREFIX:-$(bash "$here/scripts/build-pjsip.sh" "$root/.tools/pjsip" sanitize | tail -n 1)} bash "$here/scripts/build-addons.sh" sanitize
  suite "${tests[@]}"
  [ $# -gt 0 ] || media address
fi
if [ "$what" != address ] && [ $# -eq 0 ]; then
  threads
  media thread
fi
exit "$status"
