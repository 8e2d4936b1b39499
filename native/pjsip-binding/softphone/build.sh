#!/usr/bin/env bash
# Builds the softphone addon into softphone/build/softphone.node. Quick when nothing changed. Needs PJSIP_PREFIX.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${PJSIP_PREFIX:?softphone: set PJSIP_PREFIX to what scripts/build-pjsip.sh printed}"
out="$here/build"

# node's own resolution finds the header packages wherever the workspace hoisted them.
headers=$(cd "$here" && node -p "[require('node-api-headers').include_dir, require('node-addon-api').include_dir].join(';')")
stamp="$PJSIP_PREFIX|$headers|$(g++ -dumpfullversion)|$(cksum <"$here/CMakeLists.txt")"
if [ "$(cat "$out/.stamp" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$out"
  mkdir -p "$out"
  cmake -S "$here" -B "$out" -DCMAKE_JS_INC="$headers" -DPJSIP_PREFIX="$PJSIP_PREFIX" >"$out/configure.log" 2>&1 ||
    { cat "$out/configure.log" >&2; exit 1; }
  printf '%s' "$stamp" >"$out/.stamp"
fi
cmake --build "$out" --parallel "$(nproc)" >"$out/compile.log" 2>&1 || { grep -v '^\[' "$out/compile.log" >&2; exit 1; }
printf '%s\n' "$out/softphone.node"
