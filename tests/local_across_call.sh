#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Purpose: a C local that must live across a place where a task can be resumed is rejected by the compiler, as pmsched.h
# promises; the same value in the frame compiles.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
cc=${CC:-cc}
flags=(-std=gnu17 -O2 -Wall -Werror=maybe-uninitialized "-I$root/src/include" -c -o /dev/null -x c -)
bad=0

# A task that makes a value, comes to the place $2, and uses the value after it; $1 is where the value lives.
program() {
  local keep=$1 across=$2 declare=""
  [ "$keep" = kept ] && declare="int64_t kept;"
  cat <<CODE
#include <pmsched.h>
int64_t value_of(int64_t);
PM_TASK(int64_t, leaf, (int64_t n;), (char unused;)) { return a.n; }
PM_TASK(pm_none, quiet, (int64_t n;), (char unused;)) { return PM_NONE; }
PM_TASK(int64_t, task, (int64_t n;),
        (PM_FORKED(leaf) x; PM_FORKED(quiet) z; int64_t y; int64_t in_frame; pm_mark m;)) {
  PM_BEGIN(task);
  PM_READ_MARK(my->m);
  PM_FORK(my->z, quiet, 1);
  PM_FORK(my->x, leaf, 1);
  my->y = 0;
  my->in_frame = 0;
  $declare
  $keep = value_of(a.n);
  $across;
  my->y += $keep;
  PM_RETURN(my->y);
  PM_END;
}
const struct pm_task tasks[] = {PM_ENTRY(leaf), PM_ENTRY(quiet), PM_ENTRY(task)};
CODE
}

compiles() { program "$1" "$2" | $cc "${flags[@]}" 2>"$errors"; }

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
while read -r across; do
  if ! compiles my-\>in_frame "$across"; then
    echo "in the frame, across $across: does not compile"
    cat "$errors"
    bad=1
  fi
  if compiles kept "$across"; then
    echo "a local across $across: compiles"
    bad=1
  elif ! grep -q 'maybe-uninitialized' "$errors"; then
    echo "a local across $across: rejected for another reason"
    cat "$errors"
    bad=1
  fi
done <<'PLACES'
PM_CALL(my->y, leaf, 2)
PM_RUN(quiet, 2)
PM_JOIN(my->y, my->x, leaf)
PM_SYNC(my->x, leaf)
PM_COMMIT_HERE()
PM_BEFORE_OVERWRITE(my->m)
PLACES
exit $bad
