/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The serial sort of 64-bit integers: quicksort in place, without a branch that depends on what it compares. It is the leaf
 * of `quicksort`, and its serial twin. n log n for every input.
 */
#ifndef WORKLOADS_SORT_WORDS_H
#define WORKLOADS_SORT_WORDS_H

#include <stddef.h>
#include <stdint.h>

void sort_words(int64_t *v, size_t n);

#endif
