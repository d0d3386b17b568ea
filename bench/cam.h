/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The half of the benchmark `cam` that counts who believes to have won. */
#ifndef BENCH_CAM_H
#define BENCH_CAM_H

#include "bench.h"

enum { CAM_RACE_BYTES = 2 << 20 };
int cam_races(struct bench *b, struct bench_place *place);

#endif
