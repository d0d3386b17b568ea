/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `pmbench inspect`: its command line. Exit code 2 where a crashed or finished region is not sound: the
 * same as `pmbench resume` of a damaged one. */
#include "cli/inspect.h"

#include <string.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/region_file.h"
#include "cli/say.h"

static int inspect(const char *path, bool json) {
  struct pm_error_line e = {0};
  struct pm_audit a;
  if (region_file_check(path, e.text)) {
    say_error("%s", e.text);
    return EXIT_USAGE;
  }
  if (pm_audit_open(&a, path, &e)) {
    say_error("%s", e.text);
    return exit_code_of(e.code);
  }
  pm_audit_check(&a);
  json_t *object = inspect_object(&a, path);
  if (json) {
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
  } else inspect_print(object, stdout);
  json_decref(object);
  int code = a.findings && !a.live ? EXIT_USAGE : EXIT_RIGHT;
  pm_audit_close(&a);
  return code;
}

int command_inspect(int argc, char **argv) {
  const char *region = NULL;
  bool json = false;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
      puts("Usage: pmbench inspect REGION [--json]\n\n"
           "Prints what is in a region - slots, stacks with their tasks, joins, memory - and checks it.\n"
           "The region may be live or crashed; it is never changed.\n\n"
           "Exit code: 0 sound, or live (then what is found may be torn); 2 not sound, or not a region.");
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
  return inspect(region, json);
}
