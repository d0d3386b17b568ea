#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Purpose: what a call costs does not creep up unnoticed. Counts the instructions of fib under valgrind: a count, so it is the
# same on a busy machine. Usage: fast_path.sh BUILD-DIRECTORY. 77: no valgrind.
set -u
build=$1 source=$(cd "$(dirname "$0")/../.." && pwd)
command -v valgrind >/dev/null || { echo "no valgrind here: bench/install.sh names it"; exit 77; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
failed=0

executed() { valgrind --tool=callgrind --callgrind-out-file=/dev/null "$work/fib" "$@" 2>&1 >/dev/null | awk '/Collected/ {print $4}'; }
# most COMPILER LEVEL WAY INSTRUCTIONS: a call of fib, written in that way, executes at most so many.
most() {
  "$1" "$2" -I"$source/src/include" "$source/tests/task/fast_path.c" -o "$work/fib" "$build/src/libpmsched.a" -lpmem2 -lhwloc \
    -lxxhash -lpthread -lm || { failed=1; return; }
  local small large
  small=$(executed "$3" 10) large=$(executed "$3" 20)
  awk -v name="$1 $2 $3" -v small="$small" -v large="$large" -v most="$4" 'BEGIN {
    each = (large - small) / (21891 - 177)                 # calls of fib(20), of fib(10)
    bad = each > most || each < 5
    printf("%s: %.2f instructions a call, at most %s%s\n", name, each, most, bad ? " FAILED" : "")
    exit bad
  }' || failed=1
}
for level in -O1 -O2 -O3; do
  most gcc $level plain 15
  most gcc $level leaf 15
  command -v clang >/dev/null || continue
  most clang $level plain 24
  most clang $level leaf 20.5
done
exit $failed
