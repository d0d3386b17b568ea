/* SPDX-License-Identifier: BSD-3-Clause */
/* The handler finds its mapping in a table of fixed size: a handler cannot wait for a lock. */
#include "pm/gone.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "pm/region_layout.h"

enum { WATCHED_MAX = PM_SLOTS_MAX + 8 };          /* workers that are threads have a mapping each */
struct watched { _Atomic(const char *) base; _Atomic uint64_t bytes; _Atomic bool seen; };
static struct watched watched[WATCHED_MAX];
static unsigned count;
static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction before;

static struct watched *find(const char *base) {
  for (unsigned i = 0; i < WATCHED_MAX; i++)
    if (atomic_load(&watched[i].base) == base) return &watched[i];
  return NULL;
}

bool pm_gone_mend(const void *address) {
  for (unsigned i = 0; i < WATCHED_MAX; i++) {
    const char *base = atomic_load(&watched[i].base), *at = address;
    uint64_t bytes = atomic_load(&watched[i].bytes);
    if (!base || at < base || at >= base + bytes) continue;
    char *page = (char *)((uintptr_t)at & ~(uintptr_t)(PM_PAGE - 1));
    void *zeros = mmap(page, (size_t)(base + bytes - page), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    atomic_store(&watched[i].seen, true);
    return zeros != MAP_FAILED;
  }
  return false;
}

/* Not ours: it happens again, to whoever had the signal before. */
static void on_bus(int signo, siginfo_t *info, void *context) {
  (void)context;
  if (!pm_gone_mend(info->si_addr)) sigaction(signo, &before, NULL);
}

void pm_gone_watch(const char *base, uint64_t bytes) {
  pthread_mutex_lock(&table);
  struct watched *w = find(NULL);
  if (w) {
    atomic_store(&w->seen, false);
    atomic_store(&w->bytes, bytes);
    atomic_store(&w->base, base);
    if (!count++) {
      struct sigaction a = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
      sigaction(SIGBUS, &a, &before);
    }
  }
  pthread_mutex_unlock(&table);
}

void pm_gone_unwatch(const char *base) {
  pthread_mutex_lock(&table);
  struct watched *w = base ? find(base) : NULL;
  if (w) {
    atomic_store(&w->base, NULL);
    if (!--count) sigaction(SIGBUS, &before, NULL);
  }
  pthread_mutex_unlock(&table);
}

bool pm_gone_seen(const char *base) {
  const struct watched *w = base ? find(base) : NULL;
  return w && atomic_load(&w->seen);
}
