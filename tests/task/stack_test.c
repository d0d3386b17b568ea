/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: the walks of task/stack.h find every frame and fork of a sound stack, in order, and refuse a damaged one without
 * a look outside it. Each stack lies in a block of exactly its size, and this test is built with the sanitizers of addresses
 * and undefined behaviour.
 */
#include "task/stack.h"

#include <stdlib.h>

#include "base/random.h"
#include "unit.h"

static pm_word nothing(struct pm_worker *w, void *frame, pm_word r) { (void)w, (void)frame; return r; }
static const struct pm_task tasks[] = {
    [0] = {.name = "small", .frame_bytes = 24, .resume = nothing},
    [2] = {.name = "middle", .frame_bytes = 72, .resume = nothing},     /* 1 is a hole */
    [3] = {.name = "large", .frame_bytes = 136, .resume = nothing},
};
enum { SMALL, HOLE, MIDDLE, LARGE, TASKS };

/* Three frames: small; large with forks noted at words 2, 5, 9 (youngest 9); middle with one at word 3. */
struct sound { char *base; uint32_t bytes; };
enum { AT_LARGE = 24, AT_MIDDLE = 160, SOUND_BYTES = 232 };

static void put_head(char *base, uint32_t at, uint32_t task, uint16_t forks) {
  memcpy(base + at, &(struct pm_head){.task = task, .pc = 7, .forks = forks}, sizeof(struct pm_head));
}
static void put_fork(char *base, uint32_t at, uint32_t word, uint16_t older, uint16_t promoted) {
  memcpy(base + at + word * 8, &(struct pm_fork){.task = SMALL, .bytes = 8, .older = older, .promoted = promoted},
         sizeof(struct pm_fork));
}
static char *sound(void) {
  char *base = calloc(1, SOUND_BYTES);
  put_head(base, 0, SMALL, 0);
  put_head(base, AT_LARGE, LARGE, 9);
  put_fork(base, AT_LARGE, 9, 5, 0);
  put_fork(base, AT_LARGE, 5, 2, 0);
  put_fork(base, AT_LARGE, 2, 0, 1);
  put_head(base, AT_MIDDLE, MIDDLE, 3);
  put_fork(base, AT_MIDDLE, 3, 0, 0);
  return base;
}

struct seen { const char *base; uint32_t bytes; unsigned count; uint32_t offset[64]; uint64_t sum; };

/* What its callers do with a note: it must lie in the stack, the reference behind it too. */
static void see(void *context, struct pm_head *frame, struct pm_fork *note) {
  struct seen *s = context;
  assert_true((char *)frame >= s->base && (char *)note > (char *)frame);
  assert_true((char *)(pm_fork_ref(note) + 1) <= s->base + s->bytes);
  s->sum += note->task + note->promoted + *pm_fork_ref(note);
  if (s->count < 64) s->offset[s->count] = (uint32_t)((char *)note - s->base);
  s->count++;
}

static void frames(void **state) {
  (void)state;
  char *base = sound();
  uint32_t at[8];
  assert_int_equal(pm_stack_frames(base, SOUND_BYTES, tasks, TASKS, at, 8), 3);
  assert_int_equal(at[0], 0);
  assert_int_equal(at[1], AT_LARGE);
  assert_int_equal(at[2], AT_MIDDLE);
  assert_int_equal(pm_stack_frames(base, SOUND_BYTES, tasks, TASKS, at, 3), 3);
  assert_int_equal(pm_stack_frames(base, SOUND_BYTES, tasks, TASKS, at, 2), -1);
  assert_int_equal(pm_stack_frames(base, 0, tasks, TASKS, at, 8), 0);
  free(base);
}

static void forks(void **state) {
  (void)state;
  char *base = sound();
  struct seen s = {.base = base, .bytes = SOUND_BYTES};
  assert_true(pm_stack_forks(base, SOUND_BYTES, tasks, TASKS, see, &s));
  static const uint32_t expected[] = {AT_LARGE + 72, AT_LARGE + 40, AT_LARGE + 16, AT_MIDDLE + 24};
  assert_int_equal(s.count, 4);
  for (int i = 0; i < 4; i++) assert_int_equal(s.offset[i], expected[i]);
  free(base);
}

static uint32_t oldest(char *base, unsigned *promoted) {
  struct pm_stack s = {.base = base, .bytes = SOUND_BYTES, .capacity = 4096};
  struct pm_fork_at at = pm_stack_oldest_fork(&s, SOUND_BYTES, tasks, TASKS, promoted);
  return at.note ? (uint32_t)((char *)at.note - base) : 0;
}

static void oldest_fork(void **state) {
  (void)state;
  char *base = sound();
  static const uint32_t order[] = {AT_LARGE + 40, AT_LARGE + 72, AT_MIDDLE + 24, 0};
  for (unsigned i = 0; i < 4; i++) {
    unsigned promoted = 99;
    uint32_t at = oldest(base, &promoted);
    assert_int_equal(at, order[i]);
    assert_int_equal(promoted, 1 + i);
    if (at) ((struct pm_fork *)(base + at))->promoted = 1;
  }
  free(base);
}

static bool walks(char *base, uint32_t bytes) {
  uint32_t at[64];
  struct seen s = {.base = base, .bytes = bytes};
  int n = pm_stack_frames(base, bytes, tasks, TASKS, at, 64);
  bool whole = pm_stack_forks(base, bytes, tasks, TASKS, see, &s);
  if (n < 0) assert_false(whole);
  for (int i = 0; i < n; i++) {
    uint32_t next = i + 1 < n ? at[i + 1] : bytes, task = ((struct pm_head *)(base + at[i]))->task;
    assert_true(task < TASKS && task != HOLE);
    assert_int_equal(next - at[i], tasks[task].frame_bytes);
  }
  return whole;
}

static void truncated(void **state) {
  (void)state;
  char *whole = sound();
  for (uint32_t bytes = 0; bytes <= SOUND_BYTES; bytes++) {
    char *cut = malloc(bytes ? bytes : 1);
    memcpy(cut, whole, bytes);
    bool boundary = bytes == 0 || bytes == AT_LARGE || bytes == AT_MIDDLE || bytes == SOUND_BYTES;
    assert_int_equal(walks(cut, bytes), boundary);
    free(cut);
  }
  free(whole);
}

static void wrong_task(void **state) {
  (void)state;
  static const uint32_t wrong[] = {HOLE, TASKS, TASKS + 1, 0x7fffffff, 0xffffffff};
  static const uint32_t at[] = {0, AT_LARGE, AT_MIDDLE};
  for (unsigned i = 0; i < 5; i++)
    for (unsigned k = 0; k < 3; k++) {
      char *base = sound();
      ((struct pm_head *)(base + at[k]))->task = wrong[i];
      assert_false(walks(base, SOUND_BYTES));
      free(base);
    }
}

/* Bits that mean nothing are zero; and what a frame is inside of lies in it. */
static void bits_without_meaning(void **state) {
  (void)state;
  for (unsigned bit = 0; bit < 18; bit++) {
    char *base = sound();
    ((struct pm_head *)(base + AT_LARGE))->zero = 1u << bit;
    assert_false(walks(base, SOUND_BYTES));
    free(base);
  }
  for (unsigned bit = 0; bit < 36; bit++) {
    char *base = sound();
    ((struct pm_fork *)(base + AT_LARGE + 9 * 8))->zero = UINT64_C(1) << bit;
    assert_false(walks(base, SOUND_BYTES));
    free(base);
  }
  static const unsigned word[] = {0, 9, 15, 16, 1023};                      /* the large frame has 17 words, a fork takes two */
  for (unsigned i = 0; i < 5; i++) {
    char *base = sound();
    ((struct pm_head *)(base + AT_LARGE))->joining = word[i];
    assert_int_equal(walks(base, SOUND_BYTES), i < 3);
    free(base);
  }
}

static void fork_outside_the_frame(void **state) {
  (void)state;
  for (unsigned word = 1; word < 65536; word += word < 40 ? 1 : 997) {
    char *base = sound();
    put_head(base, AT_MIDDLE, MIDDLE, (uint16_t)word);
    for (unsigned i = 1; i < 9; i++) put_fork(base, AT_MIDDLE, i, 0, 0);
    assert_int_equal(walks(base, SOUND_BYTES), word <= 7);      /* nine words, of which a fork takes two */
    put_head(base, AT_MIDDLE, MIDDLE, 3);
    put_fork(base, AT_MIDDLE, 3, (uint16_t)word, 0);
    assert_int_equal(walks(base, SOUND_BYTES), word <= 7 && word != 3);
    free(base);
  }
}

static void cycles(void **state) {
  (void)state;
  static const uint16_t links[][3] = {{9, 5, 2}, {5, 5, 0}, {5, 9, 0}, {9, 0, 0}, {5, 2, 9}, {5, 2, 5}, {5, 2, 2}};
  for (unsigned i = 0; i < sizeof links / sizeof *links; i++) {
    char *base = sound();
    put_fork(base, AT_LARGE, 9, links[i][0], 0);
    put_fork(base, AT_LARGE, 5, links[i][1], 0);
    put_fork(base, AT_LARGE, 2, links[i][2], 0);
    assert_false(walks(base, SOUND_BYTES));
    unsigned promoted;
    oldest(base, &promoted);
    free(base);
  }
}

static void one_byte_wrong(void **state) {
  (void)state;
  unsigned refused = 0;
  for (uint32_t at = 0; at < SOUND_BYTES; at++)
    for (unsigned bits = 1; bits < 256; bits++) {
      char *base = sound();
      base[at] = (char)(base[at] ^ bits);
      refused += !walks(base, SOUND_BYTES);
      free(base);
    }
  assert_true(refused > 1000);
}

/* A word that could be a head, a note, or anything. */
static uint64_t random_word(struct pm_random *r) {
  uint64_t x = pm_random_next(r);
  switch (pm_random_below(r, 4)) {
  case 0: return x;
  case 1: return x % 8 | (x >> 8 & 7) << 32 | (uint64_t)pm_random_below(r, 16) << 48;
  default: return x % TASKS | (uint64_t)(x >> 8 & 3) * (x >> 10 & 7) << 48;
  }
}

static void random_bytes(void **state) {
  (void)state;
  struct pm_random r = {11};
  unsigned sound_ones = 0, refused = 0;
  for (int round = 0; round < 200000; round++) {
    uint32_t words = 1 + pm_random_below(&r, 60), bytes = words * 8 - (pm_random_below(&r, 8) ? 0 : pm_random_below(&r, 8));
    char *base = malloc(bytes);
    for (uint32_t at = 0; at < bytes; at += 8) {
      uint64_t word = random_word(&r);
      memcpy(base + at, &word, at + 8 <= bytes ? 8 : bytes - at);
    }
    if (walks(base, bytes)) sound_ones++;
    else refused++;
    free(base);
  }
  assert_true(sound_ones > 100);
  assert_true(refused > 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(frames), cmocka_unit_test(forks), cmocka_unit_test(oldest_fork), cmocka_unit_test(truncated),
      cmocka_unit_test(wrong_task), cmocka_unit_test(bits_without_meaning), cmocka_unit_test(fork_outside_the_frame), cmocka_unit_test(cycles),
      cmocka_unit_test(one_byte_wrong), cmocka_unit_test(random_bytes)};
  return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
