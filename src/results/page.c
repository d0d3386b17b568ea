/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results/page.h"

#include <stdlib.h>
#include <string.h>

#include "results/figure_script.h"
#include "results/page_parts.h"
#include "results/text_file.h"

/* ---- parts ----------------------------------------------------------------------------------- */

static void page_title(struct page *p) {
  char *real = realpath(p->d->directory, NULL);
  const char *slash = real ? strrchr(real, '/') : NULL;
  html_say(p->html, "pmbench: %s", slash && slash[1] ? slash + 1 : p->d->directory);
  free(real);
}

static void picture(struct page *p, const struct figure *figure, const char *remark) {
  fputs("<figure>\n", p->html);
  if (!html_svg(p->html, p->out, figure))
    fputs("<p class=\"missing\">The picture could not be read.</p>\n", p->html);
  fputs("<figcaption>", p->html);
  html_say(p->html, "%s%s%s", figure->caption, *remark ? " " : "", remark);
  fprintf(p->html,
          " Data: <a href=\"figures/%s.csv\">CSV</a>, picture: <a href=\"figures/%s.svg\">SVG</a>, "
          "<a href=\"figures/%s.png\">PNG</a>.</figcaption>\n</figure>\n",
          figure->name, figure->name, figure->name);
}

void page_figures(struct page *p) {
  for (int i = 0; i < FIGURES; i++) {
    fprintf(p->html, "<div class=\"figure\">\n<h3 id=\"%s\">", figures[i].name);
    html_text(p->html, figures[i].title);
    fputs("</h3>\n", p->html);
    if (figure_is_there(&p->drawn[i])) picture(p, &figures[i], p->drawn[i].remark);
    else {
      fputs("<p class=\"missing\">", p->html);
      html_say(p->html, "Not drawn. %s", figure_why(&figures[i], &p->drawn[i]));
      fputs("</p>\n", p->html);
    }
    fputs("</div>\n", p->html);
  }
}

static const struct {
  const char *name;
  void (*write)(struct page *);
} parts[] = {{"title", page_title},     {"about", page_about},     {"answers", page_answers},
             {"summary", page_summary}, {"figures", page_figures}, {"machine", page_machine}};

/* ---- the template ---------------------------------------------------------------------------- */

static bool write_part(struct page *p, const char *name, size_t bytes) {
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (strlen(parts[i].name) == bytes && !strncmp(parts[i].name, name, bytes)) {
      parts[i].write(p);
      return true;
    }
  return false;
}

/* {{name}} becomes the part; what is none stays as it is. */
static void fill(struct page *p, const char *template) {
  const char *open, *close;
  while ((open = strstr(template, "{{")) && (close = strstr(open, "}}"))) {
    fwrite(template, 1, (size_t)(open - template), p->html);
    if (!write_part(p, open + 2, (size_t)(close - open) - 2))
      fwrite(open, 1, (size_t)(close - open) + 2, p->html);
    template = close + 2;
  }
  fputs(template, p->html);
}

int page_write(const struct dataset *d, const struct figure_drawn drawn[FIGURES], const char *out,
               char *error) {
  char *template;
  struct text_file whole;
  int code = script_read("page.html", &template, error);
  if (code) return code;
  code = text_file_begin(&whole, out, "index.html", error);
  if (!code) {
    struct page page = {d, drawn, out, whole.file};
    fill(&page, template);
    code = text_file_end(&whole, error);
  }
  free(template);
  return code;
}
