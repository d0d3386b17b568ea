#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Purpose: what lies beside a file that the tool writes is left alone, whatever its name is; the names under which a file is written
# before it has its own cannot be known before.
. "$(dirname "$0")/../lib.sh"

printf '3\n1\n2\n' >in
# planted DIRECTORY COMMAND...: where names made of a process number lie there before, as files and as links to a letter.
planted() {
  local directory=$1 kind
  shift
  for kind in file link; do
    rm -rf "$directory" && mkdir "$directory"
    echo 'a letter' >letter
    said="$* beside a $kind"
    # The tool has the process number of the shell that plants them.
    bash -c 'kind=$1 directory=$2; shift 2
      for name in .pmbench-$$.part .serial.json-$$ .machine.json-$$ .config.json-$$ .index.html-$$ machine.hwloc.xml.part; do
        if [ $kind = file ]; then cp letter "$directory/$name"; else ln -s "$OLDPWD_LETTER" "$directory/$name"; fi
      done
      exec "$@"' bash $kind "$directory" "$@" >out 2>err
    code=$?
    ends 0
    check "$said: the letter" equal "$(cat letter)" 'a letter'
    planted=$(find "$directory" -name '.*' -type "${kind:0:1}" | wc -l)
    check "$said: all of them are still there" equal "$planted" 5
    if [ $kind = file ]; then
      check "$said: as they were" equal "$(find "$directory" -name '.*' -type f -exec cat {} + | sort -u)" 'a letter'
    fi
    check "$said: nothing else is left" is_empty "$(find "$directory" -name '.pmbench-*.part' | grep -v -- '-[0-9]*\.part$')"
  done
}
export OLDPWD_LETTER=$work/letter
planted there "$pmbench" run quicksort --input in --procs 1 --output there/sorted
check 'sorted' equal "$(tr '\n' ' ' <there/sorted)" '1 2 3 '
planted there "$pmbench" run fib -n 20 --procs 1 --out there
check 'its files' test -s there/runs.jsonl -a -s there/serial.json -a -s there/machine.json
"$pmbench" run fib -n 20 --procs 1 --out kept >out 2>err
planted there bash -c 'cp "$1"/kept/* there && exec "$2" report there --tables' bash "$work" "$pmbench"
check 'a table' test -s there/runs.csv

# Where no file can be made without a name, or given one: under another one.
if [ $own_shm = yes ]; then
  planted there unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' x "$pmbench" run quicksort --input in --procs 1 --no-serial \
    --output there/sorted
  check 'sorted without /proc' equal "$(tr '\n' ' ' <there/sorted)" '1 2 3 '
fi
finish
