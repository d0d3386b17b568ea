#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: what --fault asks for happens, is logged as it happened, and the answer stays right; what cannot happen is said.
# Every check of an answer first sees in the log that the fault took place.
. "$(dirname "$0")/../lib.sh"

run run spin --json
answer=$(record .result)
# injured N ARGUMENTS...: a run that lasts until N faults were logged.
injured() {
  local n=$1
  shift
  run run spin --until-faults "$n" --no-serial --watchdog 100ms --json "$@"
}
# An exn that comes when its worker holds no work, or is between two, comes to nothing, and that is told: exit code 6.
right() {
  if record_is '.correct == true' && [ "$code" = 6 ] && [ "$(record '[.fault_log[] | select(.kind == "exn" and .state == "missed")] | length > 0')" = true ]; then
    says 'planned faults? did not happen'
  else
    ends 0
    record_is '.error == null'
  fi
  record_is ".result == \"$answer\""
}

for kind in kill exn stop hard; do
  injured 4 --procs 2 --fault $kind@30
  happened $kind 1
  record_is "[.fault_log[].kind] | unique == [\"$kind\"]"
  right
  injured 2 --procs 2 --fault $kind=60ms,30ms
  [ $kind = exn ] || happened $kind $([ $kind = hard ] && echo 1 || echo 2)
  record_is '.fault_log[0] | .when_ns >= 30000000 and .place < 2 and .pid > 1 and .slot >= 0'
  record_is '.fault_log[1].when_ns >= 60000000 and (.fault_log | length) == 2'
  right
done
record_is '.fault_log[1].state == "spared" and .faults == 1'

injured 21 --procs 2 --fault "kill=$(each_ms 8 80)" --fault "exn=$(each_ms 9 90)" --fault stop=100ms
happened kill 1
happened exn 1
happened stop 1
record_is '.lost_ns > 0 and ([.fault_log[] | select(.state == "done" and .running_ns > 0)] | length) > 0'
right

# A worker that is killed or stopped lives again, every time: where it is the only one, the run could not go on without. One
# that meets an exn goes on itself; one that is hard hit does not come back.
injured 5 --procs 1 --fault "kill=$(each_ms 10 50)"
happened kill 5
record_is '([.fault_log[].pid] | unique | length) == 5'
right
injured 1 --procs 1 --fault stop=30ms
happened stop 1
record_is '.fault_log[0].detected_ns > 50000000'
record_is '[.workers[].lives] | add == 2'
right
injured 3 --procs 1 --fault "exn=$(each_ms 10 30)"
record_is '[.workers[].lives] | add == 1'
right
injured 1 --procs 2 --fault hard=30ms
happened hard 1
record_is '[.workers[].lives] | add == 2'
right

# What is listed waits for somebody whom it can hit: nobody lives when the second and the third are due.
injured 3 --procs 1 --respawn-delay 150ms --fault kill=10ms,20ms,30ms
record_is '[.fault_log[].state] | all(. == "done" or . == "idle-victim")'
record_is '.fault_log | length == 3 and .[1].when_ns > 150000000 and .[2].when_ns > 300000000'
right

# The last worker is spared, and that is written down.
injured 4 --procs 4 --fault hard=20ms,40ms,60ms,80ms
record_is '[.fault_log[0:3][].state] | all(. == "done" or . == "idle-victim")'
record_is '.fault_log[3].state == "spared" and (.fault_log | length) == 4 and .faults == 3'
record_is '[.fault_log[0:3][].place] | unique | length == 3'
right

# Too late: exit code 6, and the answer is right all the same.
injured 0 --procs 2 --fault kill=1000s
ends 6
says '1 planned faults? did not happen'
record_is '.correct == true and .faults == 0 and .fault_log == []'
injured 1 --procs 2 --fault kill=1ms,1000s --fault exn=2000s
happened kill 1
ends 6
says '2 planned faults? did not happen'
record_is '.correct == true and .faults == 1'

# A rate that gave none: a warning.
injured 0 --procs 2 --fault kill@0.0001
ends 0
says 'warning: no fault happened: .*higher rate'
record_is '.correct == true and .faults == 0 and (.warnings | length) > 0'
run run spin --fault kill@0.0001
check "$said: the words say it" grep -q 'faults      0 survived' out

# A replay injures whom the record says, whatever the seed. Each fault finds everybody alive again: between two of them is time
# enough for a new worker, many times over.
injured 8 --procs 2 --fault kill=200ms,600ms,1s,1.4s --fault exn=400ms,800ms,1.2s --fault hard=1.6s --seed 3 --out log
answer_of_3=$(record .result)
[ "$code" = 6 ] || ends 0
happened kill 4
happened hard 1
check 'one record' equal "$(wc -l <log/runs.jsonl)" 1
log='[.fault_log[] | [.kind, .place]] | sort' # one that waits for its worker to live again may be overtaken
first=$(record "$log")
cp out recorded
check 'both places were hit' equal "$(record '[.fault_log[].place] | unique | length')" 2
run run spin --until-faults 8 --no-serial --json --procs 2 --seed 6 --fault-replay log/runs.jsonl
[ "$code" = 6 ] || ends 0
check "--fault-replay, seed 6: kinds and places" equal "$(record "$log")" "$first"
record_is ".fault_log | map(.when_ns) | [., $(jq -c '[.fault_log[].when_ns]' recorded)] | transpose | map(.[0] - .[1]) | all(. >= 0)"
record_is '.mode == "injured"'
run run spin --until-faults 8 --no-serial --json --procs 2 --seed 3 --fault-replay recorded
check 'what --json printed can be replayed too' equal "$(record "$log")" "$first"
record_is ".result == \"$answer_of_3\""

# The fault counters of several runs are each run's own.
injured 1 --runs 2 --warmup 0 --procs 2 --fault kill=20ms
ends 0
check "$said: two records" equal "$(jq -c '[.rep, .faults, .correct]' out | tr '\n' ' ')" '[0,1,true] [1,1,true] '
# A warm-up is not injured.
run run fib -n 30 --runs 2 --warmup 1 --procs 2 --fault kill=1us --no-serial --json
check "$said: two records" equal "$(jq -c '[.rep, .faults <= 1, .correct]' out | tr '\n' ' ')" '[0,true,true] [1,true,true] '
finish
