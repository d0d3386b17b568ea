#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: a region that a killed run left is named by the next run, and removed by --clean, which removes nothing else: no
# region in use, none that somebody wanted kept, nobody else's file.
. "$(dirname "$0")/../lib.sh"

mkdir shm
# orphan: a run that is killed in the middle; then $orphan.
orphan() {
  start run spin --until never --procs 1 --no-serial --backend "${1:-dram:shm}"
  check "$said: workers" soon working "$pid"
  family=$(family_of "$pid")
  kill -KILL "$pid"
  ended
  check "$said: no process is left" soon gone $family
  orphan=$(find shm /dev/shm -name "pmbench-spin-$pid-*.region")
  check "$said: a region is left" test -f "$orphan"
}
orphan
first=$orphan
orphan
second=$orphan
cut=shm/pmbench-fib-4194303-abcdef.region    # cut off while it was made
printf pmmaking >"$cut"
truncate -s 1M "$cut"
# Whose process number is in the name says nothing: in a container it was 1, and this one is in use again.
one=shm/pmbench-fib-1-abcdef.region again=shm/pmbench-fib-$$-abcdef.region
cp "$cut" "$one" && cp "$cut" "$again"
empty=shm/pmbench-fib-4194298-abcdef.region  # its maker ended before it locked it; or is about to
touch "$empty"
half=shm/pmbench-0123456789abcdef.removed    # whoever removed it ended halfway
cp "$cut" "$half"
start run spin --until never --procs 1 --no-serial --backend dram:shm
check "$said: workers" soon working "$pid"
live=$(regions shm | grep -e "-$pid-") live_pid=$pid
run run fib -n 20 --procs 1 --no-serial --backend dram:shm --keep --json
kept=$(record .path)
check 'a region that was to be kept' test -f "$kept"

declare -a others=(shm/pmbench-notes.region shm/pmbench-my-4194303-data.region shm/pmbench-a-b-abcdef.region
  shm/pmbench-fib-4194303-abcdef.region.bak shm/xpmbench-fib-4194303-abcdef.region shm/other.txt)
for file in "${others[@]}"; do echo mine >"$file"; done
echo 'not a region at all' >shm/pmbench-fib-4194302-abcdef.region
others+=(shm/pmbench-fib-4194302-abcdef.region)
mkdir shm/pmbench-fib-4194301-abcdef.region
ln -s "$PWD/shm/other.txt" shm/pmbench-fib-4194300-abcdef.region
others+=(shm/pmbench-fib-4194301-abcdef.region shm/pmbench-fib-4194300-abcdef.region)
if [ "$(id -u)" = 0 ] && chown 1 shm/pmbench-notes.region; then
  cp "$cut" shm/pmbench-fib-4194299-abcdef.region && chown 1 shm/pmbench-fib-4194299-abcdef.region
  others+=(shm/pmbench-fib-4194299-abcdef.region)
fi

quick='run fib -n 20 --procs 1 --no-serial --backend dram:shm'
run $quick
ends 0
says 'warning: [1-9][0-9]* regions left by earlier crashes: .*pmbench resume REGION.*--clean'
for region in "$first" "$second" "$cut" "$one" "$again" "$half"; do check "$said: names it" grep -qF "$region" err; done
for file in "$live" "$kept" "$empty" "${others[@]}"; do check "$said: does not name it" test -z "$(grep -F "$file" err)"; done
check "$said: once" equal "$(grep -c 'left by' err)" 1
run $quick --runs 2 --warmup 1
check "$said: once" equal "$(grep -c 'left by' err)" 1

run run "--clean=$work/nowhere"
ends 2
says 'clean=.*/nowhere: No such file'
run run --clean=shm/other.txt
ends 2
says 'clean=shm/other.txt: Not a directory'
check 'nothing is removed yet' test -f "$first" -a -f "$second"

# What is named can be finished instead, and is gone then.
run resume "$second" --timeout 100ms
ends 130
check 'it waits on' test -f "$second"

if [ $own_shm = yes ]; then                  # --clean looks at /dev/shm too: never where others' runs are
  orphan dram
  run $quick --clean --json
  ends 0
  for region in "$first" "$second" "$cut" "$one" "$again" "$empty" "$half" "$orphan"; do
    says "^pmbench: removed $region$"
    check "$said: $region is gone" test ! -e "$region"
  done
  record_is '.correct == true'
  for file in "$live" "$kept" "${others[@]}"; do check "$said: it is still there" test -e "$file" -o -L "$file"; done
  check 'the live run goes on' working "$live_pid"
  run $quick
  says_not 'left by'
  run run --clean=shm
  ends 0
  check "$said: nothing to say" test ! -s err
fi
kill -INT -- "-$live_pid"
wait "$live_pid"
check 'the live run was interrupted in order' equal $? 130
finish
