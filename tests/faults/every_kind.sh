#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: every workload under every kind of fault, and at least $KILLS (2000) kills in all: every result right, and every kind
# shown to have happened. The first fault comes a millisecond after the first task, sooner than any of these runs can be over;
# of the others as many come as the run is long, and the list ends, so that the slowest machine has an end of it, too.
# Usage: [SEED=N] [KILLS=N] every_kind.sh PMBENCH
. "$(dirname "$0")/../lib.sh"

declare -A args=([fib]="-n 40" [quicksort]="-n 2M" [matrix]="-n 700" [spin]="--leaf 300k")
declare -A plan=([kill]="--fault kill=$(each_ms 1 60)" [hard]="--procs 4 --fault hard=1ms,2ms,4ms" [exn]="--fault exn=$(each_ms 1 100)"
                 [stop]="--fault stop=1ms,60ms --watchdog 50ms" [crash]="--fault crash=1ms,20ms,40ms --auto-resume")
kills=0 runs=0

# injured KIND ARGUMENTS...: one more run, its kills counted. Exit code 6: over before the list was.
injured() {
  local kind=$1
  shift
  runs=$((runs + 1))
  run run "$@" --no-serial --json --seed $((${SEED:-0} + runs))
  [ "$code" = 6 ] || ends 0
  record_is '.correct == true'
  happened "$kind" 1
  kills=$((kills + $(record '[.fault_log[] | select(.kind == "kill" and (.state == "done" or .state == "idle-victim"))] | length')))
}

for w in fib quicksort matrix spin; do
  for kind in kill hard exn stop crash; do injured $kind $w ${args[$w]} --procs 2 ${plan[$kind]/--procs 4/}; done
  injured kill $w ${args[$w]} --procs 2 --backend "emulated:$work" --fault "kill=$(each_ms 2 60)"
  injured exn $w ${args[$w]} --procs 3 --fault "kill=$(each_ms 3 60)" --fault "exn=$(each_ms 1 60)" --fault stop=10ms --watchdog 50ms
done
injured hard fib -n 40 ${plan[hard]}
# Kills as fast as they come, of one worker and of several, until all of the list have happened.
for procs in 1 2 3 2; do
  [ "$kills" -lt "${KILLS:-2000}" ] || break
  injured kill spin --until-faults 700 --procs $procs --capsule beat=200us --fault "kill=$(each_ms 1 700)"
done
while [ "$kills" -lt "${KILLS:-2000}" ] && [ $failures = 0 ]; do
  injured kill spin --until-faults 700 --procs 2 --fault "kill=$(each_ms 1 700)"
done
echo "$runs runs, $kills kills"
check "enough kills" test "$kills" -ge "${KILLS:-2000}"
finish
