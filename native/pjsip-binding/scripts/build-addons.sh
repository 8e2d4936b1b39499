#!/usr/bin/env bash
# Builds the addons `switch` and, where its sources are, `softphone`. Quick when nothing changed.
#
#   PJSIP_PREFIX=... build-addons.sh [plain|sanitize]
#
# The result is build/switch.node (plain) or build/sanitize/switch.node, and softphone/build/softphone.node.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
flavour=${1:-plain}
: "${PJSIP_PREFIX:?the prefix that build-pjsip.sh printed}"

node=$(command -v node) || { echo 'addons: node is not in PATH' >&2; exit 1; }
node_include=$(node -p "require('node:path').resolve(require('node:fs').realpathSync(process.execPath), '../../include/node')")
[ -r "$node_include/node_api.h" ] || { echo "addons: Node's headers are not beside $node" >&2; exit 1; }
napi_include=$(cd "$here" && node -p "require('node-addon-api').include_dir" | sed "s|^\\([^/]\\)|$here/\\1|")

out="$here/build"
options=()
if [ "$flavour" = sanitize ]; then
  out="$here/build/sanitize"
  options=(-DSANITIZE=ON)
fi

build() { # SOURCE_DIR BUILD_DIR ADDON
  local stamp="$2/.configured" key
  key=$( (cat "$1/CMakeLists.txt" "$here/scripts/build-addons.sh"; printf '%s\n' "$PJSIP_PREFIX" "$node_include" "$napi_include" "$flavour") | sha256sum)
  if [ ! -e "$stamp" ] || [ "$(cat "$stamp")" != "$key" ]; then
    rm -rf "$2"
    cmake -G "$(command -v ninja >/dev/null && echo Ninja || echo 'Unix Makefiles')" -S "$1" -B "$2" -DPJSIP_PREFIX="$PJSIP_PREFIX" \
      -DNODE_INCLUDE="$node_include" -DNAPI_INCLUDE="$napi_include" -DCMAKE_JS_INC="$node_include;$napi_include" "${options[@]}" >&2
    printf '%s' "$key" >"$stamp"
  fi
  cmake --build "$2" >&2
  # Renamed into place: a process that has the old file mapped keeps it.
  if ! cmp -s "$2/$3.node" "$out/$3.node"; then
    cp "$2/$3.node" "$out/$3.node.new" && mv "$out/$3.node.new" "$out/$3.node"
  fi
}

mkdir -p "$out"
build "$here" "$out/switch" switch
if [ -e "$here/softphone/CMakeLists.txt" ] && [ "$flavour" = plain ]; then
  bash "$here/softphone/build.sh" >/dev/null
fi
