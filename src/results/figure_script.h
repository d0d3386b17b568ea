/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of plots/: found, copied to where they are kept, and given to gnuplot. */
#ifndef RESULTS_FIGURE_SCRIPT_H
#define RESULTS_FIGURE_SCRIPT_H

#include <stddef.h>

/* Where `name` lies: in PMBENCH_PLOTS if that is set; in the source tree for an executable in the
 * build tree; else where the executable was installed. Returns 0, or PM_E_MACHINE and a line in
 * `error` (PM_TEXT_MAX bytes). */
int script_find(const char *name, char *path, size_t bytes, char *error);
/* The whole of it, to be freed. */
int script_read(const char *name, char **text, char *error);
/* To DIRECTORY/NAME. Returns 0, PM_E_MACHINE or -errno. */
int script_copy(const char *name, const char *directory, char *error);
/* gnuplot NAME, in DIRECTORY. Returns 0, PM_E_MACHINE where there is no gnuplot, or -errno; its own
 * words in `error`. */
int script_run(const char *name, const char *device, const char *directory, char *error);

#endif
