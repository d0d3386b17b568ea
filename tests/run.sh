#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, runs every test; ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.."
. bench/install.sh
install_packages || exit 1
build=build-test
[ -f "$build/build.ninja" ] || meson setup "$build" >/dev/null || exit 1
meson compile -C "$build" || exit 1
meson test -C "$build" --print-errorlogs
status=$?
passed=$(grep -cE '"result": "OK"' "$build/meson-logs/testlog.json" 2>/dev/null)
failed=$(grep -cvE '"result": "(OK|SKIP)"' "$build/meson-logs/testlog.json" 2>/dev/null)
echo "$passed passed, $failed failed"
exit $status
