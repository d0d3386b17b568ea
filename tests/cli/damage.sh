#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: a region that is cut off under a live run, or changed between two, ends in one line and the exit code of a region that
# cannot be used: never in a signal, never in `right` about another problem, and what is left of the file stays.
. "$(dirname "$0")/../lib.sh"

one_line() { check "$said: one line of error" equal "$(grep -v '^pmbench: warning: ' err | wc -l)" 1; }
is_live() { working "$pid" && [ -s region ] && "$pmbench" inspect region --json 2>/dev/null | jq -e '[.slots[].intent] | index("RUN")'; } >/dev/null

# The command, the supervisor and each worker touch the region at any time.
for backend in dram file emulated; do
  for bytes in 0 4096 100000; do
    start run fib -n 50 --procs 2 --no-serial --slots 3 --stack 8KiB --backend $backend:region --capsule beat=1ms --json
    check "$said: live" soon 60 is_live
    truncate -s $bytes region
    ended
    said="$said, cut off to $bytes bytes"
    ends 2
    says "region: truncated under the run: $bytes bytes of [0-9]+ are left"
    one_line
    check "$said: no record of what was read from nowhere" test ! -s out
    check "$said: what is left stays" equal "$(stat -c %s region)" $bytes
    rm region
  done
done
start run fib -n 50 --procs 2 --no-serial --backend dram:region --fault kill=5ms --capsule beat=1ms
check "$said: live" soon 60 is_live
truncate -s 0 region
ended
ends 2
says 'region: truncated under the run: 0 bytes'
one_line
rm region

# The issue's own examples: two bytes of the description; one byte of a record's reference; a handle; the arguments.
run run fib -n 43 --procs 2 --no-serial --slots 3 --stack 8KiB --backend dram:region --capsule beat=1ms --fault crash=30ms
ends 130
cp region sound
at() { "$pmbench" inspect sound --json | jq ".memory[] | select(.section == \"$1\") | .offset"; }
changed() {                                  # OFFSET TEXT: resume and inspect of it
  cp sound region
  printf "$2" | dd of=region bs=1 seek="$1" conv=notrunc status=none
  check "at $1: something is changed" test "$(cmp -l sound region | wc -l)" -gt 0
  for command in resume inspect; do
    run $command region
    ends 2
    [ $command = inspect ] && [ -s out ] || one_line
    check "$said: nothing is called right" test -z "$(grep -w right out)"
  done
}
note=$(at origin)
digits=$(grep -abo -- '-n 43' sound | head -1 | cut -d: -f1)
check 'the description names the problem' test "${digits:-0}" -gt "$note"
changed $((digits + 3)) 41
run resume region
says 'damaged: its note, its arguments or its table of tasks'
changed $((note + 16384)) '\051'
changed $((note + 16384 + 12287)) '\001'
changed $(($(at tasks) + 5)) x
for byte in $(seq 16 8 96) $(seq 112 8 264); do changed "$byte" '\253'; done      # the header: counts, handles, sums
# One byte of each of a record's words. A slot is eleven lines: its number, two records of five.
slot=$("$pmbench" inspect sound --json | jq '[.slots[] | select(.intent == "RUN")][0] | .slot')
commit=$("$pmbench" inspect sound --json | jq ".slots[$slot].commit")
record=$(($(at slots) + 704 * slot + 64 + 320 * (commit % 2)))
for word in 0 8 12 16 20 24 32 40 44; do changed $((record + word)) '\125'; done
cp sound region
run resume region --fault none --json
ends 0
record_is '.correct == true and .args == "-n 43" and .result == "433494437"'
finish
