/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pmbench: a table of commands. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/say.h"
#include "cli/standard_output.h"
#include "version.h"

static const struct {
  const char *name, *arguments, *help;
  int (*run)(int argc, char **argv);
} commands[] = {
    {"run", "WORKLOAD|CONFIG.yaml [options]", "run a workload, or a campaign of many; injure, check, say the cost",
     command_run},
    {"resume", "REGION", "finish what a crash interrupted", command_resume},
    {"inspect", "REGION", "what is in a region; checks it and never changes it", command_inspect},
    {"compare", "A B | DIR --by KEY", "two directories of results, or two values of a key inside one", command_compare},
    {"report", "DIR [--out DIR2]", "figures and one page of what the runs in a directory say", command_report},
    {"bench", "NAME [--path PATH]", "what the memory and the scheduler's steps cost, one by one", command_bench},
    {"doctor", "[PATH]", "what this machine can do, and what a path grants", command_doctor},
    {"list", "[WHAT]", "workloads, backends, faults, columns, plots, benches: what there is to choose from", command_list}};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help(FILE *out) {
  fprintf(out, "Usage: pmbench COMMAND ...\n\n"
               "Runs fork-join programs on processes that share persistent memory, injures them on\n"
               "purpose, checks that the answer is still right, and says what surviving cost.\n\n");
  for (int i = 0; i < COMMANDS; i++) {
    char left[64];
    snprintf(left, sizeof left, "%s %s", commands[i].name, commands[i].arguments);
    fprintf(out, "  pmbench %-36s %s\n", left, commands[i].help);
  }
  fprintf(out, "\nOptions: --help, --version. `pmbench COMMAND --help` says more.\n\n"
               "Exit codes: 0 right, 1 internal error, 2 usage, 3 this machine cannot do it,\n"
               "4 WRONG RESULT, 5 a worker died that nobody injured, 6 a planned fault did not\n"
               "happen, 7 a regression that --fail-on asked for, 130 interrupted.\n");
}

/* A stream that the caller closed would be the next file that is opened: the region. */
static void fill_streams(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_PATH) != fd) exit(EXIT_INTERNAL);
}

extern char **environ;

/* What would make libraries lie about this machine: every mapping forced, or the topology of another one. */
static void clear_environment(void) {
  unsetenv("PMEM2_FORCE_GRANULARITY");
  for (char **at = environ; *at;) {
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(*at, "="), *at);
    bool heeded = strncmp(name, "HWLOC_", 6) || !strcmp(name, "HWLOC_HIDE_ERRORS") || strlen(name) + 1 == sizeof name;
    if (heeded) at++;
    else {
      say_warning("%s in the environment is not heeded: what is recorded is this machine", name);
      unsetenv(name);
      at = environ;
    }
  }
}

/* hwloc and the C library want more of a stack than the least that a shell can grant. It grows as the limit stands at the time. */
static bool stack_is_large_enough(void) {
  enum { LEAST = 256 << 10, WANTED = 8 << 20 };
  struct rlimit stack;
  if (getrlimit(RLIMIT_STACK, &stack) || stack.rlim_cur >= LEAST) return true;
  stack.rlim_cur = stack.rlim_max < WANTED ? stack.rlim_max : WANTED;
  return stack.rlim_cur >= LEAST && !setrlimit(RLIMIT_STACK, &stack);
}

static int run_command(int argc, char **argv) {
  const char *name = argv[1];
  if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
    help(stdout);
    return EXIT_RIGHT;
  }
  if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
    puts("pmbench " PMBENCH_VERSION " (" PMBENCH_COMMIT ")");
    return EXIT_RIGHT;
  }
  for (int i = 0; i < COMMANDS; i++)
    if (!strcmp(name, commands[i].name)) return commands[i].run(argc - 1, argv + 1);
  say_error("%s: no such command; `pmbench --help` lists them", name);
  return EXIT_USAGE;
}

int main(int argc, char **argv) {
  fill_streams();
  signal(SIGXFSZ, SIG_IGN); /* a limit on files' sizes is a failed write, too */
  signal(SIGPIPE, SIG_IGN); /* a reader that left is a failed write, not a run without an end */
  clear_environment();
  if (!stack_is_large_enough()) {
    say_error("the limit of the stack (ulimit -s) is below 256 KiB, and cannot be raised; give it more");
    return EXIT_MACHINE;
  }
  if (argc < 2) {
    help(stderr);
    return EXIT_USAGE;
  }
  int code = run_command(argc, argv);
  int lost = standard_output_end();
  if (lost) {
    say_error("standard output: cannot be written%s%s", lost > 0 ? ": " : "", lost > 0 ? strerror(lost) : "");
    if (code == EXIT_RIGHT) code = EXIT_INTERNAL;
  }
  return code;
}
