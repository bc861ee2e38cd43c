/*
 * recount.c - the counters of open orders, counted again from the rows: to compare, or to put
 * right.
 *
 * One unit at a time and each in one transaction, so that both are exact while the server goes on:
 * a comparison sees the counters and the rows of one moment, and what puts them right holds the
 * writer for the rows of one unit.
 */
#include "modules/orders/recount.h"

#include "modules/orders/act.h"
#include "modules/orders/commit.h"
#include "modules/orders/slice.h"
#include "orders_upkeep_sql.h"

struct tally {
    struct str what;
    int64_t n;
};

static struct tally *tally_of(struct task *t, struct list *tallies, struct str what)
{
    LIST_EACH (struct tally, tally, *tallies) {
        if (str_eq(tally->what, what))
            return tally;
    }
    struct tally *fresh = list_add(t, tallies, sizeof *fresh);
    *fresh = (struct tally){str_copy(t, what), 0};
    return fresh;
}

static void add(struct task *t, struct list *tallies, struct str what, bool counts, int64_t n)
{
    if (counts)
        tally_of(t, tallies, what)->n += n;
}

/* What counted_of() counts, from the columns; verify compares those with the state. */
static enum err count_unit(struct task *t, int64_t unit, struct list *ret_tallies)
{
    struct list tallies = {0};
    struct rows *rows;
    enum err e =
        store_run(t, &q_orders_recount, ARGS(INT("tenant", t->tenant), INT("unit", unit)), &rows);

    if (e)
        return e;
    while (rows_next(rows)) {
        int64_t n = row_int(rows, "n");
        struct str desk = row_str(rows, "desk"), step = row_str(rows, "step");
        const struct procedure *procedure;

        e = catalog_procedure(t, row_str(rows, "procedure_code"),
                              (int32_t)row_int(rows, "procedure_version"), &procedure);
        if (e)
            return e;
        struct str few = counted_for(t, procedure);
        add(t, &tallies, str_join(t, few, S("open")), true, n);
        add(t, &tallies, str_format(t, "%.*sstep:%.*s", STR_ARG(few), STR_ARG(step)), true, n);
        add(t, &tallies, str_format(t, "%.*sdesk:%.*s", STR_ARG(few), STR_ARG(desk)), desk.len > 0,
            n);
        add(t, &tallies, str_join(t, few, S("green")), row_int(rows, "green") != 0, n);
        add(t, &tallies, str_join(t, few, S("emergency")), row_int(rows, "emergency") != 0, n);
        add(t, &tallies, str_join(t, few, S("queue")), row_int(rows, "queue") != 0, n);
    }
    *ret_tallies = tallies;
    return OK;
}

static enum err read_units(struct task *t, void *arg)
{
    struct list *units = arg;
    struct rows *rows;
    enum err e = store_run(t, &q_orders_counted_units, ARGS(INT("tenant", t->tenant)), &rows);

    if (e)
        return e;
    *units = (struct list){0};
    while (rows_next(rows))
        *(int64_t *)list_add(t, units, sizeof(int64_t)) = row_int(rows, "unit");
    return OK;
}

/* --- Comparing --- */

struct comparison {
    int64_t unit;
    struct task *home; /* what differs outlives the memory of a unit */
    struct list *differences;
};

static enum err compare_unit(struct task *t, void *arg)
{
    struct comparison *c = arg;
    struct list tallies, seen = {0};
    struct rows *rows;
    enum err e = count_unit(t, c->unit, &tallies);

    if (!e)
        e = store_run(t, &q_orders_counts, ARGS(INT("tenant", t->tenant), INT("unit", c->unit)),
                      &rows);
    if (e)
        return e;
    while (rows_next(rows)) {
        struct str what = row_str(rows, "what");
        int64_t kept = row_int(rows, "n"), counted = tally_of(t, &tallies, what)->n;

        tally_of(t, &seen, what)->n = 1;
        if (kept != counted)
            *(struct str *)list_add(c->home, c->differences, sizeof(struct str)) =
                str_format(c->home, "计数 %lld/%.*s 是 %lld，重数是 %lld", (long long)c->unit,
                           STR_ARG(what), (long long)kept, (long long)counted);
    }
    LIST_EACH (struct tally, tally, tallies) {
        if (tally->n && !tally_of(t, &seen, tally->what)->n)
            *(struct str *)list_add(c->home, c->differences, sizeof(struct str)) =
                str_format(c->home, "缺少计数 %lld/%.*s", (long long)c->unit, STR_ARG(tally->what));
    }
    return OK;
}

enum err counts_compare(struct task *t, struct list *ret_differences)
{
    struct list units, differences = {0};
    enum err e = store_read(t, read_units, &units);

    if (e)
        return e;
    LIST_EACH (int64_t, unit, units) {
        struct comparison c = {*unit, t, &differences};

        e = slice_read(t, compare_unit, &c);
        if (e)
            return e;
    }
    *ret_differences = differences;
    return OK;
}

/* --- Putting right --- */

static enum err renew_unit(struct task *t, void *arg)
{
    const int64_t *unit = arg;
    struct list tallies;
    enum err e = count_unit(t, *unit, &tallies);

    if (!e)
        e = store_run(t, &q_orders_counts_clear, ARGS(INT("tenant", t->tenant), INT("unit", *unit)),
                      NULL);
    if (e)
        return e;
    LIST_EACH (struct tally, tally, tallies) {
        e = count_add(t, *unit, tally->what, tally->n);
        if (e)
            return e;
    }
    return OK;
}

static enum err read_stale(struct task *t, void *arg)
{
    return store_number(t, &q_orders_counts_stale, ARGS(INT("tenant", t->tenant)), arg);
}

enum err counts_renew_stale(struct task *t)
{
    int64_t stale = 0;
    enum err e = store_read(t, read_stale, &stale);

    return e || !stale ? e : counts_renew(t);
}

enum err counts_renew(struct task *t)
{
    struct list units;
    enum err e = store_read(t, read_units, &units);

    if (e)
        return e;
    LIST_EACH (int64_t, unit, units) {
        e = slice_write(t, renew_unit, unit);
        if (e)
            return e;
    }
    return OK;
}
