/* SPDX-License-Identifier: BSD-3-Clause */
#include "mem/pool.h"

#include <string.h>

#include "base/check.h"

void pm_pool_open(struct pm_pool *p, struct pm_view *v, uint32_t *links, uint32_t blocks) {
  *p = (struct pm_pool){.view = v, .links = links, .blocks = blocks, .head = PM_POOL_NONE};
}

static void thread_block(struct pm_pool *p, uint32_t block) {
  p->links[block] = p->head;
  p->head = block;
  pm_view_writeback(p->view, PM_SITE_LINK, &p->links[block], sizeof *p->links);
}

bool pm_pool_load(struct pm_pool *p, const struct pm_pool_record *r) {
  if ((r->head != PM_POOL_NONE && r->head >= p->blocks) || r->limbo_count > PM_LIMBO) return false;
  for (uint32_t i = 0; i < r->limbo_count; i++)
    if (r->limbo[i] >= p->blocks) return false;
  p->head = r->head;
  p->freed_count = 0;
  for (uint32_t i = 0; i < r->limbo_count; i++) thread_block(p, r->limbo[i]);
  return true;
}

uint32_t pm_pool_alloc(struct pm_pool *p) {
  uint32_t block = p->head;
  if (block == PM_POOL_NONE) return PM_POOL_NONE;
  PM_CHECK(block < p->blocks);
  p->head = p->links[block];
  return block;
}

void pm_pool_free(struct pm_pool *p, uint32_t block) {
  PM_CHECK(block < p->blocks && p->freed_count < PM_LIMBO);
  p->freed[p->freed_count++] = block;
}

void pm_pool_save(const struct pm_pool *p, struct pm_pool_record *r) {
  r->head = p->head;
  r->limbo_count = p->freed_count;
  memcpy(r->limbo, p->freed, p->freed_count * sizeof *r->limbo);
}

void pm_pool_committed(struct pm_pool *p) {
  for (uint32_t i = 0; i < p->freed_count; i++) thread_block(p, p->freed[i]);
  p->freed_count = 0;
}
