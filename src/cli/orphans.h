/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Regions that an earlier crash left behind: files of ours named pmbench-*.region that nobody holds
 * a lock on, and that are not the finished region of a run with --keep. Only the lock says that
 * nobody works on it any more: a process number may be anybody's by now, and a clock may be wrong.
 */
#ifndef CLI_ORPHANS_H
#define CLI_ORPHANS_H

#include <stdbool.h>

/* In /dev/shm and in `directory` (NULL: there only; a file's name: the directory it is in). Warns
 * of them and says what to do; with `clean` removes them and says so. Returns 0, or -errno after a
 * line on stderr if one could not be removed. */
int orphans_handle(const char *directory, bool clean);

#endif
