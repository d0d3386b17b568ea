/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Purpose: whatever is changed in a region that a real crash left, `pmbench resume` ends, within two seconds of CPU time of all
 * its processes, with the answer of the run that was begun or with one line that refuses; and `pmbench inspect` ends. Damage to
 * a program's own data may also show as a wrong result: the library has no sum over it.
 * Usage: corpus_test PMBENCH [NUMBER]: one mutant alone. Environment: SEED; MUTANTS how many.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mutate.h"

enum { ARGS = 32, TEXT = 1 << 20, CPU_S = 2, WALL_S = 120 };
static const char *pmbench;
static char folder[] = "/tmp/pmbench-test-XXXXXX";

/* The longest is about a quarter of a second of work behind its crash. */
static const char *const runs[][ARGS] = {
    {"fib", "-n", "36", "--procs", "2", "--slots", "3", "--stack", "8KiB", "--fault", "kill=4ms"},
    {"fib", "-n", "36", "--procs", "4", "--capsule", "beat=100us", "--fault", "kill=2ms"},
    {"quicksort", "-n", "1000000", "--procs", "3", "--capsule", "beat=200us", "--fault", "kill=20ms"},
    {"matrix", "-n", "800", "--procs", "2", "--capsule", "fork"}};
enum { RUNS = sizeof runs / sizeof *runs };
/* Damage to C so small that it is within the rounding errors that the check allows is still a right product. */
struct crashed { uint64_t c_from; char *bytes; uint64_t size; char args[256], result[256]; };

struct end { int code, signo; double cpu_s; char out[TEXT], err[4096]; };

static void read_all(const char *name, char *text, size_t room) {
  int fd = open(name, O_RDONLY);
  ssize_t n = fd < 0 ? -1 : read(fd, text, room - 1);
  text[n > 0 ? n : 0] = 0;
  if (fd >= 0) close(fd);
}

/* The tool to its end; CPU time is of all its processes, which it has waited for. */
static void tool(const char *const *arguments, struct end *e) {
  fflush(stdout);
  pid_t child = fork();
  if (!child) {
    const char *argv[ARGS + 1] = {pmbench};
    for (int i = 0; arguments[i]; i++) argv[i + 1] = arguments[i];
    alarm(WALL_S);
    if (!freopen("out", "w", stdout) || !freopen("err", "w", stderr)) _exit(99);
    struct rlimit cpu = {2 * CPU_S, 2 * CPU_S + 1};
    setrlimit(RLIMIT_CPU, &cpu);
    execv(pmbench, (char *const *)argv);
    _exit(99);
  }
  int status;
  struct rusage used;
  if (wait4(child, &status, 0, &used) != child) abort();
  e->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  e->signo = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  e->cpu_s = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  read_all("out", e->out, sizeof e->out);
  read_all("err", e->err, sizeof e->err);
}

static void write_region(const struct crashed *c) {
  int fd = open("region", O_RDWR | O_CREAT | O_TRUNC, 0600);
  for (uint64_t at = 0; at < c->size;) {
    ssize_t n = write(fd, c->bytes + at, c->size - at);
    if (n <= 0) exit(1);
    at += (uint64_t)n;
  }
  close(fd);
}

/* "name":value of the record, as it stands there. */
static void field(const char *record, const char *name, char *text, size_t room) {
  const char *at = strstr(record, name);
  size_t n = at ? strcspn(at + strlen(name), ",}") : 0;
  snprintf(text, room, "%.*s", (int)n, at ? at + strlen(name) : "");
}

static bool resume(struct end *e) {
  tool((const char *[]){"resume", "region", "--fault", "none", "--json", NULL}, e);
  return e->code == 0;
}

static bool crash(int i, struct crashed *c) {
  static struct end e;
  const char *argv[ARGS] = {"run"};
  int n = 1;
  for (int k = 0; runs[i][k]; k++) argv[n++] = runs[i][k];
  static const char *const rest[] = {"--no-serial", "--backend", "dram:region", "--fault", "crash=10ms"};
  for (size_t k = 0; k < sizeof rest / sizeof *rest; k++) argv[n++] = rest[k];
  unlink("region");
  tool(argv, &e);
  struct stat s;
  if (e.code != 130 || stat("region", &s)) {
    printf("FAIL: run %d was to crash, and ended with %d: %s", i, e.code, e.err);
    return false;
  }
  c->size = (uint64_t)s.st_size;
  c->bytes = malloc(c->size);
  int fd = open("region", O_RDONLY);
  for (uint64_t at = 0; at < c->size;) {
    ssize_t got = read(fd, c->bytes + at, c->size - at);
    if (got <= 0) return false;
    at += (uint64_t)got;
  }
  close(fd);
  bool right = resume(&e);
  field(e.out, "\"args\":", c->args, sizeof c->args);
  field(e.out, "\"result\":", c->result, sizeof c->result);
  if (!right || !strstr(e.out, "\"correct\":true") || !c->result[0] || e.cpu_s > CPU_S) {
    printf("FAIL: run %d cannot be resumed as it is: %d, %.2f s: %s", i, e.code, e.cpu_s, e.err);
    return false;
  }
  const struct pm_region_header *h = (const void *)c->bytes;
  c->c_from = strcmp(h->program, "matrix") ? UINT64_MAX : ((const pm_ptr *)(c->bytes + h->handle[0]))[2];
  printf("%s %s: %s, resumed with %.2f s of CPU time\n", runs[i][0], c->args, c->result, e.cpu_s);
  return true;
}

struct tally { unsigned right, refused, wrong, failed; };

static bool says_what_is(const struct end *e, const struct crashed *c, const struct mutation *m) {
  char args[256], result[256];
  field(e->out, "\"args\":", args, sizeof args);
  field(e->out, "\"result\":", result, sizeof result);
  return strstr(e->out, "\"correct\":true") && !strcmp(args, c->args) &&
         (!strcmp(result, c->result) || (m->data && m->at >= c->c_from));
}

static const char *judge(const struct end *e, const struct crashed *c, const struct mutation *m, struct tally *t) {
  size_t lines = 0;
  static const char warning[] = "pmbench: warning: ";
  for (const char *at = e->err, *end; (end = strchr(at, '\n')); at = end + 1) lines += strncmp(at, warning, sizeof warning - 1) != 0;
  if (e->signo) return "died of a signal";
  if (e->cpu_s > CPU_S) return "took more than two seconds of CPU time";
  if (strstr(e->out, "\"correct\":true") && !says_what_is(e, c, m)) return "says `right` about something else";
  if (e->code == 0 || (m->log && (e->code == 5 || e->code == 6))) {     /* a log may say that somebody died whom nobody injured */
    t->right++;
    return says_what_is(e, c, m) ? NULL : "ended well without saying so";
  }
  if (!lines || strncmp(e->err, "pmbench: ", 9)) return "failed without a word";
  if (e->code == 2) {
    t->refused++;
    return lines == 1 ? NULL : "refused with more than one line";
  }
  t->wrong++;
  return m->data && (e->code == 1 || e->code == 4 || e->code == 5) ? NULL : "was worked on, though it cannot be true";
}

static void try(unsigned number, uint64_t seed, const struct crashed *all, struct tally *t) {
  static struct end e;
  const struct crashed *c = &all[number / mutation_kinds() % RUNS];
  struct pm_random random = {seed * 1000003 + number};
  struct crashed changed = *c;
  struct mutation m;
  changed.bytes = malloc(c->size);
  memcpy(changed.bytes, c->bytes, c->size);
  mutate(changed.bytes, c->size, number, &random, &m);
  write_region(&changed);
  tool((const char *[]){"inspect", "region", NULL}, &e);
  const char *wrong = e.signo || (e.code != 0 && e.code != 2) ? "inspect did not end well" : NULL;
  int inspected = e.code;
  if (!wrong) {
    resume(&e);
    wrong = judge(&e, c, &m, t);
  }
  if (!wrong && !m.data && e.code == 0 && inspected == 2) wrong = "inspect finds what resume does not";
  if (wrong) {
    t->failed++;
    printf("FAIL: mutant %u (%s, %s) %s: code %d, signal %d, %.2f s: %s\n", number, m.kind, m.what, wrong, e.code, e.signo, e.cpu_s, e.err);
  }
  free(changed.bytes);
}

int main(int argc, char **argv) {
  const char *seeds = getenv("SEED"), *mutants = getenv("MUTANTS");
  uint64_t seed = seeds ? strtoull(seeds, NULL, 0) : 20250101;
  unsigned count = mutants ? (unsigned)strtoul(mutants, NULL, 0) : 6 * mutation_kinds();
  pmbench = argc > 1 ? realpath(argv[1], NULL) : NULL;
  if (!pmbench || !mkdtemp(folder) || chdir(folder)) return 1;
  static struct crashed all[RUNS];
  int failed = 0;
  for (int i = 0; i < RUNS; i++) failed += !crash(i, &all[i]);
  struct tally t = {0};
  for (unsigned i = 0; !failed && i < count; i++)
    if (argc < 3 || i == strtoul(argv[2], NULL, 0)) try(i, seed, all, &t);
  printf("%u ended right, %u were refused, %u with a wrong result of damaged data, %u failed (SEED %llu)\n", t.right, t.refused, t.wrong, t.failed,
         (unsigned long long)seed);
  static const char *const names[] = {"region", "out", "err"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) unlink(names[i]);
  if (chdir("/") || rmdir(folder)) perror(folder);
  if (argc < 3 && t.refused < count / 2) failed = printf("FAIL: most damage is of what must be refused, and was not\n");
  return failed || t.failed;
}
