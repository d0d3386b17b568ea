/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/exit_code.h"

#include "pmrun.h"

enum exit_code exit_code_of(int error) {
  switch (error) {
  case 0: return EXIT_RIGHT;
  case PM_E_USAGE:
  case PM_E_TAKEN:
  case PM_E_REGION: return EXIT_USAGE;
  case PM_E_MACHINE: return EXIT_MACHINE;
  case PM_E_WRONG: return EXIT_WRONG;
  case PM_E_DIED: return EXIT_DIED;
  case PM_E_MISSED: return EXIT_MISSED;
  case PM_E_INTERRUPTED:
  case PM_E_TIMEOUT:
  case PM_E_CRASHED: return EXIT_INTERRUPTED;
  default: return EXIT_INTERNAL;
  }
}

enum exit_code exit_code_worse(enum exit_code a, enum exit_code b) {
  static const enum exit_code worst_first[] = {EXIT_WRONG,   EXIT_INTERRUPTED, EXIT_INTERNAL,
                                               EXIT_MACHINE, EXIT_USAGE,       EXIT_DIED,
                                               EXIT_MISSED};
  for (unsigned i = 0; i < sizeof worst_first / sizeof *worst_first; i++)
    if (a == worst_first[i] || b == worst_first[i]) return worst_first[i];
  return EXIT_RIGHT;
}
