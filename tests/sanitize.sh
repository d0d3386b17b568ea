#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The tool and the library's tests, built with a sanitizer and run under faults; any report is a failure. AddressSanitizer and
# UndefinedBehaviorSanitizer on processes, ThreadSanitizer on threads of one mapping (it knows a place by its address).
# Usage: sanitize.sh address|thread BUILD-DIRECTORY SOURCE-DIRECTORY
set -u
kind=$1 build=$(realpath "$2")/sanitize-$1 source=$(realpath "$3")
sanitizers=$([ "$kind" = address ] && echo address,undefined || echo thread)
[ -f "$build/build.ninja" ] || meson setup "$build" "$source" -Db_sanitize=$sanitizers -Db_lundef=false >/dev/null || exit 1
ninja -C "$build" src/cli/pmbench tests/api_test tests/resume_test tests/region_test tests/pool_test >"$build/log" 2>&1 ||
  { cat "$build/log"; exit 1; }
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export TSAN_OPTIONS="suppressions=$source/tests/tsan.supp history_size=7 halt_on_error=1"
failed=0
clean() { # COMMAND...: exit code 0, and no report
  setarch -R "$@" >"$build/out" 2>&1
  local code=$?
  if [ $code != 0 ] || grep -qE 'Sanitizer|runtime error' "$build/out"; then
    echo "FAILED ($code): ${*#"$build/"}"
    head -40 "$build/out"
    failed=1
  fi
}
pmbench=$build/src/cli/pmbench
if [ "$kind" = address ]; then
  for w in "fib -n 32" "quicksort -n 1M" "quicksort -n 1M --dist zipf" "matrix -n 500"; do
    for fault in kill@30 exn@100 stop@10; do
      clean "$pmbench" run $w --procs 2 --fault $fault --watchdog 50ms
    done
    clean "$pmbench" run $w --procs 2 --backend emulated:/dev/shm --capsule beat=500us
    clean "$pmbench" run $w --procs 2 --fault crash=1ms --auto-resume
  done
  region=$(mktemp -u /dev/shm/sanitize-XXXXXX)
  "$pmbench" run fib -n 36 --procs 2 --no-serial --backend "dram:$region" --fault crash=20ms >/dev/null 2>&1
  clean "$pmbench" inspect "$region"
  clean "$pmbench" inspect --json "$region"
  clean "$pmbench" resume "$region"
  rm -f "$region"
  for t in api resume region pool; do clean "$build/tests/${t}_test"; done
else
  for w in "fib -n 30" "quicksort -n 1M" "fib -n 22 --capsule fork"; do
    for more in "" "--fault exn@200" "--backend emulated:/dev/shm --capsule beat=500us"; do
      case "$w $more" in *--capsule*--capsule*) continue ;; esac
      clean "$pmbench" run $w --procs 4 --way thread --no-serial $more
    done
  done
fi
[ $failed = 0 ] && echo "$kind: no report"
exit $failed
