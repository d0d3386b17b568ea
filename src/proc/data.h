/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROC_DATA_H
#define PROC_DATA_H

#include "pm/region.h"

struct pm_data_core { struct pm_region *region; bool refused; };       /* refused: pm_alloc had no room */
void pm_data_open(struct pm_data *d, struct pm_data_core *core, struct pm_region *r);

#endif
