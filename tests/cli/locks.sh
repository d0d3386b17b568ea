#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: where flock() fails for another reason than that somebody has the lock, that reason is named, before anything is made.
. "$(dirname "$0")/../lib.sh"
deny=$2
case $deny in /*) ;; *) deny=$OLDPWD/$deny ;; esac
[ -x "$deny" ] || { echo "$deny is missing: its path, from the root, is the second argument"; exit 1; }
"$deny" ENOLCK flock true
[ $? = 0 ] || skip 'system calls cannot be refused here (seccomp)'

# without ERRNO ARGUMENTS...: the tool, where no file can be locked.
without() {
  local error=$1
  shift
  "$deny" "$error" flock "$pmbench" "$@" >"$work/out" 2>"$work/err"
  code=$?
  said="pmbench $* where flock says $error"
}
# named CODE WORDS: one line with the reason; nobody is blamed.
named() {
  ends "$1"
  says "cannot be locked: $2"
  says_not 'in use'
  says_not 'another (run|campaign|command)'
  check "$said: one line" equal "$(wc -l <"$work/err")" 1
  check "$said: nothing on stdout" test ! -s "$work/out"
}
mkdir regions
for way in 'ENOLCK No locks available' 'ENOSYS Function not implemented' 'EOPNOTSUPP Operation not supported'; do
  error=${way%% *} words=${way#* }
  for backend in file:regions/a dram:regions emulated:regions; do
    without $error run fib -n 20 --no-serial --backend $backend
    named 3 "$words"
    check "$said: nothing is left" is_empty "$(ls -A regions)"
  done
  without $error run fib -n 20 --no-serial
  named 3 "$words"
  check "$said: nothing is left" is_empty "$([ $own_shm = no ] || regions)"
  without $error doctor
  ends 3
  grep -q "cannot be locked: $words" out err || fail "$said: does not say why"
  # Before the run, not after it.
  without $error run fib -n 20 --no-serial --out results
  checks=$((checks + 1))
  [ $code = 2 ] || [ $code = 3 ] || fail "$said: exit code $code"
  says "results: cannot be locked: $words"
  check "$said: nothing was recorded" test ! -s results/runs.jsonl
done

# What is there stays as it is: a region that waits, one that is over.
run run fib -n 41 --procs 2 --no-serial --backend file:regions/a --fault crash=20ms
ends 130
before=$(sha256sum <regions/a)
without ENOLCK resume regions/a
named 3 'No locks available'
without ENOLCK run fib -n 20 --no-serial --backend file:regions/a --force
named 3 'No locks available'
check "$said: the region is as it was" equal "$(sha256sum <regions/a)" "$before"
run resume regions/a
ends 0

# A campaign.
cat >c.yaml <<'END'
name: small
runs: 1
matrix:
  workload: {name: fib, args: {n: 20}}
  procs: 1
END
run run c.yaml --out one
ends 0
without ENOLCK run c.yaml --out campaign
ends 3
says 'campaign: cannot be locked: No locks available'
says_not 'another campaign'
finish
