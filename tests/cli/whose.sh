#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: a run works on the file it began with, whatever becomes of that file's name, and removes no other; of two commands
# that want one region, one finishes it, and the other says who does.
. "$(dirname "$0")/../lib.sh"

# Over when $work/go exists.
long="spin -n 64 --procs 2 --no-serial --fault kill@20 --until $work/go"
# others PID: every worker is another process than when `remember` was called for it, so each has opened the region since.
remember() { echo "$(workers_of "$(supervisor_of "$1")")" >"workers.$1"; }
others() {
  local p now
  now=" $(workers_of "$(supervisor_of "$1")")"
  [ -n "${now// /}" ] || return 1
  for p in $(cat "workers.$1"); do case $now in *" $p "*) return 1 ;; esac done
}
# go PID...: all their workers are killed once more, and then they may end.
go() {
  for pid in "$@"; do remember "$pid"; done
  for pid in "$@"; do check 'every worker was started anew' soon others "$pid"; done
  touch go
}
# in_work NAME ARGUMENTS...: a run in the background; its process in $pid, its output in NAME.out and NAME.err.
in_work() {
  local name=$1
  rm -f go
  shift
  "$pmbench" "$@" --json >"$name.out" 2>"$name.err" &
  pid=$!
  said="pmbench $*"
  check "$said: workers" soon working "$pid"
}
# over NAME PID CODE: it ended so. For says and record: its output.
over() {
  wait "$2" 2>/dev/null
  code=$?
  cp "$1.out" out
  cp "$1.err" err
  said="run $1"
  ends "$3"
}
right_after_kills() { record_is ".correct == true and .faults >= 2"; }

# Two live regions change names. Each worker that is started anew has to find its own again.
in_work a run $long --backend file:a
a=$pid
in_work b run $long --backend dram:b --seed 9
b=$pid
a_is=$(stat -c %i a) b_is=$(stat -c %i b)
mv a c && mv b a && mv c b
check 'swapped' equal "$(stat -c %i a b | tr '\n' ' ')" "$b_is $a_is "
go "$a" "$b"
over a "$a" 0
right_after_kills
says "warning: a: renamed while it was in use; it is $work/b now"
record_is ".path == \"$work/b\" and .seed != 9"
over b "$b" 0
right_after_kills
record_is ".path == \"$work/a\" and .seed == 9"
check 'both are gone' test ! -e a -a ! -e b

# The first one to end leaves the other one's file alone.
in_work short run spin -n 64 --procs 1 --no-serial --until "$work/go" --backend file:a
a=$pid
in_work b run spin -n 64 --procs 1 --no-serial --until "$work/never" --backend file:b
b=$pid
mv a c && mv b a && mv c b
b_is=$(stat -c %i a)
touch go
over short "$a" 0
check 'its own is gone' test ! -e b
check 'the other one is there' equal "$(stat -c %i a)" "$b_is"
kill -INT -- "-$b"
over b "$b" 130
says "finish it with .pmbench resume $work/a.$"
rm -f a

# Removed; or replaced, by somebody's letter.
in_work a run $long --backend file:a
a=$pid
rm a
go "$a"
over a "$a" 0
right_after_kills
in_work a run $long --backend file:a
a=$pid
echo 'a letter' >letter && mv -f letter a
go "$a"
over a "$a" 0
right_after_kills
check 'the letter is still there' equal "$(cat a)" 'a letter'
rm a
in_work a run spin -n 64 --procs 1 --no-serial --until "$work/never" --backend file:a
a=$pid
rm a
kill -INT -- "-$a"
over a "$a" 130
says 'warning: a: removed while it was in use; it cannot be kept or resumed'
says_not 'finish it with'

# Its directory is renamed; and when the run is crashed then, the region is named where it is.
mkdir here
in_work a run $long --backend dram:here
a=$pid
mv here there
go "$a"
over a "$a" 0
right_after_kills
check 'nothing is left there' is_empty "$(ls -A there)"
in_work a run spin -n 64 --procs 2 --no-serial --until "$work/go" --backend file:there/a
a=$pid
mv there here
kill -INT -- "-$a"
over a "$a" 130
says "warning: there/a: renamed while it was in use; it is $work/here/a now"
says "finish it with .pmbench resume $work/here/a.$"
touch go
run resume "$work/here/a" --json
ends 0
record_is '.correct == true'
check 'gone' is_empty "$(ls -A here)"

# Kept under its new name.
in_work a run $long --backend file:a --keep
a=$pid
mv a kept
go "$a"
over a "$a" 0
record_is ".path == \"$work/kept\""
run resume kept
ends 2
says 'kept: its run is over'

# A directory by a link; the file itself may be none.
mkdir real && ln -s real link
run run fib -n 41 --procs 2 --no-serial --backend file:link/region --fault crash=20ms
ends 130
says 'finish it with .pmbench resume link/region.$'
check 'it is there' test -f real/region
run resume link/region --json
ends 0
record_is '.result == "165580141"'
check 'gone' is_empty "$(ls -A real)"
touch real/file && ln -s file real/region
run run fib -n 20 --no-serial --backend file:link/region --force
ends 2
says 'link/region: a symbolic link'

# Another name of the same file (a hard link): one region; it is not overwritten under a name that somebody else may need.
in_work a run $long --backend file:a
a=$pid
ln a other
run resume other
ends 2
says 'other: in use by another run'
go "$a"
over a "$a" 0
check 'its name is gone' test ! -e a
run resume other
ends 2
says 'other: its run is over'
ln other third
for force in '' --force; do
  before=$(sha256sum <other)
  run run fib -n 20 --no-serial --backend file:other $force
  ends 2
  says 'other: has other names \(hard links\)'
  check "$said: it is as it was" equal "$(sha256sum <other)" "$before"
done
rm third
run run fib -n 20 --no-serial --backend file:other --keep
ends 0
rm other

# Names that are too long.
part=$(printf 'x%.0s' $(seq 255)) path=$(printf './%.0s' $(seq 1990))
for name in "${part}y" "$part$part" "${path}a${part}${part}" "$part/$part"; do
  run run fib -n 20 --no-serial --backend "file:$name"
  ends 2
  says '(File name too long|too long|No such file)'
  check "$said: one line" equal "$(wc -l <err)" 1
  run resume "$name"
  ends 2
  run inspect "$name"
  ends 2
done
run run fib -n 41 --procs 2 --no-serial --backend "file:$part" --fault crash=20ms
ends 130
run resume "$part"
ends 0
check 'nothing is left' test ! -e "$part"

# inspect and resume of a region in use, many times: it is not disturbed.
in_work a run $long --backend file:a
a=$pid
for i in 1 2 3 4 5; do
  run inspect a
  check "$said: read, or changing too fast to be sound" test "$code" = 0 -o "$code" = 2
done
go "$a"
over a "$a" 0
right_after_kills

# A crashed run goes on by itself while others try to finish it: one does, the other says who; the answer is there once.
won=0 lost=0
for i in 1 2 3 4 5 6; do
  "$pmbench" run fib -n 40 --procs 2 --no-serial --backend file:a --fault crash=20ms,40ms,60ms,80ms --auto-resume --json \
    --out results >a.out 2>a.err &
  pid=$!
  rights=0
  while ! gone "$pid"; do
    run resume a --fault none --json
    [ "$code" != 0 ] || rights=$((rights + 1))
    case $code in 0 | 2) ;; *) fail "$said: exit code $code" ;; esac
  done
  wait "$pid"
  code=$?
  cp a.err err
  said='run --auto-resume, and resume beside it'
  case $code in
  0) rights=$((rights + 1)) won=$((won + 1)) ;;
  2)
    says 'a: another command \(process [0-9]+\) resumed it between two sessions of this run, and (is at work on it|has finished it)'
    check "$said: no record of its own" test ! -s a.out
    lost=$((lost + 1))
    # Whoever has it may still be at it.
    check "$said: the other one ends it" soon test ! -e a
    ;;
  *) ends 0 ;;
  esac
  check "$said: finished once" equal "$rights" 1
  check "$said: recorded once" equal "$(jq -s 'map(select(.correct == true and .result == "102334155")) | length' results/runs.jsonl)" "$i"
done
check 'others came in between' test "$lost" -gt 0

# Where there is no /proc the name is all there is: the run says so when it leads elsewhere.
if [ $own_shm = yes ]; then
  mkdir none
  rm -f go
  without_proc() { unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' x "$@"; }
  without_proc "$pmbench" run spin -n 64 --procs 2 --no-serial --fault kill@20 --until-faults 4 --backend file:none --json >out 2>err
  code=$? said='without /proc'
  ends 0
  right_after_kills
  check "$said: nothing is left" is_empty "$(ls -A none)"
fi
finish
