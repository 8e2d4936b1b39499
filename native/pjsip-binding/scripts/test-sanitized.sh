#!/usr/bin/env bash
# The loopback suite with PJSIP and the addon built for address and undefined-behaviour sanitizers: any finding fails it.
#
#   PJSIP_PREFIX=<prefix of the sanitize flavour> test-sanitized.sh [TEST_FILES...]
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
"$here/scripts/build-addons.sh" sanitize
cd "$here"
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(test/calls.test.ts test/dialogs.test.ts test/sound.test.ts test/hostile.test.ts test/crash.test.ts)
ava=$(readlink -f "$here/../../node_modules/.bin/ava")
status=0
# Node itself allocates for life: only what the addon loses counts, so leaks are read from stacks that name it.
PLANT_SWITCH_ADDON="$here/build/sanitize/switch.node" \
  LD_PRELOAD="$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libubsan.so)" \
  ASAN_OPTIONS="detect_leaks=${DETECT_LEAKS:-0}:abort_on_error=0:halt_on_error=1:log_path=$report/asan" \
  UBSAN_OPTIONS="suppressions=$here/test/ubsan.supp:print_stacktrace=1:halt_on_error=1:log_path=$report/ubsan" \
  node "$ava" --timeout=180s "${tests[@]}" || status=$?
for file in "$report"/*; do
  [ -s "$file" ] || continue
  grep -q 'switch.node' "$file" || continue
  cat "$file" >&2
  status=1
done
exit "$status"
