/* SPDX-License-Identifier: BSD-3-Clause */
#include "region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc/create.h"

void sim_region_fresh(struct pm_run *run, const struct pm_options *o, const struct tree_block *args) {
  static struct pm_run made;
  static char *copy;
  static struct pm_site_count sites[PM_SITES];
  static uint64_t fences;
  if (!copy) {
    made = (struct pm_run){.program = &tree_program, .options = o, .procs = 4, .slots = 4};
    if (pm_run_create(&made) || !(copy = malloc(made.region.bytes))) {
      fprintf(stderr, "%s\n", made.error.text);
      abort();
    }
    unlink(made.region.path);
    memcpy(copy, made.region.view.base, made.region.bytes);
  }
  *run = made;
  run->options = o;
  run->procs = o->procs;
  memcpy(made.region.view.base, copy, made.region.bytes);
  run->region.view.sites = sites;
  run->region.view.fences = &fences;
  memcpy(((struct pm_origin *)pm_region_section(&run->region, PM_SECTION_ORIGIN))->args, args, sizeof *args);
  run->region.header->sealed = pm_region_sealed_sum(run->region.header);
  run->region.header->checksum = pm_region_checksum(run->region.header);
  struct pm_join_record *root = pm_join_at(run->region.header, PM_JOIN_ROOT);
  memcpy(root->args, &args->depth, sizeof args->depth);
  root->closure_sum = pm_closure_sum(root, PM_JOIN_ROOT, PM_JOIN_ROOT_GEN);
}
