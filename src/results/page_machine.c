/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the page says of when, where and with what: its first lines and its last part. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "results/page_parts.h"

/* ---- distinct texts, with how often ---------------------------------------------------------- */

struct word {
  char *text;
  size_t n;
};
struct words {
  struct word *word;
  size_t count;
};

static void words_add(struct words *words, const char *text) {
  size_t i = 0;
  if (!*text) return;
  while (i < words->count && strcmp(words->word[i].text, text)) i++;
  if (i == words->count) {
    PM_CHECK(words->word = realloc(words->word, (words->count + 1) * sizeof *words->word));
    words->word[words->count++] = (struct word){strdup(text), 0};
    PM_CHECK(words->word[i].text);
  }
  words->word[i].n++;
}

static int by_text(const void *a, const void *b) {
  return strverscmp(((const struct word *)a)->text, ((const struct word *)b)->text);
}

/* Runs were made in a shuffled order. */
static void words_sort(struct words *words) {
  if (words->count) qsort(words->word, words->count, sizeof *words->word, by_text);
}

static void words_free(struct words *words) {
  for (size_t i = 0; i < words->count; i++) free(words->word[i].text);
  free(words->word);
}

static struct words words_of(const struct dataset *d, const char *key) {
  struct words words = {0};
  const json_t *run;
  size_t i;
  json_array_foreach(d->runs, i, run) words_add(&words, run_text(run, key));
  words_sort(&words);
  return words;
}

/* ---- the first lines ------------------------------------------------------------------------- */

static void say_words(struct page *p, const char *key) {
  struct words words = words_of(p->d, key);
  for (size_t i = 0; i < words.count; i++)
    html_say(p->html, "%s%s", i ? ", " : "", words.word[i].text);
  words_free(&words);
}

static void say_dates(struct page *p) {
  const char *first = "", *last = "";
  const json_t *run;
  size_t i;
  json_array_foreach(p->d->runs, i, run) {
    const char *at = run_text(run, "started_at");
    if (!*at) continue;
    if (!*first || strcmp(at, first) < 0) first = at;
    if (strcmp(at, last) > 0) last = at;
  }
  if (!*first) return;
  html_say(p->html, ", %.10s", first);
  if (strncmp(first, last, 10)) html_say(p->html, " to %.10s", last);
}

static void say_notes(struct page *p) {
  struct words versions = words_of(p->d, "version"), hosts = words_of(p->d, "host"),
               builds = words_of(p->d, "build_type");
  if (*p->d->warning) {
    fputs("<p class=\"bad\">", p->html);
    html_text(p->html, p->d->warning);
    fputs("</p>\n", p->html);
  }
  if (versions.count > 1 || hosts.count > 1)
    fprintf(p->html,
            "<p class=\"bad\">These runs are of %zu version%s and %zu machine%s: their times are "
            "not comparable.</p>\n",
            versions.count, versions.count == 1 ? "" : "s", hosts.count,
            hosts.count == 1 ? "" : "s");
  for (size_t i = 0; i < builds.count; i++)
    if (strcmp(builds.word[i].text, "release"))
      fputs("<p class=\"bad\">Not all of this is a release build: times are higher than they need "
            "be.</p>\n",
            p->html);
  words_free(&versions);
  words_free(&hosts);
  words_free(&builds);
}

void page_about(struct page *p) {
  size_t runs = json_array_size(p->d->runs), skipped = json_array_size(p->d->skipped);
  fputs("<p class=\"faint\">", p->html);
  html_say(p->html, "%zu run%s", runs, runs == 1 ? "" : "s");
  if (skipped) html_say(p->html, ", %zu more could not run", skipped);
  if (runs) {
    fputs(" of ", p->html);
    say_words(p, "workload");
    fputs(" on ", p->html);
    say_words(p, "host");
  }
  say_dates(p);
  fputs(". Fork-join programs on processes that share persistent memory, injured on purpose: what "
        "surviving costs, and how fast they are back.</p>\n",
        p->html);
  page_missing(p);
  say_notes(p);
}

/* ---- the machine ----------------------------------------------------------------------------- */

static void term(struct page *p, const char *name) { fprintf(p->html, "<dt>%s</dt><dd>", name); }
static void end(struct page *p) { fputs("</dd>\n", p->html); }

static void value(struct page *p, const json_t *x) {
  if (json_is_string(x)) html_text(p->html, json_string_value(x));
  else if (json_is_integer(x)) fprintf(p->html, "%" JSON_INTEGER_FORMAT, json_integer_value(x));
  else if (json_is_boolean(x)) fputs(json_is_true(x) ? "yes" : "no", p->html);
  else fputs("unknown", p->html);
}

static void bytes(struct page *p, const json_t *x) {
  static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  double n = json_number_value(x);
  int unit = 0;
  for (; n >= 1024 && unit < 4; unit++) n /= 1024;
  fprintf(p->html, "%.3g\u00a0%s", n, units[unit]);
}

static void caches(struct page *p, const json_t *machine) {
  const json_t *cache;
  size_t i;
  json_array_foreach(json_object_get(machine, "caches"), i, cache) {
    if (i) fputs(", ", p->html);
    html_say(p->html, "%s ", run_text(cache, "name"));
    bytes(p, json_object_get(cache, "bytes"));
  }
}

static void versions(struct page *p, const json_t *machine) {
  const json_t *version;
  const char *name;
  bool first = true;
  json_object_foreach(json_object_get(machine, "versions"), name, version) {
    html_say(p->html, "%s%s ", first ? "" : ", ", name);
    value(p, version);
    first = false;
  }
}

static const struct {
  const char *key, *name;
} facts[] = {{"host", "host"},           {"cpu", "processor"},
             {"cores", "cores"},         {"threads", "hardware threads"},
             {"smt", "hyper-threading"}, {"numa_nodes", "NUMA nodes"},
             {"kernel", "kernel"},       {"governor", "frequency governor"},
             {"clock", "clock"},         {"compiler", "compiler"},
             {"version", "pmbench"},     {"commit", "commit"},
             {"build_type", "build"}};

static void machine(struct page *p, const json_t *m) {
  fputs("<dl>\n", p->html);
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
    term(p, facts[i].name);
    const json_t *fact = json_object_get(m, facts[i].key);
    if (!strcmp(facts[i].key, "smt") && json_is_boolean(fact))
      fputs(json_is_true(fact) ? "on" : "off", p->html);
    else value(p, fact);
    end(p);
  }
  term(p, "memory"), bytes(p, json_object_get(m, "memory_bytes")), end(p);
  term(p, "caches"), caches(p, m), end(p);
  term(p, "libraries"), versions(p, m), end(p);
  fputs("</dl>\n", p->html);
}

/* ---- configuration --------------------------------------------------------------------------- */

static char *command_of(const json_t *run) {
  const json_t *word;
  size_t i, size = 0;
  char *text = NULL;
  FILE *out = open_memstream(&text, &size);
  PM_CHECK(out);
  fputs("pmbench", out);
  json_array_foreach(json_object_get(run, "argv"), i, word) {
    const char *w = json_is_string(word) ? json_string_value(word) : "?";
    bool bare =
        *w &&
        !w[strspn(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:@,+%")];
    fputs(bare ? " " : " '", out);
    for (; *w; w++) *w == '\'' ? (void)fputs("'\\''", out) : (void)putc(*w, out);
    if (!bare) putc('\'', out);
  }
  PM_CHECK(!fclose(out));
  return text;
}

static void list_words(struct page *p, const char *title, const struct words *words, bool as_code) {
  if (!words->count) return;
  fprintf(p->html, "<details><summary>%s (%zu)</summary>\n<ul>\n", title, words->count);
  for (size_t i = 0; i < words->count; i++) {
    fputs(as_code ? "<li><code>" : "<li>", p->html);
    html_text(p->html, words->word[i].text);
    fputs(as_code ? "</code>" : "", p->html);
    fprintf(p->html,
            words->word[i].n > 1 ? " <span class=\"faint\">\u00d7 %zu</span></li>\n" : "</li>\n",
            words->word[i].n);
  }
  fputs("</ul></details>\n", p->html);
}

static void commands_and_warnings(struct page *p) {
  struct words commands = {0}, warnings = {0};
  const json_t *run, *warning;
  size_t i, k;
  json_array_foreach(p->d->runs, i, run) {
    char *command = command_of(run);
    words_add(&commands, command);
    free(command);
    json_array_foreach(json_object_get(run, "warnings"), k, warning)
      if (json_is_string(warning)) words_add(&warnings, json_string_value(warning));
  }
  words_sort(&commands);
  words_sort(&warnings);
  list_words(p, "Commands that made these runs", &commands, true);
  list_words(p, "Warnings of the runs", &warnings, false);
  words_free(&commands);
  words_free(&warnings);
}

static void print_file(struct page *p, FILE *in) {
  char *line = NULL;
  size_t room = 0;
  rewind(in);
  fputs("<pre>", p->html);
  while (getline(&line, &room, in) > 0) {
    line[strcspn(line, "\n")] = 0;
    html_text(p->html, line);
    putc('\n', p->html);
  }
  fputs("</pre>", p->html);
  free(line);
}

/* As it was written: a campaign keeps it. Paper cannot be unfolded. */
static void configuration(struct page *p) {
  char path[4352];
  snprintf(path, sizeof path, "%s/config.yaml", p->d->directory);
  FILE *in = fopen(path, "re");
  if (!in) return;
  fputs("<details class=\"folded\"><summary>Configuration</summary>\n", p->html);
  print_file(p, in);
  fputs("</details>\n<div class=\"unfolded\"><h3>Configuration</h3>\n", p->html);
  print_file(p, in);
  fputs("</div>\n", p->html);
  fclose(in);
}

void page_machine(struct page *p) {
  if (p->d->machine) machine(p, p->d->machine);
  else
    fputs("<p>The directory holds no machine.json: nothing is known of the machine but what the "
          "runs say.</p>\n",
          p->html);
  configuration(p);
  commands_and_warnings(p);
}
