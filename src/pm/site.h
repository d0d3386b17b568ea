/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every place that writes back has a name. The same name is the row in the flush-cost table, and the write-back that a test
 * drops to see that somebody notices. The step of PROTOCOL.md that asks for it stands beside.
 */
#ifndef PM_SITE_H
#define PM_SITE_H

#include <stdint.h>

#define PM_SITE_LIST(X)                                                       \
  X(SEQ, "seq")                       /* 3 commit, step 4 */                  \
  X(SEQ_ATTACH, "seq_attach")         /* 3 attach: before it is acted upon */ \
  X(RECORD, "record")                 /* 3 commit, step 2 */                  \
  X(IMAGE, "image")                   /* 3 commit, step 1 */                  \
  X(CONT, "cont")                     /* 4 suspend */                         \
  X(JOIN_FILL, "join_fill")           /* 4 promote */                         \
  X(JOIN_OWN, "join_own")             /* 4 join: FREE -> OWN */               \
  X(JOIN_TAKEN, "join_taken")         /* 4 theft: FREE -> TAKEN */            \
  X(JOIN_WAIT, "join_wait")           /* 4 suspend: TAKEN -> WAIT */          \
  X(JOIN_DONE, "join_done")           /* 4 complete: result, TAKEN -> DONE */ \
  X(JOIN_READ, "join_read")           /* 3 commit, step 3: read-then-depend */\
  X(LINK, "link")                     /* 3: free-list links */                \
  X(USER, "user")                     /* pm_write, pm_wrote */                \
  X(SETUP, "setup")                   /* creation, setup, end of the run */   \
  X(FENCE, "fence")                   /* no place of its own: waiting for all the others, with pages their msync */

enum pm_site {
#define X(id, name) PM_SITE_##id,
  PM_SITE_LIST(X)
#undef X
  PM_SITES
};
extern const char *const pm_site_names[PM_SITES];

struct pm_site_count { uint64_t calls, lines, ns; };

#endif
