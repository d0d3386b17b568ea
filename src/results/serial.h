/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time of a workload's serial twin: measured once for each argument text, and kept in
 * DIRECTORY/serial.json. */
#ifndef RESULTS_SERIAL_H
#define RESULTS_SERIAL_H

#include <stdbool.h>

#include "workload.h"

struct serial_key { const char *args, *host; uint64_t seed; };

/* From the file if it holds it, else measured and written there. `directory` may be NULL. `again`:
 * measured in any case. Returns 0, or a negative number and a line in `error` (PM_TEXT_MAX bytes).
 */
int serial_find(const struct workload *workload, const void *args, const struct serial_key *key,
                const char *directory, bool again, struct workload_serial *twin, char *error);

#endif
