/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/say.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"

_Static_assert(SAY_TEXT_MAX >= PM_UNITS_TEXT_MAX, "");
enum { LINE_MAX_BYTES = 4096, REMEMBERED = 64 };

static void say(const char *kind, const char *format, va_list list) {
  char line[LINE_MAX_BYTES];
  vsnprintf(line, sizeof line, format, list);
  for (char *c = line; *c; c++)
    if (*c == '\n' || *c == '\r') *c = ' ';
  fprintf(stderr, "pmbench: %s%s\n", kind, line);
}

void say_error(const char *format, ...) {
  va_list list;
  va_start(list, format);
  say("", format, list);
  va_end(list);
}

static bool said_before(const char *line) {
  static char *said[REMEMBERED];
  for (int i = 0; i < REMEMBERED; i++) {
    if (!said[i]) {
      said[i] = strdup(line);
      return false;
    }
    if (!strcmp(said[i], line)) return true;
  }
  return false;
}

void say_warning(const char *format, ...) {
  char line[LINE_MAX_BYTES];
  va_list list;
  va_start(list, format);
  vsnprintf(line, sizeof line, format, list);
  va_end(list);
  if (!said_before(line)) say_error("warning: %s", line);
}

const char *say_colour(FILE *stream, enum say_colour colour) {
  static const char *const escapes[] = {"\033[0m", "\033[1;32m", "\033[1;31m", "\033[2m"};
  const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
  if ((no && *no) || !term || !strcmp(term, "dumb") || !isatty(fileno(stream))) return "";
  return escapes[colour];
}

/* Three digits, at least. */
static const char *scaled(double value, const char *unit, char *text) {
  int digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  snprintf(text, SAY_TEXT_MAX, "%.*f %s", digits, value, unit);
  return text;
}

const char *say_time(uint64_t ns, char text[SAY_TEXT_MAX]) {
  if (ns < 1000) {
    snprintf(text, SAY_TEXT_MAX, "%u ns", (unsigned)ns);
    return text;
  }
  if (ns < 999500) return scaled((double)ns / 1e3, "us", text);
  if (ns < 999500000) return scaled((double)ns / 1e6, "ms", text);
  return scaled((double)ns / 1e9, "s", text);
}

const char *say_bytes(uint64_t bytes, char text[SAY_TEXT_MAX]) { return pm_units_bytes_text(bytes, text); }
