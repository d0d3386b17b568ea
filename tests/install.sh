#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installed: the tool runs from there, and a program outside of the tree is built against the header, the library and the
# pkg-config file alone, survives kills, and resumes after a crash - but not what another executable has begun.
# Usage: install.sh PMBENCH BUILD-DIRECTORY SOURCE-DIRECTORY
build=$(realpath "$2") source=$(realpath "$3")
. "$(dirname "$0")/lib.sh"
DESTDIR=$PWD/root meson install -C "$build" --no-rebuild >log 2>&1 || { cat log; exit 1; }
prefix=$PWD/root$(cd "$build" && meson introspect --buildoptions | jq -r '.[] | select(.name == "prefix").value')
pc=$(find root -name pmsched.pc)
check "a pkg-config file" test -f "$pc"
check "two headers" test "$(cd "$prefix/include" && echo *.h)" = "pmrun.h pmsched.h"

tool=$prefix/bin/pmbench
check "the version" grep -q '^pmbench [0-9]' <("$tool" --version)
check "its workloads" test "$("$tool" list workloads | awk '{printf "%s ", $1}')" = "fib quicksort matrix "
check "the tool's own libraries" grep -q openblas-serial <(ldd "$tool")
check "a run under kills" "$tool" run spin --until-faults 2 --procs 2 --fault kill=5ms,20ms >out 2>&1
check "a product" "$tool" run matrix -n 300 >out 2>&1

check "nothing under the GPL in what others link" test "$(grep -c gsl "$pc")" = 0

export PKG_CONFIG_PATH=$(dirname "$(realpath "$pc")") PKG_CONFIG_SYSROOT_DIR=$PWD/root
cp "$source/workloads/example/area.c" area.c
check "builds" cc -O2 -Wall -Wextra -Werror area.c $(pkg-config --cflags --libs pmsched) -lm -o area
check "is right under kills" ./area >out
check "faults happened" grep -qE 'right: .* [1-9][0-9]* faults survived' out
check "no such command" test "$(./area fly 2>&1; echo $?)" = "usage: area [run | crash | resume REGION]
2"
./area crash >out 2>err
region=$(sed -n 's/^area resume //p' out)
check "crashed" test -f "$region"
before=$(sha256sum <"$region")
cc -O1 area.c $(pkg-config --cflags --libs pmsched) -lm -o other
check "another executable is refused" test "$(./other resume "$region" 2>&1 | grep -c 'of another executable')" = 1
check "and the region is as it was" test "$(sha256sum <"$region")" = "$before"
check "resumed" ./area resume "$region" >out
check "right after the crash" grep -q 'right: ' out
check "and the region is gone" test ! -e "$region"
finish
