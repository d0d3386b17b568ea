#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, runs the tests; ends with "N passed, N failed", and an exit code that is not 0 where one
# failed. Usage: bash tests/run.sh [SUITE...], of unit, sim, tool, faults, sanitize; all of them without one.
set -u
cd "$(dirname "$0")/.."
suites=()
for suite in "$@"; do
  case $suite in
    unit | sim | tool | faults | sanitize) suites+=(--suite "$suite") ;;
    *) echo "tests/run.sh: $suite: no such suite; there are unit, sim, tool, faults and sanitize" >&2; exit 2 ;;
  esac
done
. bench/install.sh
install_packages || exit 1
install_packages $test_packages || echo "tests/run.sh: apt-get could not install it: tests that need it are skipped, and say so" >&2
export HOME=${HOME:-/}
build=build-test
[ -f "$build/build.ninja" ] || meson setup "$build" >/dev/null </dev/null || exit 1
meson compile -C "$build" </dev/null || exit 1
log=$build/meson-logs/testlog.json
rm -f "$log"
meson test -C "$build" --no-rebuild --print-errorlogs "${suites[@]}" </dev/null
status=$?
counted() { grep -cE "\"result\": \"($1)\"" "$log" 2>/dev/null || true; }
name_of() { sed -nE 's/.*"name": "([^"]*)".*/\1/p' | sed 's/.* //'; }
passed=$(counted 'OK|EXPECTEDFAIL') skipped=$(counted SKIP) all=$(counted '[A-Z]*')
failed=$((all - passed - skipped))
[ "$all" -gt 0 ] || { echo "tests/run.sh: no test was run" >&2; failed=1 status=1; }
for name in $(grep '"result"' "$log" 2>/dev/null | grep -vE '"result": "(OK|EXPECTEDFAIL|SKIP)"' | name_of); do
  echo "again: meson test -C $build --print-errorlogs $name"
done
for name in $(grep '"result": "SKIP"' "$log" 2>/dev/null | name_of); do
  echo "skipped: $name: $(grep "\"name\": \"[^\"]*$name\"" "$log" | jq -r '.stdout // ""' 2>/dev/null | tail -1)"
done
echo "$passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
exit $status
