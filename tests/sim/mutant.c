/* SPDX-License-Identifier: BSD-3-Clause */
#include "proc/mutant.h"

enum pm_mutant pm_mutant;
