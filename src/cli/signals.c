/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/signals.h"

#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "cli/exit_code.h"

static const int endings[SIGNALS_ENDING] = {SIGINT, SIGTERM, SIGHUP};

void signals_hold(struct signals *s, bool hold) {
  sigemptyset(&s->held);
  for (int i = 0; hold && i < SIGNALS_ENDING; i++) {
    struct sigaction action;
    if (!sigaction(endings[i], NULL, &action) && action.sa_handler != SIG_IGN)
      sigaddset(&s->held, endings[i]);
  }
  sigprocmask(SIG_BLOCK, &s->held, &s->before);
}

bool signals_waiting(const struct signals *s) {
  sigset_t waiting;
  sigpending(&waiting);
  for (int i = 0; i < SIGNALS_ENDING; i++)
    if (sigismember(&s->held, endings[i]) && sigismember(&waiting, endings[i])) return true;
  return false;
}

static void end_at_once(int signo) {
  static const char text[] = "pmbench: interrupted\n";
  (void)signo;
  if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {}
  _exit(EXIT_INTERRUPTED);
}

void signals_end_at_once(struct signals *s, bool on) {
  struct sigaction action = {.sa_handler = end_at_once};
  for (int i = 0; i < SIGNALS_ENDING; i++) {
    if (!on && s->was[i].sa_handler != SIG_IGN) sigaction(endings[i], &s->was[i], NULL);
    if (!on || sigaction(endings[i], NULL, &s->was[i]) || s->was[i].sa_handler == SIG_IGN) continue;
    sigaction(endings[i], &action, NULL);
  }
}

void signals_release(struct signals *s) {
  struct timespec now = {0};
  while (signals_waiting(s)) sigtimedwait(&s->held, NULL, &now);
  sigprocmask(SIG_SETMASK, &s->before, NULL);
}
