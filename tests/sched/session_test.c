/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: a seat belongs to one process until it ends: a living holder keeps it, a stopped one too; a dead one's is taken over by
 * exactly one heir, who is told. A session's first error wins; a stop lowers every limit; a bell wakes who is parked.
 */
#include "sched/session.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "unit.h"

enum { SLOTS = 4 };

/* A child that takes seat `k`, says so through the pipe, and lives until it is killed. */
static pid_t holder(struct pm_session *s, unsigned k) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  pid_t pid = fork();
  if (!pid) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char got = (char)(pm_seat_trylock(&s->seat[k]) + '1');
    (void)!write(ends[1], &got, 1);
    for (;;) pause();
  }
  close(ends[1]);
  char got = 0;
  assert_int_equal(read(ends[0], &got, 1), 1);
  close(ends[0]);
  assert_int_equal(got, '1');
  return pid;
}
static void end(pid_t pid) {
  kill(pid, SIGKILL);
  assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int open_session(void **state) { return (*state = pm_session_create(SLOTS)) ? 0 : -1; }
static int close_session(void **state) {
  pm_session_destroy(*state);
  return 0;
}

static void fresh(void **state) {
  struct pm_session *s = *state;
  assert_int_equal(s->slots, SLOTS);
  for (unsigned k = 0; k < SLOTS; k++) {
    assert_int_equal(s->seat[k].state, PM_SEAT_FRESH);
    assert_int_equal(s->seat[k].trying, PM_TRYING_UNKNOWN);
    assert_int_equal(pm_seat_trylock(&s->seat[k]), 0);
  }
  for (unsigned k = 0; k < SLOTS; k++) pm_seat_unlock(&s->seat[k]);
}

static void left_in_order(void **state) {
  struct pm_session *s = *state;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(pm_seat_trylock(&s->seat[2]), 0);
    assert_int_equal(pm_seat_trylock(&s->seat[2]), -1);
    pm_seat_unlock(&s->seat[2]);
  }
}

static void holder_lives(void **state) {
  struct pm_session *s = *state;
  pid_t pid = holder(s, 1);
  assert_int_equal(pm_seat_trylock(&s->seat[1]), -1);
  assert_int_equal(pm_seat_trylock(&s->seat[0]), 0);
  pm_seat_unlock(&s->seat[0]);
  kill(pid, SIGSTOP);
  int status;
  assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
  assert_true(WIFSTOPPED(status));
  assert_int_equal(pm_seat_trylock(&s->seat[1]), -1);
  end(pid);
}

static void holder_dead(void **state) {
  struct pm_session *s = *state;
  for (int i = 0; i < 3; i++) {
    pid_t pid = holder(s, 1);
    assert_int_equal(pm_seat_trylock(&s->seat[1]), -1);
    end(pid);
    assert_int_equal(pm_seat_trylock(&s->seat[1]), 1);
    assert_int_equal(pm_seat_trylock(&s->seat[1]), -1);
    pm_seat_unlock(&s->seat[1]);
    assert_int_equal(pm_seat_trylock(&s->seat[1]), 0);
    pm_seat_unlock(&s->seat[1]);
  }
}

/* The heir dies too, before it has done anything. */
static void heir_dead(void **state) {
  struct pm_session *s = *state;
  end(holder(s, 1));
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  pid_t heir = fork();
  if (!heir) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char got = (char)(pm_seat_trylock(&s->seat[1]) + '1');
    (void)!write(ends[1], &got, 1);
    for (;;) pause();
  }
  char got;
  assert_int_equal(read(ends[0], &got, 1), 1);
  assert_int_equal(got, '2');
  end(heir);
  close(ends[0]);
  close(ends[1]);
  assert_int_equal(pm_seat_trylock(&s->seat[1]), 1);
  pm_seat_unlock(&s->seat[1]);
}

static void one_heir(void **state) {
  enum { HEIRS = 6, ROUNDS = 30 };
  struct pm_session *s = *state;
  struct { _Atomic unsigned go, died, orderly, refused; } *shared =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int round = 0; round < ROUNDS; round++) {
    end(holder(s, 3));
    memset(shared, 0, sizeof *shared);
    pid_t heir[HEIRS];
    for (int i = 0; i < HEIRS; i++) {
      heir[i] = fork();
      if (heir[i]) continue;
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      while (!atomic_load(&shared->go)) usleep(10);
      int got = pm_seat_trylock(&s->seat[3]);
      atomic_fetch_add(got == 1 ? &shared->died : got == 0 ? &shared->orderly : &shared->refused, 1);
      for (;;) pause();
    }
    atomic_store(&shared->go, 1);
    while (atomic_load(&shared->died) + atomic_load(&shared->orderly) + atomic_load(&shared->refused) < HEIRS) usleep(100);
    assert_int_equal(shared->died, 1);
    assert_int_equal(shared->orderly, 0);
    for (int i = 0; i < HEIRS; i++) end(heir[i]);
    assert_int_equal(pm_seat_trylock(&s->seat[3]), 1);
    pm_seat_unlock(&s->seat[3]);
  }
  munmap(shared, 4096);
}

static void first_error_wins(void **state) {
  struct pm_session *s = *state;
  for (unsigned k = 0; k < SLOTS; k++) atomic_store(&s->seat[k].worker.limit, (char *)s);
  pm_session_fail(s, PM_E_PROGRAM, "first %d", 1);
  pm_session_fail(s, PM_E_REGION, "second");
  assert_int_equal(s->error_state, 2);
  assert_int_equal(s->error.code, PM_E_PROGRAM);
  assert_string_equal(s->error.text, "first 1");
  assert_int_equal(s->stop, 1);
  for (unsigned k = 0; k < SLOTS; k++) {
    assert_true(atomic_load(&s->seat[k].wants) & PM_WANT_LEAVE);
    assert_null(atomic_load(&s->seat[k].worker.limit));
  }
}

static void bell(void **state) {
  struct pm_session *s = *state;
  const uint64_t second = 1000000000;
  uint32_t seen = atomic_load(&s->bell);
  pid_t pid = fork();
  if (!pid) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pm_session_park(s, seen, 60 * second);
    _exit(0);
  }
  while (!atomic_load(&s->parked)) usleep(100);
  uint64_t begin = pm_clock_ns();
  pm_session_ring(s, 1);
  assert_int_equal(waitpid(pid, NULL, 0), pid);
  assert_true(pm_clock_ns() - begin < 30 * second);
  begin = pm_clock_ns();
  pm_session_park(s, seen, 60 * second);          /* it has rung since: no wait */
  assert_true(pm_clock_ns() - begin < 30 * second);
  begin = pm_clock_ns();
  pm_session_park(s, atomic_load(&s->bell), 20000000);
  assert_true(pm_clock_ns() - begin >= 20000000);
  assert_int_equal(s->parked, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(fresh, open_session, close_session),
      cmocka_unit_test_setup_teardown(left_in_order, open_session, close_session),
      cmocka_unit_test_setup_teardown(holder_lives, open_session, close_session),
      cmocka_unit_test_setup_teardown(holder_dead, open_session, close_session),
      cmocka_unit_test_setup_teardown(heir_dead, open_session, close_session),
      cmocka_unit_test_setup_teardown(one_heir, open_session, close_session),
      cmocka_unit_test_setup_teardown(first_error_wins, open_session, close_session),
      cmocka_unit_test_setup_teardown(bell, open_session, close_session)};
  return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
