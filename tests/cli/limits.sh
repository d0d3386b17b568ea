#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: what a machine does not have is read before anything is made, and named: the limit, its value, what is needed, what to
# do; exit code 3 and no region. File systems that do not count their blocks are not full, and what they then say is told as it
# is. Limits that are large enough refuse nobody.
. "$(dirname "$0")/../lib.sh"

# refused PATTERN: the last run, before anything was made.
refused() {
  ends 3
  says "$1"
  check "$said: one line" equal "$(wc -l <"$work/err")" 1
  check "$said: nothing printed" test ! -s "$work/out"
  check "$said: no region" is_empty "$(regions) $(regions .)" || true
}
is_empty() { [ -z "${*// /}" ]; }
# under LIMIT ARGUMENTS...: the tool under `ulimit LIMIT`, such as "-v 100000".
under() {
  local limit=$1
  shift
  (ulimit $limit && exec "$pmbench" "$@") >"$work/out" 2>"$work/err"
  code=$? said="pmbench $* under ulimit $limit"
}

# Limits of a process. The serial twin is not left out: it would come first.
for workload in 'fib -n 20' 'quicksort -n 1000' 'matrix -n 300'; do
  under '-v 90000' run $workload --procs 2 --timeout 30s
  refused 'ulimit -v: 87.9 MiB of address space a process, and this needs [0-9.]+ MiB'
done
under '-v 150000' run matrix -n 300 --procs 2 --backend file:. --timeout 30s
refused 'ulimit -v: 146 MiB'
under '-v 150000' run fib -n 20 --procs 2 --backend file:. --no-serial # what a BLAS takes is not asked of others
ends 0
under '-v 600000' run matrix -n 300 --procs 2
ends 0
under '-s 64' run fib -n 20 --no-serial
refused 'ulimit -s'
under '-S -s 64' run fib -n 20 --no-serial # which can be raised
ends 0
under '-d 60000' run matrix -n 300 --procs 2
refused 'ulimit -d'
under '-f 20000' run fib -n 20
refused 'ulimit -f: 19.5 MiB of a file, and this needs [0-9.]+ MiB'
under '-f 2000000' run fib -n 20
ends 0
if ulimit -i >/dev/null 2>&1; then
  under '-i 0' run fib -n 20
  refused 'no timer for the beats of [0-9]+ workers.*ulimit -i'
  under '-i 0' run fib -n 20 --capsule none --no-serial # which has no beats
  ends 0
fi

# A campaign skips what there is no room for, and says why.
printf 'runs: 1\nmatrix: {workload: {name: fib, args: {n: 20}}, stack: [64KiB, 64MiB]}\n' >sweep.yaml
under '-v 400000' run sweep.yaml --out swept
ends 0
says 'skipped, since this machine cannot do it: ulimit -v'
check "$said: the other one ran" equal "$(grep -c pmbench-run-1 swept/runs.jsonl)" 1

if [ "$own_shm" = yes ]; then
  # tmpfs: its own size, also of /dev/shm.
  mkdir place
  mount -t tmpfs -o size=8m none place
  run run fib -n 20 --backend dram:place
  refused 'place: this run needs [0-9.]+ MiB and 8.00 MiB is free there'
  run run fib -n 20 --backend dram:place/file
  refused 'place: this run needs [0-9.]+ MiB and 8.00 MiB is free there'
  umount place
  # What is in a file that is overwritten is not needed twice.
  mount -t tmpfs -o size=60m none place
  run run fib -n 20 --backend dram:place/file --keep --no-serial --slots 8 --procs 2
  ends 0
  run run fib -n 20 --backend dram:place/file --keep --no-serial --slots 8 --procs 2
  ends 0
  umount place
  # No blocks are counted; root alone may mount such a one.
  if mount -t ramfs none place 2>/dev/null; then
    check 'ramfs counts no blocks' equal "$(stat -f -c %b place)" 0
    run run fib -n 20 --no-serial --backend file:place --json
    ends 0
    record_is '.correct == true'
    run run quicksort -n 100k --backend dram:place/file --fault crash=1ms
    ends 130
    run resume place/file
    ends 0
    umount place
  fi
fi

# Control groups, where this user may make one: version 1 or 2, and one inside of another.
group= limit=memory.limit_in_bytes
for top in /sys/fs/cgroup/memory /sys/fs/cgroup; do
  [ -e $top/$limit ] || limit=memory.max
  [ -e $top/cgroup.procs ] && mkdir "$top/pmbench-test-$$" 2>/dev/null && group=$top/pmbench-test-$$ && break
done
if [ -n "$group" ] && [ "$own_shm" = yes ]; then
  [ -e "$group/$limit" ] || echo +memory >"$(dirname "$group")/cgroup.subtree_control" 2>/dev/null
fi
if [ -n "$group" ] && [ -w "$group/$limit" ] && [ "$own_shm" = yes ]; then
  # inside GROUP ARGUMENTS...: the tool, in it.
  inside() {
    local group=$1
    shift
    (echo "$BASHPID" >"$group/cgroup.procs" && exec "$pmbench" "$@") >"$work/out" 2>"$work/err"
    code=$? said="pmbench $* in $group"
  }
  mkdir "$group/inner"
  [ $limit = memory.max ] && echo +memory >"$group/cgroup.subtree_control"
  echo $((64 << 20)) >"$group/$limit"
  for where in "$group/inner"; do
    inside "$where" run quicksort -n 4M --procs 2 # the limit stands one above
    refused "^pmbench: $group/$limit: 64.0 MiB of memory, of which [0-9.]+ MiB is left, and this needs [0-9.]+ MiB; raise it, use a smaller problem, or"
    inside "$where" run matrix -n 2048 --procs 2 --backend "file:$PWD"
    ends 0
    says "serial twin: $group/$limit: 64.0 MiB.* this needs 96.0 MiB" # on a disk the region is none of it
    inside "$where" run fib -n 20 --procs 2
    ends 0
    says_not .
  done
  echo $((20 << 20)) >"$group/inner/$limit" # and now the inner one is the tighter
  inside "$group/inner" run fib -n 20 --procs 2
  refused "^pmbench: $group/inner/$limit: 20.0 MiB"
  # What the group has read from a disk comes back, and does not count.
  echo $((48 << 20)) >"$group/inner/$limit"
  head -c 30M /dev/zero >large && sync large 2>/dev/null
  (echo "$BASHPID" >"$group/inner/cgroup.procs" && cat large >/dev/null)
  inside "$group/inner" run fib -n 20 --procs 2 --no-serial
  ends 0
  rm -f large
  soon 10 rmdir "$group/inner" 2>/dev/null
  check 'the groups are gone' soon 10 rmdir "$group"
else
  [ -z "$group" ] || rmdir "$group"
  echo 'no control group of memory can be made here: that part is left out'
fi
finish
