/* Reading one order for its citizen: what is promised, what is owed, what may be done. */
#include "track_private.h"

#include <stdlib.h>

enum err tracked_read(struct task *t, struct tracked *tracked, bool explain)
{
    enum err e = order_load(t, tracked->actor, tracked->actor->order, &tracked->order);

    if (e || (e = order_procedure(t, &tracked->order, &tracked->procedure)))
        return e;
    tracked->step = procedure_step(tracked->procedure, tracked->order.step);
    if (!tracked->step)
        return task_fail(t, ERR_INTERNAL, "规程里没有工单所在的环节");
    if ((e = catalog_matter(t, tracked->order.matter, &tracked->matter)))
        return e;
    tracked->title = tracked->order.subject.len ? tracked->order.subject : tracked->matter.title;
    if ((e = order_duties(t, &tracked->order, explain, &tracked->duties)) ||
        (e = order_actions(t, tracked->actor, &tracked->order, &tracked->actions)))
        return e;
    return org_unit(t, tracked->order.unit, &tracked->unit);
}

bool material_made_here(const struct matter *matter, struct str code)
{
    LIST_EACH (const struct material, material, matter->materials)
        if (str_eq(material->code, code))
            return material->here;
    return false;
}

const struct duty_view *tracked_told(const struct tracked *tracked)
{
    const struct duty_view *first = NULL;

    LIST_EACH (const struct duty_view, duty, tracked->duties) {
        if (!duty->open || duty->paused || !duty->tell.len || str_is(duty->owed_by, "party"))
            continue;
        if (!first || duty->legal_at < first->legal_at)
            first = duty;
    }
    return first;
}

const struct duty_view *tracked_owed(const struct tracked *tracked)
{
    LIST_EACH (const struct duty_view, duty, tracked->duties)
        if (duty->open && !duty->paused && str_is(duty->owed_by, "party"))
            return duty;
    return NULL;
}

bool rule_has_effect(const struct action_rule *rule, enum effect effect)
{
    for (size_t i = 0; i < rule->effect_count; i++)
        if (rule->effects[i].effect == effect)
            return true;
    return false;
}

const struct action_rule *tracked_rule(const struct tracked *tracked, struct str action)
{
    LIST_EACH (const struct action_view, view, tracked->actions)
        if (view->allowed && str_eq(view->name, action))
            return step_action(tracked->step, action);
    return NULL;
}

/* Of two ways to hand in, the one that makes somebody look at it. */
const struct action_view *tracked_attach(const struct tracked *tracked)
{
    const struct action_view *found = NULL;

    LIST_EACH (const struct action_view, view, tracked->actions) {
        const struct action_rule *rule =
            view->allowed ? step_action(tracked->step, view->name) : NULL;

        if (rule && rule_has_effect(rule, EFFECT_ATTACH) && (!found || rule->open_count))
            found = view;
    }
    return found;
}

static bool spawns(const struct action_rule *rule, const char *procedure)
{
    for (size_t i = 0; i < rule->effect_count; i++)
        if (rule->effects[i].effect == EFFECT_SPAWN &&
            str_is(rule->effects[i].procedure, procedure))
            return true;
    return false;
}

bool rule_ends(const struct procedure *procedure, const struct action_rule *rule,
               const char *outcome)
{
    return rule->to >= 0 && procedure->steps[rule->to].end &&
           str_is(procedure->steps[rule->to].outcome, outcome);
}

struct act_words act_words_of(struct task *t, const struct procedure *procedure,
                              const struct action_rule *rule)
{
    if (rule_has_effect(rule, EFFECT_RATE))
        return (struct act_words){"评价这次办事",
                                  "您满意吗？",
                                  NULL,
                                  "交评价",
                                  "一件事评一次。不满意的，有人会再联系您，查清楚给您答复。",
                                  "评价收到了，谢谢您。",
                                  1};
    if (rule_has_effect(rule, EFFECT_CHANGE_PHONE))
        return (struct act_words){"换联系电话", "以后打哪个电话找您？",       NULL, "换成这个",
                                  NULL,         "换好了。以后打新号码找您。", 3};
    if (spawns(rule, "complaint"))
        return (struct act_words){
            "投诉",
            "哪里办得不对？",
            "工单里有的不用再写。只说哪里不对、您想要什么结果。",
            "交投诉",
            "主任先收，承办人写说明，主任调查，司法局决定。每一步都在这里告诉您。",
            "投诉收到了。处理的每一步都会出现在下面。",
            5};
    if (rule_ends(procedure, rule, "withdrawn"))
        return (struct act_words){
            "撤回申请",
            "要撤回吗？",
            "撤回以后这件事就停办了，交过的材料留在档案里。以后还可以重新申请。",
            "撤回申请",
            NULL,
            "已经撤回。以后还可以重新申请。",
            9};
    char *title = str_terminated(t, rule->title);

    return (struct act_words){title, title, NULL, title, NULL, "收到了。", 6};
}
