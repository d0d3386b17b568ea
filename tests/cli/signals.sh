#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: a run that is interrupted leaves no process and no region, except one that the user named or wants to keep; that
# one is finished by the command that the tool names. A run that is killed leaves its region and no worker. A run that is
# stopped and continued is not taken for dead.
. "$(dirname "$0")/lib.sh"

long='run fib -n 50 --procs 2 --no-serial'   # about 20 s: nobody waits for its end
fib42=267914296

# interrupted SIGNAL TARGET ARGUMENTS...: in the middle of a run; TARGET is "group" or "command".
interrupted() {
  local signal=$1 target=$2
  shift 2
  start "$@"
  check "$said: workers" soon 5 working "$pid"
  sleep 0.1
  family=$(family_of "$pid")
  check "$said: a family of four" test "$(wc -w <<<"$family")" -ge 4
  if [ "$target" = group ]; then kill -"$signal" -- "-$pid"; else kill -"$signal" "$pid"; fi
  ended
  said="$said (SIG$signal to the $target)"
  check "$said: no process is left" soon 2 gone $family
}

for signal in INT TERM HUP; do
  for target in group command; do
    interrupted $signal $target $long
    ends 130
    says '^pmbench: interrupted$'
    says_not resume
    check "$said: no region" is_empty "$(left_in_shm "$pid")"
  done
done
interrupted INT group $long --json
ends 130
record_is '.correct == null and .error == "interrupted"'
interrupted INT group run fib -n 50 --procs 2 --no-serial --runs 5 --json
ends 130
check "$said: the other runs are not made" equal "$(wc -l <out)" 1
says '1 of 5 runs were made'

# While the serial twin runs, nothing is there that could be left.
start run fib -n 50
sleep 0.3
kill -INT -- "-$pid"
ended
ends 130
says '^pmbench: interrupted$'
check "$said: no region" is_empty "$(left_in_shm "$pid")"

# resumed_by_advice: runs the command that the tool named, with what more is given.
resumed_by_advice() {
  local region
  region=$(sed -nE 's/^pmbench: finish it with `pmbench resume (.*)`$/\1/p' err)
  check "$said: names the command" test -f "$region"
  cp err err-before
  run resume "$region" --json "$@"
  ends 0
  record_is ".correct == true and .result == \"$fib42\" and .args == \"-n 42\""
}
for where in --keep --backend=dram:"$work/named" --backend=file:"$work/named"; do
  interrupted INT group run fib -n 42 --procs 2 --no-serial "$where"
  ends 130
  says '^pmbench: interrupted$'
  resumed_by_advice
  rm -f named
  rm -f $(left_in_shm "$pid")
done

# --timeout is an interruption too.
begin=$SECONDS
run $long --timeout 300ms --json
ends 130
says 'timeout of 0.3 s is over'
record_is '.correct == null and .wall_ns > 250000000 and .wall_ns < 2000000000'
check "$said: in time" test $((SECONDS - begin)) -lt 5
check "$said: no region" is_empty "$(left_in_shm none)"
run run fib -n 42 --procs 2 --no-serial --timeout 200ms --backend file:named
ends 130
resumed_by_advice --timeout 1m
rm -f named

# SIGKILL to the command, or to its supervisor: no worker outlives them, the region waits.
killed() {
  start run fib -n 42 --procs 2 --no-serial --backend "dram:$work"
  check "$said: workers" soon 5 working "$pid"
  sleep 0.1
  family=$(family_of "$pid")
  if [ "$1" = command ]; then kill -KILL "$pid"; else kill -KILL "$(supervisor_of "$pid")"; fi
  ended
  said="$said (SIGKILL to the $1)"
  check "$said: no process is left" soon 2 gone $family
  check "$said: the region waits" test -f "$(regions .)"
}
killed command
check "$said: killed" test "$code" = 137
run resume "$(regions .)" --json
ends 0
record_is ".correct == true and .result == \"$fib42\" and .down_ns > 0"
check "$said: the region is gone" is_empty "$(regions .)"
killed supervisor
ends 5
says 'supervisor died of signal 9'
resumed_by_advice
check "$said: the region is gone" is_empty "$(regions .)"

# Stopped for longer than the watchdog waits, and continued: nobody is dead.
start run fib -n 42 --procs 2 --no-serial --watchdog 200ms --json
check "$said: workers" soon 5 working "$pid"
family=$(family_of "$pid")
sleep 0.05
begin=$(date +%s%N)
kill -TSTP -- "-$pid"
stopped() { local p; for p in $family; do grep -q '^State:.T' "/proc/$p/status" || return 1; done; }
check "$said: all stop" soon 2 stopped
sleep 0.8
check "$said: all are stopped" stopped
kill -CONT -- "-$pid"
ended
ends 0
check "$said: it took longer" test $(($(date +%s%N) - begin)) -gt 800000000
record_is '.correct == true and .fault_log == [] and ([.workers[].lives] | add) == 2'
record_is '.down_ns > 700000000 and (.warnings | any(test("stopped for")))'
record_is '([.workers[].time_ns | add] | max) < .wall_ns + 50000000'

# A worker that somebody else stops: the watchdog ends it, and says that it was the watchdog.
start run fib -n 44 --procs 2 --no-serial --watchdog 100ms --json
check "$said: workers" soon 5 working "$pid"
sleep 0.05
set -- $(workers_of "$(supervisor_of "$pid")")
kill -STOP "$1"
ended
ends 5
says 'the watchdog ended a worker whose beats stood still.*--watchdog'
record_is '.correct == true and ([.fault_log[] | [.kind, .state]] == [["stop", "unplanned"]])'

# Nothing is committed under none: a worker that dies takes the run with it, at once.
start run fib -n 50 --procs 3 --capsule none --no-serial
check "$said: workers" soon 5 working "$pid"
sleep 0.05
set -- $(workers_of "$(supervisor_of "$pid")")
kill -KILL "$1"
ended
ends 5
says 'a worker died that nobody injured, and with --capsule none nothing was committed'
check "$said: no region" is_empty "$(left_in_shm "$pid")"

# Who ignores SIGCHLD hands that on to what he starts; who has no signal left for a timer hears of it.
said='with SIGCHLD ignored'
(trap '' CHLD; exec timeout 20 "$pmbench" run fib -n 36 --procs 2 --no-serial --fault kill=5ms --json) >out 2>err
code=$?
ends 0
record_is '.correct == true and .faults == 1'
said='with ulimit -i 0'
(ulimit -i 0; exec timeout 20 "$pmbench" run fib -n 36 --procs 2 --no-serial) >out 2>err
code=$?
ends 3
says "no timer for a worker's beats: .*ulimit -i"

finish
