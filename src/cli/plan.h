/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One command line, checked and made ready to be run, as often as its maker likes. */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include <limits.h>

#include "cli/attempt.h"
#include "cli/run_options.h"

struct plan {                             /* run_options_parse() fills `options`; the rest: zero */
  struct run_options options;
  struct fault_set faults;
  _Alignas(64) unsigned char args[PM_PROGRAM_ARGS_MAX];
  char settings[256];
  char args_text[4096], host[HOST_NAME_MAX + 1], directory[PATH_MAX], out[PATH_MAX],
      replay[PATH_MAX];
  struct workload_serial twin;
  struct description description;
  const char *title;                      /* of the progress line; NULL: what runs, and which run */
  const char *campaign;                   /* see struct attempt */
  char *obstacle;
  struct said *said;
};

/* What the command line asks for: the workload's arguments, faults, the backend's path. Nothing is
 * written. Returns 0, or a code of pmrun.h and one line in `error` (PM_TEXT_MAX bytes), as do the
 * next two. */
/* Whether the backend's path can be. */
int plan_check_path(const struct plan *p, char *error);
int plan_check(struct plan *p, char *error);
/* Workers, pinning, slots. */
int plan_check_places(const struct run_options *o, char *error);
/* What the library would refuse, such as a memory that is too small or a place without a granularity: shown before the serial twin
 * has run. */
int plan_check_space(const struct plan *p, char *error);
/* The part of a backend after the colon, or NULL. */
const char *plan_backend_path(const char *backend);

/* Makes the directory of --out, if one was named. */
enum exit_code plan_prepare_out(struct plan *p);
/* What stands in the record; argv stays the caller's. */
void plan_describe(struct plan *p, int argc, char **argv);
/* Asks the serial twin, or DIR/serial.json, unless --no-serial. */
void plan_measure_serial(struct plan *p, bool again);
struct attempt_end plan_run_once(struct plan *p, uint64_t rep, bool warmup);
void plan_free(struct plan *p);

#endif
