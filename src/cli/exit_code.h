/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tool's end says to a script. */
#ifndef CLI_EXIT_CODE_H
#define CLI_EXIT_CODE_H

enum exit_code {
  EXIT_RIGHT = 0,
  EXIT_INTERNAL = 1,
  EXIT_USAGE = 2,
  EXIT_MACHINE = 3,
  EXIT_WRONG = 4,
  EXIT_DIED = 5,
  EXIT_MISSED = 6,
  EXIT_REGRESSION = 7,
  EXIT_INTERRUPTED = 130
};

/* Of what pm_run returned. */
enum exit_code exit_code_of(int error);
/* The one that matters more, where several runs ended differently: a wrong result before everything
 * else. */
enum exit_code exit_code_worse(enum exit_code a, enum exit_code b);

#endif
