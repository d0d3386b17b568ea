/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --timeout: the end of a command's time, whatever it does then. While workers work the library ends
 * them and says so; in everything else - the serial twin, reading, set-up, check, output, a library
 * that never returns - a signal's handler says it and ends the process with 130: the region is kept
 * and named where it is worth it, removed where not, and no output is half-written.
 */
#ifndef CLI_DEADLINE_H
#define CLI_DEADLINE_H

#include <stdint.h>

/* From now on; `timeout_ns` 0: none. With `patience_ns`, what runs outside of the workers gets so long to
 * return by itself before the process ends: in a campaign others wait for their turn. */
void deadline_begin(uint64_t timeout_ns, uint64_t patience_ns);
void deadline_end(void);
/* When it began, for the library: of CLOCK_MONOTONIC. */
uint64_t deadline_from_ns(void);

#endif
