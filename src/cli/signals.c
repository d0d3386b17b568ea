/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/signals.h"

#include <stddef.h>
#include <time.h>

static const int endings[] = {SIGINT, SIGTERM, SIGHUP};
enum { ENDINGS = sizeof endings / sizeof *endings };

void signals_hold(struct signals *s, bool hold) {
  sigemptyset(&s->held);
  for (int i = 0; hold && i < ENDINGS; i++) {
    struct sigaction action;
    if (!sigaction(endings[i], NULL, &action) && action.sa_handler != SIG_IGN)
      sigaddset(&s->held, endings[i]);
  }
  sigprocmask(SIG_BLOCK, &s->held, &s->before);
}

bool signals_waiting(const struct signals *s) {
  sigset_t waiting;
  sigpending(&waiting);
  for (int i = 0; i < ENDINGS; i++)
    if (sigismember(&s->held, endings[i]) && sigismember(&waiting, endings[i])) return true;
  return false;
}

void signals_release(struct signals *s) {
  struct timespec now = {0};
  while (signals_waiting(s)) sigtimedwait(&s->held, NULL, &now);
  sigprocmask(SIG_SETMASK, &s->before, NULL);
}
