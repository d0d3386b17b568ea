/* SPDX-License-Identifier: BSD-3-Clause */
#include "proc/cstack.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "base/sanitizer.h"
#include "base/tunables.h"

size_t pm_cstack_bytes(size_t frames) {
  return PM_CSTACK_GUARD_BYTES + PM_CSTACK_LEAST_BYTES + PM_CSTACK_TIMES * ((frames + 4095) & ~(size_t)4095);
}

int pm_cstack_open(struct pm_cstack *s, size_t frames) {
  s->bytes = pm_cstack_bytes(frames);
  s->base = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (s->base != MAP_FAILED && !mprotect(s->base, PM_CSTACK_GUARD_BYTES, PROT_NONE)) return 0;
  if (s->base != MAP_FAILED) munmap(s->base, s->bytes);
  s->base = NULL;
  return -ENOMEM;
}

void pm_cstack_close(struct pm_cstack *s) {
  if (s->base) munmap(s->base, s->bytes);
  s->base = NULL;
}

struct call { int (*f)(void *); void *argument; int result; ucontext_t here, there; };

/* makecontext hands over ints: a pointer travels in two. */
static void begin(unsigned high, unsigned low) {
  struct call *c = (struct call *)((uintptr_t)high << 32 | low);
  c->result = c->f(c->argument);
}

int pm_cstack_call(struct pm_cstack *s, int (*f)(void *argument), void *argument) {
  if (pm_sanitizer_any()) return f(argument);
  struct call c = {.f = f, .argument = argument};
  uintptr_t at = (uintptr_t)&c;
  if (getcontext(&c.there)) return f(argument);
  c.there.uc_stack.ss_sp = s->base;
  c.there.uc_stack.ss_size = s->bytes;
  c.there.uc_link = &c.here;
  makecontext(&c.there, (void (*)(void))begin, 2, (unsigned)(at >> 32), (unsigned)at);
  swapcontext(&c.here, &c.there);
  return c.result;
}

bool pm_cstack_guards(const struct pm_cstack *s, const void *address) {
  return (const char *)address >= s->base && (const char *)address < s->base + PM_CSTACK_GUARD_BYTES;
}
