#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Purpose: every source file names its licence in one of its first lines, and it is the licence of its place; the texts are there.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0 seen=0
complain() { echo "$1"; bad=1; }

sources() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then git ls-files --cached --others --exclude-standard
  else find . -path './build*' -prune -o -type f -printf '%P\n'; fi |
    grep -E '\.(c|h|cpp|in|sh|gp|html|ya?ml)$|^\.ci/' | grep -v '/data/'
}

# The licence of a place; nothing where the tool and the library meet.
licence_of() {
  case $1 in
    src/results/* | src/cli/* | bench/* | plots/* | configs/* | .ci/* | tests/cli/* | tests/results/* | tests/report/*) echo GPL-3.0-or-later ;;
    src/* | workloads/* | tests/base/* | tests/pm/* | tests/mem/* | tests/task/* | tests/sched/* | tests/proc/* | tests/sim/*) echo BSD-3-Clause ;;
    tests/*) ;;
    *) echo unknown-place ;;
  esac
}

while read -r file; do
  [ -f "$file" ] || continue
  seen=$((seen + 1))
  said=$(head -n 4 "$file" | grep -oE 'SPDX-License-Identifier: [A-Za-z0-9.-]+' | cut -d' ' -f2)
  wanted=$(licence_of "$file")
  if [ -z "$said" ]; then complain "$file: no SPDX-License-Identifier in its first lines"
  elif [ "$wanted" = unknown-place ]; then complain "$file: a place whose licence this test does not know"
  elif [ ! -f "LICENSES/$said.txt" ]; then complain "$file: $said, and there is no LICENSES/$said.txt"
  elif [ -n "$wanted" ] && [ "$said" != "$wanted" ]; then complain "$file: $said, and its place is $wanted"
  fi
done < <(sources)
[ "$seen" -gt 100 ] || complain "only $seen source files found: this test sees nothing"

grep -q '^Copyright (c) [0-9]* the pmbench authors$' LICENSES/BSD-3-Clause.txt || complain 'BSD-3-Clause: no line of copyright'
grep -q 'Copyright (c) [0-9]* the pmbench authors' COPYING || complain 'COPYING: no line of copyright'
grep -q 'END OF TERMS AND CONDITIONS' LICENSES/GPL-3.0-or-later.txt || complain 'GPL-3.0-or-later: not the whole text'
exit $bad
