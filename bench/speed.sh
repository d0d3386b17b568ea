#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The table of speeds in the README: builds ours and its peers, measures ratios inside one session, prints Markdown.
# Usage: bash bench/speed.sh [PAIRS]      (20 pairs take about ten minutes)
# Each ratio is the median of interleaved pairs, with the least and the largest. A pair during which others took more than 5 %
# of the cores is measured again, twice at most, and counted as disturbed where that did not help.
set -u
cd "$(dirname "$0")/.."
. bench/install.sh
packages="$packages jq g++ libtbb-dev libopenblas-pthread-dev"
install_packages || exit 1
build=build-bench pairs=${1:-20}
[ -f $build/build.ninja ] || meson setup $build -Dpeers=true >/dev/null || exit 1
meson compile -C $build >/dev/null || exit 1
pmbench=$build/src/cli/pmbench peers=$build/bench/peers scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
: >"$scratch/measured"

# Each measure sets ns, and foreign: what others took meanwhile, in parts per thousand.
ours() {
  local object
  object=$("$pmbench" run "$@" --no-serial --no-check --json 2>/dev/null) || { echo "pmbench run $*: failed" >&2; exit 1; }
  read -r ns foreign < <(jq -r '"\(.wall_ns) \((.foreign_cpu // 0) * 1000 | floor)"' <<<"$object")
}
peer() {
  local line
  line=$("$peers/$1" "${@:2}") || { echo "$*: failed" >&2; exit 1; }
  ns=${line##* } foreign=0
}
twin() { "$pmbench" run "$@" --json 2>/dev/null | jq -r .serial_ns; }

# ratio TITLE A -- B: prints "median (least to largest)" of A's time over B's.
ratio() {
  local first=() second=() into=first i a b try
  for word in "$@"; do
    if [ "$word" = -- ]; then into=second; elif [ $into = first ]; then first+=("$word"); else second+=("$word"); fi
  done
  : >"$scratch/ratios"
  for ((i = 0; i < pairs; i++)); do
    for try in 1 2 3; do
      "${first[@]}"; a=$ns worst=$foreign
      "${second[@]}"; b=$ns
      [ "$foreign" -gt "$worst" ] && worst=$foreign
      [ "$worst" -le 50 ] && break
      sleep 1
    done
    echo "$worst" >>"$scratch/measured"
    echo "$a $b" >>"$scratch/ratios"
  done
  awk '{printf "%.4f\n", $1 / $2}' "$scratch/ratios" | sort -n |
    awk '{v[NR] = $1} END {m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2; printf "%.2f (%.2f to %.2f)", m, v[1], v[NR]}'
}
row() { printf '| %s | %s | %s |\n' "$1" "$2" "$3"; }
twin_fib() { ns=$(twin fib -n 38 --procs 1 --no-check) foreign=0; }
twin_quicksort() { ns=$(twin quicksort -n 10M --procs 1 --no-check) foreign=0; }

echo "Machine: $("$pmbench" doctor | awk '/^machine/ {sub(/^machine +[^,]*, /, ""); print}'), $(nproc) cores; $pairs pairs each; $(date -u +%Y-%m-%d), $("$pmbench" --version)."
echo
echo '| measure | must | median (least to largest) |'
echo '|---|---|---|'
row 'fib 38, one worker, over serial C not inlined' '<= 1.5' "$(ratio ours fib -n 38 --procs 1 -- twin_fib)"
for b in dram emulated:/dev/shm; do
  name=${b%%:*}
  row "\`beat\` over \`none\`, fib 40, $name" '<= 1.02' "$(ratio ours fib -n 40 --procs 1 --backend $b -- ours fib -n 40 --procs 1 --backend $b --capsule none)"
  row "\`beat\` over \`none\`, matrix 1024, $name" '<= 1.02' "$(ratio ours matrix -n 1024 --procs 1 --backend $b -- ours matrix -n 1024 --procs 1 --backend $b --capsule none)"
  [ $name = dram ] && most=1.02 || most=1.15
  row "\`beat\` over \`none\`, quicksort 10 M, $name" "<= $most" "$(ratio ours quicksort -n 10M --procs 1 --backend $b -- ours quicksort -n 10M --procs 1 --backend $b --capsule none)"
done
row 'one worker over two, fib 40' '>= 1.9' "$(ratio ours fib -n 40 --procs 1 -- ours fib -n 40 --procs 2)"
row 'one worker over two, matrix 2048' '>= 1.9' "$(ratio ours matrix -n 2048 --procs 1 -- ours matrix -n 2048 --procs 2)"
row 'one worker over two, quicksort 10 M' '>= 1.75' "$(ratio ours quicksort -n 10M --procs 1 -- ours quicksort -n 10M --procs 2)"
row 'quicksort 10 M, one worker, over its serial twin' '<= 1.3' "$(ratio ours quicksort -n 10M --procs 1 -- twin_quicksort)"
[ -x $peers/quicksort_tbb ] &&
  row 'quicksort 10 M, two workers, over oneTBB `parallel_sort` with two threads' '<= 0.7' "$(ratio ours quicksort -n 10M --procs 2 -- peer quicksort_tbb 10000000 2)"
[ -x $peers/matrix_openblas ] &&
  row 'OpenBLAS with two threads over matrix 2048, two workers' '>= 0.9' "$(ratio peer matrix_openblas 2048 2 -- ours matrix -n 2048 --procs 2)"
while read -r name n median ninety most; do
  case $name in
  adoption) row "SIGKILL to working again, adoption by an idle worker ($n times)" 'p50 <= 1 ms' "$median us (p90 $ninety, p99 $most)" ;;
  respawn) row "SIGKILL to working again, respawn ($n times)" 'p50 <= 3 ms' "$median us (p90 $ninety, p99 $most)" ;;
  exn) row "fault inside the process to working again ($n times)" 'p50 <= 50 us' "$median us (p90 $ninety, p99 $most)" ;;
  esac
done < <("$pmbench" bench recover --json --only running | jq -rs 'def q($p): sort | .[((length - 1) * $p | floor)] / 1000 * 10 | round / 10;
  .[] | select(.n > 0 and .bytes == 67108864 and .procs == (if .fault == "adoption" then 2 else 1 end)) |
  "\(.fault) \(.n) \(.samples | "\(q(0.5)) \(q(0.9)) \(q(0.99))")"')
echo

# Times of one and two workers, each program's median of some runs, as a multiple of the serial one's.
median_of() {
  for ((k = 0; k < 5; k++)); do "$@"; echo "$ns"; done | sort -n | sed -n 3p
}
echo '| time over serial | fib 38: 1, 2 | quicksort 10 M: 1, 2 | matrix 2048: 1, 2 |'
echo '|---|---|---|---|'
fib=$(median_of twin_fib) sort=$(median_of twin_quicksort)
twin_matrix() { ns=$(twin matrix -n 2048 --procs 1 --no-check) foreign=0; }
matrix=$(median_of twin_matrix)
over() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }
pair_of() { echo "$(over "$(median_of "${@:2}" 1)" "$1"), $(over "$(median_of "${@:2}" 2)" "$1")"; }
ours_with() { local procs=${!#}; ours "${@:1:$#-1}" --procs "$procs"; }
row_of_four() { printf '| %s | %s | %s | %s |\n' "$@"; }
row_of_four serial '1 ' '1 ' '1 '
for capsule in none beat fork; do
  row_of_four "pmbench, \`$capsule\`" "$(pair_of "$fib" ours_with fib -n 38 --capsule $capsule)" \
    "$(pair_of "$sort" ours_with quicksort -n 10M --capsule $capsule)" "$(pair_of "$matrix" ours_with matrix -n 2048 --capsule $capsule)"
done
for p in openmp tbb openblas; do
  cell() { if [ -x "$peers/$1_$p" ]; then pair_of "$2" peer "$1_$p" "$3"; else echo -; fi; }
  row_of_four "$(echo $p | sed 's/openmp/OpenMP tasks (gcc)/; s/tbb/oneTBB/; s/openblas/OpenBLAS, threaded/')" \
    "$(cell fib "$fib" 38)" "$(cell quicksort "$sort" 10000000)" "$(cell matrix "$matrix" 2048)"
done
echo
awk '{n++; d += $1 > 50} END {print d + 0, "of", n, "pairs were disturbed by other work on the machine."}' "$scratch/measured"
