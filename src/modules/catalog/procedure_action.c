#include <stdint.h>
#include <string.h>

#include "core/task.h"
#include "modules/catalog/procedure_private.h"

/* --- What effects bring along ---------------------------------------------------------------- */

static const char *terminated(struct reader *r, struct str s)
{
    return s.len ? str_terminated(r->t, s) : NULL;
}

/* `duty` of a pause: the duties that have grounds; of an extension: those that can be extended. */
static const struct choice *duty_choices(struct reader *r, bool pause)
{
    struct choice *choices = NEW(r->t, struct choice, r->p->duty_count + 1);
    size_t count = 0;

    for (size_t i = 0; i < r->p->duty_count; i++) {
        const struct duty_rule *duty = &r->p->duties[i];
        if (pause ? duty->pause_ground_count > 0 : duty->extend_up_to.kind != LIMIT_NONE)
            choices[count++] =
                (struct choice){terminated(r, duty->name), terminated(r, duty->title)};
    }
    return choices;
}

static const struct choice *ground_choices(struct reader *r)
{
    size_t most = 0, count = 0;

    for (size_t i = 0; i < r->p->duty_count; i++)
        most += r->p->duties[i].pause_ground_count;
    struct choice *choices = NEW(r->t, struct choice, most + 1);
    for (size_t i = 0; i < r->p->duty_count; i++)
        for (size_t g = 0; g < r->p->duties[i].pause_ground_count; g++) {
            struct str ground = r->p->duties[i].pause_grounds[g];
            bool known = false;
            for (size_t k = 0; k < count; k++)
                known = known || str_is(ground, choices[k].value);
            if (!known)
                choices[count++] = (struct choice){terminated(r, ground), terminated(r, ground)};
        }
    return choices;
}

static const struct ask unit_asks[] = {
    {.name = "unit", .title = "机构", .type = ASK_ID, .required = true}, {0}};
static const struct form unit_form = {"unit-choice", unit_asks};

static void add_needed(struct reader *r, const struct node *at, const struct action_effect *effect,
                       struct ask *needed, size_t *count)
{
    const struct ask *asks = effect_asks[effect->effect];

    for (; asks && asks->name && *count < MAX_ASKS; asks++) {
        if (ask_named(needed, *count, str_of(asks->name)))
            continue;
        struct ask ask = *asks;
        if (!strcmp(ask.name, "duty"))
            ask.choices = duty_choices(r, effect->effect == EFFECT_PAUSE);
        else if (!strcmp(ask.name, "ground"))
            ask.choices = ground_choices(r);
        if ((!strcmp(ask.name, "duty") || !strcmp(ask.name, "ground")) && !ask.choices->value)
            node_fault(r->t, r->faults, at,
                       effect->effect == EFFECT_PAUSE
                           ? "没有可以暂停的时限：时限义务里都没有写 pause-grounds"
                           : "没有可以延长的时限：时限义务里都没有写 extend");
        needed[(*count)++] = ask;
    }
    if (effect->each_unit && *count < MAX_ASKS && !ask_named(needed, *count, S("units")))
        needed[(*count)++] = (struct ask){.name = "units",
                                          .title = "送往哪些机构",
                                          .type = ASK_LIST,
                                          .required = true,
                                          .of = &unit_form};
}

/* --- Effects --------------------------------------------------------------------------------- */

static void read_spawn(struct reader *r, const struct node *node, struct action_effect *effect)
{
    const struct node *condition = node_get(node, "if"), *link = node_get(node, "link");

    read_keys(r, node, "spawn", "procedure matter link each-unit if");
    effect->procedure = read_text(r, node, "procedure", true);
    effect->matter = read_text(r, node, "matter", false);
    effect->link = read_text(r, node, "link", true);
    effect->each_unit = read_bool(r, node, "each-unit");
    if (effect->link.len && rule_find(link_rules, LINK_COUNT, effect->link) < 0)
        node_fault(r->t, r->faults, link, "没有这种关联“%.*s”", STR_ARG(effect->link));
    if (condition) {
        int index = rule_find(condition_rules, COND_COUNT, condition->text);
        if (index < 0)
            node_fault(r->t, r->faults, condition, "没有条件“%.*s”", STR_ARG(condition->text));
        effect->conditional = true;
        effect->only_if = index < 0 ? 0 : (enum condition)index;
    }
}

static bool read_effect(struct reader *r, const struct node *item, struct action_effect *ret_effect)
{
    bool with = item->kind == NODE_MAP && item->count == 1;
    struct str word = with ? item->first->key : item->text;
    int index = item->kind == NODE_TEXT || with ? rule_find(effect_rules, EFFECT_COUNT, word) : -1;
    struct action_effect effect = {0};

    if (index < 0) {
        node_fault(r->t, r->faults, item, "没有效果“%.*s”", STR_ARG(word));
        return false;
    }
    effect.effect = (enum effect)index;
    if (effect.effect == EFFECT_SPAWN && with && item->first->kind == NODE_MAP)
        read_spawn(r, item->first, &effect);
    else if (effect.effect == EFFECT_SPAWN || with) {
        node_fault(r->t, r->faults, item,
                   with ? "效果“%.*s”没有参数"
                        : "“%.*s”要写成 spawn: {procedure: 代码, link: 关系}",
                   STR_ARG(word));
        return false;
    }
    *ret_effect = effect;
    return true;
}

static void read_effects(struct reader *r, const struct node *node, struct action_rule *action,
                         struct ask *needed, size_t *needed_count)
{
    const struct node **items;
    size_t count;
    struct node one = {.kind = NODE_LIST};
    const struct node *list = node_get(node, "effect");

    /* `effect: {spawn: ...}` alone is a list of one. */
    if (list && list->kind == NODE_MAP) {
        one.first = one.last = node_copy(r->t, list);
        one.count = 1;
        list = &one;
    }
    count = read_items(r, list, &items);
    action->effects = NEW(r->t, struct action_effect, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct action_effect effect;
        if (!read_effect(r, items[i], &effect))
            continue;
        action->effects[action->effect_count++] = effect;
        add_needed(r, items[i], &effect, needed, needed_count);
        if (effect_duty[effect.effect] &&
            procedure_duty_index(r->p, str_of(effect_duty[effect.effect])) < 0)
            node_fault(r->t, r->faults, items[i], "效果“%s”会开启时限义务“%s”，请在 duties 里写上",
                       effect_rules[effect.effect].word, effect_duty[effect.effect]);
    }
}

/* --- The action ------------------------------------------------------------------------------ */

static void read_by(struct reader *r, const struct node *node, struct action_rule *action)
{
    const struct node **items;
    size_t count = read_items(r, node_get(node, "by"), &items);

    action->by = NEW(r->t, enum acting, count + 1);
    action->by_post = NEW(r->t, struct str, count + 1);
    for (size_t i = 0; i < count; i++) {
        int kind = rule_find(acting_rules, ACTING_COUNT, items[i]->text);
        const struct post *post = kind < 0 ? post_find(items[i]->text) : NULL;
        if (kind < 0 && !post)
            node_fault(r->t, r->faults, items[i], "没有岗位“%.*s”", STR_ARG(items[i]->text));
        else if (kind < 0 && !post_may(post, "order.act"))
            node_fault(r->t, r->faults, items[i], "岗位“%.*s”不能办理工单",
                       STR_ARG(items[i]->text));
        else {
            action->by[action->by_count] = kind < 0 ? ACTING_POST : (enum acting)kind;
            action->by_post[action->by_count++] = kind < 0 ? items[i]->text : S("");
        }
    }
    if (!action->by_count)
        node_fault(r->t, r->faults, node,
                   "操作“%.*s”没有人能做：by 写上岗位，或者 owner、staff、party、system",
                   STR_ARG(action->name));
}

static void read_when(struct reader *r, const struct node *node, struct action_rule *action)
{
    const struct node **items;
    size_t count = read_items(r, node_get(node, "when"), &items);

    action->when = NEW(r->t, enum condition, count + 1);
    for (size_t i = 0; i < count; i++) {
        int index = rule_find(condition_rules, COND_COUNT, items[i]->text);
        if (index < 0)
            node_fault(r->t, r->faults, items[i], "没有条件“%.*s”", STR_ARG(items[i]->text));
        else
            action->when[action->when_count++] = (enum condition)index;
    }
}

static int read_target(struct reader *r, const struct node *node)
{
    if (node->kind == NODE_TEXT && str_is(node->text, "back"))
        return TO_BACK;
    if (node->kind == NODE_TEXT && str_is(node->text, "stay"))
        return TO_STAY;
    int step = node->kind == NODE_TEXT ? procedure_step_index(r->p, node->text) : -1;
    if (step < 0)
        node_fault(r->t, r->faults, node, "没有环节“%.*s”", STR_ARG(node->text));
    return step < 0 ? TO_STAY : step;
}

static void read_to(struct reader *r, const struct node *node, struct action_rule *action)
{
    const struct node *to = node_get(node, "to");

    action->to = TO_STAY;
    if (to && to->kind == NODE_MAP) {
        action->to_keyed_by = read_text(r, to, "by", true);
        action->to_cases = NEW(r->t, struct action_to, to->count + 1);
        NODE_EACH(child, to)
        if (!str_is(child->key, "by"))
            action->to_cases[action->to_case_count++] = (struct action_to){
                str_is(child->key, "else") ? S("") : child->key, read_target(r, child)};
    } else if (to) {
        action->to = read_target(r, to);
    }
}

static size_t read_duty_names(struct reader *r, const struct node *node, const char *key,
                              int **ret_duties)
{
    const struct node **items;
    size_t count = read_items(r, node_get(node, key), &items), kept = 0;

    *ret_duties = NEW(r->t, int, count + 1);
    for (size_t i = 0; i < count; i++) {
        int index = procedure_duty_index(r->p, items[i]->text);
        if (index < 0)
            node_fault(r->t, r->faults, items[i], "没有时限义务“%.*s”", STR_ARG(items[i]->text));
        else
            (*ret_duties)[kept++] = index;
    }
    return kept;
}

static struct str read_word(struct reader *r, const struct node *node, const char *key,
                            const char *what, const struct rule *rules)
{
    struct str word = read_text(r, node, key, false);

    if (word.len && !rule_listed(rules, word))
        node_fault(r->t, r->faults, node_get(node, key), "没有%s“%.*s”", what, STR_ARG(word));
    return word;
}

/* `sets: accepted`, or `sets: {accepted: received}` for a moment that is another one's. */
static void read_sets(struct reader *r, const struct node *sets, struct action_rule *action)
{
    if (!sets)
        return;
    if (sets->kind == NODE_MAP && sets->count == 1 && sets->first->kind == NODE_TEXT) {
        action->sets = sets->first->key;
        action->sets_as = sets->first->text;
    } else if (sets->kind == NODE_TEXT) {
        action->sets = sets->text;
    } else {
        node_fault(r->t, r->faults, sets, "sets 写一个时刻的名字，或者 {新时刻: 已有时刻}");
    }
}

/* `after-tries: {times: 3, apart: 1 calendar days}`: calls that reached nobody, on other days or so
 * many hours apart. */
static void read_tries(struct reader *r, const struct node *tries, struct action_rule *action)
{
    int64_t times = 0;

    if (!tries)
        return;
    if (!read_is_map(r, tries, "after-tries"))
        return;
    read_keys(r, tries, "after-tries", "times apart");
    if (!str_int(node_text(tries, "times"), &times) || times < 1 || times > 20)
        node_fault(r->t, r->faults, tries, "times 写打过几次，1 到 20");
    action->tries = (int32_t)times;
    if (!node_get(tries, "apart"))
        return;
    action->tries_apart = read_limit(r, node_get(tries, "apart"));
    if (action->tries_apart.kind != LIMIT_CALENDAR_DAYS && action->tries_apart.kind != LIMIT_HOURS)
        node_fault(r->t, r->faults, node_get(tries, "apart"),
                   "apart 写“1 calendar days”（不同的日子）或者“4 hours”");
}

void read_action(struct reader *r, const struct node *node, struct str form_name,
                 struct action_rule *action)
{
    struct ask needed[MAX_ASKS];
    size_t needed_count = 0;

    action->name = node->key;
    action->to = TO_STAY;
    action->form = (struct form){str_terminated(r->t, form_name), NEW(r->t, struct ask, 1)};
    if (!read_is_map(r, node, "操作"))
        return;
    read_keys(
        r, node, "操作",
        "title citizen by law hint to when after-tries effect ask once danger primary opens closes sets "
        "paper notice");
    action->title = read_text(r, node, "title", true);
    action->citizen = read_text(r, node, "citizen", false);
    action->law = read_text(r, node, "law", false);
    action->hint = read_text(r, node, "hint", false);
    read_sets(r, node_get(node, "sets"), action);
    action->paper = read_word(r, node, "paper", "文书", paper_rules);
    action->notice = read_word(r, node, "notice", "告知", notice_rules);
    action->once = read_bool(r, node, "once");
    action->danger = read_bool(r, node, "danger");
    action->primary = read_bool(r, node, "primary");
    read_by(r, node, action);
    read_when(r, node, action);
    read_tries(r, node_get(node, "after-tries"), action);
    read_to(r, node, action);
    action->open_count = read_duty_names(r, node, "opens", &action->opens);
    action->close_count = read_duty_names(r, node, "closes", &action->closes);
    read_effects(r, node, action, needed, &needed_count);
    read_asks(r, node_get(node, "ask"), needed, needed_count, &action->form);
}
