#!/usr/bin/env bash
# Builds the board's addon into board/native/build/board.node. Quick when nothing changed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out="$here/build"

# node's own resolution finds the header packages wherever the workspace hoisted them.
headers=$(cd "$here" && node -p "[require('node-api-headers').include_dir, require('node-addon-api').include_dir].join(';')")
stamp="$headers|$(g++ -dumpfullversion)|$(cksum <"$here/CMakeLists.txt")"
if [ "$(cat "$out/.stamp" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$out"
  mkdir -p "$out"
  cmake -S "$here" -B "$out" -DCMAKE_JS_INC="$headers" >"$out/configure.log" 2>&1 || { cat "$out/configure.log" >&2; exit 1; }
  printf '%s' "$stamp" >"$out/.stamp"
fi
cmake --build "$out" >"$out/compile.log" 2>&1 || { grep -v '^\[' "$out/compile.log" >&2; exit 1; }
printf '%s\n' "$out/board.node"
