/*
 * act_allowed.c - who may do what, where and when, before any input is looked at.
 */
#include "modules/orders/act.h"

#include "orders_sql.h"

static const struct rule *condition_rule(enum condition condition)
{
    return &condition_rules[condition];
}

bool order_within(const struct actor *actor, const struct order *order)
{
    switch (actor->kind) {
    case ACTOR_SYSTEM:
        return true;
    case ACTOR_PARTY:
        return actor->order == order->id;
    case ACTOR_STAFF:
        return actor_reaches(actor, order->unit_path, order->owner, order->registrar);
    }
    return false;
}

bool action_given_to(const struct action_rule *rule, const struct actor *actor,
                     const struct order *order)
{
    for (size_t i = 0; i < rule->by_count; i++) {
        switch (rule->by[i]) {
        case ACTING_POST:
            if (actor->kind == ACTOR_STAFF && str_is(rule->by_post[i], actor->post->code))
                return true;
            break;
        case ACTING_OWNER:
            if (actor->kind == ACTOR_STAFF && order->owner == actor->staff)
                return true;
            break;
        case ACTING_STAFF:
            if (actor->kind == ACTOR_STAFF)
                return true;
            break;
        case ACTING_PARTY:
            if (actor->kind == ACTOR_PARTY)
                return true;
            break;
        case ACTING_SYSTEM:
            if (actor->kind == ACTOR_SYSTEM)
                return true;
            break;
        case ACTING_COUNT:
            break;
        }
    }
    return false;
}

bool order_recused(const struct json *state, int64_t staff)
{
    JSON_EACH (item, json_get(state, "recused")) {
        int64_t id;

        if (str_int(json_as_str(item), &id) && id == staff && staff)
            return true;
    }
    return false;
}

/* "I do it" is for the desk the step waits at: whoever takes an order may do all that its owner
 * may, so another post must not come to that by taking. */
static bool takes_from_another_desk(const struct change *c)
{
    bool takes = false;

    for (size_t i = 0; i < c->rule->effect_count; i++)
        takes = takes || c->rule->effects[i].effect == EFFECT_TAKE;
    if (!takes || c->rule->to != TO_STAY || c->actor->kind != ACTOR_STAFF || !c->step->desk_count)
        return false;
    for (size_t i = 0; i < c->step->desk_count; i++)
        if (str_is(c->step->desk[i], c->actor->post->code))
            return false;
    return true;
}

enum err effect_refused(struct change *c, enum effect effect)
{
    return effect_guards[effect] ? effect_guards[effect](c) : OK;
}

/* Those with a condition are asked when it is known (act.c). */
static enum err effects_refused(struct change *c)
{
    enum err e = OK;

    for (size_t i = 0; !e && i < c->rule->effect_count; i++)
        if (!c->rule->effects[i].conditional)
            e = effect_refused(c, c->rule->effects[i].effect);
    return e;
}

bool action_guarded(const struct action_rule *rule)
{
    for (size_t i = 0; i < rule->effect_count; i++)
        if (effect_guards[rule->effects[i].effect] || rule->effects[i].effect == EFFECT_TAKE)
            return true;
    return rule->when_count || rule->once || rule->tries;
}

/* Everything that may forbid the action before its input is looked at. */
enum err action_refused(struct change *c)
{
    struct task *t = c->t;
    int64_t seq;
    enum err e;

    if (!action_given_to(c->rule, c->actor, &c->order))
        return task_fail(t, ERR_FORBIDDEN, "您的岗位不能在这一步“%.*s”", STR_ARG(c->rule->title));
    if (order_recused(c->state, c->actor->staff))
        return task_fail(t, ERR_FORBIDDEN, "您已回避这件工单");
    if (takes_from_another_desk(c))
        return task_fail(t, ERR_FORBIDDEN, "这一步不由您的岗位办理，请主任指定承办人");
    if (c->rule->once) {
        e = store_number(t, &q_orders_event_find,
                         ARGS(INT("tenant", t->tenant), INT("order_id", c->order.id),
                              TEXT("action", c->rule->name)),
                         &seq);
        if (e)
            return e;
        if (seq)
            return task_fail(t, ERR_CONFLICT, "“%.*s”只能做一次，已经做过",
                             STR_ARG(c->rule->title));
    }
    for (size_t i = 0; i < c->rule->when_count; i++) {
        bool holds;

        e = condition_holds(c, c->rule->when[i], &holds);
        if (e)
            return e;
        if (!holds)
            return task_fail(t, ERR_CONFLICT, "%s", condition_rule(c->rule->when[i])->title);
    }
    e = tries_missing(c);
    return e ? e : effects_refused(c);
}

void check_occurred(struct task *t, const struct actor *actor, int64_t occurred_at,
                    int64_t not_before, struct str back_reason)
{
    int64_t days = (t->now - occurred_at) / DAY_MS;
    bool senior = actor->kind == ACTOR_SYSTEM || actor_may(actor, "order.backdate");

    if (occurred_at > t->now)
        task_field_error(t, S("occurred_at"), "发生时间不能晚于现在");
    else if (not_before && occurred_at < not_before)
        task_field_error(t, S("occurred_at"), "不能早于登记时的发生时间（%.*s）",
                         STR_ARG(moment_text(t, not_before)));
    else if (days > BACK_ENTRY_FREE_DAYS && !back_reason.len && actor->kind == ACTOR_STAFF)
        task_field_error(t, S("back_reason"), "补录 %d 天以前的事，请写明原因",
                         BACK_ENTRY_FREE_DAYS);
    else if (days > BACK_ENTRY_MOST_DAYS && !senior)
        task_field_error(t, S("occurred_at"), "补录 %d 天以前的事，请由主任岗办理",
                         BACK_ENTRY_MOST_DAYS);
}
