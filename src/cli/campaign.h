/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `pmbench run FILE.yaml`: a configuration's combinations, each of them a command line that would
 * also run alone, made in shuffled rounds and kept in a directory.
 */
#ifndef CLI_CAMPAIGN_H
#define CLI_CAMPAIGN_H

#include <jansson.h>
#include <limits.h>

#include "cli/plan.h"
#include "results/config.h"

enum { COMBINATIONS_MAX = 4096, COMBINATION_WORDS_MAX = 128 };

struct combination {                      /* strings are the configuration's */
  char **argv;                            /* "run", the workload, its options, ours */
  unsigned argc;
  const char *command;                    /* the same, quoted for a shell */
  const char *args_text;                  /* the workload's arguments in canonical form */
  const char *unavailable;                /* why it cannot even be tried; NULL: it can */
  const char *block;                      /* the first that it stands in; NULL: without a name */
  unsigned first, runs, warmup;           /* its runs stand from `first` on in the tables */
  /* What is known of it so far. */
  char reason[PM_TEXT_MAX];               /* why it is skipped; "": it is not */
  bool skipped, failed;
  uint64_t serial_ns, took_ns;            /* of the twin; of the runs that were made, set-up and all */
  unsigned made, right;
  unsigned twins;                         /* rounds for which the twin of its arguments has been measured */
};

struct campaign {
  const struct run_options *options;
  struct config config;
  struct combination *list;
  unsigned count, runs, warmups, cores;
  unsigned without_commits, repeated;     /* combinations that were left out */
  bool *done;                             /* of each run: it is in runs.jsonl */
  uint64_t *wall_ns;                      /* of each run; 0: not right, or not made */
  char directory[PATH_MAX];
  const char *out;                        /* the same as it was named */
  char out_text[CONFIG_NAME_MAX + 64];
  struct said said;
  int lock;
  bool stopped;                           /* by a signal, with runs still to make */
};

/* ---- campaign_expand.c ---- */
/* Fills the list. Returns 0, or a code of pmrun.h and one line in `error` (PM_TEXT_MAX bytes). */
int campaign_expand(struct campaign *c, char *error);
/* A new plan of one combination, checked, except for its places. */
int campaign_plan(const struct campaign *c, const struct combination *one, struct plan **plan,
                  char *error);
/* The words as a shell would read them, with "pmbench " before them; to be freed. */
char *campaign_command(const char *const *words, size_t count);

/* ---- campaign_keep.c ---- */
/* Makes the directory, or with --resume finds in it what is done. Says what is wrong. */
enum exit_code campaign_open(struct campaign *c);
void campaign_close(struct campaign *c);
/* What the records in `directory` tell of this campaign's runs. */
int campaign_recall(struct campaign *c, const char *directory, char *error);
/* Appends the row of a combination that cannot be run; `plan` is of it. */
int campaign_keep_skipped(struct campaign *c, const struct combination *one,
                          const struct plan *plan);

/* ---- campaign.c ---- */
enum exit_code campaign_run(const struct run_options *options);

#endif
