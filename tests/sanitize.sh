#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: the tool and the library's tests, built with a sanitizer and run under faults; any report is a failure, and so is a
# fault that did not happen. AddressSanitizer (with its search for leaks) and UndefinedBehaviorSanitizer on processes and on
# the simulation, ThreadSanitizer on threads of one mapping: it knows a place by its address. Assertions are on.
# Usage: sanitize.sh address|thread BUILD-DIRECTORY SOURCE-DIRECTORY; builds in BUILD-DIRECTORY/sanitize-*, which is kept.
set -u
kind=$1 plain=$(realpath "$2") build=$(realpath "$2")/sanitize-$1 source=$(realpath "$3")
case $kind in
  address) sanitizers=address,undefined units="units random error pool capsule word session fault pin region api resume npy matrix spin" ;;
  thread) sanitizers=thread units="" ;;
  *) echo "sanitize.sh: $kind: address or thread"; exit 2 ;;
esac
[ -f "$build/build.ninja" ] ||
  meson setup "$build" "$source" -Dbuildtype=debugoptimized -Db_sanitize=$sanitizers -Db_lundef=false >/dev/null || exit 1
pmbench=$build/src/cli/pmbench
ninja -C "$build" src/cli/pmbench ${units:+tests/sim_test} $(for u in $units; do echo "tests/${u}_test"; done) >"$build/log" 2>&1 ||
  { tail -40 "$build/log"; exit 1; }
nm "$pmbench" | grep -qE ' U __[at]san_init' || { echo "$pmbench is not built with a sanitizer"; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS="suppressions=$source/tests/tsan.supp history_size=7"
"$pmbench" --version >/dev/null 2>&1 || export ASAN_OPTIONS=detect_leaks=0       # where nobody may be traced
fixed=""                                # ThreadSanitizer of GCC 12 does not find its place in an address space of 32 random bits
setarch -R true 2>/dev/null && fixed="setarch -R"
failed=0 runs=0

fail() {
  echo "FAILED: $*"
  cat "$work/err" "$work/out" | head -60
  failed=1
}
reported() { grep -qE 'Sanitizer|runtime error' "$work/err" "$work/out"; }
# COMMAND...: exit code 0 - or 6, over before the last fault of a list -, and no report.
clean() {
  runs=$((runs + 1))
  $fixed "$@" >"$work/out" 2>"$work/err"
  local code=$?
  { [ $code = 0 ] || [ $code = 6 ]; } && ! reported || fail "exit code $code: ${*#"$build/"}"
}
# ARGUMENTS...: a clean run of the tool; injured: a right one, and of spin, which lasts until it is hit, a fault happened to it. Of
# other work an exn may come to nothing: to a leaf that nothing follows.
run() { clean "$pmbench" run "$@" --json --seed 1 --watchdog 50ms; }
injured() {
  run "$@"
  [ "$(jq -r .correct "$work/out" 2>/dev/null)" = true ] || fail "not right: $*"
  [ "$1" != spin ] || [ "$(jq -r '.faults > 0' "$work/out")" = true ] || fail "no fault happened: $*"
  detected=$((${detected:-0} + $(jq '[.fault_log[] | select(.detected_ns)] | length' "$work/out")))
}

on_processes() {
  local job
  for job in "fib -n 34" "quicksort -n 1M" "quicksort -n 1M --dist zipf" "matrix -n 700" "spin --until-faults 3"; do
    for fault in kill=1ms,40ms,80ms exn=1ms,10ms,20ms stop=1ms,100ms,200ms; do
      injured $job --procs 2 --backend "dram:$work" --fault $fault
    done
    run ${job% --until*} --procs 2 --backend "emulated:$work" --capsule beat=500us
    injured $job --procs 2 --backend "dram:$work" --fault crash=1ms,30ms,50ms --auto-resume --no-serial
  done
  $fixed "$pmbench" run spin --until-faults 1 --procs 2 --no-serial --backend "dram:$work/region" --fault crash=50ms >"$work/out" 2>"$work/err"
  [ $? = 130 ] && ! reported || fail 'a crash'
  clean "$pmbench" inspect "$work/region"
  clean "$pmbench" inspect --json "$work/region"
  clean "$pmbench" resume "$work/region"
  clean "$pmbench" doctor "$work"
  clean env FIRST=1 SEEDS=200 "$build/tests/sim_test"
  for u in $units; do clean "$build/tests/${u}_test"; done
}

# users_programs KIND: the library as it is installed, without a sanitizer, under programs that are built with one, by every
# compiler that is there. They run, survive what befalls them without a report, and the sanitizer still sees their mistakes.
users_programs() {
  local compiler flags mistake=overflow found='AddressSanitizer: heap-buffer-overflow' way=processes compilers=0
  [ "$1" = address ] || mistake=race found='ThreadSanitizer: data race' way=threads
  DESTDIR=$work/root meson install -C "$plain" --no-rebuild >"$work/out" 2>"$work/err" || { fail 'meson install'; return; }
  nm "$(find "$work/root" -name libpmsched.a)" 2>/dev/null | grep -qE ' [UT] __[at]san_(report|load|read)' && fail 'the library is not plain'
  flags=$(PKG_CONFIG_PATH=$(dirname "$(find "$work/root" -name pmsched.pc)") PKG_CONFIG_SYSROOT_DIR=$work/root \
    pkg-config --cflags --libs pmsched)
  for compiler in gcc clang; do
    printf 'int main(void) { return 0; }' | $compiler -fsanitize="$1" -x c - -o "$work/empty" 2>/dev/null || continue
    compilers=$((compilers + 1))
    for program in workloads/example/area tests/sanitize/user; do
      clean $compiler -O1 -g -fsanitize="$1" -Werror=maybe-uninitialized "$source/$program.c" $flags -lm -o "$work/$(basename $program)"
    done
    clean "$work/area"
    grep -qE 'right: .* [1-9][0-9]* faults survived' "$work/out" || fail "$compiler: no faults"
    $fixed "$work/area" crash >"$work/out" 2>"$work/err"
    reported && fail "$compiler: a crash"
    region=$(sed -n 's/^area resume //p' "$work/out")
    [ -z "$region" ] || clean "$work/area" resume "$region"
    clean "$work/user" processes none "dram:$work"
    clean "$work/user" threads none "dram:$work"
    $fixed "$work/user" $way $mistake "dram:$work" >"$work/out" 2>"$work/err"
    grep -q "$found" "$work/err" || fail "$compiler: $mistake is not reported"
  done
  [ $compilers -gt 0 ] || fail "no compiler has -fsanitize=$1"
}

# That it sees what threads do to the region: without its list, it reports the counters.
sees_the_region() {
  for _ in 1 2 3 4 5; do
    TSAN_OPTIONS= $fixed "$pmbench" run fib -n 30 --procs 2 --way thread --no-serial >"$work/out" 2>"$work/err"
    grep -q 'data race' "$work/err" && return
  done
  fail 'no report without the list of what is not to be reported: it sees nothing'
}

on_threads() {
  local job
  sees_the_region
  for job in "fib -n 29" "quicksort -n 500k" "matrix -n 700" "spin --until-faults 3"; do
    run ${job% --until*} --procs 4 --way thread --no-serial
    run ${job% --until*} --procs 3 --way thread --no-serial --backend "emulated:$work" --capsule beat=500us
    injured $job --procs 4 --way thread --no-serial --fault exn=1ms,5ms,10ms
  done
  injured spin --until-faults 3 --procs 4 --way thread --no-serial --capsule fork --fault exn=1ms,5ms,10ms
}

if [ "$kind" = address ]; then on_processes; else on_threads; fi
users_programs "$kind"
[ "${detected:-0}" -gt 0 ] || fail 'of all injuries nobody noticed one'
[ $failed = 0 ] || echo "again: bash $source/tests/sanitize.sh $kind $plain $source"
[ $failed = 0 ] && echo "$kind: $runs runs, no report"
exit $failed
