/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tool says to people: one line each, colours only on a terminal and without NO_COLOR. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* "pmbench: ..." on stderr. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "pmbench: warning: ..." on stderr; the same text only once. */
void say_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

enum say_colour { SAY_PLAIN, SAY_GOOD, SAY_BAD, SAY_DIM };
/* The escape that switches to the colour, "" where `stream` is not to have any. SAY_PLAIN ends it.
 */
const char *say_colour(FILE *stream, enum say_colour colour);

/* "1.23 s", "870 us"; "12.3 MiB". Return `text`. */
#define SAY_TEXT_MAX 32
const char *say_time(uint64_t ns, char text[SAY_TEXT_MAX]);
const char *say_bytes(uint64_t bytes, char text[SAY_TEXT_MAX]);

#endif
