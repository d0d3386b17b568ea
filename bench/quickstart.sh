#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, crashes a run and finishes it, then runs configs/quick.yaml - each workload with and without
# killed workers - and writes the report. Under two minutes on two free cores, apart from installing.
# Usage: bash bench/quickstart.sh
set -u
cd "$(dirname "$0")/.."
. bench/install.sh
install_packages || exit 1
[ -f build/build.ninja ] || meson setup build >/dev/null || exit 1
meson compile -C build src/cli/pmbench >build/quickstart.log 2>&1 || { cat build/quickstart.log; exit 1; }
pmbench=build/src/cli/pmbench
status=0

echo
echo "A crash: every process at once, the supervisor too. The region stays, and another command finishes the run."
echo
region=$(mktemp -u /dev/shm/quickstart-XXXXXX)
echo "  \$ pmbench run quicksort -n 20M --backend dram:$region --fault crash=100ms"
"$pmbench" run quicksort -n 20M --backend "dram:$region" --fault crash=100ms 2>&1 | sed 's/^/  /'
echo "  \$ pmbench resume $region"
"$pmbench" resume "$region" 2>&1 | sed 's/^/  /'
[ "${PIPESTATUS[0]}" = 0 ] || status=1
rm -f "$region"

out=results/quick-$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p results
echo
echo "Now every workload, with and without kills, $(nproc) workers on $(nproc) cores, in $out:"
"$pmbench" run configs/quick.yaml --out "$out" >"build/quickstart.log" || { status=$?; tail -3 build/quickstart.log; }
"$pmbench" report "$out" >"build/quickstart.log" || { status=$?; cat build/quickstart.log; }

echo
printf '%-36s %7s  %-9s %-8s %7s %10s %9s %11s %10s\n' workload workers backend right kills time speed-up 'back after' 'work lost'
tr -d '\r' <"$out/summary.csv" | awk -F, '
  function ms(ns) { return ns == "" ? "-" : sprintf(ns < 1e7 ? "%.2f ms" : "%.0f ms", ns / 1e6) }
  NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
  $at["faults_planned"] != "" {
    printf "%-36s %7s  %-9s %-8s %7s %10s %9s %11s %10s\n", $at["workload"] " " $at["args"], $at["procs"], $at["backend"],
      $at["right"] " of " $at["runs"], $at["faults"], ms($at["wall_median_ns"]), sprintf("%.2f x", $at["speedup"]),
      ms($at["running_p50_ns"]), ms($at["lost_ns"]) }' | sort
echo
echo "right: runs whose result was checked and right; kills: processes killed in all of them; time: of one run, median;"
echo "speed-up: over the serial program; back after: median time from SIGKILL until somebody works on in the victim's place;"
echo "work lost: what had to be done again, of all kills together."
echo
echo "The report: $out/index.html"
exit $status
