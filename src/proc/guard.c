/* SPDX-License-Identifier: BSD-3-Clause */
#include "proc/guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>

#include "base/sanitizer.h"
#include "pm/gone.h"

static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum { FAULTS = sizeof faults / sizeof *faults, STACK_BYTES = 65536 };
static _Thread_local sigjmp_buf *way_out;

static void on_fault(int signo, siginfo_t *info, void *context) {
  (void)context;
  if (signo == SIGBUS && pm_gone_mend(info->si_addr)) return;     /* goes on, with zeros; its caller asks */
  if (way_out) siglongjmp(*way_out, signo);
  signal(signo, SIG_DFL);               /* another thread's: as if nobody had been here */
}

int pm_guard_call(int (*f)(void *argument), void *argument, int *fault) {
  if (pm_sanitizer_any()) {             /* its own handlers end the process, with a report */
    *fault = 0;
    return f(argument);
  }
  struct sigaction before[FAULTS], ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigjmp_buf out;
  stack_t stack = {.ss_size = STACK_BYTES}, stack_before;
  stack.ss_sp = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  bool has_stack = stack.ss_sp != MAP_FAILED && !sigaltstack(&stack, &stack_before);
  for (int i = 0; i < FAULTS; i++) sigaction(faults[i], &ours, &before[i]);
  int result;
  *fault = sigsetjmp(out, 1);
  if (!*fault) {
    way_out = &out;
    result = f(argument);
  } else {
    result = -*fault;
  }
  way_out = NULL;
  for (int i = 0; i < FAULTS; i++) sigaction(faults[i], &before[i], NULL);
  if (has_stack) sigaltstack(&stack_before, NULL);
  if (stack.ss_sp != MAP_FAILED) munmap(stack.ss_sp, STACK_BYTES);
  return result;
}
