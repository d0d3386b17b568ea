/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SIGINT, SIGTERM and SIGHUP wait while runs are made: the library obeys them while workers work,
 * and what comes in set-up, in the check or between two runs is obeyed by the command afterwards,
 * so that no region is left behind. What the caller ignores (nohup) stays ignored.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

enum { SIGNALS_ENDING = 3 };
struct signals {
  sigset_t held, before;
  struct sigaction was[SIGNALS_ENDING];
};

/* With `hold` false, nothing is held and nothing ever waits. */
void signals_hold(struct signals *s, bool hold);
bool signals_waiting(const struct signals *s);
/* Takes what waits, so that it does not end the process now; the record is written, and the exit
 * code says it. */
void signals_release(struct signals *s);

/* While nothing is there that could be left: one of them says so and ends the process with 130. */
void signals_end_at_once(struct signals *s, bool on);

#endif
