/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Texts that need not be UTF-8, such as names of files, in JSON, which has no other. Each byte that is none becomes U+FFFD and its
 * two hexadecimal digits; so do the bytes of U+FFFD itself, so that two names never become one text, and the way back is known.
 */
#ifndef RESULTS_JSON_TEXT_H
#define RESULTS_JSON_TEXT_H

#include <jansson.h>

/* NULL: no memory. */
json_t *json_text(const char *bytes);
/* The bytes that such a text stands for; to be freed. NULL: `text` is NULL, or no memory. */
char *json_text_bytes(const char *text);

#endif
