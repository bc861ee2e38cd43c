/*
 * follow.c - after an act: where the order stands now, when somebody comes back to it, and what may
 * come after its end.
 */
#include "simulate/simulate_private.h"
#include "simulate_sql.h"
#include "store/store.h"

void sim_acted(struct sim *sim)
{
    sim_add(sim, COUNT_ACTS, 1);
    sim->slice_acts++;
    sim_fault_point(sim, 0);
}

void sim_contact(struct sim *sim, struct sim_walker *w)
{
    struct sim_figures *figures = &sim->head->figures;
    int64_t waited = sim->st->now - w->arrived;

    if (w->flags & WALKER_CONTACTED)
        return;
    w->flags |= WALKER_CONTACTED;
    sim_wait(&figures->first[w->procedure], waited);
    sim_wait(&figures->unit_first[w->unit], waited);
    sim_wait(&figures->channel_first[w->channel], waited);
}

static void closed_now(struct sim *sim, struct sim_walker *w)
{
    struct sim_figures *figures = &sim->head->figures;
    bool late = w->due && sim->st->now > w->due;

    w->flags |= WALKER_CLOSED;
    sim_add(sim, COUNT_CLOSED, 1);
    sim_wait(&figures->closed[w->procedure], sim->st->now - w->arrived);
    sim_wait(&figures->unit_closed[w->unit], sim->st->now - w->arrived);
    figures->procedure_late[w->procedure] += late;
    figures->unit_late[w->unit] += late;
}

/* --- When ---------------------------------------------------------------------------------------
 */

static bool at_once(const struct sim_walker *w)
{
    return w->channel == CHANNEL_WINDOW || w->channel == CHANNEL_HOTLINE ||
           w->channel == CHANNEL_PHONE || w->channel == CHANNEL_GRID;
}

/* Within what is left of the limit, seldom behind it. */
static int64_t within_limit(struct sim *sim, const struct sim_walker *w, struct dice *dice)
{
    int64_t now = sim->st->now, left = w->due - now;

    if (!w->due)
        return now + (6 * 60 + dice_below(dice, (int64_t)4 * 24 * 60)) * MINUTE_MS;
    if (left <= 0)
        return now + (10 + dice_below(dice, 170)) * MINUTE_MS;
    if (dice_below(dice, 1000) < sim->habits.late)
        return w->due + (2 + dice_below(dice, 70)) * (int64_t)HOUR_MS;
    if (left < 20 * (int64_t)HOUR_MS)
        return now + (5 + dice_below(dice, 45)) * MINUTE_MS;
    if (left > 12 * DAY_MS)
        left = 12 * DAY_MS;
    return now + left / 100 * (3 + dice_below(dice, 50));
}

static int64_t next_moment(struct sim *sim, struct sim_walker *w, const struct step_rule *step,
                           bool advice, bool moved)
{
    struct dice dice = sim_dice(sim, w, 12);
    int64_t now = sim->st->now;

    if (step->citizen_must.len && !(w->flags & WALKER_HANDED_IN))
        return day_start(day_of(now) + 1 + (int32_t)dice_below(&dice, 13)) +
               (8 * 60 + dice_below(&dice, 13 * 60)) * MINUTE_MS;
    if (advice && step->desk_count && w->turn <= 2 && !(w->flags & WALKER_CLOSED))
        return now +
               (at_once(w) ? 1 + dice_below(&dice, 4) : 5 + dice_below(&dice, 120)) * MINUTE_MS;
    if (w->tries && !moved) /* nobody answered the telephone: another day */
        return day_start(day_of(now) + 1) + (9 * 60 + dice_below(&dice, 7 * 60)) * MINUTE_MS;
    if (!moved)
        return now + (4 + dice_below(&dice, 90)) * MINUTE_MS;
    return within_limit(sim, w, &dice);
}

/* --- After the end ------------------------------------------------------------------------------
 */

static const struct action_rule *after_rule(const struct step_rule *step, const char *name)
{
    return step_action(step, str_of(name));
}

/* What a citizen does when it is over, if anything; NULL: nothing. */
static const char *afterwards(struct sim *sim, struct sim_walker *w, const struct step_rule *step)
{
    struct dice dice = dice_of(sim->options->seed, w->order, 44 + w->turn);
    bool late = w->due && sim->st->now > w->due;
    int64_t what = dice_below(&dice, 1000), complain = sim->habits.complain * (late ? 6 : 1);

    if ((what -= complain) < 0)
        return after_rule(step, "complain") ? "complain" : NULL;
    if ((what -= sim->habits.ask_again) < 0 && after_rule(step, "ask-again"))
        return "ask-again";
    if (what < sim->habits.object && after_rule(step, "object"))
        return "object";
    if (what < 2 && after_rule(step, "reopen"))
        return "reopen";
    if ((what -= sim->habits.rate) < 0 && !(w->flags & WALKER_RATED) &&
        after_rule(step, "rate-later"))
        return "rate-later";
    return NULL;
}

static void plan_after(struct sim *sim, struct sim_walker *w, const struct step_rule *step)
{
    struct dice dice = sim_dice(sim, w, 13);

    if (w->flags & WALKER_AFTER || !afterwards(sim, w, step))
        return;
    w->flags |= WALKER_AFTER;
    w->next = day_start(day_of(sim->st->now) + 1 + (int32_t)dice_below(&dice, 7)) +
              (8 * 60 + dice_below(&dice, 13 * 60)) * MINUTE_MS;
    sim_push(sim, w);
}

enum err sim_after(struct sim *sim, struct sim_walker *w, struct scene *s)
{
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);
    const char *what = afterwards(sim, w, step);
    const struct action_rule *rule = what ? after_rule(step, what) : NULL;

    if (!rule || (!s->order.party_count && !str_is(rule->name, "reopen")))
        return OK;
    w->action = (int8_t)(rule - step->actions);
    w->actor = -1;
    if (str_is(rule->name, "reopen")) {
        w->actor = (int16_t)sim_choose_actor(sim, w, s, rule, &s->dice);
        if (w->actor < 0)
            return OK;
    }
    if (!sim_may_now(sim, w, s))
        return OK;
    return sim_act(sim, w, s);
}

/* --- Where it stands ----------------------------------------------------------------------------
 */

static const struct shape where_shape = {
    .name = "SimulatedOrder",
    .size = sizeof(struct order),
    .fields =
        (const struct field[]){
            FIELD(struct order, unit, F_ID, NULL),
            FIELD(struct order, procedure_code, F_STR, NULL),
            FIELD(struct order, step, F_STR, NULL),
            FIELD(struct order, status, F_STR, NULL),
            FIELD(struct order, due_legal_at, F_MOMENT, NULL),
            FIELD(struct order, due_flags, F_INT, NULL),
            {0},
        },
};

enum err sim_where(struct sim *sim, int64_t id, struct order *ret_order)
{
    *ret_order = (struct order){0};
    return store_one(sim->st, &q_simulate_order,
                     ARGS(INT("tenant", sim->st->tenant), INT("id", id)), &where_shape, ret_order);
}

void sim_follow(struct sim *sim, struct sim_walker *w, const struct order *order, bool acted)
{
    const struct procedure *procedure = sim_procedure(sim, w->procedure);
    int step = procedure_step_index(procedure, order->step);
    bool open = str_is(order->status, "open"), moved = step != w->step || !acted;

    w->turn++;
    w->flags &= (uint16_t)~WALKER_CHOSEN;
    if (moved) {
        w->tries = 0;
        w->looks = 0;
        if (step >= 0 && step < SIM_STEPS)
            sim->head->figures.visits[w->procedure][step]++;
    }
    w->step = (int8_t)step;
    if (w->unit < 0 || sim_unit(sim, w->unit)->id != order->unit)
        w->unit = (int16_t)sim_unit_index(sim, order->unit);
    const struct step_rule *rule = &procedure->steps[step < 0 ? 0 : step];
    if (!open) {
        if (!(w->flags & WALKER_CLOSED))
            closed_now(sim, w);
        plan_after(sim, w, rule);
        return;
    }
    if (w->flags & WALKER_CLOSED)
        w->flags &= (uint16_t) ~(WALKER_CLOSED | WALKER_AFTER);
    w->due = order->due_flags & (DUE_PROVISIONAL | DUE_PAUSED) ? 0 : order->due_legal_at;
    bool party = rule->citizen_must.len && !(w->flags & WALKER_HANDED_IN);
    int64_t next = next_moment(sim, w, rule, procedure->nature == NATURE_CONSULTATION, moved);
    w->next = party ? next : demo_working_moment(&sim->demo, next);
    if (w->next <= sim->st->now)
        w->next = sim->st->now + MINUTE_MS;
    sim->head->recent[(uint64_t)w->turn % SIM_RECENT] = w->order;
    sim_push(sim, w);
}

enum err sim_follow_made(struct sim *sim, const struct act_done *done)
{
    LIST_EACH (int64_t, made, done->made) {
        struct sim_walker w = {.order = *made,
                               .arrived = sim->st->now,
                               .step = -1,
                               .unit = -1,
                               .actor = -1,
                               .channel = CHANNEL_WINDOW};
        struct order order;
        enum err e = sim_where(sim, *made, &order);

        if (e)
            return e;
        w.procedure = (int16_t)sim_procedure_index(sim, order.procedure_code);
        sim_add(sim, COUNT_MADE, 1);
        w.unit = (int16_t)sim_unit_index(sim, order.unit);
        sim_follow(sim, &w, &order, true);
    }
    return OK;
}
