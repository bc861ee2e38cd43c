/*
 * ahead.c - work that is done beside the writer.
 *
 * There is one writer, and most of what a writing function does is not writing: it reads, checks,
 * decides, seals.  store_write_ahead() lets it do that in its own thread, on what is committed; its
 * writing queries are kept with their values instead of run.  The writer then has only to see that
 * nothing of what was read has been written since, and to run what was kept.  When something has,
 * it runs the function anew, as store_write() does; nobody sees the difference but in time.
 *
 * What was read is known by table, and closer for a query whose .sql says `-- one: parameter`: only
 * the rows of its one table that have that value.  Different things may share a number; that costs
 * a run, never a mistake.  What cannot be kept is refused: rows that a writing query returns, and
 * reading what the function itself has written.
 */
#include <string.h>

#include "store/store_private.h"

static uint32_t mix(uint32_t hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * 16777619u;
    return hash;
}

/* A query that does not get the parameter it names fails when it is run. */
static uint16_t one_of(const struct query *query, const struct arg *args, size_t n)
{
    uint32_t hash = mix(2166136261u, query->tables, sizeof *query->tables);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(args[i].name, query->parameters[query->one - 1]) != 0)
            continue;
        hash = args[i].type == ARG_INT ? mix(hash, &args[i].number, sizeof args[i].number)
                                       : mix(hash, args[i].text.at, args[i].text.len);
    }
    return (uint16_t)(hash ^ hash >> 16);
}

static struct touch touch_of(const struct query *query, size_t i, const struct arg *args, size_t n)
{
    struct touch touch = {.table = query->tables[i], .all = !query->one};

    if (query->one)
        touch.one = one_of(query, args, n);
    return touch;
}

/* ---- the writer's side ---- */

void changes_begin(struct changes *changes, bool others_wrote)
{
    changes->running = atomic_load(&changes->committed) + 1;
    if (others_wrote)
        changes_forget(changes);
}

void changes_forget(struct changes *changes)
{
    changes->unknown = changes->running;
}

void changes_commit(struct changes *changes)
{
    atomic_store(&changes->committed, changes->running);
}

void changes_note(struct changes *changes, const struct query *query, const struct arg *args,
                  size_t n)
{
    for (size_t i = 0; i < query->table_count; i++) {
        struct touch touch = touch_of(query, i, args, n);

        changes->any[touch.table] = changes->running;
        if (touch.all)
            changes->all[touch.table] = changes->running;
        else
            changes->one[touch.one] = changes->running;
    }
}

bool ahead_stands(const struct changes *changes, const struct ahead *ahead)
{
    if (changes->unknown > ahead->since)
        return false;
    LIST_EACH (const struct touch, read, ahead->reads) {
        bool written = read->all ? changes->any[read->table] > ahead->since
                                 : changes->all[read->table] > ahead->since ||
                                       changes->one[read->one] > ahead->since;
        if (written)
            return false;
    }
    return true;
}

enum err ahead_write(struct task *t, void *arg)
{
    const struct ahead *ahead = arg;

    for (const struct kept_query *kept = ahead->first; kept; kept = kept->next) {
        enum err e = store_run(t, kept->query, kept->args, kept->n, NULL);
        if (e)
            return e;
        if (kept->must_change_one && store_changed(t) != 1)
            return ERR_CONFLICT;
    }
    return OK;
}

/* ---- beside the writer ---- */

enum err ahead_refuse(struct task *t, struct ahead *ahead)
{
    ahead->useless = true;
    return task_fail(t, ERR_BUSY, "%s", err_sentence(ERR_BUSY));
}

static bool overlap(const struct touch *a, const struct touch *b)
{
    return a->table == b->table && (a->all || b->all || a->one == b->one);
}

enum err ahead_read(struct task *t, struct ahead *ahead, const struct query *query,
                    const struct arg *args, size_t n)
{
    for (size_t i = 0; i < query->table_count; i++) {
        struct touch read = touch_of(query, i, args, n);

        LIST_EACH (const struct touch, written, ahead->writes)
            ahead->useless |= overlap(&read, written);
        if (ahead->useless)
            return ahead_refuse(t, ahead);
        *(struct touch *)list_add(t, &ahead->reads, sizeof read) = read;
    }
    return OK;
}

enum err ahead_keep(struct task *t, struct ahead *ahead, const struct query *query,
                    const struct arg *args, size_t n)
{
    struct kept_query *kept = task_alloc(t, sizeof *kept + n * sizeof *args, 1);

    if (ahead->useless)
        return ahead_refuse(t, ahead);
    *kept = (struct kept_query){.query = query, .n = n};
    for (size_t i = 0; i < n; i++) {
        kept->args[i] = args[i];
        kept->args[i].text = str_copy(t, args[i].text);
    }
    for (size_t i = 0; i < query->table_count; i++) {
        struct touch *touch = list_add(t, &ahead->writes, sizeof *touch);
        *touch = touch_of(query, i, args, n);
    }
    if (ahead->last)
        ahead->last->next = kept;
    else
        ahead->first = kept;
    ahead->last = kept;
    return OK;
}
