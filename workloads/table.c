/* SPDX-License-Identifier: BSD-3-Clause */
#include "workload.h"

const struct workload *const workloads[] = {&workload_fib, &workload_quicksort, &workload_matrix, &workload_spin, NULL};
