#!/usr/bin/env bash
# Fuzzes whatever reads bytes of strangers, with clang's libFuzzer under the address and undefined-behaviour sanitizers.
# What it learns stays in build/fuzz/corpus; an input that does harm is left in build/fuzz/found.
#
#   fuzz.sh TARGET|all [SECONDS]      or:      fuzz.sh TARGET FILE    (one input again)
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
root=$(cd "$here/../.." && pwd)
target=${1:-} seconds=${2:-60}
out="$here/build/fuzz"
fail() { printf 'fuzz: %s\n' "$*" >&2; exit 1; }

clang=${CXX:-}
for one in clang++ clang++-{22,19,16,15,14}; do
  [ -n "$clang" ] || ! command -v "$one" >/dev/null || clang=$one
done
[ -n "$clang" ] || fail "there is no clang: apt-get install clang and libclang-rt-dev (on Debian 12 libclang-rt-14-dev)"
prefix=${PJSIP_PREFIX:-$(bash "$here/scripts/build-pjsip.sh" "$root/.tools/pjsip" plain | tail -n 1)}

mkdir -p "$out"
CXX=$clang cmake -S "$here/fuzz" -B "$out/build" -DPJSIP_PREFIX="$prefix" -DLIBFUZZER=ON >"$out/build.log" 2>&1 \
  && cmake --build "$out/build" -j "$(nproc)" >>"$out/build.log" 2>&1 || { grep -E 'error|Error' "$out/build.log" >&2; fail "it does not build: $out/build.log"; }

known=$(grep -ohE '\{"[a-z]+", &' "$here"/fuzz/*.cc | grep -oE '[a-z]+' | sort -u)
[ "$target" = all ] || grep -qx -- "$target" <<<"$known" || fail "name one of these, or all: $(tr '\n' ' ' <<<"$known")"

export ASAN_OPTIONS=handle_abort=1:${ASAN_OPTIONS:-} UBSAN_OPTIONS=print_stacktrace=1
fuzz() { # TARGET
  local corpus="$out/corpus/$1" seeds="$out/seeds/$1"
  mkdir -p "$corpus" "$seeds" "$out/found"
  [ "$1" != datagram ] || cp "$here"/test/rfc4475/* "$seeds"
  FUZZ_TARGET=$1 FUZZ_SEEDS=$seeds "$out/build/switch-fuzz" -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$out/found/$1-" "$corpus" "$seeds" 2>"$out/$1.log" \
    || { tail -n 60 "$out/$1.log" >&2; fail "$1: an input does harm; it is in $out/found, and read again by: $0 $1 FILE"; }
  printf '%-10s %s\n' "$1" "$(sed -nE 's/^stat::number_of_executed_units: +/inputs: /p' "$out/$1.log"), $(grep -oE 'DONE +cov: [0-9]+' "$out/$1.log" | tr -s ' ')"
}

if [ -f "$seconds" ]; then
  FUZZ_TARGET=$target exec "$out/build/switch-fuzz" "$seconds"
fi
if [ "$target" = all ]; then for one in $known; do fuzz "$one"; done; else fuzz "$target"; fi
