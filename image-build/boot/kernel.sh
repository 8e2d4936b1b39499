#!/usr/bin/env bash
# Makes what the trial boot of the image needs beside the image: kernel.sh OUTPUT_DIRECTORY
# Debian's kernel, and an initrd that puts the root file system (squashfs, with a layer in memory above) and the data
# disk together. Only drivers of a virtual machine are in it: for a rack it is not meant. Needs mmdebstrap, kmod, cpio.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
output=$(mkdir -p "$1" && cd "$1" && pwd)
release=trixie
mirror=${2:?the Debian mirror}
fail() { printf '\033[31m✗\033[0m %s\n' "$*" >&2; exit 1; }
for tool in mmdebstrap modinfo cpio; do command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install mmdebstrap kmod cpio"; done

key=$(cat "$here/kernel.sh" "$here/init" | sha256sum | cut -c1-16)
[ "$(cat "$output/kernel.key" 2>/dev/null)" = "$key" ] && exit 0
rm -f "$output/kernel.key"

work=$(mktemp -d -p "$output" kernel.XXXXXX)
trap 'rm -rf "$work"' EXIT
architecture=$(dpkg --print-architecture)
mmdebstrap --quiet --variant=extract --include="linux-image-$architecture,busybox-static" "$release" "$work/tree" "$mirror" \
  >"$output/kernel.log" 2>&1 || { tail -n 20 "$output/kernel.log" >&2; fail "the kernel could not be fetched"; }
version=$(cd "$work/tree/usr/lib/modules" && ls | head -n 1)
modules="$work/tree/usr/lib/modules/$version/kernel"

initrd="$work/initrd"
mkdir -p "$initrd"/{bin,dev,proc,sys,lower,upper,root,modules}
cp "$work/tree/usr/bin/busybox" "$initrd/bin/busybox"
install -m755 "$here/init" "$initrd/init"

# A module and what it rests on, each once, in the order in which they are to be loaded.
order=()
add() {
  local name=${1//-/_} file dependency
  [[ " ${order[*]} " == *" $name "* ]] && return
  file=$(find "$modules" -name "${name//_/[-_]}.ko*" | head -n 1)
  [ -n "$file" ] || { grep -qE "/${name//_/[-_]}\.ko$" "$work/tree/usr/lib/modules/$version/modules.builtin" && return; fail "the kernel has no $name"; }
  for dependency in $(modinfo -F depends "$file" | tr ',' ' '); do add "$dependency"; done
  order+=("$name")
  case $file in *.xz) xz -dc "$file" >"$initrd/modules/$name.ko" ;; *) cp "$file" "$initrd/modules/$name.ko" ;; esac
}
for module in virtio_pci virtio_blk virtio_net squashfs overlay nf_tables; do add "$module"; done
# ext4 asks for it by what it computes, not by its name; later kernels have it built in.
find "$modules" -name 'crc32c_generic.ko*' | grep -q . && add crc32c_generic
add ext4
printf '%s\n' "${order[@]}" >"$initrd/modules/order"
(cd "$initrd" && find . | LC_ALL=C sort | cpio --quiet -o -H newc | gzip -1) >"$output/initrd.part"
mv "$output/initrd.part" "$output/initrd"
cp "$work/tree/boot/vmlinuz-$version" "$output/kernel"
echo "$key" >"$output/kernel.key"
