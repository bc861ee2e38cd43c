/*
 * conditions.c - the rows of `when:`; each answers from the state, never from the clock.
 */
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

enum err condition_holds(struct change *c, enum condition condition, bool *ret_holds)
{
    struct material_count count = {0};
    int64_t refused = json_get_int(c->state, "transfer_refused");
    enum err e;

    switch (condition) {
    case COND_MATERIALS_COMPLETE:
    case COND_MATERIALS_MISSING:
    case COND_MATERIALS_IN:
        e = materials_count(c->t, c->order.matter, c->state, &count);
        if (e)
            return e;
        *ret_holds = condition == COND_MATERIALS_MISSING ? count.missing > 0
                     : condition == COND_MATERIALS_COMPLETE
                         ? count.missing == 0
                         : count.missing == 0 && count.promised == 0;
        return OK;
    case COND_IDENTIFIED:
        *ret_holds = !json_get_bool(c->state, "anonymous");
        return OK;
    case COND_NOT_OWN_WORK:
        return not_own_work(c, ret_holds);
    case COND_RESULT_RECORDED:
        *ret_holds = json_get(c->state, "result") != NULL;
        return OK;
    case COND_RESULT_TOLD:
        *ret_holds = json_get(c->state, "told") != NULL;
        return OK;
    case COND_TRANSFER_NOT_REFUSED:
        *ret_holds = refused == 0;
        return OK;
    case COND_TRANSFER_REFUSED:
        *ret_holds = refused > 0;
        return OK;
    case COND_NOTICE_NOT_SENT:
        *ret_holds = json_get(c->state, "notice") == NULL;
        return OK;
    case COND_NOTICE_SENT:
        *ret_holds = json_get(c->state, "notice") != NULL;
        return OK;
    case COND_CHILDREN_CLOSED:
        *ret_holds = json_get_int(c->state, "children_open") == 0;
        return OK;
    case COND_CHILDREN_EXIST:
        *ret_holds = json_get_int(c->state, "children_all") > 0;
        return OK;
    case COND_RATED:
        *ret_holds = json_get(c->state, "rated") != NULL;
        return OK;
    case COND_RATED_BADLY:
        *ret_holds = rated_badly(c->state);
        return OK;
    case COND_FILE_COMPLETE:
        return file_complete(c, ret_holds);
    case COND_PAUSED:
        *ret_holds = paused_by_action(c);
        return OK;
    case COND_NOT_PAUSED:
        *ret_holds = !paused_by_action(c);
        return OK;
    case COND_MAIN:
        *ret_holds = json_get_id(c->state, "parent") == 0;
        return OK;
    case COND_CHILD:
        *ret_holds = json_get_id(c->state, "parent") != 0;
        return OK;
    case COND_COUNT:
        break;
    }
    return task_fail(c->t, ERR_INTERNAL, "规程用了未知的条件");
}
