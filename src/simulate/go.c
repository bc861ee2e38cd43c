/*
 * go.c - one look at one order: it is somebody's turn, or nobody's yet.
 */
#include "simulate/simulate_private.h"

enum { LOOKS_MOST = 60, TROUBLES_MOST = 20 };

/* --- Trying -------------------------------------------------------------------------------------
 */

/* What is good is kept: a mistake is made in a copy. */
struct json *sim_copy(struct task *t, const struct json *json)
{
    struct json *copy;

    return json_parse(t, json_text(t, json), &copy) ? json_object(t) : copy;
}

static void tell_trouble(struct sim *sim, struct str what)
{
    const struct field_error *error = sim->st->field_errors;

    if (sim->trouble_lines.count < TROUBLES_MOST)
        *(struct str *)list_add(sim->t, &sim->trouble_lines, sizeof(struct str)) = str_format(
            sim->t, "%.*s: %.*s %.*s %.*s", STR_ARG(what), STR_ARG(sim->st->note),
            STR_ARG(error ? error->field : S("")), STR_ARG(error ? error->message : S("")));
}

/* A mistake on purpose: the form must say so.  Who may not do the thing at all is told that first,
 * and the right input after it will be refused likewise: that is counted there. */
void sim_tried_wrongly(struct sim *sim, struct str what, enum err e)
{
    sim_add(sim, e ? COUNT_BAD_INPUT : COUNT_SLIPPED, 1);
    if (!e)
        tell_trouble(sim, what);
    task_clear_error(sim->st);
}

static bool known_trouble(const struct sim *sim, int64_t who, int64_t turn)
{
    for (size_t i = 0; i < sim->trouble_count; i++)
        if (sim->troubles[i].who == who && sim->troubles[i].turn == turn)
            return true;
    return false;
}

/* What may have been written before it was refused must go: the slice is begun anew without it. */
static enum err refuse(struct sim *sim, int64_t who, int64_t turn, struct str what, enum err e)
{
    if (e != ERR_BAD_INPUT && e != ERR_CONFLICT && e != ERR_FORBIDDEN && e != ERR_NOT_FOUND)
        return e;
    if (sim->trouble_count == SIM_TROUBLES)
        return e;
    sim->troubles[sim->trouble_count++] = (struct sim_trouble){who, turn};
    sim->anew = true;
    tell_trouble(sim, what);
    return e;
}

enum err sim_try_create(struct sim *sim, struct sim_walker *w, const struct actor *actor,
                        const struct intake *intake, struct act_done *ret_done)
{
    if (known_trouble(sim, -w->arrival, 0)) {
        sim_add(sim, COUNT_UNEXPECTED, 1);
        return OK;
    }
    enum err e = order_create(sim->st, actor, intake, ret_done);

    if (e)
        return refuse(
            sim, -w->arrival, 0,
            str_format(sim->t, "register %.*s", STR_ARG(json_get_str(intake->input, "matter"))), e);
    sim_acted(sim);
    return OK;
}

static enum err try_act(struct sim *sim, struct sim_walker *w, const struct scene *s,
                        const struct actor *actor, const struct act *act, struct act_done *ret_done)
{
    if (known_trouble(sim, w->order, w->turn)) {
        sim_add(sim, COUNT_UNEXPECTED, 1);
        return OK;
    }
    enum err e = order_act(sim->st, actor, act, ret_done);

    if (e)
        return refuse(sim, w->order, w->turn,
                      str_format(sim->t, "%.*s/%.*s %.*s by %s", STR_ARG(s->procedure->code),
                                 STR_ARG(s->order.step), STR_ARG(act->action),
                                 actor->post ? actor->post->code : "party"),
                      e);
    sim_acted(sim);
    return OK;
}

/* --- One act ------------------------------------------------------------------------------------
 */

int64_t sim_takes(const struct action_rule *rule, struct dice *dice)
{
    enum { SECOND_MS = 1000 };

    if (sim_has_effect(rule, EFFECT_TAKE) || sim_has_effect(rule, EFFECT_ASSIGN))
        return 20 * SECOND_MS;
    if (str_is(rule->name, "session") || str_is(rule->name, "visit"))
        return (15 + dice_below(dice, 25)) * MINUTE_MS;
    if (sim_has_effect(rule, EFFECT_RESULT))
        return (60 + dice_below(dice, 180)) * SECOND_MS;
    return (30 + dice_below(dice, 120)) * SECOND_MS;
}

static void try_wrongly(struct sim *sim, struct scene *s, const struct actor *actor,
                        const struct action_rule *rule, const struct act *good)
{
    struct act bad = *good;
    struct act_done done = {0};
    struct json *input = sim_copy(s->t, good->input);
    const char *leave_out = NULL;

    for (const struct ask *ask = rule->form.asks; ask && ask->name; ask++)
        if (ask->required && json_get(input, ask->name) &&
            (!leave_out || dice_percent(&s->dice, 50)))
            leave_out = ask->name;
    if (!leave_out)
        return;
    json_put(s->t, input, str_of(leave_out), NULL);
    bad.input = input;
    bad.key = str_format(s->t, "%.*s-x", STR_ARG(good->key));
    sim_tried_wrongly(sim,
                      str_format(s->t, "%.*s/%.*s %.*s without %s", STR_ARG(s->procedure->code),
                                 STR_ARG(s->order.step), STR_ARG(rule->name), leave_out),
                      order_act(s->t, actor, &bad, &done));
}

static void remember(struct sim *sim, struct sim_walker *w, const struct scene *s,
                     const struct action_rule *rule, const struct json *input)
{
    if (sim_has_effect(rule, EFFECT_ONE_TIME_NOTICE)) {
        w->flags |= WALKER_NOTICED;
        w->flags &= (uint16_t)~WALKER_HANDED_IN;
    }
    if (sim_has_effect(rule, EFFECT_ATTACH) && rule->close_count) {
        w->flags |= WALKER_HANDED_IN;
        sim_add(sim, COUNT_SUPPLEMENTED, 1);
    }
    if (sim_has_effect(rule, EFFECT_MATERIALS))
        w->flags &= (uint16_t) ~(WALKER_MISSING | WALKER_PROMISED | WALKER_HANDED_IN);
    if (sim_has_effect(rule, EFFECT_CALL) && rule->to == TO_STAY && w->tries < 100)
        w->tries++;
    if (sim_has_effect(rule, EFFECT_RATE))
        w->flags |= WALKER_RATED;
    if (sim_has_effect(rule, EFFECT_RATE))
        sim_count_rating(sim, input);
    sim_add(sim, COUNT_TRANSFERS, sim_has_effect(rule, EFFECT_TRANSFER));
    sim_add(sim, COUNT_RETURNED, sim_has_effect(rule, EFFECT_RETURN_TRANSFER));
    sim_add(sim, COUNT_WITHDRAWN, str_is(rule->name, "withdraw"));
    sim_add(sim, COUNT_COMPLAINTS, str_is(rule->name, "complain"));
    if (str_is(s->order.status, "closed") && sim_has_effect(rule, EFFECT_REOPEN))
        sim_add(sim, COUNT_REOPENED, 1);
}

static enum err look_again(struct sim *sim, struct sim_walker *w, bool acted)
{
    struct order order;
    enum err e = sim_where(sim, w->order, &order);

    if (!e)
        sim_follow(sim, w, &order, acted);
    return e;
}

/* There was nothing to write in the form: something else in a while. */
static void think_again(struct sim *sim, struct sim_walker *w)
{
    w->turn++;
    w->next = demo_working_moment(&sim->demo, sim->st->now + 20 * MINUTE_MS);
    if (!(w->flags & WALKER_CLOSED))
        sim_push(sim, w);
}

/* Nothing to do for anybody today. */
static void wait_a_day(struct sim *sim, struct sim_walker *w, const struct scene *s)
{
    struct sim_figures *figures = &sim->head->figures;

    sim_add(sim, COUNT_REFUSED, 1);
    figures->refused[w->procedure]++;
    w->turn++;
    if (++w->looks < LOOKS_MOST) {
        w->next = demo_working_moment(&sim->demo,
                                      day_start(day_of(sim->st->now) + 1) + 9 * (int64_t)HOUR_MS);
        sim_push(sim, w);
        return;
    }
    int64_t n = figures->counts[COUNT_DEAD_ENDS]++;
    if (n < 8) {
        figures->dead_step[n] = procedure_step_index(s->procedure, s->order.step);
        figures->dead_procedure[n] = w->procedure;
        figures->dead_order[n] = w->order;
    }
}

enum err sim_act(struct sim *sim, struct sim_walker *w, struct scene *s)
{
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);
    const struct action_rule *rule = &step->actions[w->action];
    struct actor party = {.kind = ACTOR_PARTY,
                          .tenant = s->t->tenant,
                          .name = S("当事人"),
                          .order = s->order.id,
                          .order_party = 1};
    const struct actor *actor = w->actor < 0 ? &party : sim_actor(sim, w->actor);
    struct act_done done = {0};
    struct json *input;

    s->action = rule->name;
    s->target = rule->to >= 0 ? rule->to : -1;
    s->say = sim_say(sim, w, s, actor, rule);
    enum err e = demo_fill(s, &rule->form, actor, &input);
    if (e)
        return e;
    if (!sim_sensible(sim, s, rule, input)) {
        think_again(sim, w);
        return OK;
    }
    sim_choose_department(sim, s, rule, input);
    struct act act = {.order = s->order.id,
                      .action = rule->name,
                      .input = input,
                      .key = str_format(s->t, "s%lld-%u", (long long)w->order, w->turn)};
    if (sim_has_effect(rule, EFFECT_ATTACH))
        *(struct file_in *)list_add(s->t, &act.files, sizeof(struct file_in)) = sim->page;
    if (dice_below(&s->dice, 1000) <
        (w->actor < 0 ? sim->habits.mistake_party : sim->habits.mistake_staff))
        try_wrongly(sim, s, actor, rule, &act);
    e = try_act(sim, w, s, actor, &act, &done);
    if (e)
        return e;
    if (!done.order) {
        wait_a_day(sim, w, s);
        return OK;
    }
    w->looks = 0;
    sim_digest(sim, w->order, s->t->now * 512 + w->actor, rule->name);
    if (w->actor >= 0) {
        sim_contact(sim, w);
        sim->head->figures.staff_acts[sim->actor_staff[w->actor]]++;
    }
    sim->head->figures.unit_acts[w->unit]++;
    remember(sim, w, s, rule, input);
    if (sim_has_effect(rule, EFFECT_SUSPEND_STAFF) || sim_has_effect(rule, EFFECT_REMOVE_STAFF) ||
        sim_has_effect(rule, EFFECT_RESUME_STAFF))
        e = sim_read_suspended(sim);
    if (!e)
        e = look_again(sim, w, true);
    return e ? e : sim_follow_made(sim, &done);
}

/* --- Whose turn it is ---------------------------------------------------------------------------
 */

/* The step waits for the citizen.  False: there is nothing they could hand in. */
static bool party_turn(struct sim *sim, struct sim_walker *w, struct scene *s)
{
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);
    struct dice dice = dice_of(sim->options->seed, w->order, 33);

    if (!step->citizen_must.len || w->flags & WALKER_HANDED_IN)
        return false;
    for (size_t i = 0; i < step->action_count; i++) {
        const struct action_rule *rule = &step->actions[i];

        if (!sim_has_effect(rule, EFFECT_ATTACH) || !rule->close_count)
            continue;
        w->action = (int8_t)i;
        w->actor = -1;
        if (dice_below(&dice, 1000) >= sim->habits.never || w->looks)
            return true;
        /* Never: the timer does what the procedure says; who waits looks again after it. */
        int64_t due = s->order.due_legal_at > s->t->now ? s->order.due_legal_at : s->t->now;

        sim_add(sim, COUNT_NEVER, 1);
        w->looks++;
        w->next = due + 20 * DAY_MS;
        w->action = -1;
        return true;
    }
    return false;
}

/* Without a condition or a guard there is nothing to look up. */
static bool unconditional(const struct scene *s, const struct action_rule *rule)
{
    return !action_guarded(rule) && str_find(s->order.state, S("\"recused\"")) == SIZE_MAX;
}

bool sim_may_now(struct sim *sim, struct sim_walker *w, struct scene *s)
{
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);
    struct actor party = {
        .kind = ACTOR_PARTY, .tenant = s->t->tenant, .order = s->order.id, .order_party = 1};
    bool may = false;

    if (w->actor >= 0 && (!sim_works(sim, w->actor) || !sim_reads(s, sim_actor(sim, w->actor))))
        return false;
    if (unconditional(s, &step->actions[w->action]))
        return true;
    return !order_may(s->t, w->actor < 0 ? &party : sim_actor(sim, w->actor), &s->order,
                      step->actions[w->action].name, &may) &&
           may;
}

static enum err act_or_else(struct sim *sim, struct sim_walker *w, struct scene *s)
{
    if (!sim_may_now(sim, w, s) && !sim_choose_other(sim, w, s)) {
        wait_a_day(sim, w, s);
        return OK;
    }
    return sim_act(sim, w, s);
}

static enum err open_order(struct sim *sim, struct sim_walker *w, struct scene *s)
{
    const struct step_rule *step = procedure_step(s->procedure, s->order.step);

    if (w->flags & WALKER_CHOSEN) {
        w->flags &= (uint16_t)~WALKER_CHOSEN;
        return act_or_else(sim, w, s);
    }
    if (party_turn(sim, w, s)) {
        if (w->action >= 0)
            return act_or_else(sim, w, s);
        sim_push(sim, w);
        return OK;
    }
    if (!sim_choose(sim, w, s)) {
        wait_a_day(sim, w, s);
        return OK;
    }
    if (w->actor < 0)
        return act_or_else(sim, w, s);
    int64_t ms = sim_takes(&step->actions[w->action], &s->dice);
    int64_t begins = sim_reserve(sim, sim->actor_staff[w->actor], w->next, ms);
    if (begins <= s->t->now)
        return act_or_else(sim, w, s);
    w->next = begins;
    w->flags |= WALKER_CHOSEN;
    sim_push(sim, w);
    return OK;
}

enum err sim_go(struct sim *sim, struct sim_walker *w)
{
    struct actor system = system_actor;
    struct scene s = {
        .d = &sim->demo, .t = sim->st, .w = &sim->demo_walker, .dice = sim_dice(sim, w, 11)};

    system.tenant = sim->st->tenant;
    enum err e = order_load(sim->st, &system, w->order, &s.order);
    if (!e)
        e = order_procedure(sim->st, &s.order, &s.procedure);
    if (e)
        return e;
    int step = procedure_step_index(s.procedure, s.order.step);
    bool open = str_is(s.order.status, "open");

    if (step != w->step || open == ((w->flags & WALKER_CLOSED) != 0)) {
        /* A timer or another order moved it meanwhile. */
        sim_follow(sim, w, &s.order, false);
        return OK;
    }
    return open ? open_order(sim, w, &s) : sim_after(sim, w, &s);
}
