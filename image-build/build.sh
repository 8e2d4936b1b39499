#!/usr/bin/env bash
# Builds the appliance's root file system (Debian 13) as a squashfs: build.sh [OUTPUT_DIRECTORY]
# Two stages, both made by mmdebstrap: a builder with compilers that makes the addons and the web UI, and the root that
# ships, which has neither compilers nor npm. Needs root, mmdebstrap and squashfs-tools. No Docker, no loop device.
set -euo pipefail
cd "$(dirname "$0")/.."
project=$PWD
output=$(mkdir -p "${1:-.tools/image}" && cd "${1:-.tools/image}" && pwd)
release=trixie
version=$(sed -nE 's/.*"version": "([^"]+)".*/\1/p' package.json | head -n 1)

say() { printf '\033[36m▸\033[0m %s\n' "$*"; }
fail() { printf '\033[31m✗\033[0m %s\n' "$*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || fail "building an image needs root: sudo npm run image"
for tool in mmdebstrap mksquashfs; do command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install mmdebstrap squashfs-tools"; done

list() { for name in "$@"; do cat "image-build/packages/$name.txt"; done | grep -vE '^\s*(#|$)' | sort -u | paste -sd,; }
mirror=$(bash image-build/mirror.sh) || fail "where is Debian to come from?"

work=$(mktemp -d -p "$output" build.XXXXXX)
trap 'umount -q "$work"/builder/{proc,dev} 2>/dev/null || true; rm -rf "$work"' EXIT

# The builder is kept: it changes only with the list of packages.
builder_key=$({ list run build; echo "$release"; } | sha256sum | cut -c1-16)
builder="$output/builder-$builder_key.tar"
if [ ! -e "$builder" ]; then
  say "making the builder (Debian $release)"
  mmdebstrap --quiet --format=tar --variant=minbase --include="$(list run build),npm,ca-certificates" "$release" "$builder.part" "$mirror" >"$output/builder.log" 2>&1 \
    || { tail -n 20 "$output/builder.log" >&2; fail "the builder could not be made"; }
  mv "$builder.part" "$builder"
fi

say "building the firmware inside it"
mkdir "$work/builder"
tar -xf "$builder" -C "$work/builder"
mount -t proc proc "$work/builder/proc"
mount --bind /dev "$work/builder/dev"
mkdir -p "$work/builder/build/plant-pbx/.tools"
git ls-files -z | tar --null -T - -cf - | tar -xf - -C "$work/builder/build/plant-pbx"
# PJSIP is kept too: it knows by itself when it must be built anew.
[ -e "$output/pjsip-$release" ] && cp -a "$output/pjsip-$release" "$work/builder/build/plant-pbx/.tools/pjsip"
cp /etc/resolv.conf "$work/builder/etc/resolv.conf"
# The builder trusts whom this machine trusts: a plant's proxy may sign with an authority of its own.
cp /etc/ssl/certs/ca-certificates.crt "$work/builder/etc/ssl/certs/ca-certificates.crt"
[ -e "$HOME/.npmrc" ] && cp "$HOME/.npmrc" "$work/builder/root/.npmrc"
[ -d /etc/apt/apt.conf.d ] && cp -n /etc/apt/apt.conf.d/*proxy* "$work/builder/etc/apt/apt.conf.d/" 2>/dev/null || true
chroot "$work/builder" env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt bash -c 'cd /build/plant-pbx && bash image-build/setup.sh run && PATH="$(dirname "$(find .tools/node -path "*/bin/node" -path "*node-linux*" | head -n 1)"):$PATH" npm prune --omit=dev --ignore-scripts' \
  >"$output/firmware.log" 2>&1 || { tail -n 30 "$output/firmware.log" >&2; fail "the firmware does not build for $release"; }

tree="$work/builder/build/plant-pbx"
rm -rf "$output/pjsip-$release"
cp -a "$tree/.tools/pjsip" "$output/pjsip-$release"

say "choosing what ships"
ship="$work/ship/usr/lib/plant-pbx"
mkdir -p "$ship/bin"
cp "$(find "$tree/.tools/node" -path '*node-linux*/bin/node' -type f | head -n 1)" "$ship/bin/node"
cp "$tree"/{package.json,LICENSE} "$ship/"
for part in firmware board systemd docs; do cp -a "$tree/$part" "$ship/"; done
mkdir -p "$ship/native/pjsip-binding" "$ship/web-ui"
cp -a "$tree/native/pjsip-binding/"{lib,package.json} "$ship/native/pjsip-binding/"
(cd "$tree" && find native board -name '*.node' -not -path '*/node_modules/*' -not -path '*/obj*' -print0 | tar --null -T - -cf -) | tar -xf - -C "$ship"
cp -a "$tree/web-ui/dist" "$ship/web-ui/"
cp -a "$tree/node_modules" "$ship/"
find "$ship" \( -name '*.test.ts' -o -name '*.test.tsx' -o -name '*.map' -o -name testkit \) -prune -exec rm -rf {} +
find "$ship/node_modules" -type d \( -name deps -o -name obj.target \) -path '*better-sqlite3*' -prune -exec rm -rf {} +
cp -a image-build/root/. "$work/ship/"
install -Dm644 -t "$work/ship/usr/lib/systemd/system" systemd/*.service systemd/*.slice
install -Dm644 systemd/plant-pbx.sysusers "$work/ship/usr/lib/sysusers.d/plant-pbx.conf"
install -Dm644 systemd/plant-pbx.tmpfiles "$work/ship/usr/lib/tmpfiles.d/plant-pbx.conf"
install -Dm644 systemd/60-plant-board.rules "$work/ship/usr/lib/udev/rules.d/60-plant-board.rules"
install -Dm644 systemd/plant-pbx.preset "$work/ship/usr/lib/systemd/system-preset/20-plant-pbx.preset"

say "making the root file system"
mmdebstrap --quiet --format=tar --variant=minbase --include="$(list image)" \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook="copy-in $work/ship/usr $work/ship/etc /" \
  --customize-hook='chroot "$1" systemd-sysusers' \
  --customize-hook='chroot "$1" systemctl preset-all' \
  --customize-hook=': >"$1/etc/machine-id"; rm -f "$1/etc/resolv.conf" "$1/etc/hostname"; echo plant-pbx >"$1/etc/hostname"' \
  --customize-hook="printf 'PRETTY_NAME=\"plant-pbx %s\"\nID=plant-pbx\nID_LIKE=debian\nVERSION_ID=%s\n' $version $version >\"\$1/etc/os-release\"" \
  --customize-hook='touch -r "$1/usr" "$1/etc/.updated" "$1/var/.updated"' \
  "$release" "$work/root.tar" "$mirror" >"$output/root.log" 2>&1 || { tail -n 30 "$output/root.log" >&2; fail "the root file system could not be made"; }
mkdir "$work/root"
tar -xf "$work/root.tar" -C "$work/root"
bash image-build/smoke/check-root.sh "$work/root"
rm -f "$output/root-$version.squashfs"
mksquashfs "$work/root" "$output/root-$version.squashfs" -quiet -no-progress -comp zstd -all-time 0 >/dev/null
say "ready: $output/root-$version.squashfs, $(du -m "$output/root-$version.squashfs" | cut -f1) MB"
