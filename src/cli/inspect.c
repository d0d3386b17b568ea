/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pmbench inspect`: its command line. */
#include "cli/inspect.h"

#include <string.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/say.h"

int command_inspect(int argc, char **argv) {
  const char *region = NULL;
  bool json = false;
  char error[512] = "";
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
      puts("Usage: pmbench inspect REGION [--json]\n\n"
           "Prints what is in a region - slots, stacks with their tasks, joins, memory - and "
           "checks it.\n"
           "The region may be live or crashed; it is never changed.");
      return EXIT_RIGHT;
    }
    if (!strcmp(argv[i], "--json")) json = true;
    else if (argv[i][0] == '-' && argv[i][1]) {
      say_error("%s: not an option of `pmbench inspect`; --help lists them", argv[i]);
      return EXIT_USAGE;
    } else if (region) {
      say_error("%s: one argument too many for `pmbench inspect`", argv[i]);
      return EXIT_USAGE;
    } else region = argv[i];
  }
  if (!region) {
    say_error("inspect: which region? name its file");
    return EXIT_USAGE;
  }
  int code = pm_inspect(region, json, stdout, error);
  if (code) say_error("%s", error);
  return exit_code_of(code);
}
