# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of `pmbench report` share: a directory of their own, the recorded runs, checks that count. Sourced with the
# tool as the first argument.
set -u
pmbench=$(realpath "$1")
data=$(realpath "$(dirname "$0")/data")
cd "$(mktemp -d)" && trap 'rm -rf "$PWD"' EXIT
failed=0
check() {
  local what=$1
  shift
  "$@" || { echo "FAILED: $what"; failed=1; }
}
equal() { [ "$1" = "$2" ] || { echo "  $1, not $2"; return 1; }; }
not() { ! "$@"; }
# report CODE DIRECTORY [OPTIONS]: its end, one line or none on stderr.
report() {
  local code=$1
  shift
  "$pmbench" report "$@" >out 2>err
  check "report $*: ends with $code" equal $? "$code"
  [ "$code" = 0 ] || check "report $*: one line on stderr" equal "$(wc -l <err)" 1
  [ "$code" = 0 ] || check "report $*: nothing on stdout" test ! -s out
}
well_formed() { python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$1" 2>/dev/null; }
finish() {
  [ $failed = 0 ] && echo "all right"
  exit $failed
}
figures="backends cost fault-rate flush recovery speedup steal-matrix steal-rate time"
need_gnuplot() { command -v gnuplot >/dev/null || { echo "no gnuplot: not tested"; exit 77; }; }
