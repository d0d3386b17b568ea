#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: our own workloads keep nothing in a C local where they can be resumed: built forgetful (pmsched.h), each is right, with
# one worker and no fault, where every resumption is by the build itself, and with two and kills.
. "$(dirname "$0")/../lib.sh"
for args in "fib -n 16" "quicksort -n 60k" "quicksort -n 60k --dist equal" "quicksort -n 60k --dist zipf" "matrix -n 300"; do
  run run $args --procs 1 --no-serial --pin none --json
  ends 0
  record_is '.correct == true'
done
for workload in fib quicksort matrix; do
  run run $workload -n 30 --procs 2 --no-serial --pin none --json --capsule fork
  ends 0
  record_is '.correct == true'
done
run run spin --until-faults 3 --procs 2 --no-serial --pin none --json --fault kill@100
ends 0
record_is '.correct and ([.fault_log[] | select(.state == "done")] | length) >= 3'
finish
