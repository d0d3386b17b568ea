#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Purpose: tests/fuzz/region.c by libFuzzer, watched by the sanitizer for undefined behaviour and for addresses.
# Usage: clang.sh SOURCE RUNS [OPTION OF LIBFUZZER ...]. 77 where clang or its libFuzzer is missing.
set -u
source=$(realpath -e "$1") runs=$2
shift 2
for CC in "${CLANG:-clang}" ''; do command -v "$CC" >/dev/null && break; done
[ -n "$CC" ] || { echo 'no clang: bench/install.sh names it'; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/pmbench-test-XXXXXX")
trap 'rm -rf "$work"' EXIT
echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n ? 0 : 0; }' >"$work/empty.c"
"$CC" -fsanitize=fuzzer,address,undefined "$work/empty.c" -o "$work/empty" 2>/dev/null || { echo "$CC has no libFuzzer"; exit 77; }
sources=$(ls "$source"/src/{base,pm,mem,task,sched,proc}/*.c "$source"/src/cli/{inspect_object,inspect_args,inspect_words,say}.c \
  "$source"/tests/sim/{sim,region,tree,mutant}.c "$source"/tests/fuzz/region.c)
# shellcheck disable=SC2086
"$CC" -std=gnu17 -O1 -g -w -D_GNU_SOURCE -DPM_POINTS -DPM_VERSION='"fuzz"' -fsanitize=fuzzer,address,undefined \
  -fno-sanitize-recover=undefined -I"$source/src" -I"$source/src/include" -I"$source/tests/sim" $sources -o "$work/fuzz_region" \
  $(pkg-config --cflags --libs libpmem2 hwloc libxxhash jansson) -lpthread -lm || exit 1
cd "$work" && mkdir corpus && ./fuzz_region -runs="$runs" -seed=1 -max_len=330 -use_value_profile=1 -timeout=60 -artifact_prefix="$work/" "$@" corpus >log 2>&1
code=$?
tail -3 log
[ $code = 0 ] && exit 0
tail -40 log
for case in crash-* timeout-* oom-*; do [ -f "$case" ] && echo "$case: $(base64 -w0 <"$case")"; done
exit 1
