#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# --output: what cannot become an ordinary file is refused before the run, by name, and nothing is replaced or lost; what can is
# written whole, also without /proc. The same over the workloads. Usage: output.sh PMBENCH
. "$(dirname "$0")/../lib.sh"
shopt -s nullglob dotglob

printf '3\n1\n2\n' >in
# sorts ARGUMENTS...: a run that writes; multiplies: the other one.
sorts() { run run quicksort --input in --no-serial --procs 1 "$@"; }
multiplies() { run run matrix -n 20 --no-serial --procs 1 "$@"; }
# refused PATTERN OUTPUT [ARGUMENTS...]: by both, before the run: exit code 2, one line, nothing printed, no region.
refused() {
  local pattern=$1 workload
  shift
  for workload in sorts multiplies; do
    $workload --output "$@"
    ends 2
    says "$pattern"
    check "$*: one line" equal "$(wc -l <"$work/err")" 1
    check "$*: before the run" test ! -s "$work/out"
  done
}
# written OUTPUT: by both.
written() {
  sorts --output "$1"
  ends 0
  check "$1: sorted" equal "$(tr '\n' ' ' <"$1")" '1 2 3 '
  multiplies --output "$1"
  ends 0
  check "$1: a matrix" equal "$(head -c 6 "$1" | tail -c 5)" NUMPY
}

# Streams, and other names of what a process has open.
for name in - /dev/stdout /dev/stderr /dev/fd/1 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/../fd/1 /proc/version; do
  refused 'cannot be written: .*(name a file|name one)' "$name"
done
ln -s /dev/stdout link && ln -s link link-to-link
refused 'what a process has open' link
refused 'what a process has open' link-to-link
# appends OUTPUT: the log keeps what stood in it, and stays the file it was.
appends() {
  echo earlier >log
  local before
  before=$(stat -c %i log)
  checks=$((checks + 1))
  "$pmbench" run quicksort --input in --output "$1" --no-serial >>log 2>"$work/err"
  code=$? said="quicksort --output $1 >>log"
  ends 2
  check "$1: the log is as it was" equal "$(cat log)" earlier
  check "$1: the log is the same file" equal "$(stat -c %i log)" "$before"
}
ln log hard 2>/dev/null || { : >log && ln log hard; }
for name in - /dev/stdout /dev/fd/1 /proc/self/fd/1 link log ./log "$work/log" hard; do appends "$name"; done
says 'standard output or error goes there'
"$pmbench" run quicksort --input in --output log --no-serial >"$work/out" 2>>log
check "standard error's file: refused" equal $? 2
check "standard error's file: the words are in it" grep -q 'standard output or error' log

# What is no file, and what no file can be made of.
mkfifo fifo && mkdir directory && ln -s nowhere/file dangling
perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) && bind(S, pack_sockaddr_un("socket")) or exit 1' && refused 'not a regular file' socket
refused 'not a regular file' fifo
refused 'not a regular file' /dev/null
refused 'not a regular file' /dev/full
refused 'a directory' directory
refused 'a directory' directory/
refused 'a directory' .
refused 'No such file' nowhere/file
refused 'No such file' dangling
refused 'Not a directory' in/file
refused 'its value is empty' ''
refused 'File name too long' "$(printf '%0256d' 0)"
refused 'File name too long' "$(printf '%05000d' 0)"
refused 'File name too long' "$(printf 'a/%.0s' {1..2040})file"
longest=$(printf '%0255d' 0)
written "$longest"
written plain
written directory/../plain
ln -s plain to-plain && written to-plain
check "a link stays one" test -L to-plain
check "nothing is left beside them" is_empty .*part* *.part

# Nothing that the command itself needs or makes.
run run fib -n 20 --no-serial --out results
for name in runs.jsonl serial.json machine.json ./../results/runs.jsonl; do
  sorts --output "results/$name" --out results
  ends 2
  says 'one of the files of results'
done
check "the record is as it was" equal "$(wc -l <results/runs.jsonl)" 1
cp results/runs.jsonl replayed && sorts --output replayed --fault-replay replayed
ends 2
says 'that --fault-replay reads'

# Whoever resumes is told before the work, too, and what was done waits for him.
mkdir there
run run quicksort -n 2M --no-serial --output there/sorted --backend file:crashed --fault crash=1us
ends 130
mv there elsewhere
run resume crashed
ends 2
says 'there/sorted: cannot be written: No such file'
check "the region waits" test -f crashed
mv elsewhere there
run resume crashed
ends 0
check "then it is written" test "$(wc -l <there/sorted)" = 2000000

# A limit on files' sizes, known before.
checks=$((checks + 1))
(ulimit -f 1000; "$pmbench" run matrix -n 1000 --no-serial --backend dram --output large.npy >"$work/out" 2>"$work/err") && fail "ulimit -f: taken"
says 'large.npy: cannot be written: it needs 8000000 bytes, and a file may have 1024000'

# File systems of every kind of no: where mounting one is allowed.
if [ "$own_shm" = yes ]; then
  mkdir full small read-only bound
  mount -t tmpfs -o size=64k none full && dd if=/dev/zero of=full/fill bs=4k 2>/dev/null
  refused 'full/file: cannot be written: No space left on device' full/file
  check "nothing is left on the full one" equal "$(echo full/*)" full/fill
  mount -t tmpfs -o size=1m none small
  sorts --output small/file
  ends 0
  run run matrix -n 600 --no-serial --output small/file
  ends 2
  says 'it needs 2 MiB, and [01] MiB are left'
  check "small: what was there is there" equal "$(tr '\n' ' ' <small/file)" '1 2 3 '
  mount -t tmpfs -o ro none read-only
  refused 'Read-only file system' read-only/file
  echo before >bound/file && mount --bind bound/file bound/file
  refused 'a mount point' bound/file
  check "bound: as it was" equal "$(cat bound/file)" before
  umount bound/file full small read-only

  # Blocks that a file system does not count (ramfs) are not missing, and without /proc there is a way, too.
  mkdir uncounted && mount -t ramfs none uncounted 2>/dev/null && written uncounted/file && umount uncounted
  without_proc() { unshare -m --propagation private sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$@"; }
  check "/proc can be hidden" without_proc test ! -e /proc/self
  for name in fresh plain; do
    without_proc "$pmbench" run quicksort --input in --output $name --no-serial >"$work/out" 2>"$work/err"
    check "without /proc, $name: runs" equal $? 0
    check "without /proc, $name: sorted" equal "$(tr '\n' ' ' <$name)" '1 2 3 '
  done
  check "without /proc: nothing is left beside them" is_empty .*part* *.part
fi

# Another user's file under a sticky bit can be written to, and not replaced.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && setpriv --reuid 65534 true 2>/dev/null; then
  mkdir -m 1777 sticky && echo 1 >sticky/file && chmod 666 sticky/file && chmod 711 "$work" && chmod 644 in
  setpriv --reuid 65534 "$pmbench" run quicksort --input in --no-serial --output sticky/file >"$work/out" 2>"$work/err"
  check "sticky: refused" equal "$?" 2
  says "another user's"
fi
finish
