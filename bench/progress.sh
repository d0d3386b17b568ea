#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# How a run gets on under kills: from none to hundreds and thousands a second over two workers, for leaves of many milliseconds
# (matrix, quicksort) and beats far longer than the time between two kills. Prints a table, and fails if a cell is not right.
#
# Beside each measured time (over that without kills) stands what a scheduler would take that repeats a whole leaf and a whole
# beat after each kill: exp(rate x (leaf + T)), the expected number of attempts for a stretch of that length; rate: kills a second
# and worker; leaf: measured without kills, a block of matrix as its share of one worker's time, a leaf of quicksort as a sort
# of so many items; T: the beat in force without kills.
#
# Usage: bash bench/progress.sh [--short] [PMBENCH]
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
short=no
[ "${1:-}" = --short ] && { short=yes; shift; }
if [ -z "${1:-}" ]; then
  . "$here/bench/install.sh"
  packages="$packages jq"
  install_packages || exit 1
  build=$here/build-bench
  [ -f "$build/build.ninja" ] || meson setup "$build" "$here" >/dev/null || exit 1
  meson compile -C "$build" >/dev/null || exit 1
fi
pmbench=$(realpath -e "${1:-$build/src/cli/pmbench}") || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0 workers=2

# one ARGUMENTS...: a run; its object in $object, or the cell has failed.
one() {
  object=$("$pmbench" run "$@" --no-serial --json --timeout 10m 2>"$scratch/err")
  local code=$?
  [ $code = 0 ] && [ "$(jq -r .correct <<<"$object")" = true ] && return
  failures=$((failures + 1))
  echo "pmbench run $*: exit code $code: $(tail -n 1 "$scratch/err")" >&2
  object=
}
of() { jq -r "$1" <<<"$object"; }

# leaf WORKLOAD N: of how many ns.
leaf() {
  case $1 in
  fib) echo 0 ;;
  quicksort) one quicksort -n 131072 --procs 1; of .wall_ns ;;
  matrix)
    one matrix -n "$2" --procs 1
    of .wall_ns | awk -v n="$2" '{rows = n < 256 ? n : 256; columns = n < 1024 ? n : 1024; printf "%d", $1 * rows * columns / n / n}' ;;
  esac
}

# cells WORKLOAD N CAPSULE RATE...: a row a rate; the first is 0.
cells() {
  local workload=$1 n=$2 capsule=$3 rate leaf_ns base=0 beat_ns=0
  shift 3
  leaf_ns=$(leaf "$workload" "$n")
  for rate in "$@"; do
    local faults=()
    [ "$rate" = 0 ] || faults=(--fault "kill@$rate")
    one "$workload" -n "$n" --procs $workers --capsule "$capsule" "${faults[@]}"
    if [ -z "$object" ]; then
      echo "| $workload $n | $capsule | $rate | - | NOT RIGHT | | |"
      continue
    fi
    if [ "$rate" = 0 ]; then base=$(of .wall_ns) beat_ns=$(of .beat_ns); fi
    of '"\(.wall_ns) \([.fault_log[] | select(.kind == "kill" and .state != "spared")] | length)"' |
      awk -v what="$workload $n" -v capsule="$capsule" -v rate="$rate" -v base="$base" -v leaf="$leaf_ns" -v beat="$beat_ns" \
          -v workers=$workers '{
        exponent = rate / workers * (leaf + beat) / 1e9
        model = exponent > 20 ? sprintf("e^%.0f", exponent) : sprintf("%.2f", exp(exponent))
        printf "| %s | %s | %s | %s | right | %.2f | %s |\n", what, capsule, rate, $2, $1 / base, model
      }'
  done
}

echo "$(date -u +%Y-%m-%d), $("$pmbench" --version), $(nproc) cores, $workers workers, dram; load of the machine at the beginning: $(cut -d' ' -f1-3 /proc/loadavg)"
echo
echo '| workload | `--capsule` | kills/s | kills | result | time over that without kills | exp(rate x (leaf + T)) |'
echo '|---|---|---|---|---|---|---|'
if [ $short = yes ]; then
  cells matrix 512 beat 0 640
  cells matrix 2048 beat 0 160 640
  cells quicksort 4M beat=20ms 0 1000
  cells fib 38 beat=20ms 0 4000
else
  for n in 512 1024 2048 4096; do cells matrix $n beat 0 20 80 160 320 640; done
  for beat in 100us 1ms 5ms 20ms; do cells quicksort 16M beat=$beat 0 250 1000 4000; done
  for beat in 100us 1ms 5ms 20ms; do cells fib 43 beat=$beat 0 250 1000 4000; done
fi
[ $failures = 0 ] || { echo "$failures cells failed" >&2; exit 1; }
