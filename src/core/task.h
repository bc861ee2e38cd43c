/*
 * task.h - one unit of work: a request, a run of a job, a command.
 *
 * A task carries its memory, its moment, its tenant and what went wrong.  Everything a function
 * returns lives in the arena of its task and goes with it; what must outlive a task is a row.
 *
 * Memory.  NEW() never returns NULL and zeroes.  Beyond the budget it jumps to the nearest
 * task_protect(), which returns ERR_NO_MEMORY (ERR_BUSY: others hold it).  Therefore: never call
 * into the arena from a callback of a foreign library, and hang foreign resources on the task with
 * task_defer() before they are acquired.  A task belongs to one thread at a time.
 *
 * Errors.  `return task_fail(t, ERR_CONFLICT, "...")` writes the note; the first note wins, callers
 * pass the error on unchanged.  Notes are for people: Chinese, no personal data; the format is
 * looked up in the catalogue of the task's language (core/text.h), as a field error's is.  Bad
 * input is gathered with task_field_error(), all of it, before the function returns ERR_BAD_INPUT.
 */
#ifndef CORE_TASK_H
#define CORE_TASK_H

#include <setjmp.h>

#include "core/err.h"
#include "core/str.h"

struct arena_block;
struct language;
struct store;
struct store_txn;
struct told;

struct field_error {
    struct field_error *next;
    struct str field;   /* path in the input: "phone", "parties[1].id_number" */
    struct str message; /* Chinese, says what to do */
};

struct deferred {
    struct deferred *next;
    void (*undo)(void *thing);
    void *thing;
};

struct task {
    int64_t now;                     /* UTC milliseconds, fixed for the whole task */
    int64_t tenant;                  /* 0 outside any tenant */
    const struct language *language; /* of who reads the answer (core/text.h); NULL: Chinese */
    struct store *store;
    struct store_txn *txn; /* inside store_read() or store_write(), else NULL */
    struct told *told;     /* inside store_write(): what store_notify() was told, else NULL */
    bool read_only;        /* a GET is being handled: store_write() fails with ERR_INTERNAL */

    enum err err;
    struct str note;
    struct field_error *field_errors, *last_field_error;

    struct arena_block *block;
    size_t used, budget;
    bool gives_way; /* ends with ERR_BUSY when all tasks together hold too much: requests */
    bool crowded;   /* it did */
    struct deferred *deferred;
    jmp_buf *recover;
};

/* How much all arenas may hold together before tasks that give way do so; blocks under a megabyte
 * are not counted.  At first there is no limit. */
void task_memory_most(size_t bytes);

enum { TASK_BUDGET = 64 * 1024 * 1024 }; /* the usual budget, in bytes */

struct task_mark {
    struct arena_block *block;
    size_t block_used, used;
    struct deferred *deferred;
};

/* Begin with the given moment and budget in bytes.  task_end() undoes what was deferred, newest
 * first. */
void task_begin(struct task *t, struct store *store, int64_t now, size_t budget);
void task_end(struct task *t);

/* Run `fn`; memory beyond the budget ends it with ERR_NO_MEMORY instead of ending the program, and
 * with ERR_BUSY when it is the memory of all that is spent. */
typedef enum err task_fn(struct task *t, void *arg);
MUST_USE enum err task_protect(struct task *t, task_fn *fn, void *arg);

void *task_alloc(struct task *t, size_t size, size_t count);
#define NEW(t, type, count) ((type *)task_alloc((t), sizeof(type), (count)))

void task_defer(struct task *t, void (*undo)(void *thing), void *thing);

/* Give back all memory and undo all defers since the mark.  What was made since is gone. */
struct task_mark task_mark(const struct task *t);
void task_reset(struct task *t, struct task_mark mark);

enum err task_fail(struct task *t, enum err e, const char *note, ...) PRINTF_LIKE(3, 4);
void task_field_error(struct task *t, struct str field, const char *message, ...) PRINTF_LIKE(3, 4);
/* ERR_BAD_INPUT when any field error was gathered, else OK. */
MUST_USE enum err task_input_verdict(struct task *t);
/* Forget errors and notes, for a caller that handled them. */
void task_clear_error(struct task *t);

#endif
