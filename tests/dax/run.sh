#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: real DAX works. Boots an emulated machine with NVDIMMs and other media, runs the tool in it, injures and crashes
# runs, boots again and resumes them, cuts the power (by ending the emulator) and resumes what is left. Not part of the
# ordinary suite: it downloads a kernel, and takes about three minutes. A line a case, then `N passed, N failed`; 77 and a reason
# where the packages cannot be had. Usage: run.sh [nvdimm] [others] [cuts], all three without one; KEEP=FOLDER keeps what was
# said, MEDIA names some of ext4, xfs, devdax4k and devdax2m, CUTS is how many cuts.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
. "$here/machine.sh"
build=${BUILD:-build-test} CUTS=${CUTS:-6} MEDIA=${MEDIA:-ext4 xfs devdax4k devdax2m}
parts=" ${*:-nvdimm others cuts} "
for part in $parts; do
  case $part in nvdimm | others | cuts) ;; *) echo "run.sh: $part: none of nvdimm, others and cuts" >&2; exit 2 ;; esac
done
has() { case $parts in *" $1 "*) ;; *) return 1 ;; esac; }
machine_packages
. bench/install.sh
install_packages || skip 'what the build needs cannot be installed'
[ -f "$build/build.ninja" ] || meson setup "$build" >/dev/null || exit 1
meson compile -C "$build" >/dev/null || exit 1
pmbench=$PWD/$build/src/cli/pmbench cache=$PWD/$build/dax
mkdir -p "$cache"
machine_kernel
work=$(mktemp -d /dev/shm/pmbench-dax-XXXXXX 2>/dev/null || mktemp -d) || exit 1
clean_up() {
  local file
  kill $(jobs -p) 2>/dev/null
  for file in "$work"/*.pid; do [ ! -f "$file" ] || kill -KILL "$(cat "$file")" 2>/dev/null; done
  wait
  [ -z "${KEEP:-}" ] || { rm -f "$work"/medium.* "$work/initrd"; mkdir -p "$KEEP"; cp -r "$work/." "$KEEP"; }
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
machine_root
. "$here/judge.sh"
persist="" kernel="" extra=""

# boot NAME JOB FILE...: to the end of its job.
boot() {
  local name=$1
  mkdir -p "$work/$name"
  cp "$here/commands" "$work/$name/commands"
  cp "$here/$2" "$work/$name/job"
  echo "$MEDIA" >"$work/$name/media"
  (shift 2; machine_boot "$name" "$@") 2>"$work/$name.emulator"
}
nvdimms() {
  local i
  for i in 0 1 2 3; do nvdimm "$work/medium.$i"; done
  persist=mem-ctrl boot nvdimm job.nvdimm "$work"/medium.[0-3]
  persist=cpu boot eadr job.eadr "$work"/medium.[0-3]
}
others() {
  truncate -s 320M "$work/medium.virtio"
  extra="-object memory-backend-file,id=v,share=on,mem-path=$work/medium.virtio,size=320M -device virtio-pmem-pci,memdev=v,id=vp" \
    kernel='memmap=256M!1G' boot others job.others
}
# Ends the emulator at a random moment of its work, again and again; the last boot finishes what is left and ends by itself.
cuts() {
  local i pid
  nvdimm "$work/medium.cut"
  for i in $(seq 0 "$CUTS"); do
    mkdir -p "$work/cut$i"
    [ "$i" != 0 ] || touch "$work/cut$i/first"
    [ "$i" != "$CUTS" ] || touch "$work/cut$i/last"
    persist=mem-ctrl boot cut$i job.cut "$work/medium.cut" &
    pid=$!
    if [ "$i" != "$CUTS" ]; then
      until [ -f "$work/cut$i/working" ] || [ -f "$work/cut$i/over" ] || ! kill -0 $pid 2>/dev/null; do sleep 0.1; done
      sleep "$((RANDOM % 3)).$((RANDOM % 900 + 100))"
      kill -KILL "$(cat "$work/cut$i.pid")" && echo cut >"$work/cut$i/cut"
    fi
    wait $pid
  done
}

# Two machines at a time: the one half of the lane needs the regions of its first boot, the other nothing of anybody's.
! has nvdimm || nvdimms &
{ ! has others || others; ! has cuts || cuts; } &
wait

judge_nvdimm() {
  booted nvdimm
  is 'nvdimm: ext4 is mounted for direct access' grep -qE '/mnt/ext4 ext4 .*dax' "$work/nvdimm/mounts"
  is 'nvdimm: xfs is mounted for direct access' grep -qE '/mnt/xfs xfs .*dax' "$work/nvdimm/mounts"
  for i in 0 1 2 3; do is "nvdimm: region $i writes back the memory controller" equal "$(cat "$work/nvdimm/domain.$i")" memory_controller; done
  for medium in $MEDIA; do
    case $medium in devdax*) fs=device-dax ;; *) fs=$medium ;; esac
    granted=".fs == \"$fs\" and .granularity_requested == \"cache-line\" and .granularity == \"cache-line\" and .forced == false"
    granted="$granted and .domain == \"memory_controller\" and .provider == \"ACPI.NFIT\""
    case $medium in devdax*) granted="$granted and .namespace_mode == \"devdax\"" ;; *) granted="$granted and .namespace_mode == \"fsdax\"" ;; esac
    granted="$granted and (.warnings | any(test(\"persistence domain\")) | not)"
    for w in fib quicksort matrix; do right nvdimm $medium.$w "$granted and .workload == \"$w\" and .lines > 0 and .fences > 0"; done
    for kind in kill exn hard stop; do right nvdimm $medium.$kind "$granted and $(happened $kind)"; done
    ends nvdimm $medium.crash 130 'crashed on purpose'
    ends nvdimm $medium.inspect 0
    ends nvdimm $medium.busy 2 'holds an unfinished run'
    right nvdimm $medium.resume "$granted and $(happened crash)"
    ends nvdimm $medium.left.crash 130 'crashed on purpose'
  done
  for medium in $MEDIA; do
    case $medium in devdax*) continue ;; esac
    is "nvdimm: $medium grants synchronous page faults" grep -qw sf "$work/nvdimm/$medium.flags"
  done
  is 'nvdimm: a forced mapping has none' lacks sf "$work/nvdimm/forced.flags"
  ends nvdimm devdax4k.foreign 2 'dax2.0: holds something that is not a region of pmbench; .* --force'
  ends nvdimm devdax4k.foreign_resume 2 'dax2.0: not a region of pmbench'
  right nvdimm devdax4k.forced '.fs == "device-dax"'
  ends nvdimm devdax4k.doctor 0
  is 'nvdimm: doctor names the device' grep -q 'path .*/dev/dax2.0 on device-dax' "$work/nvdimm/devdax4k.doctor.out"
  ends nvdimm devdax2m.large 3 'dax3.0: the region needs 400 MiB and the device has 3[0-9]* MiB'
}
judge_eadr() {
  booted eadr
  for i in 0 1 2 3; do is "eadr: region $i writes back the caches" equal "$(cat "$work/eadr/domain.$i")" cpu_cache; done
  for medium in $MEDIA; do
    granted='.granularity == "byte" and .forced == false and .domain == "cpu_cache"'
    right eadr $medium.resume "$granted and $(happened crash)"
    right eadr $medium.fib "$granted and .fences > 0 and .lines == 0"
    for kind in kill exn hard stop; do right eadr $medium.$kind "$granted and $(happened $kind)"; done
  done
}
judge_others() {
  booted others
  is 'others: virtio-pmem is mounted for direct access' grep -qE '/mnt/virtio ext4 .*dax' "$work/others/mounts"
  is 'others: memmap is mounted for direct access' grep -qE '/mnt/memmap ext4 .*dax' "$work/others/mounts"
  ends others virtio.dax 3 'granularity not available'
  granted='.fs == "ext4" and .granularity == "page" and .forced == false and .provider == "virtio-pmem" and .domain == null'
  right others virtio.fib "$granted and .fences > 0"
  for kind in kill exn hard stop; do right others virtio.$kind "$granted and $(happened $kind)"; done
  ends others virtio.crash 130 'crashed on purpose'
  right others virtio.resume "$granted and $(happened crash)"
  is 'others: virtio-pmem grants no synchronous page faults' lacks sf "$work/others/virtio.flags"
  granted='.fs == "ext4" and .granularity == "cache-line" and .forced == false and .provider == "e820" and .domain == null
    and .namespace_mode == "fsdax"'
  granted="$granted and (.warnings | any(test(\"no persistence domain is stated\")))"
  right others memmap.fib "$granted and .lines > 0"
  for kind in kill exn hard stop; do right others memmap.$kind "$granted and $(happened $kind)"; done
  ends others memmap.crash 130 'crashed on purpose'
  right others memmap.resume "$granted and $(happened crash)"
  is 'others: memmap grants synchronous page faults' grep -qw sf "$work/others/memmap.flags"
}
judge_cuts() {
  for i in $(seq "$CUTS"); do after_cut "$i"; done
  is 'cuts: runs were at work at some of them' test "$resumed" -gt 0
}
! has nvdimm || { judge_nvdimm; judge_eadr; }
! has others || judge_others
! has cuts || judge_cuts
finish
