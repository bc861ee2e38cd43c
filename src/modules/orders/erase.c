/*
 * erase.c - keys of orders: destroyed on erasure, wrapped again on rotation.
 */
#include "modules/orders/act.h"

#include "modules/audit/audit.h"
#include "modules/org/keys.h"
#include "orders_upkeep_sql.h"

struct erase {
    const struct actor *actor;
    int64_t id;
    struct str reason;
};

/* The chain stays whole: it stands over the sealed bytes. */
static enum err erase(struct task *t, void *arg)
{
    struct erase *a = arg;
    struct order order;
    struct json *state;
    enum err e = order_load(t, a->actor, a->id, &order);

    if (e)
        return e;
    e = json_parse(t, order.state, &state);
    if (e)
        return e;
    /* A child that closes says so in an event of this order, which needs its key. */
    if (!str_is(order.status, "closed") || json_get_int(state, "children_open"))
        return task_fail(t, ERR_CONFLICT, "工单或者它的子工单还在办理，不能清除个人信息");
    e = store_run(t, &q_orders_erase, ARGS(INT("tenant", t->tenant), INT("id", a->id)), NULL);
    if (e)
        return e;
    e = store_run(t, &q_orders_erase_codes, ARGS(INT("tenant", t->tenant), INT("id", a->id)), NULL);
    if (e)
        return e;
    return audit_record(t, &(struct audit_entry){.word = "erasure",
                                                 .staff = a->actor->staff,
                                                 .name = a->actor->name,
                                                 .unit = a->actor->unit_name,
                                                 .order = a->id,
                                                 .detail = a->reason});
}

enum err order_erase(struct task *t, const struct actor *actor, int64_t id, struct str reason)
{
    struct erase a = {actor, id, str_trim(reason)};

    if (!a.reason.len) {
        task_field_error(t, S("reason"), "请写明清除的理由");
        return task_input_verdict(t);
    }
    return store_write(t, erase, &a);
}

static enum err rewrap(struct task *t, int64_t after, int64_t limit, int64_t *ret_last,
                       int64_t *ret_seen)
{
    struct rows *rows;
    int64_t last = after, seen = 0;
    enum err e =
        store_run(t, &q_orders_keys_after,
                  ARGS(INT("tenant", t->tenant), INT("after", after), INT("most", limit)), &rows);

    if (e)
        return e;
    while (rows_next(rows)) {
        struct str old = row_str(rows, "wrapped_key"), fresh;

        last = row_int(rows, "id");
        seen++;
        e = row_key_rewrap(t, order_key_place(t, last), old, &fresh);
        if (e)
            return e;
        e = store_run(t, &q_orders_key_put,
                      ARGS(INT("tenant", t->tenant), INT("id", last), BYTES("wrapped_key", fresh)),
                      NULL);
        if (e)
            return e;
    }
    *ret_last = last;
    *ret_seen = seen;
    return OK;
}

const struct key_holder order_key_holder = {"orders", rewrap};
