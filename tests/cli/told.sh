#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: what happened to a run is told, and nothing else. A real signal in a worker that nobody injected: by a warning, the log
# of faults, the exit code, and the record's mode, whether the worker survived it or not. A fault whose signal was refused did not
# happen. A supervisor that somebody stopped does not keep the command from ending. Locks that a death does not pass on are found
# before the run.
# Usage: told.sh PMBENCH DENY
. "$(dirname "$0")/../lib.sh"
deny=$2
case $deny in /*) ;; *) deny=$OLDPWD/$deny ;; esac
[ -x "$deny" ] || { echo "$deny is missing: its path, from the root, is the second argument"; exit 1; }

# Real signals from outside: in task code a worker survives them, in the scheduler it dies.
begun() { ! grep -q '^SigCgt:.*0000000000000000' "/proc/$1/status"; }   # its handlers stand
for signal in SEGV BUS FPE ILL KILL; do
  start run fib -n 44 --procs 2 --no-serial --json
  check "$said: workers" soon 20 working "$pid"
  set -- $(workers_of "$(supervisor_of "$pid")")
  check "$said: handlers" soon 20 begun "$1"
  kill -$signal "$1"
  said="$said, and SIG$signal to a worker"
  ended
  ends 5
  says 'the result is right, but (a worker died that nobody injured|a task met a signal of the machine)'
  says 'warning: nobody injected this: '
  record_is '.correct == true and .mode == "injured" and .faults == 0'
  record_is '([.fault_log[].state] | length >= 1 and all(. == "unplanned"))'
done

# The supervisor is stopped by somebody: the command ends all the same - when it is told to, when its time is over, and when the
# work is done -, and leaves no process behind.
stopped() { grep -q '^State:.T' "/proc/$1/status"; }
stop_the_supervisor() {
  check "$said: workers" soon 20 working "$pid"
  family=$(family_of "$pid")
  kill -STOP "$(supervisor_of "$pid")"
  check "$said: the supervisor is stopped" soon 20 stopped "$(supervisor_of "$pid")"
  said="$said, its supervisor stopped"
}
for signal in INT TERM; do
  start run fib -n 60 --procs 2 --no-serial --backend dram:region --timeout 1h
  stop_the_supervisor
  kill -$signal "$pid"
  ended
  ends 130
  says 'interrupted'
  check "$said, $signal: nobody is left" soon 20 gone $family
  rm -f region
done
start run fib -n 60 --procs 2 --no-serial --backend dram:region --timeout 2s
stop_the_supervisor
ended
ends 130
says 'timeout of 2 s'
check "$said: nobody is left" soon 20 gone $family
check "$said: the region waits" test -f region
rm -f region
start run fib -n 43 --procs 2 --no-serial --json
stop_the_supervisor
ended
ends 0
record_is '.correct == true'
check "$said: nobody is left" soon 20 gone $family

# A worker that somebody stopped, until the watchdog ends it: told, though another adopts its work and ends the run before it is reaped.
both_hold_work() { [ "$("$pmbench" inspect live --json 2>/dev/null | jq '[.slots[] | select(.intent == "RUN")] | length')" = 2 ]; }
start run spin --until "$work/go" --procs 2 --no-serial --json --backend file:live
check "$said: workers" soon 20 working "$pid"
set -- $(workers_of "$(supervisor_of "$pid")")
check "$said: handlers" soon 20 begun "$2"
check "$said: work to adopt" soon 20 both_hold_work
kill -STOP "$2"
check "$said: it is stopped" soon 20 stopped "$2"
touch go
ended
ends 5
says 'warning: nobody injected this: 0 workers died, 1 ended by the watchdog'
record_is '.correct == true and .mode == "injured" and ([.fault_log[] | .kind, .state] == ["stop", "unplanned"])'
rm go

# Signals that are refused: nothing happened, and nothing is said to have.
denied() {
  local calls=$1
  shift
  "$deny" EPERM "$calls" "$pmbench" "$@" >"$work/out" 2>"$work/err"
  code=$?
  said="pmbench $* where $calls is refused"
}
"$deny" EPERM kill true
if [ $? = 0 ]; then
  denied kill run fib -n 40 --procs 2 --no-serial --json --fault kill=1ms,2ms --fault stop=3ms --fault hard=4ms
  ends 6
  says '4 planned faults did not happen'
  record_is '.correct == true and .faults == 0 and ([.fault_log[].state] | all(. == "missed" or . == "spared"))'
  record_is '([.workers[].lives] | add) == 2'
  denied rt_tgsigqueueinfo run fib -n 40 --procs 2 --no-serial --json --fault exn=1ms,2ms
  ends 6
  says '2 planned faults did not happen'
  record_is '.correct == true and .faults == 0 and ([.workers[].counts.restarts] | add) == 0'
  denied kill run fib -n 40 --procs 2 --no-serial --json --fault crash=1ms
  ends 6
  record_is '.correct == true and .faults == 0 and ([.fault_log[].state] == ["missed"])'
  denied pidfd_open run fib -n 40 --procs 2 --no-serial --json --fault kill=1ms
  ends 0
  record_is '.correct == true and .faults == 1'

  # The kernel that knows of no robust locks: before the run, not after the first death.
  for command in "run fib -n 20 --no-serial" doctor; do
    "$deny" ENOSYS set_robust_list,rseq "$pmbench" $command >"$work/out" 2>"$work/err"
    code=$? said="pmbench $command without robust locks"
    ends 3
    says 'does not pass the lock of a process that died on to the next one'
  done
fi

finish
