#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: --timeout ends the whole command, whatever it does then - the serial twin, workers, one session after the other -
# with 130 and one line; no process stays, and a region that holds work is kept and finished by the command that is named.
. "$(dirname "$0")/../lib.sh"

late() {
  run "$@"
  ends 130
  says "^pmbench: the timeout of $seconds s is over\$"
  check "$said: said once" equal "$(grep -c timeout err)" 1
}
seconds=0.4
late run fib -n 92 --timeout 400ms            # the twin: years
says_not resume
check "$said: no region" is_empty "$(left_in_shm none)"
late run fib -n 92 --timeout 400ms --runs 3 --warmup 1

seconds=2
late run spin --until told --procs 2 --no-serial --timeout 2s --fault crash@20 --auto-resume --backend "dram:$work/many" --json
check "$said: kept" grep -q "^pmbench: finish it with .pmbench resume $work/many.\$" err
touch told
run resume many --fault none --json
ends 0
record_is '.correct == true'
check 'it had been crashed' happened crash 1
rm -f told

# A run that is not over by then, and those after it.
late run spin --until told --procs 2 --no-serial --timeout 2s --runs 5 --backend "dram:$work/one" --json
says 'of 5 runs were made'
# A resumption has a time of its own, or the run's.
late resume one --timeout 2s
touch told
run resume one --json
ends 0
record_is '.correct == true'
finish
