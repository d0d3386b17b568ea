#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: what --fault asks for happens, is logged as it happened, and the answer stays right; what cannot happen is said.
# Every check of an answer first sees in the log that the fault took place.
. "$(dirname "$0")/lib.sh"

declare -A fib=([30]=832040 [40]=102334155 [42]=267914296 [43]=433494437)
# injured N ARGUMENTS...
injured() {
  n=$1
  shift
  run run fib -n "$n" --no-serial --watchdog 100ms --json "$@"
}
happened() { record_is "[.fault_log[] | select(.kind == \"$1\" and .state == \"done\")] | length >= $2"; }
right() {
  ends 0
  record_is ".correct == true and .result == \"${fib[$n]}\" and .error == null"
}

for kind in kill exn stop hard; do
  injured 42 --procs 2 --fault $kind@30
  happened $kind 1
  record_is "[.fault_log[].kind] | unique == [\"$kind\"]"
  right
  injured 42 --procs 2 --fault $kind=60ms,30ms
  happened $kind 1
  record_is '.fault_log[0] | .when_ns >= 30000000 and .when_ns < 60000000 and .place < 2 and .pid > 1 and .slot >= 0'
  record_is '.fault_log[1].when_ns >= 60000000 and (.fault_log | length) == 2'
  [ $kind = hard ] || happened $kind 2
  right
done
record_is '.fault_log[1].state == "spared" and .faults == 1'

injured 42 --procs 2 --fault kill@30 --fault exn@30 --fault stop=100ms
happened kill 1
happened exn 1
happened stop 1
right

# A worker that is stopped is found by the watchdog and lives again; one that is hard hit does not.
injured 42 --procs 2 --fault stop=30ms
happened stop 1
record_is '.fault_log[0].detected_ns | . > 50000000 and . < 1000000000'
record_is '[.workers[].lives] | add == 3'
right
injured 42 --procs 2 --fault hard=30ms
happened hard 1
record_is '[.workers[].lives] | add == 2'
right

# The last worker is spared, and that is written down.
injured 42 --procs 4 --fault hard=20ms,40ms,60ms,80ms
record_is '[.fault_log[].state] == ["done", "done", "done", "spared"] and .faults == 3'
record_is '[.fault_log[0:3][].place] | unique | length == 3'
right

# Too late: exit code 6, and the answer is right all the same.
injured 30 --procs 2 --fault kill=10s
ends 6
says '1 planned faults? did not happen'
record_is '.correct == true and .faults == 0 and .fault_log == []'
injured 42 --procs 2 --fault kill=30ms,10s --fault exn=20s
happened kill 1
ends 6
says '2 planned faults? did not happen'
record_is '.correct == true and .faults == 1'

# A rate that gave none: a warning.
injured 30 --procs 2 --fault kill@0.01
ends 0
says 'warning: no fault happened: .*higher rate'
record_is '.correct == true and .faults == 0 and (.warnings | length) > 0'
run run fib -n 30 --fault kill@0.01
check "$said: the words say it" grep -q 'faults      0 survived' out

# The same seed injures the same workers; a replay those of the record, whatever the seed.
injured 43 --procs 2 --fault kill=30ms,110ms,190ms,270ms --fault exn=70ms,150ms,230ms --fault hard=350ms --seed 3 --out log
happened kill 4
happened exn 3
happened hard 1
right
check 'one record' equal "$(wc -l <log/runs.jsonl)" 1
log='[.fault_log[] | [.kind, .place]]'
first=$(record "$log")
cp out recorded
check 'both places were hit' equal "$(record '[.fault_log[].place] | unique | length')" 2
for seed in 5 6; do
  injured 43 --procs 2 --seed $seed --fault-replay log/runs.jsonl
  right
  check "--fault-replay, seed $seed: kinds and places" equal "$(record "$log")" "$first"
  record_is ".fault_log | map(.when_ns) | [., $(jq -c '[.fault_log[].when_ns]' recorded)] | transpose |
             map(.[0] - .[1]) | all(. >= 0 and . < 30000000)"
  record_is '.mode == "injured"'
done
injured 43 --procs 2 --seed 6 --fault-replay recorded
check 'what --json printed can be replayed too' equal "$(record "$log")" "$first"

# Faults that outrun the beats end, with a line that names what to turn.
for more in '' '--respawn-delay 10ms'; do
  begin=$SECONDS
  injured 42 --procs 2 --fault kill@5000 --capsule beat=50ms $more
  record_is '.faults > 100 and .complete != true and .correct == null'
  ends 1
  says 'faults outrun the beats: .*lower rate of faults.*--capsule beat'
  check "$said: soon" test $((SECONDS - begin)) -lt 10
  check "$said: no region" is_empty "$(left_in_shm none)"
done
# While beats that fit the rate get through.
injured 40 --procs 2 --fault kill@400
record_is '.faults > 10'
ends 0

# The fault counters of several runs are each run's own.
injured 40 --runs 2 --warmup 1 --procs 2 --fault kill=20ms
ends 0
check "$said: two records" equal "$(jq -c '[.rep, .faults, .correct]' out | tr '\n' ' ')" '[0,1,true] [1,1,true] '
finish
