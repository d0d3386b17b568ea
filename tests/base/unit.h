/* SPDX-License-Identifier: BSD-3-Clause */
/* cmocka with the headers it needs, and what more than one test of the library asks. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define assert_text_has(text, part)                                                     \
  do {                                                                                  \
    if (!strstr((text), (part))) fail_msg("\"%s\" does not say \"%s\"", (text), (part)); \
  } while (0)

/* Runs `f` in a process of its own, without its stderr. The signal that ended it, 0 if it returned. */
static inline int unit_signal_of(void (*f)(void *), void *context) {
  fflush(NULL);
  pid_t pid = fork();
  if (!pid) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(STDERR_FILENO);
    for (int s = 1; s < 32; s++) signal(s, SIG_DFL);
    f(context);
    _exit(0);
  }
  int status = 0;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

#endif
