#!/usr/bin/env bash
# Makes a Debian 12 or 13 machine ready for what is asked: setup.sh run | demo | test | bench | boot
# Debian packages, the pinned Node, npm packages, PJSIP, the addons, the web UI. Idempotent, and quick when nothing changed.
set -euo pipefail
purpose=${1:-run}
cd "$(dirname "$0")/.."
root=$PWD
tools=$root/.tools
stamps=$tools/stamps
node_version=22.23.3

say() { printf '\033[36m▸\033[0m %s\n' "$*"; }
fail() { printf '\033[31m✗\033[0m %s\n' "$*" >&2; exit 1; }

command -v apt-get >/dev/null || fail "this machine has no apt-get: plant-pbx sets itself up on Debian 12 or 13"
case $(uname -m) in x86_64 | aarch64) ;; *) fail "there is no Node $node_version for the processor $(uname -m): take a machine with x86-64 or arm64" ;; esac
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
# Makefiles, node-gyp's among them, take a path apart at such characters.
[[ $root =~ [[:space:]\'\"\`\$\\:\#\&\;\(\)%] ]] && fail "the path of this directory, $root, has a blank or a special character in it, which compilers' makefiles do not take: rename it (letters, digits, dots, hyphens), and start again"
mkdir -p "$stamps" 2>/dev/null && [ -w "$tools" ] || fail "$(id -un) cannot write in $root: clone into a directory of your own"

# One set-up at a time in one tree: npm start and npm test may be typed side by side.
exec 9>"$tools/.lock"
flock -n 9 || { say "another set-up is under way in this directory: waiting for its end"; flock 9; }

wanted_packages() {
  local lists=(run build)
  case $purpose in run) ;; boot) lists+=(boot) ;; *) lists+=(test) ;; esac
  for list in "${lists[@]}"; do cat "image-build/packages/$list.txt"; done | grep -vE '^\s*(#|$)' | sort -u
}

install_packages() {
  local missing=() installed as=()
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' 2>/dev/null | awk '$2=="installed"{print $1}')
  while read -r package; do
    grep -qxF "$package" <<<"$installed" || missing+=("$package")
  done < <(wanted_packages)
  [ ${#missing[@]} -eq 0 ] && return
  [ "$(id -u)" -eq 0 ] || become_root "${missing[@]}"
  say "installing Debian packages: ${missing[*]}"
  : >"$tools/apt.log"
  update_lists
  # A set-up that was ended in the middle of dpkg's work leaves it half done: dpkg finishes it.
  apt install -y --no-install-recommends "${missing[@]}" \
    || { grep -q 'dpkg --configure -a' "$tools/apt.log" && "${as[@]}" dpkg --configure -a >>"$tools/apt.log" 2>&1 9>&- \
      && apt install -y --no-install-recommends "${missing[@]}"; } \
    || { tail -n 20 "$tools/apt.log" >&2; fail "apt-get could not install the Debian packages. $(remedy "$tools/apt.log")"; }
}

become_root() {
  as=(sudo -n)
  sudo -n true 2>/dev/null && return
  command -v sudo >/dev/null && [ -t 0 ] && { as=(sudo); say "sudo may ask for your password, to install Debian packages"; sudo -v && return; }
  local how="Ask an administrator for this line"
  command -v sudo >/dev/null && how="Type 'sudo -v' first, or ask an administrator for this line"
  fail "these Debian packages are missing, and $(id -un) may not install them: $*
  $how; then start again:
    apt-get update && apt-get install -y --no-install-recommends $*"
}

# Fresh machines update themselves in the background: their lock is waited for. Services that a package starts must not keep ours.
apt() { "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@" >>"$tools/apt.log" 2>&1 9>&-; }

# Without the mirror the lists may still be good enough: what is then missing, the installation says.
update_lists() {
  for _ in $(seq 1 100); do
    apt update && return
    tail -n 5 "$tools/apt.log" | grep -q 'Could not get lock' || return 0
    sleep 3
  done
}

# remedy LOG: what to do about what a fetch left in its log.
remedy() {
  if grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|Temporary failure|Could not (resolve|connect)|Failed to fetch|Unable to connect' "$1"; then
    echo "The network is missing: the first start needs Debian's mirror and npm's registry (or a proxy to them, in apt's configuration and ~/.npmrc). Connect this machine and start again"
  elif grep -qE 'ENOSPC|No space left|enough free space' "$1"; then
    echo "The disk is full: make room for 2 GB and start again"
  else
    echo "Mend what it says above and start again (all of it: $1)"
  fi
}

node_home() {
  printf '%s/node/node_modules/node/node_modules/node-linux-%s' "$tools" "$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')"
}

install_node() {
  local home cache=${npm_config_cache:-${HOME:-}/.npm}
  # npm keeps what it fetched in the home directory; where that cannot be written, here.
  { mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null || export npm_config_cache="$tools/npm-cache"
  home=$(node_home)
  if [ "$("$home/bin/node" --version 2>/dev/null)" != "v$node_version" ]; then
    command -v npm >/dev/null || fail "npm is missing: apt-get install npm"
    say "fetching Node $node_version"
    rm -rf "$tools/node"
    mkdir -p "$tools/node"
    printf '{"private":true,"allowScripts":{"node":true}}\n' >"$tools/node/package.json"
    npm install --prefix "$tools/node" --no-audit --no-fund --save-exact "node@$node_version" >"$tools/node.log" 2>&1 \
      || { tail -n 20 "$tools/node.log" >&2; fail "Node could not be fetched. $(remedy "$tools/node.log")"; }
  fi
  export PATH="$home/bin:$PATH" npm_config_nodedir="$home"
}

# done_before NAME FILES…: whether the step ran for just these contents; remembers the new ones for `remember NAME`.
# A step that begins is not done until it is remembered, whatever ends it.
digest_of() { cat "$@" 2>/dev/null | sha256sum | cut -c1-32; }
done_before() { pending=$(digest_of "${@:2}"); [ "$(cat "$stamps/$1" 2>/dev/null)" = "$pending" ] || { rm -f "$stamps/$1"; return 1; }; }
remember() { printf '%s' "$pending" >"$stamps/$1"; }

install_npm_packages() {
  done_before npm package-lock.json package.json && [ -d node_modules ] && return
  say "installing npm packages"
  npm ci >"$tools/npm.log" 2>&1 || { tail -n 20 "$tools/npm.log" >&2; fail "npm ci failed. $(remedy "$tools/npm.log")"; }
  remember npm
}

build_native() {
  local prefix
  prefix=$(native/pjsip-binding/scripts/build-pjsip.sh "$tools/pjsip" plain 2> >(tee "$tools/pjsip.log" >&2) | tail -n 1) \
    || fail "PJSIP could not be built. $(remedy "$tools/pjsip.log")"
  # A compiler that was killed may leave half an object file that looks finished: what it had made is made again.
  [ -e "$stamps/compiling" ] && rm -rf native/pjsip-binding/{build/switch,softphone/build} board/native/build
  say "building the addons, where they changed"
  touch "$stamps/compiling"
  local built=0
  { PJSIP_PREFIX=$prefix bash native/pjsip-binding/scripts/build-addons.sh && bash board/native/build.sh; } >"$tools/addons.log" 2>&1 || built=$?
  rm "$stamps/compiling"
  [ $built -eq 0 ] || { grep -E 'error|Error|FAILED' "$tools/addons.log" | head -n 20 >&2; fail "the addons do not build. $(remedy "$tools/addons.log")"; }
}

build_web_ui() {
  local sources
  mapfile -t sources < <(find web-ui firmware/features -type f \( -path 'web-ui/*' -o -name 'panel.tsx' -o -name 'settings.ts' -o -name 'words.*.ts' \) \
    -not -path '*/node_modules/*' -not -path 'web-ui/dist/*' | LC_ALL=C sort)
  done_before web-ui package-lock.json "${sources[@]}" && [ -e web-ui/dist/index.html ] && return
  say "building the web UI"
  npm run --silent build -w web-ui >"$tools/web-ui.log" 2>&1 || { tail -n 20 "$tools/web-ui.log" >&2; fail "the web UI does not build"; }
  remember web-ui
}

install_packages
install_node
install_npm_packages
build_native
build_web_ui
