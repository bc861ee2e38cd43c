/*
 * demo.c - the clock of the example city: batches of acts in order of time, timers every night.
 */
#include "core/time.h"
#include "demo_private.h"
#include "modules/notices/notices.h"
#include "store/store.h"

enum { BATCH = 32, MINUTE_MS = 60000, HOUR_MS = 3600000, TIMERS_AT_ONCE = 500, REFUSED_MOST = 4 };

/* --- Walkers --- */

static struct walker *add_walker(struct demo *d, const struct scenario *scenario)
{
    if (d->walker_count == d->walker_room) {
        size_t room = d->walker_room ? d->walker_room * 2 : 1024;
        struct walker *walkers = NEW(d->t, struct walker, room);

        for (size_t i = 0; i < d->walker_count; i++)
            walkers[i] = d->walkers[i];
        d->walkers = walkers;
        d->walker_room = room;
    }
    struct walker *w = &d->walkers[d->walker_count];
    *w = (struct walker){.scenario = scenario, .index = (int64_t)d->walker_count++};
    return w;
}

/* Those that must be seen begin early and come to their end, or are fresh; the others come more and
 * more. */
static void plan_one(struct demo *d, const struct scenario *scenario, bool must)
{
    struct walker *w = add_walker(d, scenario);
    struct dice dice = dice_of(d->options->seed, w->index, -1);
    int32_t first = day_of(d->options->now - d->options->days * DAY_MS);
    int32_t last = day_of(d->options->now);
    int32_t days = calendar_working_days_between(d->calendar, first, last);
    int64_t n = dice_below(&dice, days + 1), other = dice_below(&dice, days + 1);

    if (!must && other > n) /* the larger of two throws: the later, the likelier */
        n = other;
    if (must)
        n = scenario->fresh ? days - scenario->fresh + 1 : n * 2 / 5;
    int32_t day = calendar_add_working_days(d->calendar, first, (int32_t)(n < 1 ? 1 : n));
    w->next = demo_working_moment(d, day_start(day) + dice_below(&dice, 8 * 60) * MINUTE_MS);
    if (w->next >= d->options->now)
        w->next = INT64_MAX;
}

static void plan_all(struct demo *d)
{
    struct dice dice = dice_of(d->options->seed, -1, -1);
    int64_t weights = 0;

    LIST_EACH (struct scenario, scenario, d->scenarios) {
        weights += scenario->spawned || scenario->fresh ? 0 : scenario->weight;
        if (!scenario->spawned)
            plan_one(d, scenario, true);
    }
    while ((int64_t)d->walker_count < d->options->orders) {
        int64_t left = dice_below(&dice, weights);

        LIST_EACH (struct scenario, scenario, d->scenarios) {
            if (!scenario->spawned && !scenario->fresh && (left -= scenario->weight) < 0) {
                plan_one(d, scenario, false);
                break;
            }
        }
    }
}

static bool follows(const struct scenario *scenario, const struct order *order)
{
    return !scenario->alone && !scenario->fresh &&
           str_eq(scenario->procedure, order->procedure_code);
}

/* An order that another one opened: its scenarios take turns. */
static void follow_made(struct demo *d, int64_t order, const struct order *row)
{
    const struct scenario *chosen = NULL;
    size_t before = 0, fitting = 0;

    for (size_t i = 0; i < d->walker_count; i++) {
        before += str_eq(d->walkers[i].scenario->procedure, row->procedure_code);
        if (d->walkers[i].order == order)
            return;
    }
    LIST_EACH (struct scenario, scenario, d->scenarios)
        fitting += follows(scenario, row);
    size_t turn = fitting ? before % fitting : 0;
    LIST_EACH (struct scenario, scenario, d->scenarios) {
        if (follows(scenario, row) && turn-- == 0)
            chosen = scenario;
    }
    if (!chosen)
        return;
    struct walker *w = add_walker(d, chosen);
    w->order = order;
    w->next = row->recorded_at;
}

/* --- One batch --- */

struct batch {
    struct demo *d;
    struct walker *walkers[BATCH];
    struct deed deeds[BATCH];
    int64_t at[BATCH];
    size_t count;
    size_t only; /* BATCH: all; else this one alone */
    struct list made;
};

/* The earliest events of one day, each order once. */
static void gather(struct demo *d, struct batch *b)
{
    *b = (struct batch){.d = d, .only = BATCH};
    while (b->count < BATCH) {
        struct walker *first = NULL;

        for (size_t i = 0; i < d->walker_count; i++) {
            struct walker *w = &d->walkers[i];
            bool in = false;

            for (size_t k = 0; k < b->count; k++)
                in = in || b->walkers[k] == w;
            if (!in && w->next < d->options->now && (!first || w->next < first->next))
                first = w;
        }
        if (!first || (b->count && day_of(first->next) != day_of(b->at[0])))
            return;
        b->at[b->count] = first->next;
        b->walkers[b->count++] = first;
    }
}

static enum err decide(struct task *t, void *arg)
{
    struct batch *b = arg;

    for (size_t i = 0; i < b->count; i++) {
        struct walker *w = b->walkers[i];
        struct scene scene = {
            .d = b->d, .t = t, .w = w, .dice = dice_of(b->d->options->seed, w->index, w->turn)};

        t->now = b->at[i];
        b->deeds[i] = (struct deed){0};
        enum err e = w->order ? demo_go(&scene, &b->deeds[i]) : demo_begin(&scene, &b->deeds[i]);
        if (e)
            return e;
    }
    return OK;
}

static enum err act(struct task *t, void *arg)
{
    struct batch *b = arg;
    enum err e = OK;

    for (size_t i = 0; !e && i < b->count; i++) {
        struct deed *deed = &b->deeds[i];

        if (b->only < BATCH && b->only != i)
            continue;
        t->now = b->at[i];
        deed->done = (struct act_done){0};
        if (deed->kind == DEED_CREATE)
            e = order_create(t, &deed->actor, &deed->intake, &deed->done);
        else if (deed->kind == DEED_ACT)
            e = order_act(t, &deed->actor, &deed->act, &deed->done);
    }
    return e;
}

static void note_trouble(struct demo *d, struct task *t, const struct walker *w,
                         const struct deed *deed)
{
    struct str action = deed->kind == DEED_CREATE ? S("register") : deed->act.action;
    const struct field_error *error = t->field_errors;

    d->report.troubles++;
    *(struct str *)list_add(d->t, &d->report.trouble_lines, sizeof(struct str)) =
        str_format(d->t, "%.*s/%.*s %.*s: %.*s %.*s %.*s", STR_ARG(w->scenario->procedure),
                   STR_ARG(w->step), STR_ARG(action), STR_ARG(t->note),
                   STR_ARG(error ? error->field : S("")), STR_ARG(error ? error->message : S("")));
}

/* All in one transaction; when one is refused, each in its own, so that only that one is lost. */
static enum err act_together(struct task *t, struct batch *b)
{
    enum err e = store_write(t, act, b);

    if (!e || e == ERR_STORE || e == ERR_BUSY)
        return e;
    task_clear_error(t);
    for (b->only = 0; b->only < b->count; b->only++) {
        struct deed *deed = &b->deeds[b->only];

        e = store_write(t, act, b);
        if (!e)
            continue;
        struct walker *w = b->walkers[b->only];

        /* Somebody of this batch may have been first; when it stays so it is a fault of the plan.
         */
        if (!w->order || ++w->refused > REFUSED_MOST) {
            note_trouble(b->d, t, w, deed);
            w->at++;
        }
        deed->kind = DEED_WAIT;
        task_clear_error(t);
    }
    return OK;
}

/* --- After it --- */

static void visit(struct demo *d, const struct order *order)
{
    LIST_EACH (struct demo_visit, visit, d->report.visits) {
        if (str_eq(visit->procedure, order->procedure_code) && str_eq(visit->step, order->step))
            visit->times++;
    }
}

bool demo_stands(struct demo *d, struct walker *w, const struct order *order)
{
    if (str_eq(w->step, order->step))
        return false;
    w->step = str_copy(d->t, order->step);
    w->taken = order->owner != 0;
    visit(d, order);
    return true;
}

/* When somebody comes back to it: within what is left of the limit, seldom behind it. */
static int64_t next_moment(struct demo *d, struct walker *w, const struct order *order, int64_t now)
{
    struct dice dice = dice_of(d->options->seed, w->index, 100000 + w->turn);
    struct str entry = w->at < w->scenario->path.count ? ((struct str *)w->scenario->path.at)[w->at]
                                                       : (struct str){0};
    bool late = str_starts(entry, S("~late")) || dice_percent(&dice, 2);
    int64_t left = order->due_legal_at - now;

    if (!str_is(order->status, "open"))
        return demo_later(d, &dice, now, 24 * 60, (int64_t)6 * 24 * 60);
    if (late && order->due_legal_at)
        return demo_working_moment(d, order->due_legal_at + 20 * HOUR_MS +
                                          dice_below(&dice, 4) * DAY_MS);
    if (!order->due_legal_at || left <= 0)
        return demo_later(d, &dice, now, 6 * 60, (int64_t)4 * 24 * 60);
    if (left < 20 * HOUR_MS) {
        int64_t soon = now + (6 + dice_below(&dice, 55)) * MINUTE_MS;

        return soon < order->due_legal_at ? soon : now + left / 2;
    }
    if (left > 14 * DAY_MS)
        left = 14 * DAY_MS;
    int64_t at = demo_working_moment(d, now + left / 100 * (4 + dice_below(&dice, 62)));
    return at < order->due_legal_at || !order->due_legal_at
               ? at
               : demo_working_moment(d, now + (20 + dice_below(&dice, 90)) * MINUTE_MS);
}

static void keep_done(struct demo *d, struct walker *w, const struct deed *deed)
{
    if (deed->kind == DEED_CREATE) {
        w->order = deed->done.order;
        w->no = str_copy(d->t, deed->done.no);
        w->code = str_copy(d->t, deed->done.code);
        d->report.orders++;
    } else if (deed->kind == DEED_ACT && deed->of_path) {
        w->at++;
        w->usual = 0;
        w->waited = 0;
    } else if (deed->kind == DEED_ACT) {
        w->usual++;
    }
    if (deed->kind == DEED_ACT && str_is(deed->act.action, "take"))
        w->taken = true;
    d->report.acts += deed->kind == DEED_ACT || deed->kind == DEED_CREATE;
}

static enum err look_again(struct task *t, void *arg)
{
    struct batch *b = arg;
    struct demo *d = b->d;
    struct actor system = system_actor;

    system.tenant = t->tenant;
    for (size_t i = 0; i < b->count; i++) {
        struct walker *w = b->walkers[i];
        const struct deed *deed = &b->deeds[i];
        struct order order;

        w->next = INT64_MAX;
        if (!w->order)
            continue;
        enum err e = order_load(t, &system, w->order, &order);
        if (e)
            return e;
        (void)demo_stands(d, w, &order);
        w->unit = order.unit;
        w->open = str_is(order.status, "open");
        w->turn++;
        if (deed->end)
            continue;
        w->next = deed->kind == DEED_WAIT
                      ? demo_working_moment(d, day_start(day_of(b->at[i]) + 1) + 9 * HOUR_MS)
                      : next_moment(d, w, &order, b->at[i]);
    }
    return OK;
}

/* Orders that these acts opened; read apart, because walkers move when there are more of them. */
static enum err look_at_made(struct task *t, void *arg)
{
    struct batch *b = arg;
    struct actor system = system_actor;

    system.tenant = t->tenant;
    for (size_t i = 0; i < b->count; i++) {
        LIST_EACH (int64_t, made, b->deeds[i].done.made) {
            struct order order;
            enum err e = order_load(t, &system, *made, &order);

            if (e)
                return e;
            visit(b->d, &order);
            follow_made(b->d, *made, &order);
        }
    }
    return OK;
}

static enum err run_batch(struct demo *d, struct batch *b)
{
    struct task t;

    task_begin(&t, d->t->store, b->at[0], TASK_BUDGET);
    t.tenant = d->t->tenant;
    enum err e = store_read(&t, decide, b);
    for (size_t i = 0; !e && i < b->count; i++)
        if (b->deeds[i].kind == DEED_ACT && b->deeds[i].act.files.count)
            e = order_store_files(&t, b->deeds[i].act.files);
    if (!e)
        e = act_together(&t, b);
    for (size_t i = 0; !e && i < b->count; i++)
        keep_done(d, b->walkers[i], &b->deeds[i]);
    if (!e)
        e = store_read(&t, look_again, b);
    if (!e)
        e = store_read(&t, look_at_made, b);
    if (e)
        e = task_fail(d->t, e, "%s", str_terminated(d->t, t.note));
    task_end(&t);
    return e;
}

static enum err run_timers(struct demo *d, int64_t now)
{
    struct task t;
    int64_t done = 0;

    task_begin(&t, d->t->store, now, TASK_BUDGET);
    t.tenant = d->t->tenant;
    enum err e = order_timers(&t, TIMERS_AT_ONCE, &done);
    if (e)
        e = task_fail(d->t, e, "%s", str_terminated(d->t, t.note));
    task_end(&t);
    return e;
}

/* --- All of it --- */

/* Messages of the past went out when they were written: nobody is to call the whole city today. */
static enum err send_old_notices(struct task *t, void *arg)
{
    const struct demo *d = arg;

    return notices_as_sent(t, d->options->now);
}

enum err demo_play(struct task *t, const struct demo_options *options,
                   struct demo_report *ret_report)
{
    struct demo d = {.t = t, .options = options};
    int64_t begin = options->now - options->days * DAY_MS, night = day_start(day_of(begin) + 1);
    struct batch *b = NEW(t, struct batch, 1);
    enum err e = store_read(t, demo_read_city, &d);

    if (!e)
        e = demo_read_data(&d);
    if (e)
        return e;
    store_seed_ids(t->store, options->seed);
    plan_all(&d);
    for (;;) {
        gather(&d, b);
        int64_t next = b->count ? b->at[0] : options->now;

        for (; !e && night < next; night += DAY_MS / 2)
            e = run_timers(&d, night + 10 * MINUTE_MS < next ? night + 10 * MINUTE_MS : next);
        if (e || !b->count)
            break;
        e = run_batch(&d, b);
        if (e)
            break;
        if (options->progress)
            options->progress((next - begin) / DAY_MS, options->days);
    }
    if (!e)
        e = run_timers(&d, options->now);
    if (!e)
        e = store_write(t, send_old_notices, &d);
    if (!e)
        e = demo_show(&d);
    if (!e)
        *ret_report = d.report;
    return e;
}
