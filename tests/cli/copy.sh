#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: a copy of a crashed region is a run of its own: it is resumed while the original is, neither disturbs the other, and
# both come out right. A copy made of a region in use is no snapshot: it is said to be damaged, or its result is right.
. "$(dirname "$0")/lib.sh"

right() { [ "$(jq -r '"\(.correct) \(.result)"' <"$1")" = "true $2" ]; }
together=0
for round in 1 2 3 4; do
  "$pmbench" run fib -n 43 --procs 2 --no-serial --json --backend "dram:$work/original" --fault crash=50ms >out 2>err
  check "crashed" test -f original
  cp original copy
  "$pmbench" resume original --procs 1 >first 2>err &
  first=$!
  run resume copy --procs 2
  kill -0 $first 2>/dev/null && together=$((together + 1))
  ends 0
  check "the copy's result" right out 433494437
  wait $first
  check "the original's exit code" test $? = 0
  check "the original's result" right first 433494437
done
check "some of them ran to the end beside each other" test $together -gt 0

for round in 1 2 3; do
  "$pmbench" run fib -n 42 --procs 2 --no-serial --json --backend "dram:$work/live" --capsule beat=1ms >first 2>err &
  first=$!
  sleep 0.1
  cp live torn
  run resume torn --procs 2
  checks=$((checks + 1))
  if [ $code = 0 ]; then right out 267914296 || fail "a torn copy came out wrong"
  else grep -qE 'damaged|over' err || fail "a torn copy is refused without saying why (exit code $code)"; fi
  wait $first
  check "the original does not notice" right first 267914296
  rm -f live torn
done
finish
