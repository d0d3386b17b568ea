#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: spin, which tests wait with, lasts until what it was told has happened, not shorter and not longer; its result is the
# same however long it waited, whatever its shape, and whatever happened to it; and it is offered to nobody.
. "$(dirname "$0")/../lib.sh"

for list in 'list' 'list workloads' '--help' 'run --help'; do
  run $list
  ends 0
  check "$said: not offered" not grep -qw spin out
done
run run spin --help
ends 0
check "$said: its options" grep -q -- '--until-faults N' out

# One result, of every shape, policy, backend, way and number of workers; and another one of other arguments.
results() { for f in "$@"; do jq -r .result "$f"; done | sort -u | wc -l; }
run run spin --json
ends 0
cp out first
for more in '--shape chain' '--shape deep' '--capsule none' '--capsule fork' '--procs 1' '--procs 5' '--way thread' '--backend file:r' \
  '--backend emulated:r'; do
  run run spin --json $more
  ends 0
  check "$said: the same result" equal "$(results first out)" 1
done
for more in '-n 63' '--leaf 999' '--seed 2'; do
  run run spin --json $more
  ends 0
  check "$said: another result" equal "$(results first out)" 2
done

# Until faults: at least as many are in its log, of every kind and over sessions.
for plan in 'kill@300' 'exn@300' 'hard=1ms,2ms,3ms' 'crash=2ms,4ms,6ms --auto-resume' 'crash@100 --auto-resume'; do
  for shape in tree chain deep; do
    run run spin --shape $shape --procs 2 --no-serial --json --until-faults 3 --fault $plan
    ends 0
    record_is '.fault_log | length >= 3'
    check "$said: the same result" equal "$(results first out)" 1
  done
done

# Until commits: each leaf waits for its own.
for n in 1 5; do
  run run spin -n $n --procs 1 --no-serial --json --until-commits 4 --capsule beat=100us
  ends 0
  record_is ".commits >= 4 * $n"
done

# Until a file: not before.
run run spin --no-serial --until told --timeout 50ms
ends 130
start run spin --procs 2 --no-serial --json --until told --backend dram:region
check "$said: workers" soon working "$pid"
check "$said: it waits" test -e "/proc/$pid" -a ! -s out
touch told
ended
ends 0
check "$said: the same result" equal "$(results first out)" 1
run run spin --no-serial --json --until told
ends 0

# Bad arguments.
for bad in '-n 0' '-n x' '--leaf -1' '--shape round' '--until-faults x' '--until-commits 1.5' '--until='; do
  run run spin $bad
  refuses "${bad%%[ =]*}"
done
finish
