/*
 * feed.c - committed events under a number of their own, for whoever follows what changes; and the
 * open duties as a list.
 */
#include "modules/orders/feed.h"

#include "modules/orders/act.h"
#include "orders_feed_sql.h"

enum { NUMBER_AT_ONCE = 1000, FEED_MOST = 500 };

/* One leased sequencer numbers what is committed; a late commit is numbered late, never skipped. */
static enum err number_some(struct task *t, void *arg)
{
    int64_t *numbered = arg, n = 0;
    struct rows *rows;
    enum err e = store_number(t, &q_orders_feed_last, ARGS(INT("tenant", t->tenant)), &n);

    *numbered = 0;
    if (e)
        return e;
    e = store_run(t, &q_orders_feed_waiting,
                  ARGS(INT("tenant", t->tenant), INT("most", NUMBER_AT_ONCE)), &rows);
    if (e)
        return e;
    while (rows_next(rows)) {
        e = store_run(t, &q_orders_feed_add,
                      ARGS(INT("tenant", t->tenant), INT("n", ++n),
                           INT("order_id", row_int(rows, "order_id")),
                           INT("seq", row_int(rows, "seq"))),
                      NULL);
        if (e)
            return e;
        e = store_run(t, &q_orders_feed_taken,
                      ARGS(INT("tenant", t->tenant), INT("id", row_int(rows, "id"))), NULL);
        if (e)
            return e;
        ++*numbered;
    }
    return OK;
}

enum err orders_number_events(struct task *t)
{
    int64_t numbered;
    enum err e;

    do {
        e = store_write(t, number_some, &numbered);
    } while (e == OK && numbered == NUMBER_AT_ONCE);
    return e;
}

static const struct shape fed_event_shape = {
    .name = "FedEvent",
    .size = sizeof(struct fed_event),
    .fields =
        (const struct field[]){
            FIELD(struct fed_event, n, F_INT, "顺序号：下次从它之后读"),
            FIELD(struct fed_event, order_id, F_ID, "工单"),
            FIELD(struct fed_event, number, F_STR, "工单号"),
            FIELD(struct fed_event, seq, F_INT, "工单内的序号"),
            FIELD(struct fed_event, action, F_STR, "操作"),
            FIELD(struct fed_event, matter, F_STR, "事项"),
            FIELD(struct fed_event, unit, F_ID, "在哪个机构"),
            FIELD(struct fed_event, occurred_at, F_MOMENT, "发生时间"),
            FIELD(struct fed_event, recorded_at, F_MOMENT, "录入时间"),
            {0},
        },
};

const struct shape feed_view_shape = {
    .name = "Feed",
    .size = sizeof(struct feed_view),
    .fields =
        (const struct field[]){
            FIELD_OF(struct feed_view, events, F_LIST, &fed_event_shape, "留痕，按提交的先后"),
            FIELD(struct feed_view, next, F_INT, "下次的 after"),
            {0},
        },
};

struct feed_args {
    const struct actor *actor;
    int64_t after, most;
    struct feed_view *view;
};

/* Rows that are reached and not for everybody's eyes. */
static enum err row_readable(struct task *t, const struct actor *actor, const struct rows *rows,
                             bool *ret_readable)
{
    const struct order order = {
        .id = row_int(rows, "order_id"),
        .procedure_code = row_str(rows, "procedure_code"),
        .procedure_version = row_int(rows, "procedure_version"),
        .owner = row_int(rows, "owner"),
        .registrar = row_int(rows, "registrar"),
    };

    return order_readable(t, actor, &order, ret_readable);
}

static enum err read_feed(struct task *t, void *arg)
{
    struct feed_args *a = arg;
    struct rows *rows;
    enum err e = store_run(
        t, &q_orders_feed_after,
        ARGS(INT("tenant", t->tenant), INT("after", a->after), INT("most", a->most)), &rows);

    if (e)
        return e;
    *a->view = (struct feed_view){.next = a->after};
    while (rows_next(rows)) {
        int64_t owner = row_int(rows, "owner"), registrar = row_int(rows, "registrar");
        bool readable;

        a->view->next = row_int(rows, "n");
        if (!actor_reaches(a->actor, row_str(rows, "unit_path"), owner, registrar) &&
            !actor_reaches(a->actor, row_str(rows, "home_path"), owner, registrar))
            continue;
        if ((e = row_readable(t, a->actor, rows, &readable)))
            return e;
        if (!readable)
            continue;
        struct fed_event *event = list_add(t, &a->view->events, sizeof *event);
        *event = (struct fed_event){
            .n = row_int(rows, "n"),
            .order_id = row_int(rows, "order_id"),
            .number = row_str(rows, "no"),
            .seq = row_int(rows, "seq"),
            .action = row_str(rows, "action"),
            .matter = row_str(rows, "matter"),
            .unit = row_int(rows, "unit"),
            .occurred_at = row_int(rows, "occurred_at"),
            .recorded_at = row_int(rows, "recorded_at"),
        };
    }
    return OK;
}

static int64_t asked_most(const struct json *query)
{
    int64_t most = json_get_int(query, "most");

    return most > 0 && most <= FEED_MOST ? most : 100;
}

enum err orders_get_events(struct task *t, struct request *request, struct response *response)
{
    struct feed_view *view = NEW(t, struct feed_view, 1);
    struct feed_args a = {request->actor, json_get_int(request->query, "after"),
                          asked_most(request->query), view};

    response->view = view;
    return store_read(t, read_feed, &a);
}

enum err orders_fed_after(struct task *t, int64_t after, int64_t most, struct list *ret_ids,
                          int64_t *ret_next)
{
    struct rows *rows;
    struct list ids = {0};
    enum err e =
        store_run(t, &q_orders_feed_ids,
                  ARGS(INT("tenant", t->tenant), INT("after", after), INT("most", most)), &rows);

    if (e)
        return e;
    *ret_next = after;
    while (rows_next(rows)) {
        *(int64_t *)list_add(t, &ids, sizeof(int64_t)) = row_int(rows, "order_id");
        *ret_next = row_int(rows, "n");
    }
    *ret_ids = ids;
    return OK;
}

enum err orders_fed_last(struct task *t, int64_t *ret_n)
{
    return store_number(t, &q_orders_feed_last, ARGS(INT("tenant", t->tenant)), ret_n);
}

/* --- Duties --- */

static const struct shape owed_duty_shape = {
    .name = "OwedDuty",
    .size = sizeof(struct owed_duty),
    .fields =
        (const struct field[]){
            FIELD(struct owed_duty, order_id, F_ID, "工单"),
            FIELD(struct owed_duty, number, F_STR, "工单号"),
            FIELD(struct owed_duty, n, F_INT, "工单内的序号"),
            FIELD(struct owed_duty, name, F_STR, "义务"),
            FIELD(struct owed_duty, title, F_STR, "义务（中文）"),
            FIELD(struct owed_duty, owed_by, F_STR, "由谁履行"),
            FIELD(struct owed_duty, subject, F_STR, "事由"),
            FIELD(struct owed_duty, matter, F_STR, "事项"),
            FIELD(struct owed_duty, unit, F_ID, "承办机构"),
            FIELD(struct owed_duty, owner, F_ID, "承办人"),
            FIELD(struct owed_duty, start_at, F_MOMENT, "起算"),
            FIELD(struct owed_duty, legal_day, F_STR, "法定日"),
            FIELD(struct owed_duty, safe_day, F_STR, "稳妥日"),
            FIELD(struct owed_duty, legal_at, F_MOMENT, "超过这一刻为超期"),
            FIELD(struct owed_duty, provisional, F_BOOL, "暂定"),
            FIELD(struct owed_duty, paused, F_BOOL, "暂停"),
            FIELD(struct owed_duty, overdue, F_BOOL, "已记超期"),
            {0},
        },
};

const struct shape owed_view_shape = {
    .name = "OwedDuties",
    .size = sizeof(struct owed_view),
    .fields =
        (const struct field[]){
            FIELD_OF(struct owed_view, duties, F_LIST, &owed_duty_shape,
                     "未了的时限义务，最紧的在前"),
            FIELD(struct owed_view, more, F_BOOL, "还有"),
            {0},
        },
};

struct owed_args {
    const struct actor *actor;
    int64_t most;
    bool mine;
    struct owed_view *view;
};

static struct str duty_title(struct task *t, const struct rows *rows)
{
    const struct procedure *procedure;

    if (catalog_procedure(t, row_str(rows, "procedure_code"),
                          (int32_t)row_int(rows, "procedure_version"), &procedure))
        return row_str(rows, "name");
    int index = procedure_duty_index(procedure, row_str(rows, "name"));
    return index < 0 ? row_str(rows, "name") : procedure->duties[index].title;
}

static enum err read_owed(struct task *t, void *arg)
{
    struct owed_args *a = arg;
    bool whole = a->actor->post->scope == SCOPE_TENANT;
    struct str path = whole ? S("") : a->actor->unit_path;
    struct str end = whole ? S("\x7f") : str_join(t, a->actor->unit_path, S("\x7f"));
    struct rows *rows;

    if (a->actor->post->scope == SCOPE_OWN)
        a->mine = true;
    if (a->actor->post->scope == SCOPE_UNIT)
        end = str_join(t, a->actor->unit_path, S("\x01")); /* the unit itself, nothing below */
    enum err e =
        store_run(t, &q_orders_duties_open,
                  ARGS(INT("tenant", t->tenant), TEXT("path", path), TEXT("path_end", end),
                       INT("after_sort", INT64_MIN), INT("after_id", 0),
                       INT("owner", a->mine ? a->actor->staff : 0), INT("most", a->most + 1)),
                  &rows);
    if (e)
        return e;
    *a->view = (struct owed_view){.more = (int64_t)rows_count(rows) > a->most};
    while (rows_next(rows) && (int64_t)a->view->duties.count < a->most) {
        bool readable;

        if ((e = row_readable(t, a->actor, rows, &readable)))
            return e;
        if (!readable)
            continue;
        struct owed_duty *duty = list_add(t, &a->view->duties, sizeof *duty);

        *duty = (struct owed_duty){
            .order_id = row_int(rows, "order_id"),
            .number = row_str(rows, "no"),
            .n = row_int(rows, "n"),
            .name = row_str(rows, "name"),
            .title = duty_title(t, rows),
            .owed_by = str_of(owed_by_rules[row_int(rows, "owed_by") % OWED_COUNT].word),
            .subject = row_str(rows, "subject"),
            .matter = row_str(rows, "matter"),
            .unit = row_int(rows, "unit"),
            .owner = row_int(rows, "owner"),
            .start_at = row_int(rows, "start_at"),
            .legal_day = row_str(rows, "legal_day"),
            .safe_day = row_str(rows, "safe_day"),
            .legal_at = row_int(rows, "legal_at"),
            .provisional = row_int(rows, "provisional") != 0,
            .paused = row_int(rows, "paused") != 0,
            .overdue = row_int(rows, "overdue") != 0,
        };
    }
    return OK;
}

enum err orders_get_duties(struct task *t, struct request *request, struct response *response)
{
    struct owed_view *view = NEW(t, struct owed_view, 1);
    struct owed_args a = {request->actor, asked_most(request->query),
                          json_get_bool(request->query, "mine"), view};

    if (str_is(json_get_str(request->query, "mine"), "1"))
        a.mine = true;
    response->view = view;
    return store_read(t, read_owed, &a);
}
