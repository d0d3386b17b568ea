#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: with --json, standard output is one whole object a run and nothing else; it has every key of the schema, no number
# that is none, and its parts agree with each other.
. "$(dirname "$0")/../lib.sh"

keys='schema version build_type started_at host argv workload args n procs slots cores pin backend path fs
granularity_requested granularity forced capsule beat_ns settings sched seed rep mode correct result error wall_ns setup_ns check_ns
down_ns serial_ns tasks promotions steal_attempts steals suspends adoptions commits commit_ns stack_bytes lines fences sites
workers pairs bins faults fault_log lost_ns recovery foreign_cpu oversubscribed warnings'

# Every record on stdout, by itself.
sound() {
  check "$said: one line a run" equal "$(wc -l <out)" "$1"
  check "$said: one object a line" equal "$(jq -c 'if type == "object" then 1 else 0 end' out 2>&1 | grep -c '^1$')" "$1"
  for key in $keys; do record_is "has(\"$key\")"; done
  check "$said: no NaN, no infinity" test -z "$(grep -iE '[:,[](-?nan|-?inf)' out)"
  record_is '[.. | numbers | select(. < 0)] == []'
  record_is '.schema == "pmbench-run-1" and (.workload == "fib" or .workload == "spin") and .error == null and .correct == true'
  record_is '.started_at | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$")'
  record_is '(.workers | length) == .procs and .slots >= .procs'
  # Each worker's activities fill the run's time, and no bin lies behind its end.
  record_is '.wall_ns as $wall | [.workers[].time_ns | add | (. - $wall) / $wall | fabs] | max < 0.01'
  record_is '.wall_ns as $wall | [.bins[] | select(.from_ns > $wall)] == []'
  record_is '.pairs as $pairs | [.workers[] | .place as $p | .counts.steals ==
             ([$pairs[] | select(.thief == $p) | .thefts] | add // 0)] | all'
  record_is '.setup_ns > (.check_ns // 0)'
  record_is '([.pairs[].thefts] | add // 0) == .steals and ([.pairs[].adoptions] | add // 0) == .adoptions'
  record_is '. as $r | ["promotions", "steal_attempts", "steals", "suspends", "adoptions", "commits", "commit_ns",
             "stack_bytes", "lines"] | all(. as $k | $r[$k] == ([$r.workers[].counts[$k]] | add))'
  record_is '([.sites[].lines] | add) == .lines'
  record_is '([.bins[].steals] | add) <= .steals and ([.bins[].commits] | add) <= .commits'
  record_is '.faults == ([.fault_log[] | select(.state == "done" or .state == "idle-victim")] | length)'
  record_is '.lost_ns == ([.fault_log[].lost_ns] | add // 0)'
  record_is '. as $r | ["detected_ns", "running_ns", "caught_up_ns"] | all(. as $k |
             $r.recovery[$k].n == ([$r.fault_log[] | select((.state == "done" or .state == "idle-victim") and .[$k] != null)] | length))'
  record_is '[.recovery[] | select(.n > 0 and (.p50 > .p90 or .p90 > .p99 or .p99 > .max))] == []'
  record_is '[.recovery[] | select(.n == 0 and .max != null)] == []'
}

run run fib -n 40 --json
ends 0
check "$said: nothing on stderr" test ! -s err
sound 1
record_is '.argv == ["run", "fib", "-n", "40", "--json"] and .args == "-n 40" and .n == 40 and .seed == 1 and .rep == 0'
record_is '.mode == "timed" and .result == "102334155" and .tasks == 331160281 and .serial_ns > 0 and .check_ns > 0'
record_is '.backend == "dram" and .capsule == "beat" and .beat_ns > 0 and .pin == "compact" and .faults == 0'

run run fib -n 36 --json --runs 3 --warmup 1 --seed 7 --procs 2
ends 0
sound 3
check "$said: rep counts" equal "$(jq -c '[.rep, .seed]' out | tr '\n' ' ')" '[0,7] [1,7] [2,7] '

run run spin --until-faults 20 --json --procs 2 --fault "kill=$(each_ms 15 300)" --no-serial
ends 0
sound 1
record_is '.faults > 0 and .mode == "injured" and .serial_ns == null and .recovery.detected_ns.n > 0 and .lost_ns > 0'
record_is '[.fault_log[] | select(.state == "idle-victim" and (.running_ns != null or .caught_up_ns != null))] == []'
record_is '[.fault_log[].kind] | unique == ["kill"]'

for capsule in fork none beat=3ms; do
  run run fib -n 27 --json --procs 2 --capsule $capsule --no-check
  ends 0
  check "$said: one line" equal "$(wc -l <out)" 1
  record_is ".capsule == \"${capsule%=*}\" and .correct == null and .check_ns == null"
done
record_is '.beat_ns == 3000000 and .settings == "beat=3ms"'
run run fib -n 27 --json --watchdog 50ms --respawn-delay 1500us --stack 131072 --slots 9
record_is '.settings == "watchdog=50ms respawn-delay=1500us stack=128KiB slots=9"'
run run fib -n 27 --json
record_is '.settings == ""'

# A text is whatever it was on the command line, and still JSON.
printf '3\n1\n2\n' >$'in "put"\n.txt'
run run quicksort --input $'in "put"\n.txt' --json
ends 0
record_is '.argv[3] == "in \"put\"\n.txt" and .n == 3'
cp $'in "put"\n.txt' $'in\xff'
run run quicksort --input $'in\xff' --json
ends 0
record_is '.argv | length == 5'

# Without --json: words for people.
run run fib -n 30
ends 0
check "$said: says what it found" grep -q '^fib -n 30: right, 832040$' out
check "$said: no escapes where no terminal is" test -z "$(grep -l $'\033' out err)"
run run fib -n 30 --runs 3 --no-serial
check "$said: a line over all runs" grep -qE '^3 runs, all right: median .* \(.* to .*\)$' out
# Names that are not UTF-8 stay apart, in the record and in the twin that belongs to them, and a crashed run finds its files.
a=$(printf 'a\376') b=$(printf 'b\377') c=$(printf 'a\357\277\275FE')
seq 3000 >"$a"; seq 3 >"$b"; seq 30 >"$c"
mkdir "$(printf 'out\200')"
for name in "$a" "$b" "$c"; do run run quicksort --input "$name" --out "$(printf 'out\200')" --json; ends 0; record .args; done >names
check 'three names' equal "$(sort -u names | grep -c input)" 3
check 'each has its twin' equal "$(jq length "$(printf 'out\200')/serial.json")" 3
seq 300000 -1 1 >"$a"
run run quicksort --input "$a" --output "$b" --out "$(printf 'out\200')" --no-serial --backend file:named --fault crash=1ms
ends 130
run resume named --json
ends 0
record_is '.correct == true'
check 'the output, under its name' equal "$(wc -l <"$b")" 300000
check 'the record, in its place' equal "$(wc -l <"$(printf 'out\200')/runs.jsonl")" 4
check 'one name of it' equal "$(tail -1 "$(printf 'out\200')/runs.jsonl" | jq -r '.argv | map(select(startswith("a"))) | .[0]' | od -An -tx1 | tr -d ' \n')" 61efbfbd46450a
finish
