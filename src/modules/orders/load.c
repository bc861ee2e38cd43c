/*
 * load.c - reading one order, who may see it, and the counters of open orders.
 */
#include "modules/orders/read.h"

#include "orders_sql.h"

const struct shape order_shape = {
    .name = "Order",
    .size = sizeof(struct order),
    .fields =
        (const struct field[]){
            FIELD(struct order, id, F_ID, "内部编号"),
            FIELD(struct order, no, F_STR, "工单号"),
            FIELD(struct order, unit, F_ID, "承办机构"),
            FIELD(struct order, home_unit, F_ID, "登记机构"),
            FIELD(struct order, unit_path, F_STR, "承办机构的路径"),
            FIELD(struct order, home_path, F_STR, "登记机构的路径"),
            FIELD(struct order, registrar, F_ID, "登记人"),
            FIELD(struct order, procedure_code, F_STR, "规程"),
            FIELD(struct order, procedure_version, F_INT, "规程版本"),
            FIELD(struct order, matter, F_STR, "事项"),
            FIELD(struct order, nature, F_STR, "性质：consultation 咨询，handling 办理"),
            FIELD(struct order, channel, F_STR, "渠道"),
            FIELD(struct order, subject, F_STR, "事由"),
            FIELD(struct order, party_masked, F_STR, "申请人（已遮盖）"),
            FIELD(struct order, party_count, F_INT, "申请人数"),
            FIELD(struct order, green, F_STR, "绿色通道"),
            FIELD(struct order, emergency, F_BOOL, "紧急"),
            FIELD(struct order, step, F_STR, "环节"),
            FIELD(struct order, status, F_STR, "open 在办，closed 办结"),
            FIELD(struct order, outcome, F_STR, "结局"),
            FIELD(struct order, owner, F_ID, "承办人"),
            FIELD(struct order, desk, F_STR, "岗位"),
            FIELD(struct order, due_duty, F_STR, "最紧的时限义务"),
            FIELD(struct order, due_legal_day, F_DAY, "法定日"),
            FIELD(struct order, due_safe_day, F_DAY, "稳妥日"),
            FIELD(struct order, due_legal_at, F_MOMENT, "法定时限届满的时刻"),
            FIELD(struct order, due_sort, F_INT, "排序"),
            FIELD(struct order, due_flags, F_INT, "1 暂定，2 暂停，4 按小时，8 等当事人"),
            FIELD(struct order, chain, F_ID, "所在链"),
            FIELD(struct order, parent, F_ID, "主工单"),
            FIELD(struct order, version, F_INT, "版本：留痕条数"),
            FIELD(struct order, occurred_at, F_MOMENT, "发生时间"),
            FIELD(struct order, recorded_at, F_MOMENT, "登记时间"),
            FIELD(struct order, changed_at, F_MOMENT, "最近变化"),
            FIELD(struct order, closed_at, F_MOMENT, "办结时间"),
            {0},
        },
};

/* The whole row: what is shown and what only the engine needs. */
static const struct shape order_row_shape = {
    .name = "OrderRow",
    .size = sizeof(struct order),
    .fields =
        (const struct field[]){
            FIELD(struct order, id, F_ID, NULL),
            FIELD(struct order, no, F_STR, NULL),
            FIELD(struct order, unit, F_ID, NULL),
            FIELD(struct order, unit_path, F_STR, NULL),
            FIELD(struct order, home_unit, F_ID, NULL),
            FIELD(struct order, home_path, F_STR, NULL),
            FIELD(struct order, registrar, F_ID, NULL),
            FIELD(struct order, procedure_code, F_STR, NULL),
            FIELD(struct order, procedure_version, F_INT, NULL),
            FIELD(struct order, matter, F_STR, NULL),
            FIELD(struct order, nature, F_STR, NULL),
            FIELD(struct order, channel, F_STR, NULL),
            FIELD(struct order, subject, F_STR, NULL),
            FIELD(struct order, party_masked, F_STR, NULL),
            FIELD(struct order, party_count, F_INT, NULL),
            FIELD(struct order, green, F_STR, NULL),
            FIELD(struct order, emergency, F_BOOL, NULL),
            FIELD(struct order, step, F_STR, NULL),
            FIELD(struct order, status, F_STR, NULL),
            FIELD(struct order, outcome, F_STR, NULL),
            FIELD(struct order, owner, F_ID, NULL),
            FIELD(struct order, desk, F_STR, NULL),
            FIELD(struct order, due_duty, F_STR, NULL),
            FIELD(struct order, due_legal_day, F_DAY, NULL),
            FIELD(struct order, due_safe_day, F_DAY, NULL),
            FIELD(struct order, due_legal_at, F_MOMENT, NULL),
            FIELD(struct order, due_sort, F_INT, NULL),
            FIELD(struct order, due_flags, F_INT, NULL),
            FIELD(struct order, chain, F_ID, NULL),
            FIELD(struct order, parent, F_ID, NULL),
            FIELD(struct order, version, F_INT, NULL),
            FIELD(struct order, head, F_STR, NULL),
            FIELD(struct order, wrapped_key, F_STR, NULL),
            FIELD(struct order, state, F_STR, NULL),
            FIELD(struct order, packed, F_STR, NULL),
            FIELD(struct order, occurred_at, F_MOMENT, NULL),
            FIELD(struct order, recorded_at, F_MOMENT, NULL),
            FIELD(struct order, changed_at, F_MOMENT, NULL),
            FIELD(struct order, closed_at, F_MOMENT, NULL),
            {0},
        },
};

enum err order_row(struct task *t, int64_t id, struct order *ret_order)
{
    struct order order = {0};
    enum err e = store_one(t, &q_orders_by_id, ARGS(INT("tenant", t->tenant), INT("id", id)),
                           &order_row_shape, &order);

    if (!e && order.packed.len)
        e = text_unpack(t, order.packed, &order.state);
    if (!e)
        *ret_order = order;
    return e;
}

/* A post that reaches only its own tier still sees what was lent to it - child, chain and complaint
 * of an order that it reaches by its own scope: a unit's clerk not what is lent to another unit
 * below, a grid worker only by an order of their own, and who handles no orders none at all. */
static enum err lent(struct task *t, const struct actor *actor, const struct order *order,
                     bool *ret_lent)
{
    bool own = actor->post->scope == SCOPE_OWN, unit = actor->post->scope == SCOPE_UNIT;
    int64_t n = 0;

    *ret_lent = false;
    if (!actor_may(actor, "order.read"))
        return OK;
    struct str end = str_join(t, actor->unit_path, unit ? S("\x01") : S("\x7f"));
    enum err e = store_number(t, &q_orders_linked_within,
                              ARGS(INT("tenant", t->tenant), INT("order_id", order->id),
                                   TEXT("path", actor->unit_path), TEXT("path_end", end),
                                   INT("staff", own ? actor->staff : 0)),
                              &n);

    *ret_lent = n > 0;
    return e;
}

bool post_reads(const struct procedure *procedure, const struct actor *actor)
{
    for (size_t i = 0; i < procedure->reader_count; i++)
        if (str_is(procedure->readers[i], actor->post->code))
            return true;
    return procedure->reader_count == 0;
}

/* Whose hands it went through, and whom it concerns (K18), read it all the same. */
enum err order_readable(struct task *t, const struct actor *actor, const struct order *order,
                        bool *ret_readable)
{
    const struct procedure *procedure;
    struct order whole = *order;
    struct json *state;
    enum err e;

    *ret_readable = true;
    if (actor->kind != ACTOR_STAFF)
        return OK;
    e = order_procedure(t, order, &procedure);
    if (e || post_reads(procedure, actor) || order->owner == actor->staff ||
        order->registrar == actor->staff)
        return e;
    if (!order->state.len) /* a row of a list */
        e = order_row(t, order->id, &whole);
    if (!e)
        e = json_parse(t, whole.state, &state);
    if (e)
        return e;
    *ret_readable = json_get_id(state, "person") == actor->staff;
    return OK;
}

static enum err reached(struct task *t, const struct actor *actor, const struct order *order,
                        bool *ret_reached)
{
    *ret_reached = true;
    if (actor->kind == ACTOR_SYSTEM || (actor->kind == ACTOR_PARTY && actor->order == order->id))
        return OK;
    if (actor->kind == ACTOR_STAFF &&
        (actor_reaches(actor, order->unit_path, order->owner, order->registrar) ||
         actor_reaches(actor, order->home_path, order->owner, order->registrar)))
        return OK;
    if (actor->kind == ACTOR_STAFF)
        return lent(t, actor, order, ret_reached);
    *ret_reached = false;
    return OK;
}

enum err order_load(struct task *t, const struct actor *actor, int64_t id, struct order *ret_order)
{
    struct order order = {0};
    bool seen;
    enum err e = order_row(t, id, &order);

    if (e == ERR_NOT_FOUND)
        return task_fail(t, ERR_NOT_FOUND, "没有这件工单，或不在您的范围内");
    if (e)
        return e;
    if (actor->tenant != t->tenant)
        return task_fail(t, ERR_NOT_FOUND, "没有这件工单，或不在您的范围内");
    e = reached(t, actor, &order, &seen);
    if (!e && seen)
        e = order_readable(t, actor, &order, &seen);
    if (e)
        return e;
    if (!seen)
        return task_fail(t, ERR_NOT_FOUND, "没有这件工单，或不在您的范围内");
    *ret_order = order;
    return OK;
}

enum err order_id_of_no(struct task *t, struct str no, int64_t *ret_id)
{
    return store_number(t, &q_orders_id_by_no, ARGS(INT("tenant", t->tenant), TEXT("no", no)),
                        ret_id);
}

enum err order_procedure(struct task *t, const struct order *order,
                         const struct procedure **ret_procedure)
{
    return catalog_procedure(t, order->procedure_code, (int32_t)order->procedure_version,
                             ret_procedure);
}

/* --- Counters --- */

struct counted counted_of(const struct json *state)
{
    if (!str_is(json_get_str(state, "status"), "open"))
        return (struct counted){0};
    return (struct counted){
        .unit = json_get_id(state, "unit"),
        .step = json_get_str(state, "step"),
        .desk = json_get_str(state, "desk"),
        .green = json_get_str(state, "green").len != 0,
        .emergency = json_get_bool(state, "emergency"),
        .queue = json_get_id(state, "owner") == 0,
    };
}

/* What only some posts may read is counted apart, under their names: "for:head,bureau|open". */
struct str counted_for(struct task *t, const struct procedure *procedure)
{
    struct buf b = buf_new(t, 1024);

    for (size_t i = 0; i < procedure->reader_count; i++)
        buf_format(&b, "%s%.*s", i ? "," : "for:", STR_ARG(procedure->readers[i]));
    if (b.len)
        buf_add_char(&b, '|');
    return buf_str(&b);
}

enum err count_add(struct task *t, int64_t unit, struct str what, int64_t n)
{
    return store_run(
        t, &q_orders_count_add,
        ARGS(INT("tenant", t->tenant), INT("unit", unit), TEXT("what", what), INT("n", n)), NULL);
}

/* One of a kind that every counted order has one of: its step, its desk. */
static enum err count_named(struct task *t, struct str prefix, int64_t old_unit, struct str old,
                            int64_t new_unit, struct str new)
{
    enum err e;

    if (old_unit == new_unit && str_eq(old, new))
        return OK;
    if (old_unit && old.len && (e = count_add(t, old_unit, str_join(t, prefix, old), -1)))
        return e;
    return new_unit && new.len ? count_add(t, new_unit, str_join(t, prefix, new), 1) : OK;
}

static enum err count_flag(struct task *t, struct str what, int64_t old_unit, bool was,
                           int64_t new_unit, bool is)
{
    enum err e;

    was = was && old_unit;
    is = is && new_unit;
    if (was == is && old_unit == new_unit)
        return OK;
    if (was && (e = count_add(t, old_unit, what, -1)))
        return e;
    return is ? count_add(t, new_unit, what, 1) : OK;
}

static bool same_counts(const struct counted *a, const struct counted *b)
{
    return a->unit == b->unit && str_eq(a->step, b->step) && str_eq(a->desk, b->desk) &&
           a->green == b->green && a->emergency == b->emergency && a->queue == b->queue;
}

/* Those who move orders of the same units follow each other, in one order of the units. */
static enum err lock_counts(struct task *t, int64_t a, int64_t b)
{
    int64_t first = a < b ? a : b, second = a < b ? b : a;
    enum err e = first ? store_lock(t, first) : OK;

    return !e && second != first ? store_lock(t, second) : e;
}

/* Only what differs is written: most acts leave the counters alone. */
enum err counts_move(struct task *t, const struct procedure *procedure,
                     const struct counted *before, const struct json *state)
{
    struct counted after = counted_of(state);
    int64_t old = before->unit, new = after.unit;

    if (same_counts(before, &after))
        return OK;
    struct str few = counted_for(t, procedure);
    enum err e = lock_counts(t, old, new);
    if (!e)
        e = count_flag(t, str_join(t, few, S("open")), old, true, new, true);
    if (!e)
        e = count_named(t, str_join(t, few, S("step:")), old, before->step, new, after.step);
    if (!e)
        e = count_named(t, str_join(t, few, S("desk:")), old, before->desk, new, after.desk);
    if (!e)
        e = count_flag(t, str_join(t, few, S("green")), old, before->green, new, after.green);
    if (!e)
        e = count_flag(t, str_join(t, few, S("emergency")), old, before->emergency, new,
                       after.emergency);
    return e ? e
             : count_flag(t, str_join(t, few, S("queue")), old, before->queue, new, after.queue);
}
