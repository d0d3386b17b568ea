/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int pm_error_set(struct pm_error_line *e, int code, const char *format, ...) {
  if (!e || e->code) return code;
  va_list list;
  va_start(list, format);
  vsnprintf(e->text, sizeof e->text, format, list);
  va_end(list);
  e->code = code;
  return code;
}

const char *pm_error_text(int error) {
  switch (error) {
  case 0: return "right";
  case PM_E_USAGE: return "options that do not go together";
  case PM_E_MACHINE: return "this machine cannot do it";
  case PM_E_REGION: return "not a region that can be used";
  case PM_E_WRONG: return "wrong result";
  case PM_E_DIED: return "a worker died that nobody injured";
  case PM_E_MISSED: return "a planned fault did not happen";
  case PM_E_INTERRUPTED: return "interrupted";
  case PM_E_CRASHED: return "crashed on purpose; the region waits to be resumed";
  case PM_E_PROGRAM: return "the program failed";
  case PM_E_STUCK: return "the same work was lost again and again";
  case PM_E_OUTPUT: return "the result is right, but what was to be done with it failed";
  case PM_E_TAKEN: return "another command took the region over";
  case PM_E_TIMEOUT: return "the time it was given is over";
  default: return strerror(-error);
  }
}
