/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page's parts, one a place in the template; and how they write. */
#ifndef RESULTS_PAGE_PARTS_H
#define RESULTS_PAGE_PARTS_H

#include "results/dataset.h"
#include "results/figure.h"
#include "results/stats.h"

struct page {
  const struct dataset *d;
  const struct figure_drawn *drawn;
  const char *out;
  FILE *html;
};

void page_about(struct page *p);
void page_answers(struct page *p);
void page_summary(struct page *p);
void page_figures(struct page *p);
void page_machine(struct page *p);
/* Parts of these: of the answers, ... */
void page_commit_costs(struct page *p);
void page_fault_costs(struct page *p);
void page_memory_costs(struct page *p);
void page_recovery(struct page *p);
/* ... of the first lines, of the summary: what was planned and is not here. */
void page_missing(struct page *p);
void page_not_run(struct page *p);

/* A share of the cores, taken by other programs, from which on times are not to be believed. */
#define FOREIGN_MUCH 0.05

/* Text, escaped. What comes from a record goes through one of these two; markup of our own goes by
 * fputs. */
void html_text(FILE *html, const char *text);
void html_say(FILE *html, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The picture in DIRECTORY/NAME.svg as a part of the page: its colours the page's, its names its
 * own. Returns false, and writes nothing, where there is none. */
bool html_svg(FILE *html, const char *directory, const struct figure *figure);

/* Numbers for people, into `text` (PAGE_NUMBER_MAX bytes), which they return. */
#define PAGE_NUMBER_MAX 96
char *page_time(double ns, char *text);
char *page_times(const struct interval *x,
                 char *text);            /* "1.02 (0.99 to 1.05)", "1.02 (too few runs to tell)" */
char *page_digits(double x, char *text); /* three digits */

#endif
