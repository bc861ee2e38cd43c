/*
 * timers.c - what comes due by itself: overdue facts, `else:` actions, dates under a new calendar.
 */
#include "modules/orders/act.h"

#include "core/log.h"
#include "modules/calendar/calendar.h"
#include "orders_sql.h"

struct fire {
    int64_t order, n, legal_at;
};

static const struct shape fire_shape = {
    .name = "DutyFires",
    .size = sizeof(struct fire),
    .fields =
        (const struct field[]){
            {"order_id", NULL, F_ID, offsetof(struct fire, order), NULL},
            FIELD(struct fire, n, F_INT, NULL),
            FIELD(struct fire, legal_at, F_MOMENT, NULL),
            {0},
        },
};

struct due_now {
    int64_t most;
    struct list fires;
};

static enum err read_fires(struct task *t, void *arg)
{
    struct due_now *due = arg;

    return store_list(t, &q_orders_duties_fire,
                      ARGS(INT("tenant", t->tenant), INT("now", t->now), INT("most", due->most)),
                      &fire_shape, &due->fires);
}

/* A day's end is 24:00 of that day: "11 月 3 日 00:00" is not how anybody says 11 月 2 日. */
static struct str due_text(struct task *t, int64_t legal_at)
{
    int32_t last = day_of(legal_at - 1);

    if (day_of(legal_at) == last)
        return moment_text_zh(t, legal_at);
    return str_format(t, "%.*s 24:00", STR_ARG(day_text_zh(t, last)));
}

/* Overdue is a fact, recorded once, with the due moment, whenever the timer gets there. */
static enum err mark_overdue(struct change *c, void *arg)
{
    const struct fire *fire = arg;
    struct list duties = state_duties(c->t, c->state);

    LIST_EACH (struct duty_facts, duty, duties) {
        int index = procedure_duty_index(c->procedure, duty->name);

        if (duty->n != fire->n || !duty_is_open(duty))
            continue;
        duty->overdue_at = fire->legal_at;
        change_duty(c, duty);
        json_put_str(c->t, c->body, "what",
                     str_format(c->t, "“%.*s”应在 %.*s 前完成",
                                STR_ARG(index < 0 ? duty->name : c->procedure->duties[index].title),
                                STR_ARG(due_text(c->t, fire->legal_at))));
    }
    return OK;
}

/* The row may be older than the calendar: a duty fires by today's reckoning, never by the row's,
 * and never on a provisional date. */
static bool is_due(struct task *t, const struct calendar *calendar, const struct duty_facts *duty)
{
    struct due_question question = duty_question(duty, day_of(t->now));
    struct due due = due_compute(calendar, &question);

    return duty_is_open(duty) && !duty->overdue_at && !duty_is_paused(duty) && !due.provisional &&
           due.legal_at <= t->now;
}

/* The duty that fires, if it is still open, not yet overdue and really due. */
static enum err find_fired(struct task *t, const struct fire *fire, struct order *ret_order,
                           struct str *ret_action, bool *ret_found)
{
    const struct calendar *calendar;
    struct json *state;
    enum err e = order_row(t, fire->order, ret_order);

    *ret_found = false;
    if (e)
        return e == ERR_NOT_FOUND ? OK : e;
    e = calendar_current(t, &calendar);
    if (e)
        return e;
    e = json_parse(t, ret_order->state, &state);
    if (e)
        return e;
    struct list duties = state_duties(t, state);
    LIST_EACH (struct duty_facts, duty, duties) {
        if (duty->n == fire->n && is_due(t, calendar, duty)) {
            *ret_found = true;
            *ret_action = duty->otherwise;
        }
    }
    return OK;
}

/* `else:` of the duty.  ERR_CONFLICT: there is none, or the step does not let it happen now. */
static enum err fire_action(struct task *t, void *arg)
{
    const struct fire *fire = arg;
    struct actor system = system_actor;
    struct order order;
    struct str action = {0};
    bool found;
    enum err e = find_fired(t, fire, &order, &action, &found);

    if (e || !found)
        return e;
    if (!action.len)
        return ERR_CONFLICT;
    system.tenant = t->tenant;
    struct act act = {.order = order.id, .action = action, .occurred_at = fire->legal_at};
    return act_run(t, &system, &act, NULL, NULL);
}

static enum err fire_overdue(struct task *t, void *arg)
{
    struct fire *fire = arg;
    struct actor system = system_actor;
    struct order order;
    struct str action;
    bool found;
    enum err e = find_fired(t, fire, &order, &action, &found);

    if (e || !found)
        return e;
    system.tenant = t->tenant;
    return order_engine_event(t, &system, order.id, "overdue", fire->legal_at, mark_overdue, fire);
}

static enum err fire_one(struct task *t, struct fire *fire)
{
    enum err e = store_write(t, fire_action, fire);

    if (e != ERR_CONFLICT)
        return e;
    task_clear_error(t);
    return store_write(t, fire_overdue, fire);
}

enum err order_timers(struct task *t, int64_t most, int64_t *ret_done)
{
    struct due_now due = {.most = most};
    int64_t done = 0;
    enum err e = store_read(t, read_fires, &due);

    if (e)
        return e;
    LIST_EACH (struct fire, fire, due.fires) {
        /* One order that cannot be moved must not hold up the others: it is tried again next time.
         */
        struct task_mark mark = task_mark(t);

        e = fire_one(t, fire);
        if (e == ERR_STORE || e == ERR_BUSY || e == ERR_UNCERTAIN)
            return e;
        done += e == OK;
        if (e)
            log_write(
                LEVEL_ERROR, "orders.timer-failed",
                LOG_PAIRS(LOG_ID("order", fire->order), LOG_STR("error", str_of(err_word(e)))));
        task_reset(t, mark); /* hundreds fall due on one day: none lives on the memory of others */
    }
    *ret_done = done;
    return OK;
}

/* --- A calendar was loaded --- */

/* change_commit() lifts what is no longer overdue; here is nothing else to decide. */
static enum err decide_nothing(struct change *c, void *arg)
{
    (void)c;
    (void)arg;
    return OK;
}

static enum err lift_overdue(struct task *t, const struct calendar *calendar,
                             const struct list *duties, int64_t id)
{
    struct actor system = system_actor;
    bool lifts = false;

    LIST_EACH (const struct duty_facts, duty, *duties)
        lifts = lifts || duty_no_longer_overdue(t, calendar, duty);
    if (!lifts)
        return OK;
    system.tenant = t->tenant;
    return order_engine_event(t, &system, id, "overdue-lifted", t->now, decide_nothing, NULL);
}

struct old_date {
    int64_t n, legal_at;
};

static enum err read_old_dates(struct task *t, int64_t id, struct list *ret_dates)
{
    struct list dates = {0};
    struct rows *rows;
    enum err e =
        store_run(t, &q_orders_duties, ARGS(INT("tenant", t->tenant), INT("order_id", id)), &rows);

    if (e)
        return e;
    while (rows_next(rows))
        *(struct old_date *)list_add(t, &dates, sizeof(struct old_date)) =
            (struct old_date){row_int(rows, "n"), row_int(rows, "legal_at")};
    *ret_dates = dates;
    return OK;
}

/* The date of what is paused stands nowhere: it is told when the pause ends. */
static void note_move(struct task *t, const struct list *old, const struct duty_facts *duty,
                      const struct due *due, struct list *moved)
{
    LIST_EACH (const struct old_date, date, *old) {
        if (date->n == duty->n && date->legal_at != due->legal_at && !duty_is_paused(duty) &&
            duty->limit.kind != LIMIT_NONE)
            *(struct moved_date *)list_add(t, moved, sizeof(struct moved_date)) =
                (struct moved_date){duty->n, date->legal_at, due->legal_at};
    }
}

static enum err renew_duty_rows(struct task *t, int64_t id, const struct calendar *calendar,
                                const struct list *duties, struct list *ret_moved)
{
    struct list old, moved = {0};
    enum err e = read_old_dates(t, id, &old);

    if (e)
        return e;
    LIST_EACH (const struct duty_facts, duty, *duties) {
        struct due_question question = duty_question(duty, day_of(t->now));
        struct due due = due_compute(calendar, &question);

        if (!duty_is_open(duty))
            continue;
        e = duty_row_put(t, id, duty, &due);
        if (e)
            return e;
        note_move(t, &old, duty, &due, &moved);
    }
    *ret_moved = moved;
    return OK;
}

static enum err tell_moved(struct change *c, void *arg)
{
    return change_tell_moved(c, arg);
}

static enum err recompute_one(struct task *t, int64_t id)
{
    struct actor system = system_actor;
    const struct calendar *calendar;
    struct list moved;
    struct order order;
    struct json *state;
    enum err e = order_row(t, id, &order);

    if (e)
        return e;
    e = calendar_current(t, &calendar);
    if (e)
        return e;
    e = json_parse(t, order.state, &state);
    if (e)
        return e;
    struct list duties = state_duties(t, state);
    e = renew_duty_rows(t, id, calendar, &duties, &moved);
    if (e)
        return e;
    order_dates(t, state, calendar, &order);
    e = store_run(t, &q_orders_update_dates,
                  ARGS(INT("tenant", t->tenant), INT("id", id), INT("seen_version", order.version),
                       TEXT("due_duty", order.due_duty),
                       TEXT("due_legal_day", day_text(t, order.due_legal_day)),
                       TEXT("due_safe_day", day_text(t, order.due_safe_day)),
                       INT("due_legal_at", order.due_legal_at), INT("due_sort", order.due_sort),
                       INT("due_flags", order.due_flags)),
                  NULL);
    if (!e)
        e = lift_overdue(t, calendar, &duties, id);
    if (e || !moved.count)
        return e;
    system.tenant = t->tenant;
    return order_engine_event(t, &system, id, "date-moved", t->now, tell_moved, &moved);
}

enum err orders_follow_calendar(struct task *t, int64_t most, int64_t *cursor, bool *ret_finished)
{
    const struct calendar *calendar;
    struct rows *rows;
    enum err e = calendar_current(t, &calendar);

    if (e)
        return e;
    e = store_run(t, &q_orders_duties_stale,
                  ARGS(INT("tenant", t->tenant),
                       INT("calendar_version", calendar_version(calendar)), INT("after", *cursor),
                       INT("most", most)),
                  &rows);
    if (e)
        return e;
    while (rows_next(rows)) {
        *cursor = row_int(rows, "order_id");
        e = recompute_one(t, *cursor);
        if (e)
            return e;
    }
    *ret_finished = (int64_t)rows_count(rows) < most;
    return OK;
}
