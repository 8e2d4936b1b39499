#!/usr/bin/env bash
# Looks at a finished root file system before it ships: check-root.sh ROOT
# The programs start inside it with the libraries it has, the units are sound, and nothing is in it that should not be.
set -euo pipefail
root=$1
node=/usr/lib/plant-pbx/bin/node
fail() { printf '✗ %s\n' "$*" >&2; exit 1; }

chroot "$root" "$node" --version >/dev/null || fail "Node does not start in the image"
for addon in $(cd "$root" && find usr/lib/plant-pbx -name '*.node' -path '*build*' -not -path '*/node_modules/*'); do
  missing=$(chroot "$root" ldd "/$addon" | grep 'not found' || true)
  [ -z "$missing" ] || fail "$addon lacks libraries: $missing"
done
chroot "$root" "$node" -e "require('/usr/lib/plant-pbx/node_modules/better-sqlite3')(':memory:')" || fail "SQLite does not load"
chroot "$root" espeak-ng --version >/dev/null || fail "there is no voice in the image"
for user in plant-board plant-pbx; do grep -q "^$user:" "$root/etc/passwd" || fail "the user $user is missing"; done
for unit in plant-board.service plant-pbx.service; do
  chroot "$root" systemctl is-enabled "$unit" >/dev/null || fail "$unit is not enabled"
done
for tool in gcc npm git; do [ ! -e "$root/usr/bin/$tool" ] || fail "$tool has no place in the image"; done
# The box itself starts in it: board, supervisor, switch, pages.
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
trap 'umount -q "$root/proc" "$root/dev" || true; rm -rf "$root/tmp/check"' EXIT
mkdir -p "$root/tmp/check"
timeout 200 chroot "$root" "$node" /usr/lib/plant-pbx/systemd/launcher.ts --data /tmp/check/data --run /tmp/check/run --host 127.0.0.1 \
  --sip-port 25960 --sip-tls-port 25961 --rtp 42000-42999 --http-port 28943 >"$root/tmp/check/log" 2>&1 &
launcher=$!
for _ in $(seq 1 900); do grep -q 'plant-pbx is ready' "$root/tmp/check/log" && break; kill -0 "$launcher" 2>/dev/null || break; sleep 0.2; done
grep -q 'plant-pbx is ready' "$root/tmp/check/log" || { cut -c1-300 "$root/tmp/check/log" >&2; fail "the box does not start in the image"; }
! grep -q 'SAFE MODE' "$root/tmp/check/log" || fail "the box starts in safe mode in the image"
chroot "$root" "$node" /usr/lib/plant-pbx/firmware/pbx.ts --run /tmp/check/run status >/dev/null || fail "the console of the box does not answer in the image"
kill "$launcher" 2>/dev/null || true
wait "$launcher" || true
# The modules were made ready by this very start, for a file system that nobody can write to later.
[ -n "$(ls "$root"/usr/lib/plant-pbx/.tools/typeless/* 2>/dev/null)" ] || fail "no module was made ready"
umount -q "$root/proc" "$root/dev"
trap - EXIT
rm -rf "$root/tmp/check"
[ -z "$(find "$root/usr/lib/plant-pbx" -name .npmrc)" ] || fail "the builder's npm settings are in the image"
echo "the root file system is sound"
