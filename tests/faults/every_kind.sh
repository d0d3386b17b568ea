#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every workload under every kind of fault, and at least 2000 kills in all: every result right, and every kind shown to have
# happened. Usage: [SEED=N] every_kind.sh PMBENCH
set -u
pmbench=$1
declare -A args=([fib]="-n 42" [quicksort]="-n 8M" [matrix]="-n 2048")
declare -A plan=([kill]="--fault kill@300" [hard]="--fault hard@20" [exn]="--fault exn@300"
                 [stop]="--fault stop@15 --watchdog 50ms" [crash]="--fault crash=20ms,60ms --auto-resume")
declare -A procs=([hard]=4)
wrong=0 kills=0 runs=0

# name, options...: counts the run's kills; one line where it is wrong or its fault did not happen.
run() {
  local name=$1 kind=$2 object
  shift 2
  runs=$((runs + 1))
  object=$("$pmbench" run "$@" --no-serial --json --seed $((${SEED:-0} + runs)) 2>/tmp/every_kind.$$) ||
    { echo "$name: exit code $?: $(tail -1 /tmp/every_kind.$$)"; wrong=$((wrong + 1)); }
  read -r right happened killed < <(jq -r --arg kind "$kind" '[.correct,
    ([.fault_log[] | select(.kind == $kind and (.state == "done" or .state == "idle-victim"))] | length),
    ([.fault_log[] | select(.kind == "kill" and (.state == "done" or .state == "idle-victim"))] | length)] | @tsv' <<<"$object")
  [ "$right" = true ] && [ "${happened:-0}" -gt 0 ] ||
    { echo "$name: correct: $right, $kind happened ${happened:-?} times"; wrong=$((wrong + 1)); }
  kills=$((kills + ${killed:-0}))
  echo "$name: $happened x $kind"
}

for w in $("$pmbench" list workloads | awk '{print $1}'); do
  for kind in kill hard exn stop crash; do
    [ "$w $kind" = "matrix kill" ] && plan[kill]="--fault kill@80"       # a block takes milliseconds
    run "$w under $kind" "$kind" "$w" ${args[$w]} --procs "${procs[$kind]:-2}" ${plan[$kind]}
  done
  run "$w, write-backs forced" kill "$w" ${args[$w]} --procs 2 --backend emulated:/dev/shm --fault kill@100
  run "$w, three kinds at once" exn "$w" ${args[$w]} --procs 3 --fault kill@100 --fault exn@200 --fault stop@5 --watchdog 50ms
done
while [ "$kills" -lt 2000 ] && [ "$runs" -lt 60 ]; do
  run "fib under many kills" kill fib -n 43 --procs 2 --capsule beat=500us --fault kill@1000
done
rm -f /tmp/every_kind.$$
echo "$runs runs, $kills kills, $wrong wrong"
[ "$wrong" = 0 ] && [ "$kills" -ge 2000 ]
