/*
 * verify.c - the five invariants of an order, checked from its events; and making derived rows
 * again.
 */
#include "modules/orders/read.h"

#include <string.h>

#include "modules/calendar/calendar.h"
#include "modules/orders/recount.h"
#include "modules/orders/seal.h"
#include "modules/orders/slice.h"
#include "modules/org/keys.h"
#include "orders_point_sql.h"
#include "orders_sql.h"

enum { FINDINGS_MOST = 1000, CHUNK = 200 };

struct verify {
    struct task *home; /* findings and counts outlive the memory of a chunk */
    struct list *findings;
    int64_t after, orders, events;
    bool more;
};

static void found(struct task *t, struct verify *v, int64_t order, int64_t seq, struct str what)
{
    (void)t;
    if (v->findings->count < FINDINGS_MOST)
        *(struct finding *)list_add(v->home, v->findings, sizeof(struct finding)) =
            (struct finding){order, seq, str_copy(v->home, what)};
}

/* A closed duty stays as it is; only its own event closes it. */
static void check_duties(struct task *t, struct verify *v, int64_t order, const struct json *before,
                         const struct json *effects, int64_t seq)
{
    JSON_EACH (changed, json_get(effects, "duties")) {
        const struct json *old = json_find(json_get(before, "duties"), changed->name);

        if (json_get_int(old, "closed"))
            found(t, v, order, seq, S("已结束的时限义务又被改动"));
        if (json_get_int(changed, "closed") && json_get_int(changed, "closed") != seq)
            found(t, v, order, seq, S("时限义务的结束没有记在结束它的留痕上"));
    }
}

static void check_open_order(struct task *t, struct verify *v, const struct order *order,
                             const struct json *state)
{
    bool due = false;
    struct list duties = state_duties(t, state);

    LIST_EACH (struct duty_facts, duty, duties) {
        due = due || (duty_is_open(duty) && duty->limit.kind != LIMIT_NONE);
    }
    if (str_is(order->status, "closed"))
        return;
    if (!order->owner && !order->desk.len)
        found(t, v, order->id, 0, S("在办工单没有承办人，也不在任何队列"));
    if (!due)
        found(t, v, order->id, 0, S("在办工单没有未了的时限义务"));
}

/* Columns that lists and timers read must be what the state says. */
static void check_columns(struct task *t, struct verify *v, const struct order *order,
                          const struct json *state)
{
    struct order derived = *order;

    order_columns(state, &derived);
    if (derived.unit != order->unit || derived.owner != order->owner ||
        !str_eq(derived.step, order->step) || !str_eq(derived.status, order->status) ||
        !str_eq(derived.subject, order->subject) || !str_eq(derived.matter, order->matter) ||
        derived.parent != order->parent || !str_eq(derived.green, order->green) ||
        derived.emergency != order->emergency ||
        !str_eq(derived.party_masked, order->party_masked) ||
        !str_eq(derived.outcome, order->outcome) || derived.chain != order->chain ||
        !str_eq(derived.desk, order->desk) || derived.closed_at != order->closed_at)
        found(t, v, order->id, 0, S("工单行与状态不一致"));
}

static enum err follow_events(struct task *t, struct verify *v, const struct order *order,
                              struct json **ret_state)
{
    struct str id = str_format(t, "%lld/%lld", (long long)t->tenant, (long long)order->id),
               head = {0};
    struct json *state = json_object(t);
    struct list rows;
    int64_t seq = 0;
    enum err e = event_rows(t, order->id, 0, INT64_MAX, &rows);

    if (e)
        return e;
    LIST_EACH (struct event_row, row, rows) {
        unsigned char hash[HASH_BYTES];
        struct json *effects;

        if (row->seq != ++seq) {
            found(t, v, order->id, row->seq, S("留痕序号不连续，可能被删"));
            seq = row->seq;
        }
        event_hash(row, head, id, hash);
        if (row->hash.len != HASH_BYTES || memcmp(row->hash.at, hash, HASH_BYTES) != 0)
            found(t, v, order->id, row->seq, S("留痕被改动：散列不符"));
        head = row->hash;
        e = event_effects(t, row, &effects);
        if (e) {
            task_clear_error(t);
            found(t, v, order->id, row->seq, S("留痕的效果读不出来"));
            continue;
        }
        check_duties(t, v, order->id, state, effects, row->seq);
        state_fold(t, state, effects);
        v->events++;
    }
    if (seq != order->version || !str_eq(head, order->head))
        found(t, v, order->id, seq, S("留痕的条数或末尾散列与工单不符，可能被删"));
    *ret_state = state;
    return OK;
}

static enum err check_duty_rows(struct task *t, struct verify *v, const struct order *order,
                                const struct json *state)
{
    struct list duties = state_duties(t, state);
    struct rows *rows;
    size_t n = 0;
    enum err e = store_run(t, &q_orders_duties,
                           ARGS(INT("tenant", t->tenant), INT("order_id", order->id)), &rows);

    if (e)
        return e;
    while (rows_next(rows)) {
        LIST_EACH (struct duty_facts, duty, duties) {
            if (duty->n == row_int(rows, "n") && duty->closed_seq == row_int(rows, "closed_seq") &&
                duty->start_at == row_int(rows, "start_at") &&
                str_eq(duty->name, row_str(rows, "name")) &&
                (duty->overdue_at != 0) == (row_int(rows, "overdue") != 0))
                n++;
        }
    }
    if (n != duties.count || rows_count(rows) != duties.count)
        found(t, v, order->id, 0, S("时限义务的行与状态不一致"));
    return OK;
}

static enum err verify_order(struct task *t, struct verify *v, int64_t id)
{
    struct order order;
    struct json *state, *kept;
    enum err e = order_row(t, id, &order);

    if (e)
        return e;
    e = follow_events(t, v, &order, &state);
    if (e)
        return e;
    v->orders++;
    e = json_parse(t, order.state, &kept);
    if (e) {
        task_clear_error(t);
        found(t, v, id, 0, S("工单状态读不出来"));
        return OK;
    }
    if (!json_same(kept, state))
        found(t, v, id, 0, S("工单状态与留痕推出的不一致"));
    check_columns(t, v, &order, state);
    check_open_order(t, v, &order, state);
    return check_duty_rows(t, v, &order, state);
}

static enum err ids_after(struct task *t, int64_t after, struct rows **ret_rows)
{
    return store_run(t, &q_orders_after,
                     ARGS(INT("tenant", t->tenant), INT("after", after), INT("most", CHUNK)),
                     ret_rows);
}

/* A damaged page stops the check of what stands on it, and of nothing else. */
static enum err note_unreadable(struct task *t, struct verify *v, int64_t order, const char *what,
                                enum err e)
{
    if (e != ERR_STORE || v->findings->count == FINDINGS_MOST)
        return e;
    found(t, v, order, 0, str_format(t, "%s：%.*s", what, STR_ARG(t->note)));
    task_clear_error(t);
    return OK;
}

static enum err verify_chunk(struct task *t, void *arg)
{
    struct verify *v = arg;
    struct rows *rows;
    enum err e = ids_after(t, v->after, &rows);

    v->more = false;
    if (e)
        return e;
    v->more = rows_count(rows) == CHUNK;
    while (rows_next(rows)) {
        v->after = row_int(rows, "id");
        e = verify_order(t, v, v->after);
        e = e ? note_unreadable(t, v, v->after, "这件工单读不出来", e) : OK;
        if (e)
            return e;
    }
    return OK;
}

static enum err verify_counts(struct task *t, struct verify *v)
{
    struct list differences;
    enum err e = counts_compare(t, &differences);

    if (e)
        return e;
    LIST_EACH (struct str, what, differences)
        found(t, v, 0, 0, *what);
    return OK;
}

static enum err verify_missing(struct task *t, void *arg)
{
    struct verify *v = arg;
    struct rows *rows;
    enum err e = store_run(t, &q_orders_missing,
                           ARGS(INT("tenant", t->tenant), INT("most", FINDINGS_MOST)), &rows);

    if (e)
        return e;
    while (rows_next(rows))
        found(t, v, row_int(rows, "order_id"), 0, S("有留痕，工单却不见了"));
    return OK;
}

static enum err verify_rest(struct task *t, struct verify *v)
{
    enum err e = slice_read(t, verify_missing, v);

    e = e ? note_unreadable(t, v, 0, "留痕读不出来", e) : OK;
    if (!e && (e = verify_counts(t, v)))
        e = note_unreadable(t, v, 0, "计数读不出来", e);
    if (!e && (e = seals_verify(t, v->findings, FINDINGS_MOST, &(struct seals_checked){0})))
        e = note_unreadable(t, v, 0, "封存读不出来", e);
    return e;
}

enum err order_verify(struct task *t, void (*progress)(int64_t done), struct list *ret_findings,
                      int64_t *ret_orders, int64_t *ret_events)
{
    struct list findings = {0};
    struct verify v = {.home = t, .findings = &findings};
    enum err e;

    do {
        e = slice_read(t, verify_chunk, &v);
        /* Said here and not inside: what reads may be run again. */
        e = e ? note_unreadable(t, &v, v.after, "这件以后的工单读不出来", e) : OK;
        if (e)
            return e;
        if (progress)
            progress(v.orders);
    } while (v.more);
    e = verify_rest(t, &v);
    if (e)
        return e;
    *ret_findings = findings;
    *ret_orders = v.orders;
    *ret_events = v.events;
    return OK;
}

/* --- Rebuild --- */

static enum err rebuild_order(struct task *t, int64_t id)
{
    const struct calendar *calendar;
    struct verify ignored = {.home = t, .findings = &(struct list){0}};
    struct order order;
    struct json *state;
    enum err e = order_row(t, id, &order);

    if (e)
        return e;
    e = follow_events(t, &ignored, &order, &state);
    if (e)
        return e;
    e = calendar_current(t, &calendar);
    if (e)
        return e;
    int64_t seen = order.version;
    order_columns(state, &order);
    order_dates(t, state, calendar, &order);
    order_keep_state(t, state, &order);
    e = order_row_update(t, &order, seen);
    if (e)
        return e;
    e = store_run(t, &q_orders_duties_clear, ARGS(INT("tenant", t->tenant), INT("order_id", id)),
                  NULL);
    if (e)
        return e;
    struct list duties = state_duties(t, state);
    LIST_EACH (struct duty_facts, duty, duties) {
        struct due_question question = duty_question(duty, day_of(t->now));
        struct due due = due_compute(calendar, &question);

        e = duty_row_put(t, id, duty, &due);
        if (e)
            return e;
    }
    return OK;
}

struct rebuild {
    int64_t after, done;
    bool more;
};

static enum err rebuild_chunk(struct task *t, void *arg)
{
    struct rebuild *r = arg;
    struct rebuild next = *r;
    struct rows *rows;
    enum err e = ids_after(t, r->after, &rows);

    if (e)
        return e;
    next.more = rows_count(rows) == CHUNK;
    while (rows_next(rows)) {
        next.after = row_int(rows, "id");
        e = rebuild_order(t, next.after);
        if (e)
            return e;
        next.done++;
    }
    *r = next;
    return OK;
}

enum err order_rebuild(struct task *t, void (*progress)(int64_t done))
{
    struct rebuild r = {0};
    enum err e = OK;

    while (e == OK) {
        e = slice_write(t, rebuild_chunk, &r);
        if (e == OK && progress)
            progress(r.done);
        if (!r.more)
            break;
    }
    /* Last, from rows that are right by then. */
    return e ? e : counts_renew(t);
}

struct id_list {
    int64_t after, most;
    struct list ids;
};

static enum err read_ids(struct task *t, void *arg)
{
    struct id_list *list = arg;
    struct rows *rows;
    enum err e = store_run(
        t, &q_orders_after,
        ARGS(INT("tenant", t->tenant), INT("after", list->after), INT("most", list->most)), &rows);

    if (e)
        return e;
    list->ids = (struct list){0};
    while (rows_next(rows))
        *(int64_t *)list_add(t, &list->ids, sizeof(int64_t)) = row_int(rows, "id");
    return OK;
}

/* Empty on failure, so that a caller may walk it before it looks at the error. */
enum err order_ids_after(struct task *t, int64_t after, int64_t most, struct list *ret_ids)
{
    struct id_list list = {.after = after, .most = most};
    enum err e = store_read(t, read_ids, &list);

    *ret_ids = e ? (struct list){0} : list.ids;
    return e;
}
