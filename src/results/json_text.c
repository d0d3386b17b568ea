/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/json_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARK_BYTES = 3, ESCAPED_BYTES = MARK_BYTES + 2 };
static const char mark[] = "\xef\xbf\xbd";                /* U+FFFD */

/* How many bytes from here on are one character of UTF-8; 0: none. */
static size_t character_bytes(const unsigned char *at) {
  size_t bytes = *at < 0x80 ? 1 : *at >= 0xc2 && *at < 0xe0 ? 2 : *at >= 0xe0 && *at < 0xf0 ? 3 : *at >= 0xf0 && *at < 0xf5 ? 4 : 0;
  for (size_t i = 1; i < bytes; i++)
    if ((at[i] & 0xc0) != 0x80) return 0;
  bool overlong = (*at == 0xe0 && at[1] < 0xa0) || (*at == 0xf0 && at[1] < 0x90);
  bool surrogate = *at == 0xed && at[1] >= 0xa0, too_large = *at == 0xf4 && at[1] >= 0x90;
  return bytes > 1 && (overlong || surrogate || too_large) ? 0 : bytes;
}

json_t *json_text(const char *bytes) {
  char *text = malloc(strlen(bytes) * ESCAPED_BYTES + 1), *to = text;
  if (!text) return NULL;
  for (const char *at = bytes; *at;) {
    size_t length = strncmp(at, mark, MARK_BYTES) ? character_bytes((const unsigned char *)at) : 0;
    if (length) {
      memcpy(to, at, length);
      to += length;
      at += length;
    } else to += sprintf(to, "%s%02X", mark, (unsigned)(unsigned char)*at++);
  }
  *to = 0;
  json_t *string = json_string(text);
  free(text);
  return string;
}

static int digit_of(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

char *json_text_bytes(const char *text) {
  char *bytes = text ? malloc(strlen(text) + 1) : NULL, *to = bytes;
  if (!bytes) return NULL;
  for (const char *at = text; *at;) {
    bool escaped = !strncmp(at, mark, MARK_BYTES) && digit_of(at[3]) >= 0 && digit_of(at[4]) >= 0;
    *to++ = escaped ? (char)(digit_of(at[3]) * 16 + digit_of(at[4])) : *at;
    at += escaped ? ESCAPED_BYTES : 1;
  }
  *to = 0;
  return bytes;
}
