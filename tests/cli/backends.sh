#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: each backend takes a directory and a file, records what it was granted, and takes no file that is not its own;
# a region is its owner's alone and not in a core dump; where there is no room, nothing begins.
. "$(dirname "$0")/../lib.sh"

mkdir dir
quick='run fib -n 24 --procs 2 --no-serial --json'
# granted BACKEND REQUESTED GRANTED FORCED
granted() {
  for place in dir new; do
    [ "$1" = dram ] && [ $place = new ] && continue
    run $quick --backend "$1:$place"
    ends 0
    record_is ".correct == true and .backend == \"$1\" and .granularity_requested == \"$2\" and .granularity == \"$3\""
    record_is ".forced == $4 and .fs != null and (.path | test(\"(^|/)$place(/pmbench-fib-[0-9]+-[0-9a-f]{6}.region)?$\"))"
    check "$said: nothing is left" is_empty "$(ls -A dir; ls new 2>/dev/null)"
  done
}
granted dram page page false
granted file page page false
granted emulated cache-line cache-line true
run $quick --backend dram
record_is '.path | startswith("/dev/shm/pmbench-fib-")'
record_is '.lines == 0 and .fences == 0'
run $quick --backend file:dir
record_is '.lines > 0 and .fences > 0'

# What is in the environment does not change what is granted or recorded.
for forced in BYTE CACHE_LINE PAGE; do
  export PMEM2_FORCE_GRANULARITY=$forced
  granted file page page false
  granted emulated cache-line cache-line true
  if [ $own_shm = yes ]; then
    run $quick --backend dax:/dev/shm
    ends 3
  fi
done
unset PMEM2_FORCE_GRANULARITY

run $quick --backend dax:/dev/shm
ends 3
says 'granularity not available.*a DAX file system \(mount -o dax\) or a device-DAX grants it, and emulated:PATH'
check "$said: nothing on stdout" test ! -s out
check "$said: no region" is_empty "$(left_in_shm none)"

# untouched PATTERN FILE ARGUMENTS...: refused, and the file is what it was.
untouched() {
  local pattern=$1 file=$2 before
  shift 2
  before=$(sha256sum <"$file")
  run $quick "$@"
  ends 2
  says "$pattern"
  check "$said: as it was" equal "$(sha256sum <"$file")" "$before"
}
seq 10000 >plain
for force in '' --force; do
  untouched 'plain: exists and is not a region; it is not overwritten' plain --backend file:plain $force
  untouched 'plain: exists and is not a region; it is not overwritten' plain --backend emulated:plain $force
done
ln -s plain link
untouched 'link: a symbolic link; name the file itself' plain --backend file:link
ln -s nothing dangling
run $quick --backend file:dangling
ends 2
says 'dangling: a symbolic link'
check "$said: nothing is made" test ! -e nothing
mkfifo pipe
run $quick --backend file:pipe
ends 2
says 'pipe: neither a file nor a device-DAX'

# A finished region is overwritten, an unfinished one only with --force, one in use never.
run $quick --backend file:kept --keep
ends 0
check "$said: kept" test -f kept
run run fib -n 24 --procs 2 --no-serial --backend file:kept --keep
check "$said: said" grep -q '^  region      kept: kept$' out
check "$said: 0600" equal "$(stat -c %a kept)" 600
run $quick --backend file:kept
ends 0
check "$said: not kept any more" test ! -e kept
run run spin --until-faults 1 --procs 2 --no-serial --backend file:kept --fault crash=20ms
ends 130
untouched 'kept: holds an unfinished run; finish it with `pmbench resume kept`, or overwrite it with --force' kept --backend file:kept
run $quick --backend file:kept --force
ends 0
mapped() {
  local worker
  worker=$(workers_of "$(supervisor_of "$pid")")
  [ -n "$worker" ] && grep -q "$1" "/proc/${worker%% *}/smaps"
}
start run spin --until never --procs 2 --no-serial --backend file:kept
check "$said: workers" soon mapped "$work/kept"
check "$said: 0600" equal "$(stat -c %a kept)" 600
for force in '' --force; do
  run $quick --backend file:kept $force
  ends 2
  says 'kept: in use by another run'
done
# A worker's mapping of the region: not dumped (dd).
worker=$(workers_of "$(supervisor_of "$pid")")
worker=${worker%% *}
check 'a worker maps the region' grep -q "$work/kept" "/proc/$worker/smaps"
check 'and dumps none of it' is_empty "$(awk -v file="$work/kept" '/^[0-9a-f]+-[0-9a-f]+ / { ours = index($0, file) }
  ours && /^VmFlags:/ && !/ dd( |$)/' "/proc/$worker/smaps")"
kill -INT -- "-$pid"
ended
ends 130
rm -f kept
(umask 0; "$pmbench" run fib -n 24 --no-serial --backend file:kept --keep >out 2>err)
check 'whatever the umask is: 0600' equal "$(stat -c %a kept)" 600

# No room: nothing begins, not even the serial twin (of fib 60, which would take hours).
for backend in dram file:dir file:new emulated:new; do
  timeout 120 "$pmbench" run fib -n 60 --json --backend "$backend" --region-size 100TiB >out 2>err
  code=$? said="pmbench run fib -n 60 --backend $backend --region-size 100TiB"
  ends 3
  says 'needs 100 TiB and .* is free there; .*smaller problem'
  check "$said: nothing on stdout" test ! -s out
  check "$said: nothing is left" is_empty "$(ls -A dir; ls new 2>/dev/null; left_in_shm none)"
done
if [ $own_shm = yes ]; then
  mount -t tmpfs -o size=8m none dir
  timeout 120 "$pmbench" run fib -n 60 --backend dram:dir >out 2>err     # nor where it is the slots that need the room
  code=$? said="pmbench run fib -n 60 --backend dram:dir, 8 MiB"
  ends 3
  says 'dir: this run needs .* MiB and .* MiB is free there'
  run $quick --backend dram:dir
  ends 3
  says 'dir.*(needs|reserve).*MiB'
  check "$said: nothing is left" is_empty "$(ls -A dir)"
  run $quick --backend dram:dir --slots 2 --stack 4KiB --region-size 7MiB
  [ "$code" = 0 ] || { ends 2; says 'region-size: this run needs'; }
  umount dir
fi
run $quick --region-size 100MiB
ends 0

# doctor says beforehand what a run would find.
run doctor "$work"
ends 0
check "$said: the granularity" grep -q '^granularity page: .*--backend file:' out
run doctor dir plain nothing
ends 2
finish
