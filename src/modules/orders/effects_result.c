/*
 * effects_result.c - results, telling them, calling back, ratings, emergencies, guidance.
 */
#include "modules/orders/effects.h"

#include "modules/orders/materials.h"

enum err effect_result(struct change *c, const struct action_effect *effect)
{
    struct json *result = json_object(c->t);

    (void)effect;
    json_put_int(c->t, result, "seq", c->seq);
    json_put_str(c->t, result, "outcome", json_get_str(c->input, "outcome"));
    json_put_id(c->t, result, "by", c->actor->staff);
    change_set(c, "result", result);
    return OK;
}

enum err effect_tell(struct change *c, const struct action_effect *effect)
{
    struct json *told = json_object(c->t);

    (void)effect;
    json_put_int(c->t, told, "seq", c->seq);
    json_put_str(c->t, told, "how", json_get_str(c->input, "told_how"));
    change_set(c, "told", told);
    return OK;
}

static void note_try(struct change *c)
{
    const struct json *before = json_get(c->state, "tries");
    struct json *tries = before ? json_copy(c->t, before) : json_list(c->t);
    struct json *item = json_object(c->t);

    json_put_int(c->t, item, "at", c->occurred_at);
    json_put_str(c->t, item, "step", c->step->name);
    json_append(tries, item);
    change_set(c, "tries", tries);
}

/* An attempt to reach the person; the state counts them, so that a procedure's page can say "third
 * try".  Only who did not handle the matter becomes its caller: a try first must not make one's own
 * work look like somebody else's (K9). */
enum err effect_call(struct change *c, const struct action_effect *effect)
{
    bool of_others;
    enum err e = condition_holds(c, COND_NOT_OWN_WORK, &of_others);

    (void)effect;
    if (e)
        return e;
    change_set_int(c, "calls", json_get_int(c->state, "calls") + 1);
    if (!json_get_bool(c->input, "reached"))
        note_try(c);
    if (of_others)
        change_set_id(c, "caller", c->actor->staff);
    return OK;
}

/* The rating is what somebody said on the phone. */
static bool asks_by_call(const struct change *c)
{
    for (size_t i = 0; c->rule && i < c->rule->effect_count; i++)
        if (c->rule->effects[i].effect == EFFECT_CALL)
            return true;
    return false;
}

/* One matter, one rating (K21): a second one is refused unless the order was reopened since. */
enum err may_rate(struct change *c)
{
    if (json_get(c->state, "rated"))
        return task_fail(c->t, ERR_CONFLICT, "这件事已经评价过，一事一评");
    return OK;
}

enum err effect_rate(struct change *c, const struct action_effect *effect)
{
    struct json *rated = json_object(c->t);
    int64_t matter = json_get_int(c->input, "rate_matter"),
            handler = json_get_int(c->input, "rate_handler");

    (void)effect;
    if (asks_by_call(c) && !json_get_bool(c->input, "reached"))
        task_field_error(c->t, S("reached"), "没有联系上的，不能代为评价，请记“没有打通”");
    json_put_int(c->t, rated, "seq", c->seq);
    json_put_int(c->t, rated, "matter", matter);
    json_put_int(c->t, rated, "handler", handler);
    json_put_str(c->t, rated, "by", c->actor->kind == ACTOR_PARTY ? S("party") : S("staff"));
    change_set(c, "rated", rated);
    return OK;
}

/* The order whose rating an order is about: the one that opened it, or itself. */
static int64_t rated_order(const struct change *c)
{
    int64_t of = json_get_id(c->state, "of");

    return of ? of : c->order.id;
}

static enum err mark_contested(struct change *c, void *arg)
{
    (void)arg;
    change_set_int(c, "contested", c->seq);
    return OK;
}

enum err may_contest_rating(struct change *c)
{
    int64_t id = rated_order(c);
    struct json *state = c->state;
    struct order rated;
    enum err e = OK;

    if (id != c->order.id) {
        e = order_row(c->t, id, &rated);
        if (!e)
            e = json_parse(c->t, rated.state, &state);
        if (e)
            return e;
    }
    if (!rated_badly(state))
        return task_fail(c->t, ERR_CONFLICT, "没有差评，不用申诉");
    return OK;
}

enum err effect_contest_rating(struct change *c, const struct action_effect *effect)
{
    int64_t id = rated_order(c);

    (void)effect;
    if (id == c->order.id)
        return mark_contested(c, NULL);
    change_set_int(c, "contested", c->seq);
    return change_engine_event(c, id, "rating-contested", mark_contested, NULL);
}

static enum err mark_void(struct change *c, void *arg)
{
    const struct json *before = json_get(c->state, "rated");

    (void)arg;
    if (before) {
        struct json *rated = json_copy(c->t, before);

        json_put_bool(c->t, rated, "void", true);
        change_set(c, "rated", rated);
    }
    return OK;
}

/* It stands on record, the citizen has rated once; but nobody is judged by it (K18). */
enum err effect_void_rating(struct change *c, const struct action_effect *effect)
{
    int64_t id = rated_order(c);

    (void)effect;
    return id == c->order.id ? mark_void(c, NULL)
                             : change_engine_event(c, id, "rating-voided", mark_void, NULL);
}

enum err effect_emergency(struct change *c, const struct action_effect *effect)
{
    int duty = procedure_duty_index(c->procedure, S("answer-emergency"));

    (void)effect;
    change_set(c, "emergency", json_bool(c->t, true));
    if (duty < 0 || change_find_duty(c, S("answer-emergency")))
        return OK;
    return change_open_duty(c, duty, true, (struct limit){LIMIT_NONE, 0});
}

enum err effect_calm(struct change *c, const struct action_effect *effect)
{
    (void)effect;
    change_set(c, "emergency", json_bool(c->t, false));
    return change_close_duty(c, S("answer-emergency"), "done");
}

/* Not ours (K30, P8): the body, the reason and the remedies go into the paper and are counted. */
enum err effect_guide(struct change *c, const struct action_effect *effect)
{
    (void)effect;
    change_set_str(c, "guided_to", json_get_str(c->input, "body"));
    return OK;
}

enum err effect_reopen(struct change *c, const struct action_effect *effect)
{
    (void)effect;
    change_set_str(c, "status", S("open"));
    change_set_str(c, "outcome", S(""));
    change_set(c, "closed_at", NULL);
    change_set(c, "rated", NULL);
    change_set(c, "told", NULL);
    change_set(c, "tries", NULL);
    /* Limits run anew: what was received or accepted the first time starts none now. */
    change_set(c, "moments", NULL);
    change_set_int(c, "reopened", json_get_int(c->state, "reopened") + 1);
    return OK;
}
