#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and shows each workload right while its processes are killed. Under two minutes, apart from
# installing. Usage: bash bench/quickstart.sh
set -u
cd "$(dirname "$0")/.."
. bench/install.sh
install_packages || exit 1
[ -f build/build.ninja ] || meson setup build >/dev/null || exit 1
meson compile -C build src/cli/pmbench >/dev/null || { meson compile -C build; exit 1; }
pmbench=build/src/cli/pmbench
status=0

# args backend fault: a run that is killed; one line
line() {
  local args=$1 backend=$2 fault=$3 object
  object=$("$pmbench" run $args --backend "$backend" --fault "$fault" --seed 1 --json 2>/dev/null)
  local code=$?
  [ $code = 0 ] || status=$code
  jq -r --arg args "$args" --arg fault "$fault" '
    def ms: . / 1e6 | if . < 10 then . * 100 | round / 100 else round end | "\(.) ms";
    [$args, .backend, $fault, (if .correct then "right" else "WRONG" end), "\(.faults)", (.wall_ns | ms),
     (if .serial_ns then (.serial_ns / .wall_ns * 100 | round / 100 | "\(.) x") else "-" end),
     (if .recovery.running_ns.p50 then .recovery.running_ns.p50 | ms else "-" end), (.lost_ns | ms),
     "\(.commits)"] | @tsv' <<<"$object" |
    awk -F'\t' '{printf "%-18s %-9s %-12s %-6s %7s %10s %9s %11s %11s %8s\n", $1, $2, $3, $4, $5, $6, $7, $8, $9, $10}'
}

echo
echo "Every run below is killed at random moments, $(nproc) workers on $(nproc) cores; its result is checked."
echo
printf '%-18s %-9s %-12s %-6s %7s %10s %9s %11s %11s %8s\n' workload backend fault result faults time "speed-up" "back after" "work lost" commits
for backend in dram emulated:/dev/shm; do
  for fault in kill@10 kill@50; do
    line "fib -n 42" $backend $fault
    line "quicksort -n 20M" $backend $fault
    line "matrix -n 2048" $backend $fault
  done
done
echo
echo "faults: how many processes were killed; speed-up: over the serial program; back after: median time from SIGKILL"
echo "until somebody works on in the victim's place; work lost: what had to be done again, of all faults together."
echo
echo "Now a crash: every process at once, the supervisor too; the region stays, and another command finishes the run."
region=$(mktemp -u /dev/shm/quickstart-XXXXXX)
"$pmbench" run quicksort -n 20M --backend "dram:$region" --fault crash=100ms 2>&1 | sed 's/^/  /'
echo "  \$ pmbench resume $region"
"$pmbench" resume "$region" 2>&1 | sed 's/^/  /' || status=1
rm -f "$region"
exit $status
