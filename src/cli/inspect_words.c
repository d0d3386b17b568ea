/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/inspect.h"
#include "cli/say.h"

enum { FRAMES_SHOWN = 12, JOINS_SHOWN = 40 };

static const char *word(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "?";
}
static uint64_t number(const json_t *object, const char *key) {
  return (uint64_t)json_integer_value(json_object_get(object, key));
}

static void print_frame(const json_t *frame, size_t depth, FILE *out) {
  json_t *fork;
  size_t i;
  fprintf(out, "    %4zu  %s(%s)", depth, word(frame, "task"), word(frame, "args"));
  if (number(frame, "line")) fprintf(out, " at line %" PRIu64, number(frame, "line"));
  json_array_foreach(json_object_get(frame, "forks"), i, fork) {
    const json_t *promoted = json_object_get(fork, "promoted");
    if (promoted) fprintf(out, ", forked %s: join %" PRIu64, word(fork, "task"), number(promoted, "join"));
    else fprintf(out, ", forked %s(%s)", word(fork, "task"), word(fork, "args"));
  }
  fputc('\n', out);
}

/* The oldest and the youngest; a deep stack is alike in the middle. */
static void print_stack(const json_t *frames, FILE *out) {
  size_t n = json_array_size(frames);
  for (size_t i = 0; i < n; i++) {
    if (n > FRAMES_SHOWN && i == FRAMES_SHOWN / 2) {
      fprintf(out, "          ... %zu more\n", n - FRAMES_SHOWN);
      i = n - FRAMES_SHOWN / 2;
    }
    print_frame(json_array_get(frames, i), i, out);
  }
}

static void print_slots(const json_t *region, FILE *out) {
  json_t *slot;
  size_t i, n = json_array_size(json_object_get(region, "slots")), idle = 0;
  fprintf(out, "slots       %zu\n", n);
  json_array_foreach(json_object_get(region, "slots"), i, slot) {
    const json_t *root = json_object_get(slot, "root");
    if (!strcmp(word(slot, "intent"), "IDLE")) {
      idle++;
      continue;
    }
    fprintf(out, "  slot %-3zu  %s, commit %" PRIu64, i, word(slot, "intent"), number(slot, "commit"));
    if (json_is_object(root)) fprintf(out, ", for join %" PRIu64, number(root, "join"));
    if (!strcmp(word(slot, "intent"), "RUN"))
      fprintf(out, ", stack of %" PRIu64 " bytes in %zu frames", number(slot, "stack_bytes"),
              json_array_size(json_object_get(slot, "frames")));
    fputc('\n', out);
    print_stack(json_object_get(slot, "frames"), out);
  }
  if (idle) fprintf(out, "  %zu idle\n", idle);
}

static void print_joins(const json_t *region, FILE *out) {
  const char *key, *separator = "";
  json_t *value, *join;
  size_t i, n = json_array_size(json_object_get(region, "joins"));
  fprintf(out, "joins       ");
  json_object_foreach(json_object_get(region, "join_states"), key, value) {
    if (!json_integer_value(value)) continue;
    fprintf(out, "%s%lld %s", separator, (long long)json_integer_value(value), key);
    separator = ", ";
  }
  fputc('\n', out);
  json_array_foreach(json_object_get(region, "joins"), i, join) {
    if (i == JOINS_SHOWN) {
      fprintf(out, "  ... %zu more (--json has all)\n", n - i);
      break;
    }
    fprintf(out, "  join %-4" PRIu64 " %s(%" PRIu64 ")", number(join, "join"), word(join, "state"), number(join, "generation"));
    if (!strcmp(word(join, "state"), "TAKEN") || !strcmp(word(join, "state"), "WAIT"))
      fprintf(out, " by slot %" PRIu64, number(join, "slot"));
    fprintf(out, ": %s(%s)", word(join, "task"), word(join, "args"));
    if (json_is_integer(json_object_get(join, "result"))) fprintf(out, " = %" PRId64, (int64_t)number(join, "result"));
    fputc('\n', out);
    print_stack(json_object_get(join, "waiting"), out);
  }
}

static void print_memory(const json_t *region, FILE *out) {
  char bytes[SAY_TEXT_MAX], used[SAY_TEXT_MAX];
  json_t *section;
  size_t i;
  fprintf(out, "memory      %s\n", say_bytes(number(region, "region_bytes"), bytes));
  json_array_foreach(json_object_get(region, "memory"), i, section) {
    fprintf(out, "  %-14s at %-12" PRIu64 " %s", word(section, "section"), number(section, "offset"),
            say_bytes(number(section, "bytes"), bytes));
    if (!strcmp(word(section, "section"), "arena"))
      fprintf(out, ", %s given out", say_bytes(number(region, "arena_used_bytes"), used));
    fputc('\n', out);
  }
}

static void print_findings(const json_t *region, FILE *out) {
  json_t *finding;
  size_t i;
  uint64_t n = number(region, "finding_count");
  bool live = json_is_true(json_object_get(region, "in_use"));
  if (!n) fprintf(out, "checked     %ssound%s\n", say_colour(out, SAY_GOOD), say_colour(out, SAY_PLAIN));
  else fprintf(out, "checked     %s%" PRIu64 " finding%s%s%s\n", say_colour(out, SAY_BAD), n, n == 1 ? "" : "s",
               say_colour(out, SAY_PLAIN), live ? " (the run goes on: they may be of a moment)" : "");
  json_array_foreach(json_object_get(region, "findings"), i, finding) fprintf(out, "  %s\n", json_string_value(finding));
}

void inspect_print(const json_t *region, FILE *out) {
  const json_t *note = json_object_get(region, "note");
  fprintf(out, "region      %s: %s%s\n", word(region, "path"), word(region, "state"),
          json_is_true(json_object_get(region, "in_use")) ? ", in use now" : "");
  fprintf(out, "program     %s", word(region, "program"));
  if (json_is_object(note)) fprintf(out, " %s, begun %s on %s", word(note, "args"), word(note, "started_at"), word(note, "host"));
  fprintf(out, "\nrun         %s, capsules: %s, opened %" PRIu64 " time%s, %" PRIu64 " fault%s\n", word(region, "backend"),
          word(region, "capsule"), number(region, "sessions"), number(region, "sessions") == 1 ? "" : "s",
          number(region, "faults"), number(region, "faults") == 1 ? "" : "s");
  print_slots(region, out);
  print_joins(region, out);
  print_memory(region, out);
  print_findings(region, out);
}
