/*
 * conditions.c - the rows of `when:`; each answers from the state, never from the clock.
 */
#include "modules/orders/act.h"

#include <stdlib.h>

#include "modules/orders/materials.h"
#include "orders_sql.h"

static enum err not_own_work(struct change *c, bool *ret_holds)
{
    int64_t n = 0;

    *ret_holds = true;
    if (c->actor->kind != ACTOR_STAFF)
        return OK;
    enum err e = store_number(c->t, &q_orders_acted,
                              ARGS(INT("tenant", c->t->tenant), INT("order_id", c->order.id),
                                   INT("staff", c->actor->staff)),
                              &n);
    *ret_holds = n == 0 || json_get_id(c->state, "caller") == c->actor->staff;
    return e;
}

static bool paused_by_action(struct change *c)
{
    struct list duties = state_duties(c->t, c->state);

    LIST_EACH (struct duty_facts, duty, duties) {
        if (duty_is_open(duty) && str_is(duty->name, "check-pause"))
            return true;
    }
    return false;
}

bool rated_badly(const struct json *state)
{
    const struct json *rated = json_get(state, "rated");
    int64_t matter = json_get_int(rated, "matter"), handler = json_get_int(rated, "handler");

    /* Five grades, 1 very dissatisfied ... 5 very satisfied (GB/T 39735); 1 and 2 open a closed
     * loop. */
    if (json_get_bool(rated, "void"))
        return false;
    return (matter && matter <= 2) || (handler && handler <= 2);
}

/* What K31 asks of a file: a result or a reason, told or unreachable, and no material still
 * promised. */
static enum err file_complete(struct change *c, bool *ret_holds)
{
    struct material_count count;
    enum err e = materials_count(c->t, c->order.matter, c->state, &count);

    *ret_holds = count.promised == 0;
    return e;
}

/* The work that was rated is that of who recorded the result; without one, of who acted on it. */
static enum err was_rated(struct change *c, bool *ret_holds)
{
    int64_t of = json_get_id(c->state, "of"), by, n = 0;
    struct order rated = c->order;
    struct json *state = c->state;
    enum err e = OK;

    *ret_holds = false;
    if (c->actor->kind != ACTOR_STAFF)
        return OK;
    if (of)
        e = order_row(c->t, of, &rated);
    if (!e && of)
        e = json_parse(c->t, rated.state, &state);
    if (e)
        return e;
    by = json_get_id(json_get(state, "result"), "by");
    if (by) {
        *ret_holds = by == c->actor->staff;
        return OK;
    }
    e = store_number(
        c->t, &q_orders_acted,
        ARGS(INT("tenant", c->t->tenant), INT("order_id", rated.id), INT("staff", c->actor->staff)),
        &n);
    *ret_holds = n > 0;
    return e;
}

/* --- Calls that reached nobody (K9) --- */

static int by_moment(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

#define MS_OF_HOUR ((int64_t)3600 * 1000)

static bool far_enough(struct limit apart, int64_t before, int64_t now)
{
    if (apart.kind == LIMIT_CALENDAR_DAYS)
        return day_of(now) - day_of(before) >= apart.amount;
    return apart.kind != LIMIT_HOURS || now - before >= apart.amount * MS_OF_HOUR;
}

int64_t tries_made(struct change *c, struct limit apart)
{
    const struct json *tries = json_get(c->state, "tries");
    int64_t *moments = NEW(c->t, int64_t, tries ? tries->count + 1 : 1);
    int64_t count = 0, made = 0, last = 0;

    JSON_EACH (item, tries) {
        if (str_eq(json_get_str(item, "step"), c->step->name))
            moments[count++] = json_get_int(item, "at");
    }
    qsort(moments, (size_t)count, sizeof *moments, by_moment);
    for (int64_t i = 0; i < count; i++) {
        if (made && !far_enough(apart, last, moments[i]))
            continue;
        last = moments[i];
        made++;
    }
    return made;
}

enum err tries_missing(struct change *c)
{
    struct limit apart = c->rule->tries_apart;
    int64_t made = c->rule->tries ? tries_made(c, apart) : 0;
    struct str spaced = {0};

    if (made >= c->rule->tries)
        return OK;
    if (apart.kind == LIMIT_CALENDAR_DAYS && apart.amount == 1)
        spaced = S("在不同的日子");
    else if (apart.kind != LIMIT_NONE)
        spaced = str_format(c->t, "每次相隔至少 %d %s", apart.amount,
                            apart.kind == LIMIT_HOURS ? "小时，" : "日，");
    return task_fail(c->t, ERR_CONFLICT, "要先%.*s试着联系 %d 次，现在算数的有 %lld 次",
                     STR_ARG(spaced), c->rule->tries, (long long)made);
}

static enum err materials_are(struct change *c, enum condition condition, bool *ret_holds)
{
    struct material_count count = {0};
    enum err e = materials_count(c->t, c->order.matter, c->state, &count);

    if (e)
        return e;
    *ret_holds = condition == COND_MATERIALS_MISSING    ? count.missing > 0
                 : condition == COND_MATERIALS_COMPLETE ? count.missing == 0
                                                        : count.missing == 0 && count.promised == 0;
    return OK;
}

static bool is_the_person(const struct change *c)
{
    return c->actor->staff && c->actor->staff == json_get_id(c->state, "person");
}

/* It happened: the state has this member. */
static const char *const member_of[COND_COUNT] = {
    [COND_RESULT_RECORDED] = "result",
    [COND_RESULT_TOLD] = "told",
    [COND_NOTICE_SENT] = "notice",
    [COND_RATED] = "rated",
};

enum err condition_holds(struct change *c, enum condition condition, bool *ret_holds)
{
    switch (condition) {
    case COND_MATERIALS_COMPLETE:
    case COND_MATERIALS_MISSING:
    case COND_MATERIALS_IN:
        return materials_are(c, condition, ret_holds);
    case COND_RESULT_RECORDED:
    case COND_RESULT_TOLD:
    case COND_NOTICE_SENT:
    case COND_RATED:
        *ret_holds = json_get(c->state, member_of[condition]) != NULL;
        return OK;
    case COND_NOTICE_NOT_SENT:
        *ret_holds = json_get(c->state, "notice") == NULL;
        return OK;
    case COND_IDENTIFIED:
        *ret_holds = !json_get_bool(c->state, "anonymous");
        return OK;
    case COND_NOT_OWN_WORK:
        return not_own_work(c, ret_holds);
    case COND_TRANSFER_REFUSED:
    case COND_TRANSFER_NOT_REFUSED:
        *ret_holds = (json_get_int(c->state, "transfer_refused") > 0) ==
                     (condition == COND_TRANSFER_REFUSED);
        return OK;
    case COND_CHILDREN_CLOSED:
        *ret_holds = json_get_int(c->state, "children_open") == 0;
        return OK;
    case COND_CHILDREN_EXIST:
        *ret_holds = json_get_int(c->state, "children_all") > 0;
        return OK;
    case COND_RATED_BADLY:
        *ret_holds = rated_badly(c->state);
        return OK;
    case COND_FILE_COMPLETE:
        return file_complete(c, ret_holds);
    case COND_PAUSED:
    case COND_NOT_PAUSED:
        *ret_holds = paused_by_action(c) == (condition == COND_PAUSED);
        return OK;
    case COND_MAIN:
    case COND_CHILD:
        *ret_holds = (json_get_id(c->state, "parent") != 0) == (condition == COND_CHILD);
        return OK;
    case COND_UNIT_NOT_DECIDED:
        *ret_holds = json_get_int(c->state, "unit_decided") == 0;
        return OK;
    case COND_IS_THE_PERSON:
    case COND_NOT_THE_PERSON:
        *ret_holds = is_the_person(c) == (condition == COND_IS_THE_PERSON);
        return OK;
    case COND_WAS_RATED:
        return was_rated(c, ret_holds);
    case COND_EXTENSION_ASKED:
        *ret_holds = change_find_duty(c, S("approve-extension")) != NULL;
        return OK;
    case COND_RECUSAL_ASKED:
        *ret_holds = change_find_duty(c, S("decide-recusal")) != NULL;
        return OK;
    case COND_COUNT:
        break;
    }
    return task_fail(c->t, ERR_INTERNAL, "规程用了未知的条件");
}
