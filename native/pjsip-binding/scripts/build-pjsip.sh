#!/usr/bin/env bash
# Fetches PJSIP's source from Debian's asterisk source package, signed by Debian's archive key, and builds it
# static into a cache keyed by version and options. Prints the prefix on its last line. Idempotent.
#
#   build-pjsip.sh CACHE_DIR [plain|sanitize]
set -euo pipefail
cache=$(mkdir -p "$1" && cd "$1" && pwd)
flavour=${2:-plain}
here=$(cd "$(dirname "$0")" && pwd)

say() { printf 'pjsip: %s\n' "$*" >&2; }
fail() { printf 'pjsip: %s\n' "$*" >&2; exit 1; }

# Debian's mirror is whatever this machine already uses: the address is read from its apt sources, never written here.
mirror_of_this_machine() {
  local uri
  uri=$(sed -nE 's/^URIs:[[:space:]]*(\S+\/debian\/?)([[:space:]].*)?$/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null | head -n 1)
  [ -n "$uri" ] || uri=$(sed -nE 's/^deb(-src)?[[:space:]]+(\[[^]]*\][[:space:]]+)?(\S+\/debian\/?)[[:space:]].*$/\3/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | head -n 1)
  printf '%s' "$uri"
}

fetch_source() {
  local mirror keyring apt
  mirror=$(mirror_of_this_machine)
  [ -n "$mirror" ] || fail "no Debian mirror in this machine's apt sources: add a line 'deb MIRROR/debian SUITE main' and start again"
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -r "$keyring" ] || fail "Debian's archive keys are missing: install the package debian-archive-keyring"
  apt="$cache/apt"
  mkdir -p "$apt"/{lists/partial,archives/partial,source}
  printf 'deb-src [signed-by=%s] %s sid main\n' "$keyring" "$mirror" >"$apt/sources.list"
  local options=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists"
    -o "Dir::Cache=$apt" -o "Dir::Cache::archives=$apt/archives" -o APT::Get::List-Cleanup=0 -o Acquire::Languages=none
    -o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root -o Acquire::Retries=3)
  say "reading the list of Debian's source packages"
  apt-get "${options[@]}" -qq update >&2
  say "fetching the source package"
  (cd "$apt/source" && apt-get "${options[@]}" -qq source --download-only asterisk >&2)
  local found
  found=$(find "$apt/source" -name '*.orig-Xpjproject.tar.*' ! -name '*.asc' | sort -V | tail -n 1)
  [ -n "$found" ] || fail "Debian's asterisk source package no longer carries PJSIP: put a pjproject 2.17 tar file at $cache/pjproject.tar.xz and start again"
  cp "$found" "$cache/pjproject.tar.xz.part" && mv "$cache/pjproject.tar.xz.part" "$cache/pjproject.tar.xz"
  rm -rf "$apt"
}

[ -s "$cache/pjproject.tar.xz" ] || fetch_source

options=(--enable-epoll --with-external-srtp --with-external-speex --with-external-gsm --enable-libsamplerate
  --disable-ilbc-codec --disable-g7221-codec --disable-libwebrtc --disable-libyuv --disable-video --disable-v4l2
  --disable-ffmpeg --disable-sdl --disable-upnp)
cflags="-O2 -g1 -fPIC -fvisibility=hidden -DNDEBUG"
ldflags=""
if [ "$flavour" = sanitize ]; then
  # Each pool allocation its own malloc, else an overflow inside a pool is invisible.
  cflags="-O1 -g -fPIC -fno-omit-frame-pointer -fsanitize=address,undefined -DNDEBUG -DPJ_POOL_DEBUG=1"
  ldflags="-fsanitize=address,undefined"
fi

key=$( (sha256sum <"$cache/pjproject.tar.xz"; cat "$here/config_site.h" "$here/build-pjsip.sh"; printf '%s' "$flavour"; gcc -dumpfullversion) | sha256sum | cut -c1-16)
prefix="$cache/$flavour-$key"
if [ -e "$prefix/.built" ]; then
  printf '%s\n' "$prefix"
  exit 0
fi

tree="$cache/build-$key"
rm -rf "$tree" "$prefix"
mkdir -p "$tree"
say "unpacking"
tar -xf "$cache/pjproject.tar.xz" -C "$tree" --strip-components=1
cp "$here/config_site.h" "$tree/pjlib/include/pj/config_site.h"
# Debian's tar file lacks this one source that the Makefile names; the device it drives is not built.
[ -e "$tree/pjmedia/src/pjmedia-audiodev/bdimad_dev.c" ] || : >"$tree/pjmedia/src/pjmedia-audiodev/bdimad_dev.c"
cd "$tree"
say "configuring (log: $cache/$flavour.log)"
CFLAGS="$cflags" CXXFLAGS="$cflags" LDFLAGS="$ldflags" ./configure --prefix="$prefix" "${options[@]}" >"$cache/$flavour.log" 2>&1 \
  || { tail -n 20 "$cache/$flavour.log" >&2; fail "configure failed"; }
say "compiling (about a minute and a half on two cores)"
{ make dep && make -j"$(nproc)" lib && make install; } >>"$cache/$flavour.log" 2>&1 \
  || { tail -n 30 "$cache/$flavour.log" >&2; fail "the build failed"; }
touch "$prefix/.built"
cd "$cache" && rm -rf "$tree"
say "ready"
printf '%s\n' "$prefix"
