# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the tests of the tool, which get its path as their argument. Each has a folder of its own, "$work", and where
# the kernel lets it a /dev/shm of its own ($own_shm is yes): neither meddles with runs beside it. A test counts its checks
# and ends with `finish`; a check that fails prints one line and what the tool said last.
set -u -m
pmbench=$(realpath -e "${1:?the path of pmbench}") || exit 1
if [ -z "${PMBENCH_TEST_INSIDE:-}" ]; then
  as=-m
  [ "$(id -u)" = 0 ] || as=-rm
  own_shm=no
  unshare $as mount -t tmpfs none /dev/shm 2>/dev/null && own_shm=yes
  export own_shm PMBENCH_TEST_INSIDE=yes
  if [ $own_shm = yes ]; then
    exec unshare $as bash -c 'mount -t tmpfs -o mode=1777 none /dev/shm && exec bash "$@"' bash "$0" "$pmbench"
  fi
fi
command -v jq >/dev/null || { echo "jq is missing: bench/install.sh names it"; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/pmbench-test-XXXXXX")
checks=0 failures=0 code=0 pid=0
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export TERM=dumb
unset NO_COLOR

fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  sed 's/^/  stderr: /' "$work/err" 2>/dev/null | head -5
  [ $failures -lt 20 ] || { echo 'more than enough failed'; exit 1; }
}
# what CONDITION...: a check.
check() {
  local what=$1
  shift
  checks=$((checks + 1))
  "$@" || fail "$what: $*"
}
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
# record FILTER: the last record on stdout; record_is FILTER: whether it holds.
record() { tail -n 1 "$work/out" | jq -r "$1"; }
record_is() {
  checks=$((checks + 1))
  [ "$(record "$1" 2>&1)" = true ] || fail "$said: not so: $1"
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
# soon SECONDS CONDITION...: waits until it holds.
soon() {
  local until=$(($(date +%s%N) + $1 * 1000000000))
  shift
  until "$@"; do
    [ "$(date +%s%N)" -lt "$until" ] || return 1
    sleep 0.01
  done
}
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
left_in_shm() { if [ $own_shm = yes ]; then regions; else regions | grep -e "-$1-"; fi; }
is_empty() { [ -z "$*" ]; }
equal() { [ "$1" = "$2" ]; }

finish() {
  echo "$checks checks, $failures failed"
  [ $checks -gt 0 ] && [ $failures = 0 ]
  exit
}
