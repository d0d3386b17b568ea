# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by every test that is a shell script, with the path of the tool as that test's first argument: `. "$tests/lib.sh"`.
#
# What a test gets: a directory of its own, "$work", in which it stands; where the kernel lets it, a /dev/shm of its own
# ($own_shm is yes) and mounts of its own; an environment of a few variables that are named below, whatever the caller's; its
# folder, "$here", and that of all tests, "$tests". A name that must not exist is one in "$work".
#
# A test counts its checks and ends with `finish`. A check that fails prints one line and what the tool said last, and the
# last line of a failed test is the command that repeats it. Nothing waits by sleeping: `soon` waits for a condition, and
# `run spin --until FILE`, `--until-faults N`, `--until-commits N` last as long as something takes. The limits of time are
# nets under a test that hangs, a hundred times wider than what a busy machine needs.
set -u -m
pmbench=$(realpath -e "${1:?the path of pmbench}") || exit 1
if [ -z "${PMBENCH_TEST_INSIDE:-}" ]; then
  case ${TMPDIR:-} in *[[:space:]]*) TMPDIR=/tmp ;; esac        # paths without blanks: those with them are tried on purpose
  again=(env -i PATH="$PATH" HOME=/ TERM=dumb LC_ALL=C.UTF-8 TMPDIR="${TMPDIR:-/tmp}" PMBENCH_TEST_INSIDE=yes)
  for name in CC SEED KILLS LD_LIBRARY_PATH PKG_CONFIG_PATH ASAN_OPTIONS TSAN_OPTIONS UBSAN_OPTIONS; do
    [ -z "${!name+set}" ] || again+=("$name=${!name}")
  done
  as=-m
  [ "$(id -u)" = 0 ] || as=-rm
  if unshare $as mount -t tmpfs none /dev/shm 2>/dev/null; then
    exec "${again[@]}" own_shm=yes unshare $as bash -c 'mount -t tmpfs -o mode=1777 none /dev/shm && exec bash "$@"' bash \
      "$0" "$pmbench" "${@:2}" </dev/null
  fi
  exec "${again[@]}" own_shm=no bash "$0" "$pmbench" "${@:2}" </dev/null
fi
here=$(cd "$(dirname "$0")" && pwd)
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repeat="bash $here/$(basename "$0") $(printf '%q ' "$pmbench" "${@:2}")"
command -v jq >/dev/null || { echo "jq is missing: bench/install.sh names it"; exit 1; }
work=$(mktemp -d "$TMPDIR/pmbench-test-XXXXXX") || exit 1
checks=0 failures=0 code=0 pid=0 said=''
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export HOME=$work/.home
mkdir "$HOME"

# ---- checks ----------------------------------------------------------------------------------------------------------------

fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  sed 's/^/  stderr: /' "$work/err" 2>/dev/null | head -5
  [ $failures -lt 20 ] || { echo 'more than enough failed'; finish; }
}
# what CONDITION...: a check.
check() {
  local what=$1
  shift
  checks=$((checks + 1))
  "$@" || fail "$what: $(cut -c1-400 <<<"$*")"
}
is_empty() { [ -z "$*" ]; }
equal() { [ "$1" = "$2" ]; }
not() { ! "$@"; }
# skip REASON: of a test that this machine cannot make; the line says what would make it able to.
skip() {
  echo "skipped: $1"
  exit 77
}
finish() {
  echo "$checks checks, $failures failed"
  [ $checks -gt 0 ] && [ $failures = 0 ] && exit 0
  echo "again: $repeat"
  exit 1
}

# ---- the tool ----------------------------------------------------------------------------------------------------------------

# run ARGUMENTS...: the tool to its end; then $code, $work/out, $work/err.
run() {
  "$pmbench" "$@" >"$work/out" 2>"$work/err"
  code=$?
  said="pmbench $*"
}
# ends CODE: how the last run ended.
ends() {
  checks=$((checks + 1))
  [ "$code" = "$1" ] || fail "$said: exit code $code instead of $1"
}
# says PATTERN: on stderr.
says() {
  checks=$((checks + 1))
  grep -qE -- "$1" "$work/err" || fail "$said: stderr does not say '$1'"
}
says_not() {
  checks=$((checks + 1))
  ! grep -qE -- "$1" "$work/err" || fail "$said: stderr says '$1'"
}
# refuses PATTERN: the last run ended with exit code 2 and one line on stderr, and printed nothing.
refuses() {
  ends 2
  says "$1"
  check "$said: one line" equal "$(wc -l <"$work/err")" 1
  check "$said: nothing on stdout" test ! -s "$work/out"
}
# record FILTER: the last record on stdout; record_is FILTER: whether it holds.
record() { tail -n 1 "$work/out" | jq -r "$1"; }
record_is() {
  checks=$((checks + 1))
  [ "$(record "$1" 2>&1)" = true ] || fail "$said: not so: $1; $(record '[.correct, .faults, .error, (.fault_log | map([.kind, .state])[:20])] | tostring' 2>&1 | cut -c1-400)"
}
# start ARGUMENTS...: the tool in the background, in a process group of its own, as a shell starts a job; then $pid.
start() {
  "$pmbench" "$@" >"$work/out" 2>"$work/err" &
  pid=$!
  said="pmbench $*"
}
ended() {
  wait "$pid" 2>/dev/null
  code=$?
}
# each_ms STEP LAST: a list of times for --fault, of as many as fit. With `run spin --until-faults` as many, all of them happen,
# and the run is over soon after the last, however fast the machine is and whatever else it does.
each_ms() { seq -s, -f '%gms' "$1" "$1" "$2"; }
# happened KIND LEAST: so many times in the last record, to somebody.
happened() { record_is "[.fault_log[] | select(.kind == \"$1\" and (.state == \"done\" or .state == \"idle-victim\"))] | length >= $2"; }
# soon CONDITION...: waits until it holds; for two minutes, so that what hangs is named.
soon() {
  [[ $1 != [0-9]* ]] || shift
  local until=$((SECONDS + 120))
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.01
  done
}

# ---- processes and regions of a run ------------------------------------------------------------------------------------------

children_of() { cat "/proc/$1/task/$1/children" 2>/dev/null; }
supervisor_of() { set -- $(children_of "$1"); echo "${1:-}"; }
workers_of() { children_of "$1"; }
# The processes of a run: its command, the supervisor, the workers.
family_of() {
  local supervisor
  supervisor=$(supervisor_of "$1")
  echo "$1" $supervisor ${supervisor:+$(workers_of "$supervisor")}
}
working() { local s; s=$(supervisor_of "$1") && [ -n "$s" ] && [ -n "$(workers_of "$s")" ]; }
gone() { local p; for p in "$@"; do [ -e "/proc/$p" ] && ! grep -q '^State:.Z' "/proc/$p/status" && return 1; done 2>/dev/null; true; }
regions() { find "${1:-/dev/shm}" -maxdepth 1 -name 'pmbench-*.region' 2>/dev/null; }
# left_in_shm PID: what a run left; with a /dev/shm of our own anybody's.
left_in_shm() { if [ "$own_shm" = yes ]; then regions; else regions | grep -e "-$1-"; fi; }

# ---- reports -----------------------------------------------------------------------------------------------------------------

data=$tests/report/data                   # recorded runs
figures="backends cost fault-rate flush recovery speedup steal-matrix steal-rate time"
# report CODE DIRECTORY [OPTIONS]: its end, one line or none on stderr.
report() {
  local expected=$1
  shift
  run report "$@"
  ends "$expected"
  [ "$expected" = 0 ] || check "$said: one line on stderr" equal "$(wc -l <"$work/err")" 1
  [ "$expected" = 0 ] || check "$said: nothing on stdout" test ! -s "$work/out"
}
well_formed() { python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$1" 2>/dev/null; }
need_gnuplot() { command -v gnuplot >/dev/null || skip "no gnuplot (package gnuplot-nox)"; }
