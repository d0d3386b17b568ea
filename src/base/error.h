/* SPDX-License-Identifier: BSD-3-Clause */
/* Error texts: a function that fails returns a code of pmrun.h and fills one line that says what, where, and what to do. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stddef.h>

#include "pmrun.h"

struct pm_error_line { int code; char text[PM_TEXT_MAX]; };

/* Keeps the first error; returns `code`. `e` may be NULL. */
int pm_error_set(struct pm_error_line *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
