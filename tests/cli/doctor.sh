#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: what `doctor` says of a path is what `run` finds there: the same exit code and the same line, whatever the path is and
# whatever the limits are; and neither changes a file that it was only asked about.
. "$(dirname "$0")/../lib.sh"

# The words of a command, without what is another in each: the option and the name of a region of its own.
words() { sed -E '/warning:/d; s/--backend (file|dax)://; s/pmbench-fib-[0-9]+-[0-9a-f]+\.region/REGION/' "$1"; }
identity() { stat -c '%s %i' "$1" 2>/dev/null && [ -f "$1" ] && cksum <"$1"; }
# agree PATH [ULIMIT]: both, of a path, under a limit such as "-v 100000"; $verdict is the exit code that both had.
agree() {
  local path=$1 limit=${2:-} backend=file before after
  [ ! -c "$path" ] || backend=dax
  before=$(identity "$path")
  (ulimit ${limit:--c 0} && exec "$pmbench" doctor "$path") >"$work/out" 2>"$work/doctor"
  verdict=$? said="doctor $path${limit:+ under ulimit $limit}"
  after=$(identity "$path")
  check "$said: nothing is changed" equal "$before" "$after"
  (ulimit ${limit:--c 0} && exec "$pmbench" run fib -n 10 --no-serial --backend "$backend:$path") >"$work/ran" 2>"$work/err"
  code=$?
  check "$said: the verdict of run" equal "$verdict" "$code"
  check "$said: the words of run" equal "$(words "$work/doctor")" "$(words "$work/err")"
  check "$said: the verdict is told" equal "$(grep -c '^granularity' "$work/out")" "$((verdict == 0))"
}
works() { agree "$@"; check "$said: works" equal "$verdict" 0; }
fails() { # CODE PATTERN PATH [ULIMIT]
  local code=$1 pattern=$2
  shift 2
  agree "$@"
  check "$said: exit code" equal "$verdict" "$code"
  check "$said: says $pattern" grep -qE "$pattern" "$work/doctor"
}

mkdir directory
works directory
works .
works directory/new
check 'nothing is left of it' is_empty "$(ls -A directory)"
echo 'a file' >plain && : >empty && mkfifo fifo && ln -s directory link && ln -s plain to-plain
fails 2 'not a region' plain
fails 2 'empty' empty
fails 2 . fifo
fails 2 . /dev/null
fails 2 . to-plain
works link
fails 2 'No such file' nowhere/new
fails 2 . plain/new
fails 2 . "$(printf '%0280d' 0)"
run run quicksort -n 2M --no-serial --backend file:unfinished --fault crash=2ms
ends 130
fails 2 'unfinished run' unfinished
run resume unfinished
run run fib -n 10 --no-serial --backend file:finished --keep
ends 0
works finished

# Limits.
fails 3 'ulimit -v' directory '-v 90000'
fails 3 'ulimit -f' directory '-f 10000'
fails 3 'ulimit -d' directory '-d 5000'
fails 3 'ulimit -i' directory '-i 0'
works directory '-v 2000000'

if [ "$own_shm" = yes ]; then
  mkdir place
  mount -t tmpfs -o size=4m none place
  fails 3 'is free there' place
  fails 3 'is free there' place/new
  umount place
  mount -t tmpfs -o ro none place
  fails 2 'Read-only' place
  umount place
  if mount -t ramfs none place 2>/dev/null; then
    works place
    check 'what is not known is not said' grep -q 'does not say how much is free' "$work/out"
    umount place
  fi
  # Without /proc.
  without_proc() { unshare -m --propagation private sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$@"; }
  without_proc "$pmbench" doctor directory >"$work/out" 2>"$work/err"
  check 'without /proc: works' equal $? 0
  check 'without /proc: what is not known' grep -q '^machine .*unknown' "$work/out"
  without_proc "$pmbench" run fib -n 20 --out results >"$work/out" 2>"$work/err"
  check 'without /proc: a run' equal $? 0
  check 'without /proc: machine.json' jq -e '.cpu == null and .kernel != null' results/machine.json >/dev/null
  without_proc "$pmbench" run fib -n 38 --procs 2 --no-serial --fault kill@20 --json >"$work/out" 2>"$work/err"
  check 'without /proc: under kills' equal $? 0
  record_is '.correct == true'
  without_proc "$pmbench" run quicksort -n 2M --no-serial --backend file:crashed --fault crash=2ms >"$work/out" 2>"$work/err"
  check 'without /proc: crashed' equal $? 130
  without_proc "$pmbench" resume crashed >"$work/out" 2>"$work/err"
  check 'without /proc: resumed' equal $? 0
fi
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && setpriv --reuid 65534 true 2>/dev/null; then
  chmod 711 "$work" && mkdir -m 755 roots
  as() { setpriv --reuid 65534 "$pmbench" "$@"; }
  as doctor roots >"$work/out" 2>"$work/doctor"
  verdict=$?
  as run fib -n 10 --no-serial --backend file:roots >"$work/out" 2>"$work/err"
  check 'no rights: the same verdict' equal "$verdict" $?
  check 'no rights: the same words' equal "$(words "$work/doctor")" "$(words "$work/err")"
  check 'no rights: named' grep -q 'Permission denied' "$work/err"
fi
run doctor
ends 0
check 'of nothing: /dev/shm' grep -q '^path .*/dev/shm' "$work/out"
run doctor directory plain
ends 2
finish
