/* What a procedure names: choices of tables, moments, laws. */
#include "core/task.h"
#include "modules/catalog/procedure_private.h"

/* --- Tables keyed by a choice ---------------------------------------------------------------- */

static bool choice_has(const struct ask *ask, struct str value)
{
    for (const struct choice *c = ask->choices; c && c->value; c++)
        if (str_is(value, c->value))
            return true;
    return false;
}

static void check_table(struct reader *r, const struct node *node, const struct ask *ask,
                        struct str keyed_by, const struct str *values, size_t count)
{
    bool other = false;

    if (!ask || ask->type != ASK_CHOICE) {
        node_fault(r->t, r->faults, node, "“%.*s”不是登记时或这个操作问的选择题",
                   STR_ARG(keyed_by));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        other = other || !values[i].len;
        if (values[i].len && !choice_has(ask, values[i]))
            node_fault(r->t, r->faults, node, "“%.*s”没有选项“%.*s”", STR_ARG(keyed_by),
                       STR_ARG(values[i]));
    }
    for (const struct choice *c = ask->choices; c && c->value && !other; c++) {
        bool there = false;
        for (size_t i = 0; i < count; i++)
            there = there || str_is(values[i], c->value);
        if (!there)
            node_fault(r->t, r->faults, node, "表里缺少“%.*s”的选项“%s”，也没有 else",
                       STR_ARG(keyed_by), c->value);
    }
    if (!other && !ask->required)
        node_fault(r->t, r->faults, node, "“%.*s”可以不填，表里要有 else", STR_ARG(keyed_by));
}

void check_limit_table(struct reader *r, size_t d)
{
    const struct duty_rule *duty = &r->p->duties[d];
    struct str *values = NEW(r->t, struct str, duty->case_count + 1);

    if (!duty->keyed_by.len)
        return;
    for (size_t c = 0; c < duty->case_count; c++)
        values[c] = duty->cases[c].value;
    check_table(r, member_or(r->duty_nodes[d], "within"), form_ask(&r->p->form, duty->keyed_by),
                duty->keyed_by, values, duty->case_count);
}

static bool centre_decides(const struct procedure *p)
{
    for (size_t s = 0; s < p->step_count; s++)
        for (size_t a = 0; a < p->steps[s].action_count; a++)
            if (has_effect(&p->steps[s].actions[a], EFFECT_DECIDE_UNIT))
                return true;
    return false;
}

static bool asks_decided(const struct action_rule *action)
{
    for (size_t i = 0; i < action->when_count; i++)
        if (action->when[i] == COND_UNIT_NOT_DECIDED)
            return true;
    return false;
}

void check_action(struct reader *r, size_t s, const struct action_rule *action)
{
    const struct ask *ask = form_ask(&action->form, action->to_keyed_by);
    struct str *values = NEW(r->t, struct str, action->to_case_count + 1);

    if (!moment_is_set(r->p, action->sets_as))
        node_fault(r->t, r->faults, member_or(action_node(r, s, action->name), "sets"),
                   "没有操作记下时刻“%.*s”（sets）", STR_ARG(action->sets_as));
    if (has_effect(action, EFFECT_TRANSFER) && centre_decides(r->p) && !asks_decided(action))
        node_fault(r->t, r->faults, action_node(r, s, action->name),
                   "操作“%.*s”：中心裁定以后不能再转，when 里要有 unit-not-decided",
                   STR_ARG(action->name));
    if (!action->to_keyed_by.len)
        return;
    for (size_t c = 0; c < action->to_case_count; c++)
        values[c] = action->to_cases[c].value;
    check_table(r, member_or(action_node(r, s, action->name), "to"),
                ask ? ask : form_ask(&r->p->form, action->to_keyed_by), action->to_keyed_by, values,
                action->to_case_count);
}

/* Every step that has a shared action would repeat its faults: only the first that has it is asked.
 */
bool met_before(const struct procedure *p, size_t s, const struct action_rule *action)
{
    for (size_t before = 0; before < s; before++) {
        const struct action_rule *other = step_action(&p->steps[before], action->name);
        if (other && other->form.name == action->form.name)
            return true;
    }
    return false;
}

/* --- Laws ------------------------------------------------------------------------------------ */

/* A citation without the version of its law says nothing after the next amendment. */
void check_law(struct reader *r, const struct node *node, struct str law)
{

    if (law.len && !str_is(law, "tenant") && !procedure_law_version(r->p, law).len)
        node_fault(r->t, r->faults, node, "“%.*s”的法律没有写在 laws 里（名称: 版本日期）",
                   STR_ARG(law));
}

void check_duty_laws(struct reader *r, size_t d)
{
    const struct duty_rule *duty = &r->p->duties[d];
    const struct node *node = r->duty_nodes[d];

    check_law(r, member_or(node, "law"), duty->law);
    check_law(r, member_or(node, "extend"), duty->extend_law);
    for (size_t c = 0; c < duty->case_count; c++)
        check_law(r, member_or(node, "within"), duty->cases[c].law);
    for (size_t i = 0; i < duty->pause_ground_count; i++)
        check_law(r, member_or(node, "pause-grounds"), duty->pause_laws[i]);
}

void check_step_laws(struct reader *r, size_t s)
{
    const struct step_rule *step = &r->p->steps[s];

    for (size_t i = 0; i < step->pause_count; i++)
        check_law(r, member_or(r->step_nodes[s], "pauses"), step->pauses[i].law);
    for (size_t a = 0; a < step->action_count; a++)
        if (!met_before(r->p, s, &step->actions[a]))
            check_law(r, member_or(action_node(r, s, step->actions[a].name), "law"),
                      step->actions[a].law);
}
