/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/standard_output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

static int first_error;
static bool told;

void standard_output_flush(void) {
  bool lost = ferror(stdout);
  errno = 0;
  if (fflush(stdout)) lost = true;
  if (lost && !first_error) first_error = errno ? errno : -1;
}

bool standard_output_is_deserted(void) {
  struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
  return poll(&p, 1, 0) == 1 && p.revents & (POLLERR | POLLHUP);
}

void standard_output_told(void) { told = true; }

int standard_output_end(void) {
  standard_output_flush();
  if (told) return 0;
  return first_error == EPIPE || (first_error && standard_output_is_deserted()) ? 0 : first_error;
}
