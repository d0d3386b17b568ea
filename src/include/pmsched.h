/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pmsched.h - fork-join programs that survive the death of any process at any instant.
 *
 * A program is a table of tasks, a setup, and a check. pm_run() creates a region of persistent memory, starts workers
 * (processes by default) that share it, runs the root task, and answers with a report; pm_resume() finishes what a crash
 * interrupted. This header is the manual; workloads/ holds complete examples; src/PROTOCOL.md says how recovery works.
 *
 * Theory: Blelloch, Gibbons, Gu, McGuffey, Shun, "The Parallel Persistent Memory Model", SPAA 2018.
 *
 *   PM_TASK(long, fib, (long n;), (PM_FORKED(fib) x; long y;)) {
 *     PM_LEAF(a.n < 2, a.n);             // a leaf: it needs no frame and is never resumed
 *     PM_BEGIN(fib);                     // from here on the task can be resumed
 *     PM_FORK(my->x, fib, a.n - 1);      // may run elsewhere
 *     PM_CALL(my->y, fib, a.n - 2);      // runs here
 *     long x;
 *     PM_JOIN(x, my->x, fib);
 *     PM_RETURN(x + my->y);
 *     PM_END;
 *   }
 *
 * WHAT A TASK MAY DO
 *  - `a` holds the arguments (read only), `my` the frame with the fields declared in the last parenthesis, `w` the worker.
 *  - What stands before PM_BEGIN depends on the arguments alone and has no effect beside its result. It is done up to twice, and
 *    again when the task is resumed: let it be a cheap test for a leaf, and the leaf. What is dear goes behind PM_BEGIN.
 *  - A C local does not survive PM_CALL, PM_RUN, PM_JOIN, PM_SYNC, PM_COMMIT_HERE or PM_BEFORE_OVERWRITE: what must, is a
 *    field of `my`. With -O1 or more and -Werror=maybe-uninitialized gcc finds most such locals; it does not see those whose
 *    address is taken, arrays, or a loop's counter. A forgetful build (PM_FORGETFUL below) finds them all at the first run.
 *  - Forks are joined youngest first, all of them before the task returns.
 *  - One translation unit holds all the tasks of a program, at most 1024 with at most 4096 bytes of frame each. One macro of
 *    this header a line: the line is the place to resume at, so a task must stand in the first 32767 lines of its file (the
 *    compiler says where one does not: PM_LINE_).
 *  - Results are of any type of at most 8 bytes (pm_none where there is none); arguments of at most PM_ARGS_MAX bytes.
 *
 * CAPSULES MUST BE IDEMPOTENT, the one thing to know. What stands between two commits (a capsule) may be repeated from its
 * beginning after a fault, and a capsule may span parent and child. So it must not overwrite data of the region that it has
 * read: no ping-pong between two buffers, no partition in place, no `C += A * B`. Remedies, the cheapest first:
 *  - compute in private memory (pm_scratch) and write the region once;
 *  - write somewhere that nobody reads in this capsule;
 *  - take a mark after the last read and give it before overwriting: PM_READ_MARK(my->m); ... PM_BEFORE_OVERWRITE(my->m);
 *    commits if, and only if, the mark is of the capsule still running.
 *
 * A CAPSULE MUST FIT between two faults, or it is repeated for ever. Where a leaf is long, let it run through at its first
 * attempt, and save what it has in the middle of a later one:
 *   for (my->i = 0; my->i < n;) {
 *     int64_t end = pm_attempts(w) > 1 || my->i ? my->i + 1 : n;
 *     work(w, my->i, end);               // reads what earlier pieces wrote, and overwrites none of it
 *     my->i = end;
 *     if (end < n) PM_COMMIT_HERE();     // from here on a new capsule, at its first attempt
 *   }
 *
 * Plain stores to the region must be announced with pm_wrote() (or made by pm_write()), or a power failure may lose them.
 */
#ifndef PMSCHED_H
#define PMSCHED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- words ----------------------------------------------------------------------------------------------------------- */

typedef uint64_t pm_word;                 /* a result of any type of at most 8 bytes, as it travels */
typedef uint64_t pm_ptr;                  /* an offset in the region; 0 is null */
typedef uint8_t pm_none;                  /* the result of a task that has none */
#define PM_NONE ((pm_none)0)
#define PM_ARGS_MAX 104                   /* bytes of one task's arguments */

struct pm_core;                           /* the worker's private half: src/sched */

/* What task code sees of the worker it runs on. Read only; `limit` is lowered by beats and by hungry thieves. */
struct pm_worker {
  _Atomic(char *) limit;                  /* a frame that ends above it makes a stop */
  char *region;                           /* where the region lies in this process */
  uint64_t capsule;                       /* slot and commit number: the capsule that runs */
  struct pm_core *core;
};

/* ---- data in the region ------------------------------------------------------------------------------------------------ */

/* The address in this process of an offset; good until the worker ends, never to be stored in the region. */
static inline void *pm_addr(const struct pm_worker *w, pm_ptr p) { return w->region + p; }
#define PM_AT(type, ptr) ((type *)pm_addr(w, (ptr)))

/* Announces a store of `bytes` bytes at `p`: written back at the latest with the next commit. The range must lie in what pm_alloc
 * gave out; a null or a foreign pm_ptr ends the run with PM_E_PROGRAM. */
void pm_wrote(struct pm_worker *w, pm_ptr p, size_t bytes);
/* Copies and announces. The same holds for its range. */
void pm_write(struct pm_worker *w, pm_ptr to, const void *from, size_t bytes);
/* Private memory of this worker, aligned to 64 bytes, undefined content, until the next call of pm_scratch. Never NULL:
 * where memory is short, the run ends with an error. */
void *pm_scratch(struct pm_worker *w, size_t bytes);
/* How often the capsule that runs has begun: 1 the first time; after each fault that it was lost by (a death, a restart inside the
 * process, a power failure, an end of the run in the middle) one more, over all resumptions, until the next commit, whose capsule
 * is at its first attempt. A capsule may begin in a parent or an earlier child: what it says of a task is that something was lost
 * here. Results must not depend on it. A function call and a load: cheap, and not for an inner loop. */
unsigned pm_attempts(const struct pm_worker *w);
/* Bracket calls of libraries that must not be left in the middle (BLAS, malloc, stdio): an injected in-process fault waits
 * until pm_unshield and the commit after it - the next beginning of a task that is no leaf, PM_COMMIT_HERE, or the end -, so that
 * what the call did is not done again; a real one there ends the process. */
void pm_shield(struct pm_worker *w);
void pm_unshield(struct pm_worker *w);
/* How many faults the run's log holds by now, over all its sessions, those that were spared included. It is a moment old, and
 * another capsule may read another number: use it to wait or to tell, never in what is computed. */
uint64_t pm_faults_logged(const struct pm_worker *w);

/* ---- tasks: what the macros expand to ------------------------------------------------------------------------------------ */

/* A frame's head and a fork's note are one word each, written and compared as a whole: the fast path has few enough instructions
 * for that to show, and whoever loads a word that was just stored in parts waits for them. The fields lie so that what the
 * compiler knows of them fits into 31 bits, which one instruction stores. */
struct pm_head {                          /* every frame begins with it */
  uint64_t task : 10;
  uint64_t pc : 16;                       /* the line to go on from; 0: the beginning */
  uint64_t forks : 10;                    /* where in the frame, in words, the youngest fork not yet joined is noted; 0: none */
  uint64_t joining : 10;                  /* with PM_SLOW_: where the fork is noted that it waits for, or whose child it runs */
  uint64_t zero : 18;
};
struct pm_fork {                          /* a forked child, noted in its parent's frame; arguments or join record follow */
  uint64_t task : 10;
  uint64_t bytes : 7;                     /* of its arguments */
  uint64_t older : 10;                    /* where the fork before it is noted, as in a head */
  uint64_t promoted : 1;
  uint64_t zero : 36;
};
struct pm_task {
  const char *name, *result, *args;       /* text, for pmbench inspect */
  uint32_t frame_bytes, args_bytes;
  pm_word (*start)(struct pm_worker *, void *frame, const void *args);
  pm_word (*resume)(struct pm_worker *, void *frame, pm_word result_of_callee);
};

void pm_stop(struct pm_worker *w, void *frame, size_t bytes) __attribute__((cold, noinline));
pm_word pm_join(struct pm_worker *w, void *frame, size_t bytes, pm_word ref) __attribute__((cold, noinline));
void pm_joined(struct pm_worker *w, void *frame) __attribute__((cold, noinline));
void pm_commit_here(struct pm_worker *w, void *frame, size_t bytes) __attribute__((cold, noinline));
/* A mistake that only a run shows: ends it with PM_E_PROGRAM and a line that names the task and the place. */
enum pm_mistake { PM_FORKS_LEFT, PM_NOT_YOUNGEST, PM_NO_LABEL };
void pm_mistaken(struct pm_worker *w, enum pm_mistake, uint32_t task, unsigned line) __attribute__((cold, noinline, noreturn));

#define PM_UNUSED_ __attribute__((unused))  /* a leaf needs none of them */
#define PM_UNLIKELY_(x) __builtin_expect(!!(x), 0)
#define PM_FIELDS_(...) { __VA_ARGS__ }
#define PM_SLOW_ 0x8000                   /* the label behind a join that went through a join record */
#define PM_LINE_(line) _Static_assert((line) < PM_SLOW_, "a task must stand in the first 32767 lines of its file: lines are labels")
enum { pm_task_base_ = __COUNTER__ };

/* How a body is entered. Each way is a function of its own, in which this is a constant:
 *  PM_FRONT_  what stands before PM_BEGIN, and a call of the next. It is small, so it is inlined, and a leaf saves no registers.
 *  PM_FRESH_  from the beginning. Which forks the frame has, the compiler knows, unless they are made in a loop.
 *  PM_AGAIN_  from a label on. Which forks the frame has, the frame says. */
enum pm_entry_ { PM_FRONT_, PM_FRESH_, PM_AGAIN_ };

static inline void pm_state_(struct pm_head *h, uint64_t task, uint64_t pc, uint64_t forks, uint64_t joining) {
  uint64_t word = joining << 36 | forks << 26 | pc << 10 | task;
  __builtin_memcpy(h, &word, sizeof word);
}
static inline uint64_t pm_note_word_(uint64_t task, uint64_t bytes, uint64_t older) { return older << 17 | bytes << 10 | task; }
static inline void pm_note_(struct pm_fork *note, uint64_t word) { __builtin_memcpy(note, &word, sizeof word); }
static inline bool pm_promoted_(const struct pm_fork *note, uint64_t noted) {
  uint64_t word;
  __builtin_memcpy(&word, note, sizeof word);
  return word != noted;
}
_Static_assert(sizeof(struct pm_head) == 8 && sizeof(struct pm_fork) == 8 && PM_ARGS_MAX < 128,
               "pm_state_ and pm_note_word_ know where the fields are, from the lowest bit on");
#define PM_NOTED_(fork, at_) ((__typeof__(&(fork)))((char *)my + 8 * (at_)))
#define PM_WORD_OF_(fork) ((unsigned)((size_t)((char *)(fork) - (char *)my)) / 8)
/* Bit copies between a result and the word it travels in; no conversion, nothing is cut off. */
#define PM_TO_WORD_(type, v) __extension__({ union { pm_word w_; type t_; } u_ = {0}; u_.t_ = (v); u_.w_; })
#define PM_FROM_WORD_(type, v) __extension__({ union { pm_word w_; type t_; } u_ = {.w_ = (v)}; u_.t_; })

/* PM_TASK(result type, name, (arguments;), (locals;)) { body }. Where two tasks call each other, PM_DECLARE the second first
 * and give its body with PM_DEFINE. */
#define PM_TASK(result, name, args, locals) PM_DECLARE(result, name, args) PM_DEFINE(name, locals)

#define PM_DECLARE(result, name, args)                                                                              \
  typedef result name##_result;                                                                                     \
  struct name##_args PM_FIELDS_ args;                                                                               \
  enum { name##_id = __COUNTER__ - pm_task_base_ };                                                                 \
  static const char name##_result_text[] __attribute__((unused)) = #result;                                         \
  static const char name##_args_text[] __attribute__((unused)) = #args;                                             \
  _Static_assert(sizeof(name##_result) <= sizeof(pm_word), #name ": a result has at most 8 bytes");                 \
  _Static_assert(sizeof(struct name##_args) <= PM_ARGS_MAX, #name ": too many bytes of arguments");                 \
  static name##_result name(struct pm_worker *w, void *at, struct name##_args a);

#define PM_DEFINE(name, locals)                                                                                     \
  struct name##_frame { struct pm_head head; struct name##_args a; struct PM_FIELDS_ locals; };                     \
  _Static_assert(sizeof(struct name##_frame) <= 4096, #name ": a frame has at most 4096 bytes");                    \
  static inline __attribute__((always_inline)) name##_result name##_body(struct pm_worker *, struct name##_frame *, \
      const struct name##_args, const enum pm_entry_, const unsigned pc_, unsigned forks_, pm_word);                \
  static inline name##_result name(struct pm_worker *w, void *at, struct name##_args a) {                           \
    return name##_body(w, (struct name##_frame *)at, a, PM_FRONT_, 0, 0, 0);                                        \
  }                                                                                                                 \
  PM_ENTRIES_(name)                                                                                                 \
  static pm_word name##_start(struct pm_worker *w, void *at, const void *a) {                                       \
    struct name##_args args;                                                                                        \
    __builtin_memcpy(&args, a, sizeof args);                                                                        \
    PM_REMEMBER_();                                                                                                 \
    return PM_TO_WORD_(name##_result, name(w, (struct name##_frame *)at, args));                                    \
  }                                                                                                                 \
  static inline __attribute__((always_inline)) name##_result name##_body(PM_UNUSED_ struct pm_worker *w,            \
      PM_UNUSED_ struct name##_frame *my, PM_UNUSED_ const struct name##_args a,                                    \
      PM_UNUSED_ const enum pm_entry_ entry_, PM_UNUSED_ const unsigned pc_, PM_UNUSED_ unsigned forks_,            \
      PM_UNUSED_ pm_word r_)

/* The two ways into the body behind PM_BEGIN. In a forgetful build (below) each is left at every label and goes on through the
 * second one, as if a fault had come. */
#ifndef PM_FORGETFUL
#define PM_ENTRIES_(name)                                                                                           \
  PM_UNUSED_ static inline name##_result name##_fresh(struct pm_worker *w, void *at, struct name##_args a) {        \
    return name##_body(w, (struct name##_frame *)at, a, PM_FRESH_, 0, 0, 0);                                        \
  }                                                                                                                 \
  static pm_word name##_resume(struct pm_worker *w, void *at, pm_word r_) {                                         \
    struct name##_frame *my = (struct name##_frame *)at;                                                            \
    return PM_TO_WORD_(name##_result, name##_body(w, my, my->a, PM_AGAIN_, my->head.pc, my->head.forks, r_));       \
  }
#define PM_FORGET_() ((void)0)
#define PM_REMEMBER_() ((void)0)
#define PM_FORGOT_() false
#define PM_STOPS_ false
#else
/* A FORGETFUL BUILD: compile the program, not the library, with -O0 -DPM_FORGETFUL. At each place where a task can be resumed,
 * its C function returns, the C stack where it stood is overwritten, and it is resumed from its frame: so whatever was kept in a
 * C local across such a place is wrong at once, on one worker and without a fault. */
static _Thread_local struct { bool forgot; pm_word result; } pm_forgetful_;
static PM_UNUSED_ __attribute__((noinline)) void pm_scribble_(void) {
  char below[16384];
  __builtin_memset(below, 0x5a, sizeof below);   /* positive, so that a loop's counter ends it */
  __asm__ volatile("" : : "r"(below) : "memory");
}
#define PM_ENTRIES_(name)                                                                                           \
  static __attribute__((noinline)) name##_result name##_first(struct pm_worker *w, void *at, struct name##_args a) { \
    return name##_body(w, (struct name##_frame *)at, a, PM_FRESH_, 0, 0, 0);                                        \
  }                                                                                                                 \
  static __attribute__((noinline)) name##_result name##_again(struct pm_worker *w, void *at, pm_word r_) {          \
    struct name##_frame *my = (struct name##_frame *)at;                                                            \
    return name##_body(w, my, my->a, PM_AGAIN_, my->head.pc, my->head.forks, r_);                                   \
  }                                                                                                                 \
  static name##_result name##_repeat(struct pm_worker *w, void *at, name##_result r) {                              \
    while (pm_forgetful_.forgot) {                                                                                  \
      pm_forgetful_.forgot = false;                                                                                 \
      pm_scribble_();                                                                                               \
      r = name##_again(w, at, pm_forgetful_.result);                                                                \
    }                                                                                                               \
    return r;                                                                                                       \
  }                                                                                                                 \
  PM_UNUSED_ static name##_result name##_fresh(struct pm_worker *w, void *at, struct name##_args a) {               \
    return name##_repeat(w, at, name##_first(w, at, a));                                                            \
  }                                                                                                                 \
  static pm_word name##_resume(struct pm_worker *w, void *at, pm_word r_) {                                         \
    PM_REMEMBER_();                                                                                                 \
    return PM_TO_WORD_(name##_result, name##_repeat(w, at, name##_again(w, at, r_)));                               \
  }
#define PM_FORGET_()                                                                                                \
  do {                                                                                                              \
    pm_forgetful_.result = r_;                                                                                      \
    pm_forgetful_.forgot = true;                                                                                    \
    return PM_FROM_WORD_(pm_result_, 0);                                                                            \
  } while (0)
#define PM_REMEMBER_() ((void)(pm_forgetful_.forgot = false))     /* a fault may have come between the two */
#define PM_FORGOT_() pm_forgetful_.forgot
#define PM_STOPS_ true                    /* a stop at each beginning: a task that is not in the table is seen there */
#endif

/* The task's row in struct pm_program's table: static const struct pm_task tasks[] = {PM_ENTRY(fib), PM_ENTRY(sum)}; */
#define PM_ENTRY(name)                                                                                              \
  [name##_id] = {#name, name##_result_text, name##_args_text, sizeof(struct name##_frame),                          \
                 sizeof(struct name##_args), name##_start, name##_resume}

/* A field of the frame that notes a forked child. */
#define PM_FORKED(child) struct { struct pm_fork note; union { struct child##_args a; pm_word ref; }; }

/* PM_LEAF(condition, value): where the condition holds, the task is a leaf with that value. The same as `if (condition) return
 * value;`, but asked once: what else stands before PM_BEGIN is done again behind it, and whenever the task is resumed. */
#define PM_LEAF(condition, value)                                                                                   \
  do {                                                                                                              \
    if (entry_ == PM_FRONT_ && (condition)) return (value);                                                         \
  } while (0)

#define PM_BEGIN(name)                                                                                              \
  PM_OF_TASK_(name);                                                                                                \
  enum { pm_id_ = name##_id };                                                                                      \
  PM_UNUSED_ typedef name##_result pm_result_;                                                                      \
  PM_UNUSED_ uint16_t older_[sizeof *my / 8] = {0};  /* by a fork's word in the frame; of PM_FRESH_ alone */        \
  if (entry_ == PM_FRONT_) return name##_fresh(w, my, a);                                                           \
  PM_UNUSED_ __attribute__((cleanup(pm_leaving_))) struct pm_leave_ leave_ = {w, &forks_, name##_id};               \
  switch (pc_) {                                                                                                    \
  case 0:                                                                                                           \
    my->a = a;                                                                                                      \
    if (PM_STOPS_ || PM_UNLIKELY_((char *)my > atomic_load_explicit(&w->limit, memory_order_relaxed))) {            \
      pm_state_(&my->head, pm_id_, 0, 0, 0);                                                                        \
      pm_stop(w, my, sizeof *my);                                                                                   \
    }                                                                                                               \
    (void)0
#define PM_END                                                                                                      \
  default: pm_mistaken(w, PM_NO_LABEL, pm_id_, pc_);                                                                \
  }                                                                                                                 \
  __builtin_unreachable()
#define PM_RETURN(v)                                                                                                \
  do {                                                                                                              \
    (void)r_;                                                                                                       \
    return (v);                                                                                                     \
  } while (0)

/* However a task returns, all of its forks are joined. */
struct pm_leave_ { struct pm_worker *w; const unsigned *forks; uint32_t task; };
static inline __attribute__((always_inline)) void pm_leaving_(const struct pm_leave_ *l) {
  if (PM_UNLIKELY_(*l->forks) && !PM_FORGOT_()) pm_mistaken(l->w, PM_FORKS_LEFT, l->task, 0);
}
#define PM_OF_TASK_(name)                                                                                           \
  _Static_assert(__builtin_types_compatible_p(__typeof__(*my), struct name##_frame), "PM_BEGIN(" #name "): this is the body of another task")

/* PM_FORK(my->x, child, arguments ...): notes in the field my->x, which PM_FORKED(child) declared, a child that may run
 * elsewhere, until PM_JOIN or PM_SYNC. PM_FORK_ARGS(my->x, child, a): the same, its arguments one `struct child_args`. */
#define PM_FORK(fork, child, ...) PM_FORK_ARGS(fork, child, ((struct child##_args){__VA_ARGS__}))
#define PM_FORK_ARGS(fork, child, args_)                                                                            \
  do {                                                                                                              \
    const unsigned at_ = PM_WORD_OF_(&(fork));                                                                               \
    PM_NOTED_(fork, at_)->a = args_;                                                                                                  \
    pm_note_(&PM_NOTED_(fork, at_)->note, pm_note_word_(child##_id, sizeof(struct child##_args), forks_));                            \
    if (entry_ == PM_FRESH_) older_[at_] = (uint16_t)forks_;                                            \
    forks_ = (unsigned)at_;                                                                             \
  } while (0)

/* PM_CALL(lvalue, child, arguments ...): runs a child here. PM_RUN(child, arguments ...): the same for a child without a
 * result. PM_CALL_ARGS(lvalue, child, a), PM_RUN_ARGS(child, a): the same with one `struct child_args`. */
#define PM_CALL(dst, child, ...) PM_CALL_ARGS(dst, child, ((struct child##_args){__VA_ARGS__}))
#define PM_CALL_ARGS(dst, child, args_)                                                                             \
  do {                                                                                                              \
    PM_CALL_AT_(__LINE__, child, args_);                                                                            \
    (dst) = PM_FROM_WORD_(child##_result, r_);                                                                      \
  } while (0)
#define PM_RUN(child, ...) PM_RUN_ARGS(child, ((struct child##_args){__VA_ARGS__}))
#define PM_RUN_ARGS(child, args_) PM_CALL_AT_(__LINE__, child, args_)
#define PM_CALL_AT_(line, child, args_)                                                                             \
  do {                                                                                                              \
    PM_LINE_(line);                                                                                                 \
    pm_state_(&my->head, pm_id_, (line), forks_, 0);                                                                \
    r_ = PM_TO_WORD_(child##_result, child(w, my + 1, args_));                                                      \
    PM_FORGET_();                                                                                                   \
    __attribute__((fallthrough));                                                                                   \
  case (line):;                                                                                                     \
  } while (0)

/* PM_JOIN(lvalue, my->x, child): waits for the youngest fork not yet joined, which must be my->x. PM_SYNC(my->x, child): the
 * same for a child without a result. */
#define PM_JOIN(dst, fork, child)                                                                                   \
  do {                                                                                                              \
    PM_JOIN_AT_(__LINE__, fork, child);                                                                             \
    (dst) = PM_FROM_WORD_(child##_result, r_);                                                                      \
  } while (0)
#define PM_SYNC(fork, child) PM_JOIN_AT_(__LINE__, fork, child)
#define PM_JOIN_AT_(line, fork, child)                                                                              \
  do {                                                                                                              \
    PM_LINE_(line);                                                                                                 \
    unsigned at_;                                                                                                   \
    at_ = PM_WORD_OF_(&(fork));                                                                                           \
    if (PM_UNLIKELY_(forks_ != at_)) pm_mistaken(w, PM_NOT_YOUNGEST, pm_id_, (line));                   \
    forks_ = entry_ == PM_FRESH_ ? older_[at_] : PM_NOTED_(fork, at_)->note.older;                                        \
    if (PM_UNLIKELY_(pm_promoted_(&PM_NOTED_(fork, at_)->note, pm_note_word_(child##_id, sizeof(struct child##_args), forks_)))) {    \
      pm_state_(&my->head, pm_id_, (line) | PM_SLOW_, forks_, at_);                                     \
      r_ = pm_join(w, my, sizeof *my, PM_NOTED_(fork, at_)->ref);                                                                     \
      PM_FORGET_();                                                                                                 \
      __attribute__((fallthrough));                                                                                 \
  case (line) | PM_SLOW_:                                                                                           \
      pm_joined(w, my);                                                                                             \
    } else {                                                                                                        \
      pm_state_(&my->head, pm_id_, (line), forks_, 0);                                                              \
      r_ = PM_TO_WORD_(child##_result, child(w, my + 1, PM_NOTED_(fork, at_)->a));                                                    \
      PM_FORGET_();                                                                                                 \
    }                                                                                                               \
    __attribute__((fallthrough));                                                                                   \
  case (line):;                                                                                                     \
  } while (0)

/* A commit here and now, with a label of its own: what stands before is not repeated. */
#define PM_COMMIT_HERE()                                                                                            \
  do {                                                                                                              \
    PM_LINE_(__LINE__);                                                                                             \
    pm_state_(&my->head, pm_id_, __LINE__, forks_, 0);                                                              \
    pm_commit_here(w, my, sizeof *my);                                                                              \
    PM_FORGET_();                                                                                                   \
    __attribute__((fallthrough));                                                                                   \
  case __LINE__:;                                                                                                   \
  } while (0)
typedef uint64_t pm_mark;
#define PM_READ_MARK(mark) ((void)((mark) = w->capsule))
#define PM_BEFORE_OVERWRITE(mark)                                                                                   \
  do {                                                                                                              \
    PM_LINE_(__LINE__);                                                                                             \
    if ((mark) == w->capsule) {                                                                                     \
      pm_state_(&my->head, pm_id_, __LINE__, forks_, 0);                                                            \
      pm_commit_here(w, my, sizeof *my);                                                                            \
      PM_FORGET_();                                                                                                 \
    }                                                                                                               \
    __attribute__((fallthrough));                                                                                   \
  case __LINE__:;                                                                                                   \
  } while (0)

/* PM_FOR(name, (more arguments;), grain) { body over a.lo <= i < a.hi }: a task `name(lo, hi, more ...)` without a result
 * that halves its range down to `grain`, and runs the body, a leaf, on each piece:
 *   PM_FOR(scale, (pm_ptr v; double by;), 4096) { for (int64_t i = a.lo; i < a.hi; i++) ...; }
 *   ... PM_RUN(scale, 0, n, my->v, 2.0);          in the table: PM_ENTRY(scale) */
#define PM_FOR(name, more, grain)                                                                                   \
  PM_DECLARE(pm_none, name, (int64_t lo; int64_t hi; PM_UNPAREN_ more))                                             \
  static inline void name##_each(struct pm_worker *w, const struct name##_args a);                                  \
  PM_DEFINE(name, (PM_FORKED(name) high;)) {                                                                        \
    if (a.hi - a.lo <= (int64_t)(grain)) {                                                                          \
      if (a.lo < a.hi) name##_each(w, a);                                                                           \
      return PM_NONE;                                                                                               \
    }                                                                                                               \
    PM_BEGIN(name);                                                                                                 \
    struct name##_args low_ = a, high_ = a;                                                                         \
    low_.hi = high_.lo = a.lo + (a.hi - a.lo) / 2;                                                                  \
    PM_FORK_ARGS(my->high, name, high_);                                                                            \
    PM_CALL_AT_(1, name, low_);                                                                                     \
    PM_JOIN_AT_(2, my->high, name);                                                                                 \
    PM_RETURN(PM_NONE);                                                                                             \
    PM_END;                                                                                                         \
  }                                                                                                                 \
  static inline void name##_each(struct pm_worker *w, const struct name##_args a)
#define PM_UNPAREN_(...) __VA_ARGS__

/* ---- programs ------------------------------------------------------------------------------------------------------------ */

#define PM_TEXT_MAX 512
#define PM_HANDLES 16

/* The region as setup, check and output see it: one process, nobody else at work. */
struct pm_data {
  char *region;                           /* address of offset 0 */
  uint64_t handle[PM_HANDLES];            /* the program's own: offsets of its arrays; kept in the region */
  pm_word result;                         /* of the root task; for check and output */
  char answer[64];                        /* check writes the result as text here: a value or a checksum */
  char error[PM_TEXT_MAX];                /* one line, where a function returns something negative */
  struct pm_data_core *core;
};
/* The root's result as what it is: PM_RESULT(double, d). For check and output. */
#define PM_RESULT(type, d) PM_FROM_WORD_(type, (d)->result)
/* Space in the region's arena, aligned to 64 bytes, zero; 0 and an error text when there is none. In setup only. */
pm_ptr pm_alloc(struct pm_data *d, uint64_t bytes);
/* The root task and its arguments. In setup only. */
#define PM_ROOT(d, task, ...) pm_root(d, task##_id, &(struct task##_args){__VA_ARGS__}, sizeof(struct task##_args))
void pm_root(struct pm_data *d, uint32_t task, const void *args, size_t bytes);

/* A program: what can be run and, by the same executable, resumed. `args` is a block of the program's own, without
 * pointers, that lies in the region. Functions return 0, or a negative number and a line in d->error. */
struct pm_program {
  const char *name;
  const struct pm_task *tasks;            /* by task id; holes are all zero */
  uint32_t task_count;                    /* at most 1024 */
  uint32_t args_bytes;                    /* at most PM_PROGRAM_ARGS_MAX */
  uint64_t (*bytes)(const void *args);    /* of arena that setup asks for, each piece a multiple of 64. NULL: none */
  int (*setup)(struct pm_data *d, const void *args);   /* in a fresh region, before the first task */
  int (*check)(struct pm_data *d, const void *args);   /* 0 right, 1 wrong; writes d->answer. May be NULL */
  void (*warm)(const void *args);         /* in each of the first workers before the first task: what libraries allocate at
                                           * their first call. Not in a respawned one, and not in wall_ns. May be NULL */
  uint64_t address_bytes;                 /* of address space that libraries take in a worker, as a BLAS does: under a limit of it
                                           * (ulimit -v) a run without that much is refused. 0: nothing worth counting */
};
#define PM_PROGRAM_ARGS_MAX 12288

#endif
