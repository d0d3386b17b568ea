#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: an installed tool finds its scripts, also where the installation was moved as a whole.
# Usage: installed.sh TOOL BUILD-DIRECTORY
. "$(dirname "$0")/../lib.sh"
need_gnuplot
DESTDIR=$PWD/root meson install -C "$2" --no-rebuild >log 2>&1 || { cat log; exit 1; }
pmbench=$(find root -path '*/bin/pmbench')
check "scripts are installed" equal "$(find root -path "*/pmbench/plots/*.gp" | wc -l)" 12
PMBENCH_PLOTS= report 0 "$data" --out page
check "a page" test -s page/index.html
finish
