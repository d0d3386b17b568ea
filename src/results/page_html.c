/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/page_parts.h"

/* ---- text ------------------------------------------------------------------------------------ */

static const char *escape_of(char c) {
  switch (c) {
  case '&': return "&amp;";
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '"': return "&quot;";
  case '\'': return "&#39;";
  case '\n':
  case '\t': return " ";
  default: return (unsigned char)c < 0x20 || c == 0x7f ? "" : NULL;
  }
}

void html_text(FILE *html, const char *text) {
  for (const char *c = text; *c; c++) {
    const char *escape = escape_of(*c);
    if (escape) fputs(escape, html);
    else putc(*c, html);
  }
}

void html_say(FILE *html, const char *format, ...) {
  char *text = NULL;
  va_list list;
  va_start(list, format);
  if (vasprintf(&text, format, list) >= 0) html_text(html, text);
  va_end(list);
  free(text);
}

/* ---- numbers --------------------------------------------------------------------------------- */

char *page_digits(double x, char *text) {
  int decimals = x >= 99.95 ? 0 : x >= 9.995 ? 1 : 2;
  snprintf(text, PAGE_NUMBER_MAX, x > 0 && x < 0.0995 ? "%.*g" : "%.*f", decimals, x);
  return text;
}

char *page_time(double ns, char *text) {
  static const struct {
    double from, unit;
    const char *name;
  } units[] = {{999.5e6, 1e9, "s"}, {999.5e3, 1e6, "ms"}, {999.5, 1e3, "\u00b5s"}, {0, 1, "ns"}};
  if (!isfinite(ns)) return strcpy(text, "unknown");
  int u = 0;
  while (ns < units[u].from) u++;
  char digits[PAGE_NUMBER_MAX];
  if (units[u].unit == 1) snprintf(digits, sizeof digits, "%.0f", ns);
  else page_digits(ns / units[u].unit, digits);
  snprintf(text, PAGE_NUMBER_MAX, "%.40s\u00a0%s", digits, units[u].name);
  return text;
}

char *page_times(const struct interval *x, char *text) {
  char middle[PAGE_NUMBER_MAX], low[PAGE_NUMBER_MAX], high[PAGE_NUMBER_MAX];
  page_digits(x->middle, middle);
  if (isfinite(x->low) && isfinite(x->high))
    snprintf(text, PAGE_NUMBER_MAX, "%.24s (%.24s to %.24s)", middle, page_digits(x->low, low),
             page_digits(x->high, high));
  else snprintf(text, PAGE_NUMBER_MAX, "%.24s (too few runs to tell)", middle);
  return text;
}

/* ---- pictures -------------------------------------------------------------------------------- */

/* gnuplot's text for style.gp's ink and paper, and for the blue that is too dark for dark paper;
 * names that two pictures on a page would share. */
static const struct {
  const char *from, *to;
} exchanges[] = {{"rgb(32,32,32)", "currentColor"},
                 {"rgb( 32,  32,  32)", "currentColor"},
                 {" color=\"black\"", ""},
                 {"rgb(212, 212, 212)", "var(--rule)"},
                 {"rgb(  0, 114, 178)", "var(--blue)"},
                 {" fill=\"#ffffff\"", " fill=\"none\""},
                 {"font-family=\"sans-serif\"", "font-family=\"system-ui, sans-serif\""},
                 {"id='", NULL},
                 {"id=\"", NULL},
                 {"href='#", NULL},
                 {"href=\"#", NULL},
                 {"url(#", NULL}};

static void exchange(FILE *html, const char *svg, const char *name) {
  enum { EXCHANGES = sizeof exchanges / sizeof *exchanges };
  static const char own[] = "<title>", end[] = "</title>"; /* gnuplot's, of how a part was made */
  while (*svg) {
    const char *after = strncmp(svg, own, strlen(own)) ? NULL : strstr(svg, end);
    if (after) svg = after + strlen(end);
    int i = 0;
    while (i < EXCHANGES && strncmp(svg, exchanges[i].from, strlen(exchanges[i].from))) i++;
    if (i == EXCHANGES) {
      putc(*svg++, html);
      continue;
    }
    if (exchanges[i].to) fputs(exchanges[i].to, html);
    else fprintf(html, "%s%s-", exchanges[i].from, name);
    svg += strlen(exchanges[i].from);
  }
}

static char *read_svg(const char *directory, const char *name) {
  char path[4352], *text = NULL;
  size_t bytes = 0;
  snprintf(path, sizeof path, "%s/figures/%s.svg", directory, name);
  FILE *in = fopen(path, "r");
  if (!in) return NULL;
  if (getdelim(&text, &bytes, 0, in) < 0) {
    free(text);
    text = NULL;
  }
  fclose(in);
  return text;
}

/* gnuplot says there who drew it: a reader is told what there is to see. */
bool html_svg(FILE *html, const char *directory, const struct figure *figure) {
  char *text = read_svg(directory, figure->name);
  const char *box = text ? strstr(text, "viewBox=\"") : NULL,
             *body = box ? strstr(box, "</desc>") : NULL;
  if (!body) {
    free(text);
    return false;
  }
  int length = (int)strcspn(box + strlen("viewBox=\""), "\"");
  fprintf(html,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
          "viewBox=\"%.*s\" role=\"img\" aria-labelledby=\"%s-title %s-desc\">\n<title "
          "id=\"%s-title\">",
          length, box + strlen("viewBox=\""), figure->name, figure->name, figure->name);
  html_text(html, figure->title);
  fprintf(html, "</title><desc id=\"%s-desc\">", figure->name);
  html_text(html, figure->alt);
  fputs("</desc>", html);
  exchange(html, body + strlen("</desc>"), figure->name);
  free(text);
  return true;
}
