#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Purpose: what people write wrong against pmsched.h is refused by the compiler, or by name at the first run on one worker
# without a fault; what looks dangerous and is allowed, is right. Usage: mistakes.sh BUILD-DIRECTORY
set -u
build=$(realpath "$1") here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
compilers=gcc checks=0 failed=0
command -v clang >/dev/null && compilers="gcc clang"
fail() { echo "FAILED: $*"; failed=1; }
make() { "$1" "${@:3}" -w -I"$here/../../src/include" "$here/mistakes.c" -o "$work/$2" "$build/src/libpmsched.a" -lpmem2 -lhwloc -lxxhash -lpthread -lm; }

# is PROGRAM MODE CODE TEXT: how it ends, and what it says.
is() {
  local said code
  said=$("$work/$1" "$2" 2>&1)
  code=$?
  checks=$((checks + 1))
  [ $code = "$3" ] && grep -q -- "$4" <<<"$said" || fail "$1 $2: exit code $code instead of $3: $said"
}
table() {
  is "$1" under_if 0 right
  is "$1" counted 0 right
  is "$1" write 0 right
  is "$1" wrote 0 right
  is "$1" oldest_first 1 'task oldest_first joins a fork that is not the youngest .*line'
  is "$1" oldest_in_loop 1 'task oldest_in_loop joins a fork that is not the youngest .*line'
  is "$1" never_joined 1 'task never_joined returned before it joined all'
  is "$1" calls_it 1 'is not in its table: list every task with PM_ENTRY'
  is "$1" no_room 1 'needs more; give --region-size'
  for mode in write_null write_header write_past write_end; do is "$1" $mode 1 'pm_write: .* not in the program.s data'; done
  for mode in wrote_null wrote_past wrote_long; do is "$1" $mode 1 'pm_wrote: .* not in the program.s data'; done
}
for build_with in "gcc -O1" "gcc -O3" "clang -O2"; do
  set -- $build_with
  [[ " $compilers " = *" $1 "* ]] || continue
  if make "$1" ordinary "$2"; then table ordinary; else fail "$build_with: does not compile"; fi
done
# Optimized too: arrays and addresses are seen there as well; a counter that the optimizer unrolled is none any more.
for build_with in "gcc -O0" "gcc -O2" "clang -O0"; do
  set -- $build_with
  [[ " $compilers " = *" $1 "* ]] || continue
  make "$1" forgetful "$2" -DPM_FORGETFUL || { fail "$build_with, forgetful: does not compile"; continue; }
  table forgetful
  is forgetful calls_that 1 'is not in its table: list every task with PM_ENTRY'
  is forgetful inner_switch 1 'task inner_switch has no place to be resumed at: .*switch'
  caught="address array across_commit scratch_twice"
  [ "$2" = -O0 ] && caught="$caught counter"
  for mode in $caught; do
    checks=$((checks + 1))
    timeout 60 "$work/forgetful" $mode >"$work/said" 2>&1 && fail "$build_with, forgetful: $mode is $(cat "$work/said")"
  done
done

# refused WHAT: does not compile, and the compiler names it.
refused() {
  checks=$((checks + 1))
  if gcc -O2 -I"$here/../../src/include" -x c -c -o /dev/null - 2>"$work/said"; then fail "compiles: $1"
  else grep -q -- "$1" "$work/said" || fail "says something else than '$1': $(head -3 "$work/said")"; fi
}
refused 'PM_BEGIN(one): this is the body of another task' <<'CODE'
#include <pmsched.h>
PM_TASK(int64_t, one, (int64_t n;), (int64_t y;)) { PM_BEGIN(one); PM_CALL(my->y, one, 1); PM_RETURN(my->y); PM_END; }
PM_TASK(int64_t, two, (int64_t n;), (int64_t y;)) { PM_BEGIN(one);
  PM_CALL(my->y, one, 1);
  PM_RETURN(my->y); PM_END; }
CODE
echo "$checks checks with $compilers"
exit $failed
