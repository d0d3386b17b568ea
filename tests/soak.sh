#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A long campaign, not part of the ordinary suite: new seeds of the simulation, new damage, new cases of
# the fuzzer, and new campaigns of real kills, until the time
# is over or something is wrong. Usage: bash tests/soak.sh [MINUTES]
set -u
cd "$(dirname "$0")/.."
. bench/install.sh
install_packages && install_packages $test_packages || exit 1
[ -f build-test/build.ninja ] || meson setup build-test >/dev/null || exit 1
meson compile -C build-test >/dev/null || exit 1
end=$((SECONDS + ${1:-30} * 60)) first=${FIRST:-$(date +%s)000}
while [ $SECONDS -lt $end ]; do
  echo "simulation from seed $first"
  FIRST=$first SEEDS=20000 build-test/tests/sim_test || exit 1
  SEED=$first MUTANTS=1000 build-test/tests/corpus_test build-test/src/cli/pmbench || exit 1
  build-test/tests/fuzz_loop 50000 "$first" || exit 1
  bash tests/fuzz/clang.sh . 200000 -seed="$((first % 4294967296))" || [ $? = 77 ] || exit 1
  SEED=$first bash tests/faults/every_kind.sh build-test/src/cli/pmbench || exit 1
  bash bench/progress.sh --short build-test/src/cli/pmbench || exit 1
  first=$((first + 20000))
done
echo "nothing wrong"
