/*
 * choose.c - what is done next on an order, and by whom.
 *
 * People do what is usual, and sometimes what is not; they look at the page first, which shows only
 * what may be done now (order_actions()).
 */
#include "simulate/simulate_private.h"

enum { OWED_WEIGHT = 1500, TRIED_MOST = 10 };

bool sim_has_effect(const struct action_rule *rule, enum effect effect)
{
    for (size_t i = 0; i < rule->effect_count; i++)
        if (rule->effects[i].effect == effect)
            return true;
    return false;
}

static bool asks_for(const struct action_rule *rule, enum condition condition)
{
    for (size_t i = 0; i < rule->when_count; i++)
        if (rule->when[i] == condition)
            return true;
    return false;
}

static bool closes(const struct scene *s, const struct action_rule *rule, struct str duty)
{
    for (size_t i = 0; i < rule->close_count; i++)
        if (str_eq(s->procedure->duties[rule->closes[i]].name, duty))
            return true;
    return false;
}

static bool by_party(const struct action_rule *rule)
{
    for (size_t i = 0; i < rule->by_count; i++)
        if (rule->by[i] == ACTING_PARTY)
            return true;
    return false;
}

static bool owed_beyond_step(const struct scene *s, const struct step_rule *step)
{
    for (size_t i = 0; i < step->owe_count; i++)
        if (str_eq(s->procedure->duties[step->owes[i]].name, s->order.due_duty))
            return false;
    return s->order.due_duty.len > 0;
}

/* How likely the action is here and now, before anybody has looked whether it may be done. */
static int64_t weight_of(const struct sim *sim, const struct sim_walker *w, const struct scene *s,
                         const struct step_rule *step, size_t i)
{
    const struct action_rule *rule = &step->actions[i];
    int64_t weight = sim->habits.weight[w->procedure][w->step][i];
    bool missing = w->flags & WALKER_MISSING;

    /* The first day people sort out what is urgent; what somebody asked for is decided. */
    if (s->order.due_duty.len && closes(s, rule, s->order.due_duty) && owed_beyond_step(s, step) &&
        !by_party(rule))
        weight += OWED_WEIGHT;
    if (asks_for(rule, COND_MATERIALS_MISSING) && !missing)
        return 0;
    if ((asks_for(rule, COND_MATERIALS_COMPLETE) || asks_for(rule, COND_MATERIALS_IN)) && missing)
        return 0;
    if (asks_for(rule, COND_NOTICE_NOT_SENT) && w->flags & WALKER_NOTICED)
        return 0;
    if (rule->tries > w->tries)
        return 0;
    if (sim_has_effect(rule, EFFECT_MATERIALS) && missing && w->flags & WALKER_HANDED_IN)
        return 3000;
    if (sim_has_effect(rule, EFFECT_MATERIALS) && !(w->flags & (WALKER_MISSING | WALKER_PROMISED)))
        return 0;
    if (sim_has_effect(rule, EFFECT_RATE) && w->flags & WALKER_RATED && by_party(rule))
        return 0;
    if (sim_has_effect(rule, EFFECT_TAKE) && s->order.owner && rule->to == TO_STAY)
        return 0;
    if (sim_has_effect(rule, EFFECT_RECUSE) && !s->order.owner)
        return 0;
    if (sim_has_effect(rule, EFFECT_CHANGE_PHONE) && !s->order.party_count)
        return 0;
    if (sim_has_effect(rule, EFFECT_REOPEN))
        return 0;
    return weight;
}

/* --- Who ----------------------------------------------------------------------------------------
 */

static bool given_to(const struct scene *s, const struct action_rule *rule,
                     const struct step_rule *step, const struct actor *actor)
{
    if (s->order.owner == actor->staff) {
        for (size_t i = 0; i < rule->by_count; i++)
            if (rule->by[i] == ACTING_OWNER || rule->by[i] == ACTING_STAFF)
                return true;
    }
    for (size_t i = 0; i < rule->by_count; i++) {
        if (rule->by[i] == ACTING_POST && str_is(rule->by_post[i], actor->post->code))
            return true;
        if (rule->by[i] != ACTING_STAFF || s->order.owner)
            continue;
        for (size_t d = 0; d < step->desk_count; d++)
            if (str_is(step->desk[d], actor->post->code))
                return true;
    }
    return false;
}

/* Some procedures are not for everybody's eyes. */
bool sim_reads(const struct scene *s, const struct actor *actor)
{
    for (size_t i = 0; i < s->procedure->reader_count; i++)
        if (str_is(s->procedure->readers[i], actor->post->code))
            return true;
    return !s->procedure->reader_count;
}

/* How well it suits: the owner, somebody of the unit, whoever stands nearest above; then who is
 * free first. */
static int64_t value_of(struct sim *sim, const struct sim_walker *w, const struct scene *s, int i,
                        struct dice *dice)
{
    const struct actor *actor = sim_actor(sim, i);
    int64_t free_at = sim->head->free_at[sim->actor_staff[i]];
    int64_t wait = (free_at > w->next ? free_at - w->next : 0) / MINUTE_MS;
    int64_t value = (int64_t)actor->unit_path.len * 4000000 - wait * 8 + dice_below(dice, 8);

    /* Heads do what only heads may do, where there is somebody else. */
    if (str_is(str_of(actor->post->code), "head"))
        value -= INT64_C(1) << 32;
    if (s->order.owner == actor->staff)
        value += INT64_C(1) << 40;
    return actor->unit == s->order.unit ? value + (INT64_C(1) << 36) : value;
}

int sim_choose_actor(struct sim *sim, struct sim_walker *w, const struct scene *s,
                     const struct action_rule *rule, struct dice *dice)
{
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);
    int64_t best_value = INT64_MIN;
    int best = -1;

    /* First those of the house, then everybody: there are few of the one, many of the other. */
    for (int round = 0; round < 2 && best < 0; round++)
        for (int i = 0; i < (int)sim_actor_count(sim); i++) {
            const struct actor *actor = sim_actor(sim, i);
            bool here = actor->unit == s->order.unit || actor->staff == s->order.owner;

            if (here != (round == 0) || !sim_works(sim, i) || !given_to(s, rule, step, actor) ||
                !sim_reads(s, actor) ||
                !actor_reaches(actor, s->order.unit_path, s->order.owner, s->order.registrar))
                continue;
            int64_t value = value_of(sim, w, s, i, dice);

            if (value > best_value) {
                best = i;
                best_value = value;
            }
        }
    return best;
}

/* --- What the page shows ------------------------------------------------------------------------
 */

static bool allowed(const struct list *views, struct str action)
{
    LIST_EACH (const struct action_view, view, *views) {
        if (str_eq(view->name, action))
            return view->allowed;
    }
    return false;
}

/* One of those that this person may do now, by weight; -1: none. */
static int choose_allowed(struct sim *sim, struct sim_walker *w, struct scene *s,
                          const struct actor *actor)
{
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);
    struct list views;
    int64_t weights[SIM_ACTIONS], left = 0;

    if (!sim_reads(s, actor) || order_actions(s->t, actor, &s->order, &views))
        return -1;
    for (size_t i = 0; i < step->action_count; i++) {
        weights[i] = sim->habits.weight[w->procedure][w->step][i];
        if (closes(s, &step->actions[i], s->order.due_duty))
            weights[i] += OWED_WEIGHT;
        if (sim_has_effect(&step->actions[i], EFFECT_MATERIALS))
            weights[i] += 500;
        if (!allowed(&views, step->actions[i].name) ||
            (sim_has_effect(&step->actions[i], EFFECT_MATERIALS) &&
             !(w->flags & (WALKER_MISSING | WALKER_PROMISED))) ||
            sim_has_effect(&step->actions[i], EFFECT_REOPEN) ||
            (step->actions[i].to == TO_STAY && weights[i] < 100 &&
             !sim_has_effect(&step->actions[i], EFFECT_MATERIALS) &&
             !sim_has_effect(&step->actions[i], EFFECT_CALL)))
            weights[i] = 0;
        left += weights[i];
    }
    left = dice_below(&s->dice, left);
    for (size_t i = 0; i < step->action_count; i++)
        if (weights[i] && (left -= weights[i]) < 0)
            return (int)i;
    return -1;
}

/* What was wanted is not to be done now: whatever else somebody here may do. */
static bool choose_anything(struct sim *sim, struct sim_walker *w, struct scene *s)
{
    int tried = 0;
    int64_t near[2] = {s->order.unit, 0};

    for (int round = 0; round < 2; round++)
        for (int i = 0; i < (int)sim_actor_count(sim) && tried < TRIED_MOST; i++) {
            const struct actor *actor = sim_actor(sim, i);
            bool owner = actor->staff == s->order.owner;

            if (owner != (round == 0) || !sim_works(sim, i) || (!owner && actor->unit != near[0]) ||
                !actor_reaches(actor, s->order.unit_path, s->order.owner, s->order.registrar))
                continue;
            if (round && i && sim_actor(sim, i - 1)->post == actor->post &&
                sim_actor(sim, i - 1)->unit == actor->unit)
                continue; /* one of each post is enough */
            tried++;
            int action = choose_allowed(sim, w, s, actor);

            if (action >= 0) {
                w->action = (int8_t)action;
                w->actor = (int16_t)i;
                return true;
            }
        }
    return false;
}

/* Somebody who stands above: the head, the bureau, whoever is asked about themselves. */
static bool choose_beyond(struct sim *sim, struct sim_walker *w, struct scene *s)
{
    const struct json *person = NULL;
    struct json *state;

    if (!json_parse(s->t, s->order.state, &state))
        person = json_get(state, "person");
    int64_t id = json_as_int(person);
    for (int i = 0; i < (int)sim_actor_count(sim); i++) {
        const struct actor *actor = sim_actor(sim, i);
        bool senior = str_is(str_of(actor->post->code), "head") ||
                      str_is(str_of(actor->post->code), "bureau") ||
                      str_is(str_of(actor->post->code), "caller");

        if (!sim_works(sim, i) || (actor->staff != id && !(senior && actor->unit != s->order.unit)))
            continue;
        if (!actor_reaches(actor, s->order.unit_path, s->order.owner, s->order.registrar))
            continue;
        int action = choose_allowed(sim, w, s, actor);

        if (action >= 0) {
            w->action = (int8_t)action;
            w->actor = (int16_t)i;
            return true;
        }
    }
    return false;
}

static int choose_action(struct sim *sim, struct sim_walker *w, struct scene *s)
{
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);
    int64_t weights[SIM_ACTIONS], left = 0;

    for (size_t i = 0; i < step->action_count; i++) {
        weights[i] = weight_of(sim, w, s, step, i);
        left += weights[i];
    }
    left = dice_below(&s->dice, left);
    for (size_t i = 0; i < step->action_count; i++)
        if (weights[i] && (left -= weights[i]) < 0)
            return (int)i;
    return -1;
}

/* Before they act on what lies in a queue, people often put it on their own list. */
static void take_first(struct sim *sim, struct sim_walker *w, struct scene *s,
                       const struct step_rule *step)
{
    const struct action_rule *rule = &step->actions[w->action];

    (void)sim;
    if (s->order.owner || w->actor < 0 || s->procedure->nature == NATURE_CONSULTATION ||
        rule->to == TO_STAY || sim_has_effect(rule, EFFECT_TAKE) ||
        sim_has_effect(rule, EFFECT_TRANSFER) || dice_percent(&s->dice, 45))
        return;
    for (size_t i = 0; i < step->action_count; i++)
        if (sim_has_effect(&step->actions[i], EFFECT_TAKE) && step->actions[i].to == TO_STAY)
            for (size_t d = 0; d < step->desk_count; d++)
                if (str_is(step->desk[d], sim_actor(sim, w->actor)->post->code))
                    w->action = (int8_t)i;
}

bool sim_choose(struct sim *sim, struct sim_walker *w, struct scene *s)
{
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);
    int action = choose_action(sim, w, s);

    if (action >= 0) {
        const struct action_rule *rule = &step->actions[action];
        bool party = by_party(rule) && s->order.party_count > 0 && dice_percent(&s->dice, 60);

        w->action = (int8_t)action;
        w->actor = -1;
        if (party)
            return true;
        w->actor = (int16_t)sim_choose_actor(sim, w, s, rule, &s->dice);
        if (w->actor >= 0) {
            take_first(sim, w, s, step);
            return true;
        }
    }
    return choose_anything(sim, w, s) || choose_beyond(sim, w, s);
}

bool sim_choose_other(struct sim *sim, struct sim_walker *w, struct scene *s)
{
    return choose_anything(sim, w, s) || choose_beyond(sim, w, s);
}
