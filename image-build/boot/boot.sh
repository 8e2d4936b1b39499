#!/usr/bin/env bash
# Boots the image in a virtual machine and looks at it from outside: npm run image:boot
# Makes the image first where there is none, which needs root. Needs image-build/packages/boot.txt, as setup.sh boot brings.
set -euo pipefail
cd "$(dirname "$0")/../.."
output=$PWD/.tools/image
version=$(sed -nE 's/.*"version": "([^"]+)".*/\1/p' package.json | head -n 1)
[ -e "$output/root-$version.squashfs" ] || bash image-build/build.sh
bash image-build/boot/kernel.sh "$output/boot" "$(bash image-build/mirror.sh)"
PATH=$PATH:/usr/sbin exec bash image-build/with-node.sh hw-tests/image/boot.ts "$output/root-$version.squashfs" "$output/boot"
