/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/say.h"

static bool on_terminal(void) {
  const char *term = getenv("TERM");
  return isatty(STDERR_FILENO) && term && strcmp(term, "dumb");
}

static int columns(void) {
  struct winsize size;
  return !ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col > 10 ? size.ws_col - 1 : 79;
}

void progress_show(struct progress *p, const struct pm_progress *now) {
  if (!on_terminal()) return;
  char elapsed[SAY_TEXT_MAX], left[SAY_TEXT_MAX], line[512], eta[64] = "";
  uint64_t span = now->elapsed_ns > p->last_ns ? now->elapsed_ns - p->last_ns : 0;
  uint64_t steals = now->steals > p->last_steals ? now->steals - p->last_steals : 0;
  double rate = span ? (double)steals * 1e9 / (double)span : 0;
  p->last_ns = now->elapsed_ns;
  p->last_steals = now->steals;
  if (p->expected_ns > now->elapsed_ns)
    snprintf(eta, sizeof eta, ", about %s to go", say_time(p->expected_ns - now->elapsed_ns, left));
  int title = snprintf(line, sizeof line, "%.200s: ", p->title);
  int bytes = title + snprintf(line + title, sizeof line - (size_t)title,
                               "%s, %.0f steals/s, %u live, %" PRIu64 " faults%s",
                               say_time(now->elapsed_ns, elapsed), rate, now->live, now->faults, eta);
  const char *shown = bytes > columns() ? line + title : line; /* what changes, if not all has room */
  fprintf(stderr, "\r%.*s\033[K", columns(), shown);
  fflush(stderr);
  p->shown = true;
}

void progress_end(struct progress *p) {
  if (p->shown) fprintf(stderr, "\r\033[K");
  p->shown = false;
  p->last_ns = p->last_steals = 0;
}
