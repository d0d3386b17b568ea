#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: a copy of a crashed region is a run of its own: it is resumed while the original is, neither disturbs the other, and
# both come out right. A copy made of a region in use is no snapshot: it is said to be damaged, or its result is right.
. "$(dirname "$0")/../lib.sh"

run run spin --json
answer=$(record .result)
right() { [ "$(jq -r '"\(.correct) \(.result)"' <"$1")" = "true $answer" ]; }
for round in 1 2 3 4; do
  run run spin --until told --procs 2 --no-serial --json --backend "dram:$work/original" --fault crash=20ms
  ends 130
  check "crashed" test -f original
  cp original copy
  "$pmbench" resume original --procs 1 >first 2>first.err &
  first=$!
  start resume copy --procs 2
  # Both at work before either may come to its end.
  check "the original's workers" soon working "$first"
  check "the copy's workers" soon working "$pid"
  touch told
  ended
  ends 0
  check "the copy's result" right out
  wait $first
  check "the original's exit code" test $? = 0
  check "the original's result" right first
  rm told
done

# Torn copies: made while two workers commit every millisecond. Whatever such a copy holds, it runs to its end or is refused.
start run fib -n 43 --procs 2 --no-serial --json --backend "dram:$work/live" --capsule beat=1ms
check "workers" soon working "$pid"
for round in 1 2 3; do cp live torn$round 2>/dev/null; done
ended
ends 0
record_is '.correct == true and .result == "433494437"'
for round in 1 2 3; do
  [ -f torn$round ] || continue             # it was over by then
  run resume torn$round --procs 2
  checks=$((checks + 1))
  if [ $code = 0 ]; then [ "$(record '"\(.correct) \(.result)"')" = "true 433494437" ] || fail "a torn copy came out wrong"
  else grep -qE 'damaged|over|too short|not a region' err || fail "a torn copy is refused without saying why (exit code $code)"; fi
done
finish
