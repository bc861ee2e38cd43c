#include <string.h>

#include "core/task.h"
#include "modules/catalog/procedure_private.h"

/*
 * A procedure as a graph.  Steps are nodes; an action leads from every step that has it to the
 * steps it names.  `back` leads to every step from which the detour can be entered.
 */
struct graph {
    struct reader *r;
    const struct procedure *p;
    size_t n;
    bool *edge; /* n * n: one action leads there */
    bool *way;  /* n * n: some actions lead there, or it is the same step */
};

static bool *at(bool *matrix, size_t n, size_t from, size_t to)
{
    return &matrix[from * n + to];
}

static void add_edge(struct graph *g, size_t from, int to)
{
    if (to >= 0)
        *at(g->edge, g->n, from, (size_t)to) = true;
}

static bool leads_back(const struct action_rule *action)
{
    bool back = action->to == TO_BACK;

    for (size_t i = 0; i < action->to_case_count; i++)
        back = back || action->to_cases[i].step == TO_BACK;
    return back;
}

static void close_ways(struct graph *g)
{
    memcpy(g->way, g->edge, g->n * g->n);
    for (size_t i = 0; i < g->n; i++)
        *at(g->way, g->n, i, i) = true;
    for (size_t k = 0; k < g->n; k++)
        for (size_t i = 0; i < g->n; i++)
            if (*at(g->way, g->n, i, k))
                for (size_t j = 0; j < g->n; j++)
                    if (*at(g->way, g->n, k, j))
                        *at(g->way, g->n, i, j) = true;
}

static struct graph make_graph(struct reader *r)
{
    const struct procedure *p = r->p;
    struct graph g = {.r = r, .p = p, .n = p->step_count};

    g.edge = NEW(r->t, bool, g.n *g.n);
    g.way = NEW(r->t, bool, g.n *g.n);
    for (size_t s = 0; s < g.n; s++)
        for (size_t a = 0; a < p->steps[s].action_count; a++) {
            const struct action_rule *action = &p->steps[s].actions[a];
            add_edge(&g, s, action->to);
            for (size_t c = 0; c < action->to_case_count; c++)
                add_edge(&g, s, action->to_cases[c].step);
        }
    for (size_t s = 0; s < g.n; s++)
        for (size_t a = 0; a < p->steps[s].action_count; a++)
            if (leads_back(&p->steps[s].actions[a]))
                for (size_t from = 0; from < g.n; from++)
                    if (from != s && *at(g.edge, g.n, from, s) && !p->steps[from].end)
                        *at(g.edge, g.n, s, from) = true;
    close_ways(&g);
    return g;
}

static bool step_owes(const struct step_rule *step, size_t duty)
{
    for (size_t i = 0; i < step->owe_count; i++)
        if ((size_t)step->owes[i] == duty)
            return true;
    return false;
}

static bool step_holds(const struct step_rule *step, size_t duty)
{
    for (size_t i = 0; i < step->pause_count; i++)
        if ((size_t)step->pauses[i].duty == duty)
            return true;
    return step->keeps || step_owes(step, duty);
}

bool has_effect(const struct action_rule *action, enum effect effect)
{
    for (size_t i = 0; i < action->effect_count; i++)
        if (action->effects[i].effect == effect)
            return true;
    return false;
}

static bool names_duty(const int *duties, size_t count, size_t duty)
{
    for (size_t i = 0; i < count; i++)
        if ((size_t)duties[i] == duty)
            return true;
    return false;
}

static bool opens_duty(const struct procedure *p, const struct action_rule *action, size_t duty)
{
    for (size_t i = 0; i < action->effect_count; i++)
        if (effect_duty[action->effects[i].effect] &&
            str_is(p->duties[duty].name, effect_duty[action->effects[i].effect]))
            return true;
    return names_duty(action->opens, action->open_count, duty);
}

/* The node of an action, for its line: the step's own, else the shared one. */
const struct node *action_node(struct reader *r, size_t step, struct str name)
{
    const struct node *own = node_find(node_get(r->step_nodes[step], "actions"), name);

    if (own)
        return own;
    own = node_find(node_get(r->root, "actions"), name);
    return own ? own : r->step_nodes[step];
}

const struct node *member_or(const struct node *map, const char *key)
{
    const struct node *child = node_get(map, key);

    return child ? child : map;
}

/* --- Steps ----------------------------------------------------------------------------------- */

static void check_step_reached(struct graph *g, size_t s)
{
    struct reader *r = g->r;
    const struct step_rule *step = &g->p->steps[s];
    bool ends = step->end;

    if (!*at(g->way, g->n, 0, s))
        node_fault(r->t, r->faults, r->step_nodes[s], "走不到环节“%.*s”", STR_ARG(step->name));
    for (size_t to = 0; to < g->n; to++)
        ends = ends || (g->p->steps[to].end && *at(g->way, g->n, s, to));
    if (!ends)
        node_fault(r->t, r->faults, r->step_nodes[s], "环节“%.*s”离不开：没有操作能走到结束",
                   STR_ARG(step->name));
}

static void check_step_stage(struct graph *g, size_t s)
{
    struct reader *r = g->r;
    const struct step_rule *step = &g->p->steps[s];
    bool known = !step->stage.len;

    for (size_t i = 0; i < g->p->stage_count; i++)
        known = known || str_eq(g->p->stages[i], step->stage);
    if (!known)
        node_fault(r->t, r->faults, member_or(r->step_nodes[s], "stage"), "stages 里没有“%.*s”",
                   STR_ARG(step->stage));
}

static bool by_system(const struct action_rule *action)
{
    for (size_t i = 0; i < action->by_count; i++)
        if (action->by[i] == ACTING_SYSTEM)
            return true;
    return false;
}

static void check_joined(struct graph *g, size_t s)
{
    struct reader *r = g->r;
    const struct step_rule *step = &g->p->steps[s];
    const struct action_rule *action = step_action(step, step->joined);

    if (!step->joined.len)
        return;
    if (!action)
        node_fault(r->t, r->faults, member_or(r->step_nodes[s], "joined"), "环节里没有操作“%.*s”",
                   STR_ARG(step->joined));
    else if (!by_system(action))
        node_fault(r->t, r->faults, member_or(r->step_nodes[s], "joined"),
                   "操作“%.*s”由系统来做，by 里要有 system", STR_ARG(step->joined));
}

static void check_end(struct graph *g, size_t s)
{
    struct reader *r = g->r;
    const struct step_rule *step = &g->p->steps[s];

    if (step->owe_count || step->pause_count || step->keeps || step->joined.len)
        node_fault(r->t, r->faults, r->step_nodes[s], "结束的环节“%.*s”不能有时限义务",
                   STR_ARG(step->name));
    for (size_t a = 0; a < step->action_count; a++) {
        const struct action_rule *action = &step->actions[a];
        const struct node *node = action_node(r, s, action->name);
        bool leads_on = action->to != TO_STAY || action->to_case_count;
        if (leads_on != has_effect(action, EFFECT_REOPEN))
            node_fault(r->t, r->faults, node,
                       "操作“%.*s”：结束之后再往下走，要有效果 reopen，也只有这时才能有",
                       STR_ARG(action->name));
        for (size_t d = 0; d < g->p->duty_count && !leads_on; d++)
            if (opens_duty(g->p, action, d))
                node_fault(r->t, r->faults, node, "操作“%.*s”在结束的环节里不能开启时限义务",
                           STR_ARG(action->name));
    }
}

static void check_step(struct graph *g, size_t s)
{
    struct reader *r = g->r;
    const struct step_rule *step = &g->p->steps[s];

    check_step_reached(g, s);
    check_step_stage(g, s);
    check_joined(g, s);
    if (step->end) {
        check_end(g, s);
        return;
    }
    if (!step->owe_count)
        node_fault(r->t, r->faults, r->step_nodes[s],
                   "环节“%.*s”没有时限义务：写 owes（谁在什么时候以前要做什么）",
                   STR_ARG(step->name));
    for (size_t a = 0; a < step->action_count; a++)
        if (has_effect(&step->actions[a], EFFECT_REOPEN))
            node_fault(r->t, r->faults, action_node(r, s, step->actions[a].name),
                       "操作“%.*s”：只有结束的环节才能重新办理（reopen）",
                       STR_ARG(step->actions[a].name));
}

/* --- Duties ---------------------------------------------------------------------------------- */

/* From `s` on, is there an action that closes the duty, an end, or (a step's duty) a step that does
 * not hold it? */
static bool duty_can_close(struct graph *g, size_t s, size_t duty, bool of_step)
{
    for (size_t to = 0; to < g->n; to++) {
        const struct step_rule *step = &g->p->steps[to];
        if (!*at(g->way, g->n, s, to))
            continue;
        if (step->end || (of_step && !step_holds(step, duty)))
            return true;
        for (size_t a = 0; a < step->action_count; a++)
            if (names_duty(step->actions[a].closes, step->actions[a].close_count, duty) &&
                !opens_duty(g->p, &step->actions[a], duty))
                return true;
    }
    return false;
}

/* A duty opened by an action and owed by no step must be closed by an action, unless the party owes
 * it or the end is what it waits for: an end closes everything, but nobody should have to wait for
 * that. */
static bool some_action_closes(struct graph *g, size_t duty)
{
    for (size_t s = 0; s < g->n; s++)
        for (size_t a = 0; a < g->p->steps[s].action_count; a++)
            if (names_duty(g->p->steps[s].actions[a].closes, g->p->steps[s].actions[a].close_count,
                           duty))
                return true;
    return false;
}

bool moment_is_set(const struct procedure *p, struct str moment)
{
    if (!moment.len || str_is(moment, "received") || str_is(moment, "supplemented"))
        return true; /* the engine's own */
    for (size_t s = 0; s < p->step_count; s++)
        for (size_t a = 0; a < p->steps[s].action_count; a++)
            if (str_eq(p->steps[s].actions[a].sets, moment))
                return true;
    return false;
}

static void check_moments(struct graph *g, size_t d)
{
    struct reader *r = g->r;
    const struct duty_rule *duty = &g->p->duties[d];

    if (!moment_is_set(g->p, duty->from))
        node_fault(r->t, r->faults, member_or(r->duty_nodes[d], "from"),
                   "没有操作记下时刻“%.*s”（sets）", STR_ARG(duty->from));
    for (size_t c = 0; c < duty->case_count; c++)
        if (!moment_is_set(g->p, duty->cases[c].from))
            node_fault(r->t, r->faults, member_or(r->duty_nodes[d], "within"),
                       "没有操作记下时刻“%.*s”（sets）", STR_ARG(duty->cases[c].from));
}

/* `else:` is done by the timer: every step that owes the duty must have the action, by the system.
 */
static void check_otherwise(struct graph *g, size_t d)
{
    struct reader *r = g->r;
    const struct duty_rule *duty = &g->p->duties[d];
    const struct node *node = member_or(r->duty_nodes[d], "else");
    bool somewhere = false;

    if (!duty->otherwise.len)
        return;
    for (size_t s = 0; s < g->n; s++) {
        const struct step_rule *step = &g->p->steps[s];
        const struct action_rule *action = step_action(step, duty->otherwise);
        somewhere = somewhere || action;
        if (step_owes(step, d) && !action)
            node_fault(r->t, r->faults, node, "环节“%.*s”里没有操作“%.*s”", STR_ARG(step->name),
                       STR_ARG(duty->otherwise));
        else if (action && !by_system(action)) {
            node_fault(r->t, r->faults, node, "到期由系统来做“%.*s”，by 里要有 system",
                       STR_ARG(duty->otherwise));
            return;
        }
    }
    if (!somewhere)
        node_fault(r->t, r->faults, node, "没有操作“%.*s”", STR_ARG(duty->otherwise));
}

static bool is_day(const struct form *form, struct str name)
{
    const struct ask *ask = form_ask(form, name);

    return ask && ask->type == ASK_DAY;
}

/* The stated day comes from every action that opens the duty, or from the form. */
static void check_until(struct graph *g, size_t d)
{
    struct reader *r = g->r;
    const struct duty_rule *duty = &g->p->duties[d];
    const struct node *node = member_or(r->duty_nodes[d], "until");

    if (!duty->until.len || is_day(&g->p->form, duty->until))
        return;
    for (size_t s = 0; s < g->n; s++)
        for (size_t a = 0; a < g->p->steps[s].action_count; a++) {
            const struct action_rule *action = &g->p->steps[s].actions[a];
            bool enters = action->to >= 0 && step_owes(&g->p->steps[action->to], d) &&
                          !step_owes(&g->p->steps[s], d);
            if ((opens_duty(g->p, action, d) || enters) && !is_day(&action->form, duty->until)) {
                node_fault(r->t, r->faults, node, "操作“%.*s”开启它，却没有问日期“%.*s”",
                           STR_ARG(action->name), STR_ARG(duty->until));
                return;
            }
        }
    if (step_owes(&g->p->steps[0], d))
        node_fault(r->t, r->faults, node, "登记时没有问日期“%.*s”", STR_ARG(duty->until));
}

static void check_duty(struct graph *g, size_t d)
{
    struct reader *r = g->r;
    const struct duty_rule *duty = &g->p->duties[d];
    bool owed = false, opened = false;

    check_moments(g, d);
    check_otherwise(g, d);
    check_until(g, d);
    for (size_t s = 0; s < g->n; s++) {
        bool here = step_owes(&g->p->steps[s], d), by_action = false;
        for (size_t a = 0; a < g->p->steps[s].action_count; a++)
            by_action = by_action || opens_duty(g->p, &g->p->steps[s].actions[a], d);
        owed = owed || here;
        opened = opened || by_action;
        if (here && !duty_can_close(g, s, d, true))
            node_fault(r->t, r->faults, r->duty_nodes[d],
                       "时限义务“%.*s”在环节“%.*s”之后没有办法完成", STR_ARG(duty->name),
                       STR_ARG(g->p->steps[s].name));
    }
    if (!owed && !opened)
        node_fault(r->t, r->faults, r->duty_nodes[d], "时限义务“%.*s”没有环节要求，也没有操作开启",
                   STR_ARG(duty->name));
    else if (!owed && !some_action_closes(g, d))
        node_fault(r->t, r->faults, r->duty_nodes[d],
                   "时限义务“%.*s”由操作开启，却没有操作完成它（closes）", STR_ARG(duty->name));
}

void procedure_check(struct reader *r)
{
    struct graph g = make_graph(r);

    check_law(r, member_or(r->root, "interrupts"), g.p->interrupts);
    if (g.p->steps[0].end)
        node_fault(r->t, r->faults, r->step_nodes[0], "第一个环节不能就是结束");
    for (size_t s = 0; s < g.n; s++) {
        check_step(&g, s);
        check_step_laws(r, s);
        for (size_t a = 0; a < g.p->steps[s].action_count; a++)
            if (!met_before(g.p, s, &g.p->steps[s].actions[a]))
                check_action(r, s, &g.p->steps[s].actions[a]);
    }
    for (size_t d = 0; d < g.p->duty_count; d++) {
        check_duty(&g, d);
        check_duty_laws(r, d);
        check_limit_table(r, d);
    }
}
