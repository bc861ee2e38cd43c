/*
 * list.c - worklists, counts, search, look-alikes.
 */
#include "modules/orders/read.h"

#include <ctype.h>

#include "orders_list_sql.h"
#include "orders_sql.h"

enum { LIST_MOST = 100, LIST_USUAL = 50, COUNT_MOST = 1000, PARTIES_MOST = 50 };

static bool any_filter_fits(const struct list_query *q, const struct order *o, int64_t now)
{
    if (q->step.len && !str_eq(q->step, o->step))
        return false;
    if (q->matter.len && !str_eq(q->matter, o->matter))
        return false;
    if (q->channel.len && !str_eq(q->channel, o->channel))
        return false;
    if (q->procedure.len && !str_eq(q->procedure, o->procedure_code))
        return false;
    if (q->owner && q->owner != o->owner)
        return false;
    if ((q->green && !o->green.len) || (q->emergency && !o->emergency))
        return false;
    if (q->overdue && (o->due_sort >= DUE_SORT_WAITING || o->due_legal_at > now ||
                       !o->due_legal_at || (o->due_flags & DUE_PROVISIONAL)))
        return false;
    if (q->today && (o->due_sort >= DUE_SORT_WAITING || o->due_safe_day != day_of(now)))
        return false;
    return true;
}

struct page {
    const struct actor *actor;
    const struct list_query *query;
    struct str path_end;
    int64_t most;
};

/* One stretch of rows after the cursor, in order of due_sort; filters are applied to what comes. */
static enum err stretch(struct task *t, const struct page *p, int64_t sort, int64_t id,
                        int64_t at_once, struct list *ret_rows)
{
    const struct list_query *q = p->query;
    const struct actor *a = p->actor;
    bool whole = a->post->scope == SCOPE_TENANT;

    if (str_is(q->status, "closed") || str_is(q->status, "all"))
        return store_list(t, &q_orders_list_recent,
                          ARGS(INT("tenant", t->tenant),
                               INT("closed_only", str_is(q->status, "closed")),
                               TEXT("path", whole ? S("") : a->unit_path),
                               TEXT("path_end", whole ? S("\x7f") : p->path_end),
                               INT("before", id ? id : INT64_MAX), INT("most", at_once)),
                          &order_shape, ret_rows);
    if (str_is(q->view, "mine"))
        return store_list(t, &q_orders_list_owner,
                          ARGS(INT("tenant", t->tenant), INT("owner", a->staff),
                               INT("after_sort", sort), INT("after_id", id), INT("most", at_once)),
                          &order_shape, ret_rows);
    if (str_is(q->view, "unit") || str_is(q->view, "desk") || a->post->scope == SCOPE_UNIT)
        return store_list(
            t, &q_orders_list_unit,
            ARGS(INT("tenant", t->tenant), INT("unit", a->unit),
                 TEXT("desk", str_is(q->view, "desk") ? str_of(a->post->code) : S("")),
                 INT("after_sort", sort), INT("after_id", id), INT("most", at_once)),
            &order_shape, ret_rows);
    return store_list(t, &q_orders_list_subtree,
                      ARGS(INT("tenant", t->tenant), TEXT("path", whole ? S("") : a->unit_path),
                           TEXT("path_end", whole ? S("\x7f") : p->path_end),
                           INT("after_sort", sort), INT("after_id", id), INT("most", at_once)),
                      &order_shape, ret_rows);
}

/* Lists of what is closed are read by subtree: what the view or the post leaves out stays out. */
static bool in_view(const struct page *p, const struct order *order)
{
    struct str view = p->query->view;

    if (!order_within(p->actor, order))
        return false;
    if (str_is(view, "mine"))
        return order->owner == p->actor->staff;
    if (str_is(view, "desk") && !str_is(order->desk, p->actor->post->code))
        return false;
    return !(str_is(view, "unit") || str_is(view, "desk")) || order->unit == p->actor->unit;
}

static void add_found(struct task *t, struct list *found, const struct order *row,
                      struct list_end *end)
{
    *(struct order *)list_add(t, found, sizeof(struct order)) = *row;
    end->sort = row->due_sort;
    end->id = row->id;
}

/* The cursor is the last row shown when a page is full, and the last row looked at when that was
 * all that one request may look at: nothing is shown twice, nothing is left out. */
static enum err walk(struct task *t, const struct page *p, struct list *found, struct list_end *end)
{
    int64_t sort = p->query->after_sort ? p->query->after_sort : INT64_MIN, id = p->query->after_id;
    enum { LOOK_AT_MOST = 20000 };

    /* Without filters one page is all that is needed; where filters leave gaps, longer stretches.
     */
    int64_t at_once = p->most + 1;

    for (int64_t looked = 0; looked < LOOK_AT_MOST; at_once = 200) {
        struct list rows;
        enum err e = stretch(t, p, sort, id, at_once, &rows);

        if (e)
            return e;
        LIST_EACH (struct order, row, rows) {
            sort = row->due_sort;
            id = row->id;
            bool readable;

            if (!any_filter_fits(p->query, row, t->now) || !in_view(p, row))
                continue;
            if ((e = order_readable(t, p->actor, row, &readable)))
                return e;
            if (!readable)
                continue;
            if ((int64_t)found->count == p->most) {
                end->more = true;
                return OK;
            }
            add_found(t, found, row, end);
        }
        looked += (int64_t)rows.count;
        if ((int64_t)rows.count < at_once)
            return OK;
    }
    *end = (struct list_end){true, sort, id};
    return OK;
}

/* Orders of people found by what was typed: number, name, phone, last four digits, paper number. */
static enum err search(struct task *t, const struct page *p, struct list *found, bool *ret_cut)
{
    struct str words = str_trim(p->query->words);
    struct list parties;
    int64_t id;
    enum err e = order_id_of_no(t, words, &id);

    if (e)
        return e;
    if (id) {
        struct order order;

        e = order_load(t, p->actor, id, &order);
        if (e == OK)
            *(struct order *)list_add(t, found, sizeof order) = order;
        else if (e != ERR_NOT_FOUND)
            return e;
        task_clear_error(t);
        return OK;
    }
    e = party_look_up(t, words, PARTIES_MOST, &parties);
    if (e)
        return e;
    *ret_cut = parties.count == PARTIES_MOST;
    LIST_EACH (int64_t, party, parties) {
        struct rows *rows;

        e = store_run(t, &q_orders_of_party,
                      ARGS(INT("tenant", t->tenant), INT("party", *party), INT("most", p->most)),
                      &rows);
        if (e)
            return e;
        *ret_cut = *ret_cut || (int64_t)rows_count(rows) == p->most;
        while (rows_next(rows) && (int64_t)found->count < p->most) {
            struct order order;

            e = order_load(t, p->actor, row_int(rows, "id"), &order);
            if (e == OK)
                *(struct order *)list_add(t, found, sizeof order) = order;
            else if (e != ERR_NOT_FOUND)
                return e;
            task_clear_error(t);
        }
        *ret_cut = *ret_cut || (int64_t)found->count == p->most;
    }
    return OK;
}

enum err order_list(struct task *t, const struct actor *actor, const struct list_query *query,
                    struct list *ret_orders, struct list_end *ret_end)
{
    struct page p = {
        .actor = actor,
        .query = query,
        .path_end = str_join(t, actor->unit_path, S("\x7f")),
        .most = query->most > 0 && query->most <= LIST_MOST ? query->most : LIST_USUAL,
    };
    struct list found = {0};
    struct list_end end = {0};
    enum err e;

    if (actor->kind != ACTOR_STAFF || !actor->post)
        return task_fail(t, ERR_FORBIDDEN, "只有工作人员可以看工单列表");
    e = query->words.len ? search(t, &p, &found, &end.cut) : walk(t, &p, &found, &end);
    if (e)
        return e;
    *ret_orders = found;
    *ret_end = end;
    return OK;
}

const struct shape order_counts_shape = {
    .name = "OrderCounts",
    .size = sizeof(struct order_counts),
    .fields =
        (const struct field[]){
            FIELD(struct order_counts, mine, F_INT, "我的"),
            FIELD(struct order_counts, desk, F_INT, "本岗位队列"),
            FIELD(struct order_counts, unit, F_INT, "本机构"),
            FIELD(struct order_counts, subtree, F_INT, "全域"),
            FIELD(struct order_counts, today, F_INT, "今天到期"),
            FIELD(struct order_counts, overdue, F_INT, "已超期"),
            FIELD(struct order_counts, green, F_INT, "绿色通道"),
            FIELD(struct order_counts, emergency, F_INT, "紧急"),
            FIELD(struct order_counts, queue, F_INT, "待认领"),
            FIELD(struct order_counts, changed, F_INT, "最近变化的时刻"),
            {0},
        },
};

/* Where one counts: a unit (both ends the same path) or a range of the tree, with what only some
 * posts may read there. */
struct counting {
    struct str path, path_end;
    int64_t unit;    /* 0: a range */
    struct list few; /* struct few_count: of those that the actor's post may read */
    bool hidden;     /* there are others */
};
struct few_count {
    struct str what;
    int64_t n;
};

static bool names_post(struct str readers, const struct actor *actor)
{
    struct str post;

    while (str_cut(&readers, ',', &post))
        if (str_is(post, actor->post->code))
            return true;
    return false;
}

static enum err count_within(struct task *t, const struct actor *actor, struct counting *c)
{
    struct rows *rows;
    enum err e = store_run(
        t, &q_orders_count_few,
        ARGS(INT("tenant", t->tenant), TEXT("path", c->path), TEXT("path_end", c->path_end)),
        &rows);

    if (e)
        return e;
    while (rows_next(rows)) {
        struct str what = str_from(row_str(rows, "what"), S("for:").len), readers;
        int64_t n = row_int(rows, "n");

        (void)str_cut(&what, '|', &readers);
        if (names_post(readers, actor))
            *(struct few_count *)list_add(t, &c->few, sizeof(struct few_count)) =
                (struct few_count){what, n};
        else
            c->hidden = c->hidden || n;
    }
    return OK;
}

static enum err sum(struct task *t, const struct counting *c, struct str what, int64_t *ret_n)
{
    enum err e = store_number(t, &q_orders_count_sum,
                              ARGS(INT("tenant", t->tenant), TEXT("path", c->path),
                                   TEXT("path_end", c->path_end), TEXT("what", what)),
                              ret_n);

    LIST_EACH (struct few_count, few, c->few)
        *ret_n += str_eq(few->what, what) ? few->n : 0;
    return e;
}

/* From the rows, where not all of them are for this post. */
static enum err count_readable_dates(struct task *t, const struct actor *actor,
                                     const struct counting *c, bool overdue, int64_t *ret_n)
{
    int64_t tomorrow = day_start(day_of(t->now) + 1), n = 0;
    struct rows *rows;
    enum err e =
        store_run(t, &q_orders_count_dates,
                  ARGS(INT("tenant", t->tenant), TEXT("path", c->path),
                       TEXT("path_end", c->unit ? str_join(t, c->path, S("\x01")) : c->path_end),
                       INT("unit", c->unit), INT("overdue", overdue),
                       INT("day_start", overdue ? INT64_MIN : tomorrow - DAY_MS),
                       INT("tomorrow", tomorrow), TEXT("today", day_text(t, day_of(t->now))),
                       INT("now", t->now), INT("most", COUNT_MOST)),
                  &rows);

    while (!e && rows_next(rows)) {
        const struct procedure *procedure;

        e = catalog_procedure(t, row_str(rows, "procedure_code"),
                              (int32_t)row_int(rows, "procedure_version"), &procedure);
        if (!e && post_reads(procedure, actor))
            n += row_int(rows, "n");
    }
    *ret_n = n;
    return e;
}

static enum err count_dates(struct task *t, const struct actor *actor, const struct counting *c,
                            struct order_counts *counts)
{
    int64_t tomorrow = day_start(day_of(t->now) + 1);
    struct arg tenant = INT("tenant", t->tenant), unit = INT("unit", c->unit),
               from = TEXT("path", c->path), end = TEXT("path_end", c->path_end),
               late = INT("tomorrow", tomorrow), early = INT("day_start", tomorrow - DAY_MS),
               today = TEXT("today", day_text(t, day_of(t->now))), now = INT("now", t->now),
               most = INT("most", COUNT_MOST);
    enum err e;

    if (c->hidden) {
        e = count_readable_dates(t, actor, c, true, &counts->overdue);
        return e ? e : count_readable_dates(t, actor, c, false, &counts->today);
    }
    e = c->unit ? store_number(t, &q_orders_count_overdue, ARGS(tenant, unit, late, now, most),
                               &counts->overdue)
                : store_number(t, &q_orders_count_overdue_within,
                               ARGS(tenant, from, end, late, now, most), &counts->overdue);
    if (e)
        return e;
    return c->unit
               ? store_number(t, &q_orders_count_today,
                              ARGS(tenant, unit, early, late, today, most), &counts->today)
               : store_number(t, &q_orders_count_today_within,
                              ARGS(tenant, from, end, early, late, today, most), &counts->today);
}

static struct counting of_unit(const struct actor *actor)
{
    return (struct counting){
        .path = actor->unit_path, .path_end = actor->unit_path, .unit = actor->unit};
}

static struct counting of_subtree(struct task *t, const struct actor *actor)
{
    bool whole = actor->post->scope == SCOPE_TENANT;

    return (struct counting){
        .path = whole ? S("") : actor->unit_path,
        .path_end = whole ? S("\x7f") : str_join(t, actor->unit_path, S("\x7f")),
    };
}

enum err order_counts(struct task *t, const struct actor *actor, struct str view,
                      struct order_counts *ret_counts)
{
    bool unit_only = !str_is(view, "subtree") || actor->post->scope == SCOPE_UNIT;
    struct counting own = of_unit(actor), all = of_subtree(t, actor);
    const struct counting *shown = unit_only ? &own : &all;
    struct order_counts counts = {0};
    enum err e = store_number(
        t, &q_orders_count_owner,
        ARGS(INT("tenant", t->tenant), INT("owner", actor->staff), INT("most", COUNT_MOST)),
        &counts.mine);

    if (e == OK)
        e = count_within(t, actor, &own);
    if (e == OK)
        e = count_within(t, actor, &all);
    if (e == OK)
        e = sum(t, &own, str_format(t, "desk:%s", actor->post->code), &counts.desk);
    if (e == OK)
        e = sum(t, &own, S("open"), &counts.unit);
    if (e == OK)
        e = sum(t, &all, S("open"), &counts.subtree);
    if (e == OK)
        e = sum(t, shown, S("green"), &counts.green);
    if (e == OK)
        e = sum(t, shown, S("emergency"), &counts.emergency);
    if (e == OK)
        e = sum(t, shown, S("queue"), &counts.queue);
    if (e == OK)
        e = count_dates(t, actor, shown, &counts);
    if (e)
        return e;
    *ret_counts = counts;
    return OK;
}

/* How many open orders of the unit (or subtree) stand in steps of these names: chips such as
 * 待补正. */
enum err order_step_count(struct task *t, const struct actor *actor, bool unit_only,
                          struct str step, int64_t *ret_n)
{
    struct counting c = unit_only ? of_unit(actor) : of_subtree(t, actor);
    enum err e = count_within(t, actor, &c);

    return e ? e : sum(t, &c, str_join(t, S("step:"), step), ret_n);
}

enum err order_similar(struct task *t, const struct actor *actor, const struct identity *identities,
                       size_t n, struct list *ret_orders)
{
    struct list found = {0};

    for (size_t i = 0; i < n; i++) {
        struct str by = identities[i].paper_number.len ? identities[i].paper_number
                        : identities[i].phone.len      ? identities[i].phone
                                                       : identities[i].name;
        struct page p = {.actor = actor, .query = &(struct list_query){.words = by}, .most = 10};

        if (!by.len)
            continue;
        bool cut = false;
        enum err e = search(t, &p, &found, &cut);
        if (e)
            return e;
    }
    *ret_orders = found;
    return OK;
}
