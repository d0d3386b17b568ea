/* SPDX-License-Identifier: BSD-3-Clause */
#include "tree.h"

#include <stdio.h>
#include <string.h>

void (*tree_in_task)(struct pm_worker *w);

PM_TASK(int64_t, bump, (pm_ptr cell;), (pm_mark m; int64_t was;)) {
  PM_BEGIN(bump);
  for (int i = 0; i < 2; i++) pm_wrote(w, a.cell, 0);       /* points at which others go on */
  pm_shield(w);
  for (int i = 0; i < 2; i++) pm_wrote(w, a.cell, 0);       /* and at which a restart waits for the next commit */
  pm_unshield(w);
  if (pm_attempts(w) > 1) {
    PM_COMMIT_HERE();
  }
  my->was = *PM_AT(int64_t, a.cell);
  PM_READ_MARK(my->m);
  PM_BEFORE_OVERWRITE(my->m);
  if (tree_in_task) tree_in_task(w);
  *PM_AT(int64_t, a.cell) = my->was + 1;
  pm_wrote(w, a.cell, sizeof(int64_t));
  PM_RETURN(my->was + 1);
  PM_END;
}

PM_TASK(int64_t, tree, (int64_t depth; int64_t index; pm_ptr cells;),
        (PM_FORKED(tree) left; PM_FORKED(tree) middle; int64_t right; int64_t sum;)) {
  PM_BEGIN(tree);
  if (a.depth == 0) {
    PM_CALL(my->sum, bump, a.cells + 8 * (pm_ptr)a.index);
    PM_RETURN(my->sum);
  }
  PM_FORK(my->left, tree, a.depth - 1, 3 * a.index + 1, a.cells);
  PM_FORK(my->middle, tree, a.depth - 1, 3 * a.index + 2, a.cells);
  PM_CALL(my->right, tree, a.depth - 1, 3 * a.index + 3, a.cells);
  PM_JOIN(my->sum, my->middle, tree);
  int64_t left;
  PM_JOIN(left, my->left, tree);
  my->sum += my->right + left;
  int64_t own;
  PM_CALL(own, bump, a.cells + 8 * (pm_ptr)a.index);
  PM_RETURN(my->sum + own);
  PM_END;
}

static const struct pm_task tasks[] = {PM_ENTRY(bump), PM_ENTRY(tree)};

static int64_t cells(int64_t depth) { return depth ? 1 + 3 * cells(depth - 1) : 1; }

static uint64_t bytes(const void *args) { return 8 * (uint64_t)cells(((const struct tree_block *)args)->depth) + 64; }

static int setup(struct pm_data *d, const void *args) {
  const struct tree_block *t = args;
  d->handle[0] = pm_alloc(d, 8 * (uint64_t)cells(t->depth));
  PM_ROOT(d, tree, t->depth, 0, d->handle[0]);
  return d->handle[0] ? 0 : -1;
}

static int check(struct pm_data *d, const void *args) {
  int64_t n = cells(((const struct tree_block *)args)->depth);
  const int64_t *cell = (const int64_t *)(d->region + d->handle[0]);
  for (int64_t i = 0; i < n; i++)
    if (cell[i] != 1) {
      snprintf(d->error, sizeof d->error, "cell %ld is %ld", (long)i, (long)cell[i]);
      return 1;
    }
  if ((int64_t)d->result == n) return 0;
  snprintf(d->error, sizeof d->error, "result %ld of %ld", (long)d->result, (long)n);
  return 1;
}

const struct pm_program tree_program = {.name = "tree", .tasks = tasks, .task_count = sizeof tasks / sizeof *tasks,
                                        .args_bytes = sizeof(struct tree_block), .bytes = bytes, .setup = setup,
                                        .check = check};
