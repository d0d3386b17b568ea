#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: what happened to a run is told - a real signal in a worker that nobody injected - by a warning, the log of faults, the
# exit code, and the record's mode; whether the worker survived it or not.
. "$(dirname "$0")/../lib.sh"

# Real signals from outside: in task code a worker survives them, in the scheduler it dies.
for signal in SEGV BUS FPE ILL KILL; do
  start run fib -n 44 --procs 2 --no-serial --json
  check "$said: workers" soon 20 working "$pid"
  begun() { ! grep -q '^SigCgt:.*0000000000000000' "/proc/$1/status"; }   # its handlers stand
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

finish
