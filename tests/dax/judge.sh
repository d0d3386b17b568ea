# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced: what the emulated machine left in its folders, judged; a line a case.
passed=0 failed=0 resumed=0
pass() { passed=$((passed + 1)); echo "ok      $1"; }
# WHAT WHY [FILE]: the last lines of the file beside it.
fail() {
  failed=$((failed + 1))
  echo "FAILED  $1: $2"
  [ -z "${3:-}" ] || tail -n 4 "$3" 2>/dev/null | cut -c 1-300 | sed 's/^/          /'
}
equal() { [ "$1" = "$2" ]; }
# WORD FILE: the file says something, and not this.
lacks() { [ -n "$(cat "$2" 2>/dev/null)" ] && ! grep -qw "$1" "$2"; }
is() {
  local what=$1
  shift
  if "$@" 2>/dev/null; then pass "$what"; else fail "$what" "not so: $*"; fi
}
# BOOT: whether its job came to its end.
booted() { if [ -f "$work/$1/over" ]; then pass "$1: boots"; else fail "$1: boots" 'did not come to its end' "$work/$1.console"; fi; }
# KIND: a filter of records: planned, and done.
happened() { echo "([.fault_log[] | select(.kind == \"$1\" and (.state == \"done\" or .state == \"idle-victim\"))] | length) > 0"; }
# BOOT NAME CODE [PATTERN]: how a command ended, and what it said in its one line.
ends() {
  local at=$work/$1/$2 code
  code=$(cat "$at.code" 2>/dev/null) || { fail "$1: $2" 'was not tried'; return; }
  if [ "$code" != "$3" ]; then fail "$1: $2" "exit code $code instead of $3" "$at.err"
  elif [ -n "${4:-}" ] && ! grep -qE -- "$4" "$at.err"; then fail "$1: $2" "does not say '$4'" "$at.err"
  else pass "$1: $2"; fi
}
# BOOT NAME FILTER: ended right, and its record is so.
right() {
  local at=$work/$1/$2 code
  code=$(cat "$at.code" 2>/dev/null) || { fail "$1: $2" 'was not tried'; return; }
  if [ "$code" != 0 ]; then fail "$1: $2" "exit code $code" "$at.err"
  elif ! jq -es "length == 1 and (.[0] | .correct == true and ($3))" "$at.out" >/dev/null; then
    fail "$1: $2" "not so: $3"
    jq -c '{correct, fs, granularity, forced, lines, fences, fault_log: [.fault_log[] | {kind, state}]}' "$at.out" 2>/dev/null | cut -c 1-300
  else pass "$1: $2"; fi
}
# NUMBER: of a cut, what the next boot found. A region that was being made, or whose run was over, is no fault of the cut's.
after_cut() {
  local at=$work/cut$1/cut.resume code what
  [ -f "$work/cut$(($1 - 1))/cut" ] || { fail "cut $1" 'did not happen' "$work/cut$(($1 - 1)).console"; return; }
  grep -q '/mnt/p ext4' "$work/cut$1/mounts" 2>/dev/null || { fail "cut $1" 'the file system cannot be mounted any more' "$work/cut$1.console"; return; }
  [ -f "$at.code" ] || { pass "cut $1: between two runs"; return; }
  code=$(cat "$at.code")
  if [ "$code" = 0 ] && jq -e '.correct == true' "$at.out" >/dev/null; then
    resumed=$((resumed + 1))
    pass "cut $1: $(jq -r '"\(.workload) \(.args)"' "$at.out") resumed, right"
  elif [ "$code" = 2 ] && grep -qE 'while it made the region|its run is over|is empty|too short' "$at.err"; then
    pass "cut $1: $(sed 's/^pmbench: //' "$at.err" | cut -c 1-80)"
  else fail "cut $1" "exit code $code" "$at.err"; fi
}
finish() {
  echo "$passed passed, $failed failed"
  [ "$passed" -gt 0 ] && [ "$failed" = 0 ]
  exit
}
