#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: workers are where --pin wants them, and the record says where; more workers than cores work and are marked.
. "$(dirname "$0")/../lib.sh"

cores=$(nproc) first=$(taskset -cp $$ | sed -E 's/.*: ([0-9]+).*/\1/')
quick='run fib -n 24 --no-serial --json'

# Whether both workers are where they are to be: a worker binds itself before it opens the region.
at_work() {
  local w n=0
  for w in $(workers_of "$(supervisor_of "$pid")"); do grep -q "$work/region" "/proc/$w/maps" 2>/dev/null && n=$((n + 1)); done
  [ $n = 2 ]
}
# A worker's affinity while it works is the core that its record names.
pinned() {
  start run spin --until told --no-serial --json --procs 2 --pin "$1" --backend dram:region
  check "$said: workers" soon at_work
  affinity=
  for worker in $(workers_of "$(supervisor_of "$pid")"); do
    affinity="$affinity $(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$worker/status")"
  done
  touch told
  ended
  rm told
  ends 0
  record_is ".correct == true and .pin == \"$1\" and .procs == 2"
}
for pin in compact scatter "$first"; do
  pinned "$pin"
  check "$said: where the record says" equal "$affinity" " $(record '[.workers[].core | tostring] | join(" ")')"
done
record_is "[.workers[].core] == [$first, $first]"
if [ "$cores" -gt 1 ]; then
  for pin in compact scatter; do
    run $quick --procs 2 --pin $pin
    ends 0
    record_is '[.workers[].core] | unique | length == 2'
  done
fi
pinned none
check "$said: anywhere" test -z "$(echo "$affinity" | tr ' ' '\n' | grep -xE '[0-9]+')" -o "$cores" = 1
record_is '[.workers[].core] == [null, null]'

# What somebody else took of the core.
taskset -c "$first" bash -c 'while :; do :; done' &
spinner=$!
run run spin --until-faults 1 --fault exn=500ms --no-serial --json --procs 1 --pin "$first"
kill "$spinner"
record_is '.foreign_cpu > 0.2'

# What this process was bound to is what there is.
run_bound() { said="taskset, pmbench $*"; taskset -c "$first" "$pmbench" "$@" >out 2>err; code=$?; }
run_bound $quick
ends 0
record_is '.procs == 1 and .cores == 1 and .oversubscribed == false'
for pin in compact none; do
  run_bound $quick --procs 2 --pin $pin
  ends 0
  record_is '.cores == 1 and .oversubscribed == true'
done
run $quick --procs 2 --pin "$first,$first"
ends 0
record_is '.oversubscribed == true'

# Another machine's topology, left in the environment, is not this one's.
run $quick --procs 1
here=$(record .cores)
printf '<topology/>' >machine.xml
for setting in 'HWLOC_SYNTHETIC=pack:1 core:64 pu:1' "HWLOC_XMLFILE=$PWD/machine.xml" HWLOC_COMPONENTS=synthetic HWLOC_FSROOT=/tmp \
  HWLOC_THISSYSTEM=0; do
  export "${setting?}"
  run $quick --procs 1
  ends 0
  says "warning: ${setting%%=*} in the environment is not heeded"
  record_is ".cores == $here and .workers[0].core < 63"
  run $quick --procs 2 --pin 62,63
  [ "$(nproc --all)" -gt 62 ] || ends 2
  unset "${setting%%=*}"
done

# The default: one worker a core. More work too, and are said.
run $quick
ends 0
record_is ".procs == .cores and .slots == ([2 * .procs, .cores, 8] | max) and .oversubscribed == false and .warnings == []"
run $quick --procs $((2 * cores + 1))
ends 0
record_is ".correct == true and .procs == $((2 * cores + 1)) and .oversubscribed == true and (.workers | length) == .procs"
record_is '.warnings | any(test("more workers than cores"))'
says 'warning: more workers than cores'
run run spin --until-faults 4 --no-serial --json --procs $((cores + 2)) --fault kill=10ms,20ms,30ms,40ms
ends 0
record_is '.faults > 0 and .correct == true and .oversubscribed == true'

run $quick --procs 2 --slots 2
ends 0
record_is '.slots == 2 and .procs == 2 and .correct == true'
run $quick --procs 2 --slots 255
ends 0
record_is '.slots == 255 and .correct == true'
run run spin --until-faults 4 --no-serial --json --procs 2 --slots 2 --fault kill=10ms,20ms,30ms,40ms
ends 0
record_is '.faults > 0 and .correct == true'
finish
