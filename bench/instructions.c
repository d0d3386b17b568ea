/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spelled as assembly, so that no compiler flag decides what is there: cpuid does. */
#include <stddef.h>

#include "bench.h"

#if defined(__x86_64__)
#include <cpuid.h>

struct bench_cpu bench_cpu_here(void) {
  struct bench_cpu cpu = {0};
  unsigned a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d)) {
    cpu.clflush = d >> 19 & 1;
    cpu.non_temporal = d >> 26 & 1;       /* SSE2: movnti */
  }
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    cpu.clflushopt = b >> 23 & 1;
    cpu.clwb = b >> 24 & 1;
  }
  return cpu;
}

static void clwb(char *line) { __asm__ volatile("clwb %0" : "+m"(*(volatile char *)line) : : "memory"); }
static void clflushopt(char *line) { __asm__ volatile("clflushopt %0" : "+m"(*(volatile char *)line) : : "memory"); }
static void clflush(char *line) { __asm__ volatile("clflush %0" : "+m"(*(volatile char *)line) : : "memory"); }
static void non_temporal(char *line) {
  for (uint64_t *word = (uint64_t *)line; word < (uint64_t *)(line + BENCH_LINE); word++)
    __asm__ volatile("movnti %1, %0" : "=m"(*word) : "r"((uint64_t)(uintptr_t)line) : "memory");
}
void bench_fence(void) { __asm__ volatile("sfence" : : : "memory"); }
#else
struct bench_cpu bench_cpu_here(void) { return (struct bench_cpu){0}; }
static void clwb(char *line) { (void)line; }
static void clflushopt(char *line) { (void)line; }
static void clflush(char *line) { (void)line; }
static void non_temporal(char *line) { (void)line; }
void bench_fence(void) { atomic_thread_fence(memory_order_seq_cst); }
#endif

/* The loop around it, and nothing in it: the compiler must believe that the line is looked at. */
static void none(char *line) { __asm__ volatile("" : "+m"(*line)); }

enum { ALWAYS = SIZE_MAX & 0xffff };
const struct bench_instruction bench_instructions[BENCH_INSTRUCTIONS] = {
    [BENCH_CLWB] = {"clwb", offsetof(struct bench_cpu, clwb), clwb},
    [BENCH_CLFLUSHOPT] = {"clflushopt", offsetof(struct bench_cpu, clflushopt), clflushopt},
    [BENCH_CLFLUSH] = {"clflush", offsetof(struct bench_cpu, clflush), clflush},
    [BENCH_NON_TEMPORAL] = {"non-temporal", offsetof(struct bench_cpu, non_temporal), non_temporal},
    [BENCH_NONE] = {"none", ALWAYS, none},
};

bool bench_has(const struct bench_cpu *cpu, const struct bench_instruction *i) {
  return i->there == ALWAYS || *((const bool *)cpu + i->there);
}

const struct bench_instruction *bench_best_flush(const struct bench_cpu *cpu) {
  for (int i = BENCH_CLWB; i <= BENCH_CLFLUSH; i++)
    if (bench_has(cpu, &bench_instructions[i])) return &bench_instructions[i];
  return NULL;
}
