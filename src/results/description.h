/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one run was asked to be. It lies in the region as text, so that `pmbench resume` gives the
 * record and the output that the run itself would have given, even if the command that began it was
 * killed.
 */
#ifndef RESULTS_DESCRIPTION_H
#define RESULTS_DESCRIPTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DESCRIPTION_TEXT_MAX 16384        /* struct pm_peek's note */

struct description {                      /* strings stay their owner's: argv's, or `owned` */
  const char *workload, *args;            /* args: canonical text */
  const char *host, *directory;           /* where relative paths begin */
  const char *backend, *pin, *capsule;    /* as asked for; NULL: the default */
  const char *settings;                   /* the rest of what was set: "watchdog=50ms stack=128KiB"; NULL or "": nothing */
  const char *out, *fault_replay;         /* absolute; NULL: none */
  const char *serial_answer;              /* the serial twin's; NULL or "": not to be compared */
  char started_at[32];                    /* UTC, RFC 3339 */
  const char *const *argv;
  unsigned argc;
  const char *const *faults;              /* the texts of --fault */
  unsigned fault_count;
  uint64_t n, tasks, seed, rep, serial_ns; /* tasks, serial_ns: 0 unknown */
  uint64_t respawn_delay_ns, timeout_ns, watchdog_ns;
  unsigned procs;                         /* 0: one a core */
  bool json, keep, no_check, auto_resume;
  json_t *parsed;                         /* of a parsed one, whose strings are these: */
  char **owned;
  size_t owned_count;
};

/* Now, for started_at. */
void description_stamp(struct description *d);
/* JSON text shorter than DESCRIPTION_TEXT_MAX, to be freed; where argv is too long for it, argv is
 * cut and ends in "...". NULL if even that does not fit. */
char *description_text(const struct description *d);
/* Returns 0, or -1 where `text` is none; description_free() in any case. */
int description_parse(struct description *d, const char *text);
void description_free(struct description *d);

#endif
