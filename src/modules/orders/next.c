/*
 * next.c - the order that a person takes next from the queue of their desk (K20): emergencies
 * first, then one of the green channel for two of the others, each by its safe date, so that all
 * move.
 */
#include "modules/orders/act.h"

#include "orders_next_sql.h"
#include "orders_sql.h"

enum { GREEN_TURN = 3, CANDIDATES_MOST = 20 };

struct next {
    const struct actor *actor;
    struct str desk;
    struct act_done done;
};

/* The first that this person may take: who recused themselves, or must, is offered the one after.
 */
static enum err take_first(struct task *t, struct next *next, bool green, bool *ret_taken)
{
    struct rows *rows;
    enum err e =
        store_run(t, &q_orders_next_waiting,
                  ARGS(INT("tenant", t->tenant), INT("unit", next->actor->unit),
                       TEXT("desk", next->desk), INT("green", green), INT("most", CANDIDATES_MOST)),
                  &rows);

    *ret_taken = false;
    if (e)
        return e;
    while (rows_next(rows)) {
        struct act act = {.order = row_int(rows, "id"), .action = S("take")};

        e = act_run(t, next->actor, &act, NULL, &next->done);
        *ret_taken = e == OK;
        if (e == OK || e == ERR_STORE || e == ERR_BUSY || e == ERR_INTERNAL)
            return e;
        task_clear_error(t); /* refused before anything was written */
    }
    return OK;
}

static enum err take_next(struct task *t, void *arg)
{
    struct next *next = arg;
    struct str kind = str_join(t, S("next/"), next->desk);
    int64_t turn = 0;
    bool taken;
    enum err e = store_number(
        t, &q_orders_next_turn,
        ARGS(INT("tenant", t->tenant), INT("unit", next->actor->unit), TEXT("kind", kind)), &turn);
    if (e)
        return e;
    bool green = turn % GREEN_TURN == 0;
    e = take_first(t, next, green, &taken);
    if (e == OK && !taken)
        e = take_first(t, next, !green, &taken);
    if (e)
        return e;
    if (!taken)
        return task_fail(t, ERR_NOT_FOUND, "本岗位没有待办的工单");
    return store_run(t, &q_orders_counter_next,
                     ARGS(INT("tenant", t->tenant), INT("unit", next->actor->unit), INT("year", 0),
                          TEXT("kind", kind)),
                     NULL);
}

enum err order_next(struct task *t, const struct actor *actor, struct str key,
                    struct act_done *ret_done)
{
    struct next next = {.actor = actor, .desk = str_of(actor->post->code)};
    struct once once = {
        .actor = actor,
        .key = key,
        .what = str_join(t, S("next "), next.desk),
        .run = take_next,
        .arg = &next,
        .done = &next.done,
    };
    enum err e = do_once(t, &once);

    if (e == OK)
        *ret_done = next.done;
    return e;
}
