#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: a run's end is recorded once, and before its region goes: where the record cannot be written the region waits for
# `resume`, which appends it; and where it was written and the region was not marked any more, it is not appended again.
. "$(dirname "$0")/../lib.sh"

records() { jq -c 'select(.schema == "pmbench-run-1")' "$1/runs.jsonl" 2>/dev/null | wc -l; }
names_once() { check "$said: each run once" equal "$(jq -r '"\(.run_id) \(.session)"' "$1/runs.jsonl" | sort | uniq -d)" ''; }
# kept: the last run's result is right and said, and not lost: the region waits.
kept() {
  ends 1
  says 'finish it with .pmbench resume .*region'
  record_is '.correct == true'
  check "$said: the region is there" test -s region
}
# recorded DIRECTORY COUNT: so many now, all right, each once; and no region any more. recorded_too: the region was to be kept.
recorded() {
  recorded_too "$@"
  check "$said: the region is gone" test ! -e region
}
recorded_too() {
  ends 0
  check "$said: recorded" equal "$(records "$1")" "$2"
  check "$said: all right" equal "$(jq -s 'map(.correct) | all' "$1/runs.jsonl")" true
  names_once "$1"
}

if [ "$own_shm" = yes ]; then
  mkdir disk && mount -t tmpfs -o size=256k none disk
  run run fib -n 20 --no-serial --backend file:region --out disk
  recorded disk 1
  # No room left; then there is.
  dd if=/dev/zero of=disk/fill bs=1k 2>/dev/null
  run run fib -n 21 --no-serial --backend file:region --out disk --json
  kept
  says 'disk/runs.jsonl: No space left on device'
  run resume region --json
  kept
  rm disk/fill
  run resume region --json
  recorded disk 2
  # It becomes read-only under the run.
  rm -f go
  start run spin -n 16 --procs 2 --no-serial --until "$work/go" --backend file:region --out disk --json
  check "$said: workers" soon working "$pid"
  mount -o remount,ro disk
  touch go
  ended
  kept
  says 'disk/runs.jsonl: Read-only file system'
  mount -o remount,rw disk
  run resume region --json
  recorded disk 3
  umount disk
fi
# A limit of files' size that the records have come to.
mkdir small
run run fib -n 20 --no-serial --backend file:region --out small
recorded small 1
head -c $((4 << 20)) /dev/zero | tr '\0' ' ' >>small/runs.jsonl && echo >>small/runs.jsonl
(ulimit -f 4096; exec "$pmbench" run fib -n 21 --no-serial --stack 4KiB --backend file:region --out small --json) >out 2>err
code=$? said='run under ulimit -f'
if [ -e region ]; then
  kept
  says 'small/runs.jsonl: File too large'
  run resume region --json
  ends 0
  check "$said: recorded" equal "$(grep -c '"schema"' small/runs.jsonl)" 2
else
  says 'ulimit -f'
fi

# The power fails after the record, before the region says that it is finished: the state of its header, which stands at 104.
run run fib -n 20 --no-serial --backend file:region --out power --keep
ends 0
run resume region
ends 2
says 'region: its run is over'
printf '\0' | dd of=region bs=1 seek=104 conv=notrunc 2>/dev/null
cp region again
run resume region --json
recorded_too power 1
says 'power/runs.jsonl: has the record of this run already'
record_is '.correct == true'
# The record was torn as well: it is mended, and appended whole.
cp again region
truncate -s -100 power/runs.jsonl
run resume region
recorded_too power 1
says 'its last line was cut off'
# Of an earlier session of that run, it is another end.
cp again region
jq -c '.session = 7' power/runs.jsonl >changed && mv changed power/runs.jsonl
run resume region
recorded_too power 2
# Of another run, too.
cp again region
head -n 1 power/runs.jsonl | jq -c '.run_id = "0123" | .session = 1' >changed && mv changed power/runs.jsonl
run resume region
recorded_too power 2

# A run that crashed has no record, and then one.
run run fib -n 41 --procs 2 --no-serial --backend file:region --fault crash=20ms --out crashed
ends 130
check "$said: none" equal "$(records crashed)" 0
run resume region
recorded crashed 1
check "$said: its session" equal "$(jq .session crashed/runs.jsonl)" 2
finish
