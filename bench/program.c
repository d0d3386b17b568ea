/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of a program that a benchmark needs, through the library as everybody uses it. */
#include "bench.h"

static const uint64_t timeout_ns = UINT64_C(30000000000);   /* a safety net */

int bench_program_with(struct bench *b, const struct pm_program *program, const struct pm_options *options, pm_finished *finished,
                       void *context, struct pm_report *report) {
  struct pm_options o = *options;
  o.timeout_ns = timeout_ns;
  o.context = context;
  *report = (struct pm_report){0};
  int code = bench_device_clear(b);
  if (code) return code;
  code = pm_run(program, &o, finished, report);
  if (code == PM_E_MISSED) return 0;      /* its fault came too late: no sample, and nothing is wrong */
  return code ? pm_error_set(&b->error, code, "%s", report->error_text) : 0;
}

int bench_program(struct bench *b, const struct pm_program *program, const struct pm_options *options, pm_finished *finished,
                  struct pm_report *report) {
  return bench_program_with(b, program, options, finished, NULL, report);
}
