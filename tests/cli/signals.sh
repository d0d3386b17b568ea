#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: a run that is interrupted leaves no process, and a region only where it holds a commit, or the user named it or wants
# to keep it; that one is finished by the command that the tool names. A run that is killed leaves its region and no worker. A run that is
# stopped and continued is not taken for dead.
. "$(dirname "$0")/../lib.sh"

long='run spin --until told --procs 2 --no-serial'   # for ever, if nobody tells it
run run spin --json
answer=$(record .result)

# Whether both workers of a command map its region: about to begin, or at work.
at_work() {
  local w n=0
  for w in $(workers_of "$(supervisor_of "$1")"); do grep -q '[.]region\|/named\|/stays' "/proc/$w/maps" 2>/dev/null && n=$((n + 1)); done
  [ $n -ge 2 ]
}
# interrupted SIGNAL TARGET ARGUMENTS...: in the middle of a run; TARGET is "group" or "command".
interrupted() {
  local signal=$1 target=$2
  shift 2
  start "$@"
  check "$said: workers" soon at_work "$pid"
  family=$(family_of "$pid")
  check "$said: a family of four" test "$(wc -w <<<"$family")" -ge 4
  if [ "$target" = group ]; then kill -"$signal" -- "-$pid"; else kill -"$signal" "$pid"; fi
  ended
  said="$said (SIG$signal to the $target)"
  check "$said: no process is left" soon gone $family
}

# What was committed stays and is named, and gets its record when it is over; where nothing was, there is nothing to keep.
kept_if_committed() {
  local left
  left=$(left_in_shm "$1")
  if [ -n "$left" ]; then
    says "^pmbench: finish it with .pmbench resume $left.\$"
    check "$said: no record" is_empty "$(cat out)"
    "$pmbench" inspect "$left" >/dev/null 2>err || fail "$said: the region is not sound"
    rm -f $left
  else
    says_not resume
    record_is '.correct == null'
  fi
}
for signal in INT TERM HUP; do
  for target in group command; do
    interrupted $signal $target $long --json
    ends 130
    says '^pmbench: interrupted$'
    kept_if_committed "$pid"
  done
done
interrupted INT group $long --json --capsule none
ends 130
check "$said: nothing was committed, nothing is kept" is_empty "$(left_in_shm "$pid")"
record_is '.correct == null and .error == "interrupted"'
interrupted INT group $long --runs 5 --json
ends 130
says '1 of 5 runs were made'
kept_if_committed "$pid"

# While the serial twin runs, nothing is there that could be left.
start run fib -n 92                       # years of one process alone
spinning() { [ "$(awk '{ print $14 }' "/proc/$1/stat" 2>/dev/null || echo 0)" -ge 5 ]; }    # of its own CPU time
check "$said: the twin runs" soon spinning "$pid"
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
  touch told
  run resume "$region" --json "$@"
  rm told
  ends 0
  record_is ".correct == true and .result == \"$answer\" and .workload == \"spin\""
}
for where in --keep --backend=dram:"$work/named" --backend=file:"$work/named"; do
  interrupted INT group $long "$where"
  ends 130
  says '^pmbench: interrupted$'
  resumed_by_advice
  rm -f named
  rm -f $(left_in_shm "$pid")
done

# --timeout is an interruption too.
run $long --timeout 300ms --json
ends 130
says 'timeout of 0.3 s is over'
[ -z "$(left_in_shm none)" ] || kept_if_committed none
run $long --timeout 5s --backend file:named
ends 130
resumed_by_advice --timeout 1m
rm -f named

# SIGKILL to the command, or to its supervisor: no worker outlives them, the region waits.
killed() {
  start $long --backend "dram:$work"
  check "$said: workers" soon at_work "$pid"
  family=$(family_of "$pid")
  if [ "$1" = command ]; then kill -KILL "$pid"; else kill -KILL "$(supervisor_of "$pid")"; fi
  ended
  said="$said (SIGKILL to the $1)"
  check "$said: no process is left" soon gone $family
  check "$said: the region waits" test -f "$(regions .)"
}
killed command
check "$said: killed" test "$code" = 137
touch told
run resume "$(regions .)" --json
rm told
ends 0
record_is ".correct == true and .result == \"$answer\""
check "$said: the region is gone" is_empty "$(regions .)"
killed supervisor
ends 5
says 'supervisor died of signal 9'
resumed_by_advice
check "$said: the region is gone" is_empty "$(regions .)"

# Stopped for longer than the watchdog waits, and continued: nobody is dead. (Asleep for four times that: no waiting for
# something, but the time itself is what is tried.)
start $long --watchdog 200ms --json
check "$said: workers" soon at_work "$pid"
family=$(family_of "$pid")
stopped() { local p; for p in $family; do grep -q '^State:.T' "/proc/$p/status" || return 1; done; }
kill -TSTP -- "-$pid"
check "$said: all stop" soon stopped
sleep 0.8
check "$said: all are stopped" stopped
touch told
kill -CONT -- "-$pid"
ended
rm told
ends 0
record_is '.correct == true and .fault_log == [] and ([.workers[].lives] | add) == 2'
record_is '.down_ns > 700000000 and (.warnings | any(test("stopped for")))'

# A worker that somebody else stops: the watchdog ends it, and says that it was the watchdog.
start $long --watchdog 100ms --json
check "$said: workers" soon at_work "$pid"
set -- $(workers_of "$(supervisor_of "$pid")")
kill -STOP "$1"
check "$said: it is ended" soon gone "$1"
touch told
ended
rm told
ends 5
says 'the watchdog ended a worker whose beats stood still.*--watchdog'
record_is '.correct == true and ([.fault_log[] | [.kind, .state]] == [["stop", "unplanned"]])'

# Nothing is committed under none: a worker that dies takes the run with it.
start ${long/procs 2/procs 3} --capsule none
check "$said: workers" soon at_work "$pid"
set -- $(workers_of "$(supervisor_of "$pid")")
kill -KILL "$1"
ended
ends 5
says 'a worker died that nobody injured, and with --capsule none nothing was committed'
check "$said: no region" is_empty "$(left_in_shm "$pid")"

# Who ignores SIGCHLD hands that on to what he starts; who has no signal left for a timer hears of it.
said='with SIGCHLD ignored'
(trap '' CHLD; exec timeout 300 "$pmbench" run spin --until-faults 1 --procs 2 --no-serial --fault kill=5ms --json) >out 2>err
code=$?
ends 0
record_is '.correct == true and .faults == 1'
said='with ulimit -i 0'
(ulimit -i 0; exec timeout 300 "$pmbench" run fib -n 36 --procs 2 --no-serial) >out 2>err
code=$?
ends 3
says "no timer for (a worker's beats|the beats of [0-9]+ workers): .*ulimit -i"

finish
