/*
 * effects_staff.c - who answers for a fault, and what a decision does to them (K18): suspended
 * until a day and back by itself, removed for good, or restored because the decision was revoked.
 *
 * State: person (staff), sanction {seq, kind suspended|removed|revoked|ended, staff, until}.
 */
#include "modules/orders/effects.h"

#include "modules/access/staff.h"
#include "orders_sql.h"

enum { SUSPENSION_MOST_DAYS = 3 * 366 };

enum err effect_name_person(struct change *c, const struct action_effect *effect)
{
    int64_t staff = json_get_id(c->input, "staff"), before = json_get_id(c->state, "person");
    struct staff person;
    enum err e = staff_by_id(c->t, staff, &person);

    (void)effect;
    if (e == ERR_NOT_FOUND) {
        task_clear_error(c->t);
        task_field_error(c->t, S("staff"), "没有这位工作人员");
        return OK;
    }
    if (e)
        return e;
    if (before && before != staff) {
        task_field_error(c->t, S("staff"), "这件追究的是另一位工作人员，请另行登记");
        return OK;
    }
    change_set_id(c, "person", staff);
    return OK;
}

/* Whom the decision is about: named before, or now; 0 when a field error says why not. */
static enum err sanctioned(struct change *c, int64_t *ret_staff)
{
    int64_t said = json_get_id(c->input, "staff"), named = json_get_id(c->state, "person");
    int64_t staff = said ? said : named;
    struct staff person;

    *ret_staff = 0;
    if (!staff) {
        task_field_error(c->t, S("staff"), "请选择工作人员");
        return OK;
    }
    if (named && staff != named) {
        task_field_error(c->t, S("staff"), "不是这件追究的当事人员");
        return OK;
    }
    if (staff == c->actor->staff) {
        task_field_error(c->t, S("staff"), "不能处理自己");
        return OK;
    }
    /* Nobody may give them an order while theirs are taken away. */
    enum err e = store_alone(c->t);
    if (!e)
        e = staff_by_id(c->t, staff, &person);
    if (e == ERR_NOT_FOUND) {
        task_clear_error(c->t);
        task_field_error(c->t, S("staff"), "没有这位工作人员");
        return OK;
    }
    if (e)
        return e;
    *ret_staff = staff;
    return OK;
}

static void put_sanction(struct change *c, const char *kind, int64_t staff, int32_t until)
{
    struct json *sanction = json_object(c->t);

    json_put_int(c->t, sanction, "seq", c->seq);
    json_put_str(c->t, sanction, "kind", str_of(kind));
    json_put_id(c->t, sanction, "staff", staff);
    if (until != DAY_NONE)
        json_put_str(c->t, sanction, "until", day_text(c->t, until));
    change_set(c, "sanction", sanction);
    change_set_id(c, "person", staff);
}

enum err effect_suspend_staff(struct change *c, const struct action_effect *effect)
{
    int32_t until = DAY_NONE, today = day_of(c->t->now);
    int64_t staff;
    enum err e = sanctioned(c, &staff);

    (void)effect;
    if (e)
        return e;
    if (!day_parse(json_get_str(c->input, "until"), &until) || until < today ||
        until > today + SUSPENSION_MOST_DAYS)
        task_field_error(c->t, S("until"), "暂停到哪一天，应在今天之后、三年之内");
    if (!staff || c->t->field_errors)
        return OK;
    json_put_id(c->t, c->body, "suspended", staff);
    put_sanction(c, "suspended", staff, until);
    return staff_bar(c->t, c->actor,
                     &(struct staff_bar){.staff = staff,
                                         .order = c->order.id,
                                         .until = until,
                                         .why = json_get_str(c->input, "reason")});
}

enum err effect_remove_staff(struct change *c, const struct action_effect *effect)
{
    int64_t staff;
    enum err e = sanctioned(c, &staff);

    (void)effect;
    if (e || !staff)
        return e;
    json_put_id(c->t, c->body, "removed", staff);
    put_sanction(c, "removed", staff, DAY_NONE);
    return staff_remove(c->t, c->actor, staff, c->order.id, json_get_str(c->input, "reason"));
}

/* A decision that only warned did nothing to undo. */
enum err effect_resume_staff(struct change *c, const struct action_effect *effect)
{
    int64_t staff = json_get_id(json_get(c->state, "sanction"), "staff");
    bool lifted;

    (void)effect;
    if (!staff)
        return OK;
    put_sanction(c, "revoked", staff, DAY_NONE);
    enum err e = store_alone(c->t);
    return e ? e : staff_unbar(c->t, c->actor, staff, c->order.id, &lifted);
}

/* --- The last day of a suspension has passed --- */

static enum err note_lifted(struct change *c, void *arg)
{
    const struct staff_bar *bar = arg;

    put_sanction(c, "ended", bar->staff, bar->until);
    json_put_str(c->t, c->body, "what",
                 str_format(c->t, "暂停服务资格到 %.*s 期满，自动恢复",
                            STR_ARG(day_text_zh(c->t, bar->until))));
    return change_tell_staff(c, bar->staff, S("staff-resumed"), S(""));
}

static enum err lift(struct task *t, void *arg)
{
    struct staff_bar *bar = arg;
    struct actor system = system_actor;
    bool lifted;

    system.tenant = t->tenant;
    enum err e = staff_unbar(t, &system, bar->staff, bar->order, &lifted);
    if (e || !lifted || !bar->order)
        return e;
    e = order_engine_event(t, &system, bar->order, "suspension-ended", t->now, note_lifted, bar);
    if (e == ERR_NOT_FOUND) { /* the order was erased: its person is not to suffer for that */
        task_clear_error(t);
        return OK;
    }
    return e;
}

static enum err find_ended(struct task *t, void *arg)
{
    return staff_bars_ended(t, arg);
}

enum err orders_end_suspensions(struct task *t)
{
    struct list bars;
    enum err e = store_read(t, find_ended, &bars);

    if (e)
        return e;
    LIST_EACH (struct staff_bar, bar, bars) {
        e = store_write(t, lift, bar);
        if (e)
            return e;
    }
    return OK;
}

/* --- People who leave: their orders go to the queue in the same transaction (K13) --- */

static enum err owner_left(struct change *c, void *arg)
{
    const struct leaving *leaving = arg;

    json_put_str(c->t, c->body, "why", leaving->why);
    give_to_queue(c);
    return OK;
}

static enum err hand_back(struct task *t, const struct actor *actor, const struct leaving *leaving)
{
    struct rows *rows;
    enum err e = store_run(
        t, &q_orders_open_of_owner,
        ARGS(INT("tenant", t->tenant), INT("owner", leaving->staff), INT("most", 100000)), &rows);

    if (e)
        return e;
    while (rows_next(rows)) {
        struct order order;
        struct json *state;

        e = order_row(t, row_int(rows, "id"), &order);
        if (e)
            return e;
        if (leaving->unit && order.unit != leaving->unit)
            continue;
        e = json_parse(t, order.state, &state);
        if (e)
            return e;
        if (leaving->post.len && !str_eq(json_get_str(state, "owner_post"), leaving->post))
            continue;
        struct leaving copy = *leaving;
        e = order_engine_event(t, actor, order.id, "owner-left", 0, owner_left, &copy);
        if (e)
            return e;
    }
    return OK;
}

/* --- People who declare a relative of whom they have a matter (K11) --- */

static enum err owner_withdraws(struct change *c, void *arg)
{
    recuse_owner(c, *(struct str *)arg);
    return OK;
}

static enum err owner_is_related(struct change *c, void *arg)
{
    return warn_of_owner(c, arg);
}

/* Withdraws from an order where one of the parties keeps them away; where one shares the household
 * or the employer it is said, once. */
static enum err withdraw_related(struct task *t, const struct actor *actor, int64_t id,
                                 const struct staff_facts *facts)
{
    struct identity identity;
    struct order order;
    struct json *state;
    struct str why;
    struct key key;
    enum err e = order_row(t, id, &order);

    if (e == OK)
        e = json_parse(t, order.state, &state);
    if (e == OK)
        e = order_key(t, &order, &key);
    if (e)
        return e;
    struct relations relations = {
        .staff = order.owner, .facts = facts, .state = state, .key = &key};
    int64_t n = json_get_int(state, "parties");
    for (int64_t i = 1; i <= n && i <= PARTIES_COMPARED; i++) {
        e = order_identity(t, &order, i, &identity);
        if (e)
            return e;
        enum interest interest = party_interest(t, facts, &identity, &why);
        if (interest == INTEREST_BLOCKS)
            return order_engine_event(t, actor, id, "owner-recused", 0, owner_withdraws, &why);
        relations_add(t, &relations, &identity, i);
    }
    if (!relations.ties)
        return OK;
    return order_engine_event(t, actor, id, "owner-related", 0, owner_is_related, &relations);
}

static enum err look_at_orders_again(struct task *t, const struct actor *actor, int64_t staff,
                                     const struct staff_facts *facts)
{
    struct rows *rows;
    enum err e =
        store_run(t, &q_orders_open_of_owner,
                  ARGS(INT("tenant", t->tenant), INT("owner", staff), INT("most", 100000)), &rows);

    while (!e && rows_next(rows))
        e = withdraw_related(t, actor, row_int(rows, "id"), facts);
    return e;
}

void orders_watch_staff(void)
{
    staff_when_leaving(hand_back);
    staff_when_declaring(look_at_orders_again);
}
