/*
 * say.c - what the invented answers of a form would get wrong: grades, a duty that may be paused or
 * extended, another order, the department that handles it.
 */
#include "simulate/simulate_private.h"

static void say_grades(struct scene *s, struct json *say)
{
    static const char *const grades[] = {"5", "5", "5", "5", "4", "4", "4", "3", "2", "1"};
    int64_t most = dice_below(&s->dice, 1000) < 60 ? 10 : 8;

    json_put_str(s->t, say, "rate_matter", str_of(grades[dice_below(&s->dice, most)]));
    json_put_str(s->t, say, "rate_handler", str_of(grades[dice_below(&s->dice, most)]));
}

/* The last of the duties that the page offers. */
static void say_duty(struct scene *s, const struct actor *actor, const struct action_rule *rule,
                     struct json *say)
{
    struct act_choices choices;

    if (order_choices(s->t, actor, &s->order, rule->name, &choices))
        return;
    LIST_EACH (struct str, name, choices.duties) {
        const struct duty_rule *of =
            &s->procedure->duties[procedure_duty_index(s->procedure, *name)];

        json_put_str(s->t, say, "duty", *name);
        if (sim_has_effect(rule, EFFECT_PAUSE))
            json_put_str(s->t, say, "ground",
                         of->pause_grounds[dice_below(&s->dice, (int64_t)of->pause_ground_count)]);
        else
            json_put_str(s->t, say, "amount", of->extend_up_to.amount > 3 ? S("3") : S("1"));
    }
}

struct json *sim_say(struct sim *sim, struct sim_walker *w, struct scene *s,
                     const struct actor *actor, const struct action_rule *rule)
{
    struct json *say = json_object(s->t);

    if (sim_has_effect(rule, EFFECT_RATE))
        say_grades(s, say);
    if (sim_has_effect(rule, EFFECT_PAUSE) || sim_has_effect(rule, EFFECT_ASK_EXTENSION))
        say_duty(s, actor, rule, say);
    if (!sim_has_effect(rule, EFFECT_MERGE) && !sim_has_effect(rule, EFFECT_LINK))
        return say;
    /* Those that were worked on last; demo_fill() looks among them. */
    sim->demo.walker_count = 0;
    sim->demo.walkers = NEW(s->t, struct walker, SIM_RECENT);
    for (int i = 0; i < SIM_RECENT; i++)
        if (sim->head->recent[i] && sim->head->recent[i] != w->order)
            sim->demo.walkers[sim->demo.walker_count++] =
                (struct walker){.order = sim->head->recent[i],
                                .open = true,
                                .next = 1 + i,
                                .scenario = sim->demo_walker.scenario};
    return say;
}

/* False: a person sees before pressing the button that there is nothing to write. */
bool sim_sensible(struct sim *sim, struct scene *s, const struct action_rule *rule,
                  const struct json *input)
{
    sim->demo.walker_count = 0;
    if (sim_has_effect(rule, EFFECT_MERGE))
        return json_get_str(input, "into").len > 0;
    if (sim_has_effect(rule, EFFECT_LINK))
        return json_get_str(input, "other").len > 0;
    if (sim_has_effect(rule, EFFECT_MATERIALS))
        return json_get(input, "materials") != NULL;
    if (sim_has_effect(rule, EFFECT_PAUSE) || sim_has_effect(rule, EFFECT_ASK_EXTENSION))
        return json_get_str(s->say, "duty").len > 0;
    if (sim_has_effect(rule, EFFECT_ASSIGN))
        return json_get_str(input, "staff").len > 0;
    return true;
}

void sim_count_rating(struct sim *sim, const struct json *input)
{
    int64_t matter = json_get_int(input, "rate_matter"), of = json_get_int(input, "rate_handler");
    struct sim_figures *figures = &sim->head->figures;

    if (matter < 1 || matter > 5)
        return;
    figures->rated_matter[matter]++;
    if (of >= 1 && of <= 5)
        figures->rated_handler[of]++;
    sim_add(sim, COUNT_RATINGS, 1);
    sim_add(sim, COUNT_BAD_RATINGS, matter <= 2 || (of && of <= 2));
}

/* What one window took in for a department goes there. */
void sim_choose_department(struct sim *sim, struct scene *s, const struct action_rule *rule,
                           struct json *input)
{
    int64_t n = 0, wanted;

    if (!sim_has_effect(rule, EFFECT_TRANSFER) || s->order.unit != sim->demo.centre ||
        s->procedure->nature == NATURE_CONSULTATION || !json_get(input, "unit") ||
        str_is(rule->name, "hand-up") || str_is(rule->name, "route") || dice_percent(&s->dice, 15))
        return;
    LIST_EACH (struct unit, unit, sim->demo.units)
        n += str_is(unit->kind, "department");
    wanted = 1 + dice_below(&s->dice, n - 1); /* the first is the bureau: it does not handle */
    LIST_EACH (struct unit, unit, sim->demo.units) {
        if (str_is(unit->kind, "department") && wanted-- == 0)
            json_put_id(s->t, input, "unit", unit->id);
    }
}
