/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The one line that the library writes: without it a bug would be a death without a reason. */
_Noreturn void pm_check_failed(const char *what, const char *file, int line) {
  char text[256];
  int n = snprintf(text, sizeof text, "pmsched: check failed: %s (%s:%d)\n", what, file, line);
  if (n > 0) (void)!write(STDERR_FILENO, text, strlen(text));
  abort();
}
