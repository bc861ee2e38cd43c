#include "core/task.h"

#include <assert.h>
#include <stdarg.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

struct arena_block {
    struct arena_block *previous;
    size_t size, used;
    alignas(max_align_t) unsigned char bytes[];
};

enum { FIRST_BLOCK = 16 * 1024, LARGEST_STEP = 1024 * 1024 };

/* Of blocks of LARGEST_STEP and more, all tasks together. */
static _Atomic size_t all_held, all_most = SIZE_MAX;

void task_memory_most(size_t bytes)
{
    atomic_store(&all_most, bytes);
}

void task_begin(struct task *t, struct store *store, int64_t now, size_t budget)
{
    *t = (struct task){.store = store, .now = now, .budget = budget};
}

static void undo_until(struct task *t, struct deferred *keep)
{
    while (t->deferred != keep) {
        struct deferred *d = t->deferred;

        t->deferred = d->next;
        d->undo(d->thing);
    }
}

static void free_until(struct task *t, struct arena_block *keep)
{
    while (t->block != keep) {
        struct arena_block *block = t->block;

        t->block = block->previous;
        if (block->size >= LARGEST_STEP)
            atomic_fetch_sub_explicit(&all_held, block->size, memory_order_relaxed);
        free(block);
    }
}

void task_end(struct task *t)
{
    undo_until(t, NULL);
    free_until(t, NULL);
    t->used = 0;
}

enum err task_protect(struct task *t, task_fn *fn, void *arg)
{
    jmp_buf here;
    jmp_buf *outer = t->recover;

    if (setjmp(here)) {
        t->recover = outer;
        /* The note must not need memory: it is a literal. */
        t->err = t->crowded ? ERR_BUSY : ERR_NO_MEMORY;
        t->note = t->crowded ? S("系统正忙，请稍后再试") : S("内容超出一次能处理的量");
        t->crowded = false;
        return t->err;
    }
    t->recover = &here;
    enum err e = fn(t, arg);
    t->recover = outer;
    return e;
}

static void out_of_memory(struct task *t)
{
    if (t->recover)
        longjmp(*t->recover, 1);
    fputs("yimen: out of memory outside any protected task\n", stderr);
    abort();
}

static void add_block(struct task *t, size_t at_least)
{
    size_t size = t->block ? t->block->size * 2 : FIRST_BLOCK;

    if (size > LARGEST_STEP)
        size = LARGEST_STEP;
    if (size < at_least)
        size = at_least;
    if (size >= LARGEST_STEP) {
        size_t held = atomic_fetch_add_explicit(&all_held, size, memory_order_relaxed) + size;

        if (t->gives_way && held > atomic_load_explicit(&all_most, memory_order_relaxed)) {
            atomic_fetch_sub_explicit(&all_held, size, memory_order_relaxed);
            t->crowded = true;
            out_of_memory(t);
        }
    }
    struct arena_block *block = malloc(sizeof *block + size);
    if (!block) {
        if (size >= LARGEST_STEP)
            atomic_fetch_sub_explicit(&all_held, size, memory_order_relaxed);
        out_of_memory(t);
    }
    block->previous = t->block;
    block->size = size;
    block->used = 0;
    t->block = block;
}

void *task_alloc(struct task *t, size_t size, size_t count)
{
    size_t bytes;

    if (__builtin_mul_overflow(size, count, &bytes) || bytes > SIZE_MAX - alignof(max_align_t))
        out_of_memory(t);
    bytes = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (bytes > t->budget || t->used > t->budget - bytes)
        out_of_memory(t);
    if (!t->block || bytes > t->block->size - t->block->used)
        add_block(t, bytes);

    void *at = t->block->bytes + t->block->used;
    t->block->used += bytes;
    t->used += bytes;
    return memset(at, 0, bytes);
}

void task_defer(struct task *t, void (*undo)(void *thing), void *thing)
{
    struct deferred *d = NEW(t, struct deferred, 1);

    *d = (struct deferred){.next = t->deferred, .undo = undo, .thing = thing};
    t->deferred = d;
}

struct task_mark task_mark(const struct task *t)
{
    return (struct task_mark){
        .block = t->block,
        .block_used = t->block ? t->block->used : 0,
        .used = t->used,
        .deferred = t->deferred,
    };
}

void task_reset(struct task *t, struct task_mark mark)
{
    undo_until(t, mark.deferred);
    free_until(t, mark.block);
    if (t->block)
        t->block->used = mark.block_used;
    t->used = mark.used;
    /* Notes and field errors made since stood in the memory given back. */
    task_clear_error(t);
}

static PRINTF_LIKE(2, 0) struct str
    format_in_arena(struct task *t, const char *format, va_list args)
{
    va_list again;

    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(len >= 0);
    char *text = NEW(t, char, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, args);
    return (struct str){text, (size_t)len};
}

enum err task_fail(struct task *t, enum err e, const char *note, ...)
{
    assert(e != OK);
    if (t->err)
        return e;
    va_list args;

    va_start(args, note);
    t->note = format_in_arena(t, tr(t, note), args);
    va_end(args);
    t->err = e;
    return e;
}

void task_field_error(struct task *t, struct str field, const char *message, ...)
{
    struct field_error *error = NEW(t, struct field_error, 1);
    va_list args;

    va_start(args, message);
    *error = (struct field_error){.field = str_copy(t, field)};
    error->message = format_in_arena(t, tr(t, message), args);
    va_end(args);
    if (t->last_field_error)
        t->last_field_error->next = error;
    else
        t->field_errors = error;
    t->last_field_error = error;
}

enum err task_input_verdict(struct task *t)
{
    if (!t->field_errors)
        return OK;
    return task_fail(t, ERR_BAD_INPUT, "%s", tr(t, err_sentence(ERR_BAD_INPUT)));
}

void task_clear_error(struct task *t)
{
    t->err = OK;
    t->note = (struct str){0};
    t->field_errors = t->last_field_error = NULL;
}
