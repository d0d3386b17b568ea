#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: on a terminal, one line tells how far a run is, and is gone at its end; elsewhere, no line and no escapes. A
# standard output that cannot take the result is an error.
. "$(dirname "$0")/../lib.sh"

escape=$'\033'
# on_terminal COMMAND: with all three streams on a terminal; what it showed is in $work/shown.
on_terminal() {
  script -qec "stty cols 200; $1" shown </dev/null >/dev/null
  code=$? said="on a terminal: $1"
}
# Long enough for a line of progress, which comes about ten times a second: until a fault at half a second has been logged.
run run spin --json
answer=$(record .result)
long='run spin --until-faults 1 --fault exn=500ms --procs 2 --no-serial'
title='spin -n 64 --leaf 1000 --shape tree --until-faults 1'
export TERM=xterm
on_terminal "$pmbench $long"
ends 0
check "$said: a line of progress" grep -qE "$title: [0-9.]+ m?s, [0-9]+ steals/s, [0-9] live, 0 faults" shown
check "$said: is erased before the result" grep -qE "$escape\[K"$'\r?'"$title: ${escape}\[1;32mright" shown
check "$said: the result is left" grep -qF "$title: $escape"'[1;32mright'"$escape[0m, $answer" shown
check "$said: nothing is written over it" test -z "$(sed -n "/$answer/,\$p" shown | tail -n +2 | grep -v '^Script done' | grep -F "$escape")"
on_terminal "$pmbench run spin --until-faults 2 --fault kill=20ms,700ms --procs 2 --no-serial"
check "$said: counts faults" grep -qE ', [1-9][0-9]* faults' shown
on_terminal "$pmbench $long --runs 2"
check "$said: which run" grep -qE 'run 2 of 2: ' shown

on_terminal "NO_COLOR=1 $pmbench $long"
ends 0
check "$said: no colour" test -z "$(grep -F "$escape"'[1;32m' shown)"
check "$said: the result" grep -q "$title: right, $answer" shown
on_terminal "TERM=dumb $pmbench $long"
check "$said: no escapes" test -z "$(grep -F "$escape" shown)"
check "$said: no progress" test -z "$(grep steals/s shown)"
on_terminal "$pmbench $long 2>err"
check "$said: no progress in a file" test ! -s err
on_terminal "$pmbench $long --json >out"
check "$said: progress beside --json" grep -q steals/s shown
record_is '.correct == true'
check "$said: no escapes in it" test -z "$(grep -F "$escape" out)"
run $long
ends 0
check "$said: neither progress nor escapes" test ! -s err -a -z "$(grep -F "$escape" out)"

# A wide title on a narrow terminal stays on one line.
on_terminal "stty cols 40; $pmbench $long"
tr '\r' '\n' <shown | grep steals/s | sed "s/$escape\[K//g" >lines
check "$said: a line of progress" test -s lines
check "$said: within the line" not grep -E '.{40}' lines

# Where the result cannot go.
for arguments in 'run fib -n 20' 'run fib -n 20 --json' 'list' '--help' '--version' 'run --help' 'doctor'; do
  "$pmbench" $arguments >/dev/full 2>err
  code=$? said="pmbench $arguments >/dev/full"
  ends 1
  says '^pmbench: standard output: cannot be written'
  "$pmbench" $arguments >&- 2>err
  code=$? said="pmbench $arguments >&-"
  ends 1
  says '^pmbench: standard output: cannot be written'
  left=$(left_in_shm none)
  if [[ $arguments != *--json ]]; then check "$said: no region" is_empty "$left"
  else for region in $left; do run resume "$region"; ends 0; record_is .correct; done; fi
done
check 'no region' is_empty "$(left_in_shm none)"
# A reader that leaves ends nothing but the reading: the record in --out is whole.
"$pmbench" run spin --until-faults 1 --fault exn=100ms --procs 2 --no-serial --runs 3 --json --out results 2>err | head -c 1 >/dev/null
code=${PIPESTATUS[0]} said='a reader that leaves'
ends 0
check "$said: nobody is told" test ! -s err
check "$said: the records are kept" equal "$(jq -c .correct results/runs.jsonl | tr '\n' ' ')" 'true true true '
# Everything closed: the region does not become anybody's stream, and what was asked for is done.
"$pmbench" run fib -n 20 --procs 3 --no-serial --backend file:closed --keep --fault kill@0.01 <&- >&- 2>&-
check 'all streams closed: the region is sound' "$pmbench" inspect closed >inspected
rm -f closed
"$pmbench" run fib -n 20 --no-serial --out results <&- >&- 2>&-
check 'all streams closed' equal $? 1
check 'all streams closed: nothing is damaged' equal "$(jq -c .correct results/runs.jsonl | tr '\n' ' ')" 'true true true true '
finish
