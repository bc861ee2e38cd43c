#include <stdint.h>
#include <string.h>

#include "core/task.h"
#include "modules/catalog/procedure_private.h"

enum { MAX_ASKS = 40 };

/* --- Asks ------------------------------------------------------------------------------------ */

static const struct {
    const char *word;
    enum ask_type type;
} ask_words[] = {
    {"text", ASK_TEXT},
    {"long", ASK_LONG},
    {"choice", ASK_CHOICE},
    {"choices", ASK_CHOICES},
    {"bool", ASK_BOOL},
    {"int", ASK_INT},
    {"money", ASK_MONEY},
    {"day", ASK_DAY},
    {"moment", ASK_MOMENT},
    {"phone", ASK_PHONE},
    {"id-number", ASK_ID_NUMBER},
    {"credit-code", ASK_CREDIT_CODE},
    {"id", ASK_ID},
};

const struct ask *form_ask(const struct form *form, struct str name)
{
    for (const struct ask *ask = form->asks; ask && ask->name; ask++)
        if (str_is(name, ask->name))
            return ask;
    return NULL;
}

static const char *terminated(struct reader *r, struct str s)
{
    return s.len ? str_terminated(r->t, s) : NULL;
}

static const struct choice *read_choices(struct reader *r, const struct node *of)
{
    struct choice *choices = NEW(r->t, struct choice, of->count + 1);
    size_t count = 0;

    NODE_EACH(child, of)
    {
        if (child->kind != NODE_TEXT || !child->text.len)
            node_fault(r->t, r->faults, child, "选项“%.*s”缺少名称", STR_ARG(child->key));
        else
            choices[count++] =
                (struct choice){terminated(r, child->key), terminated(r, child->text)};
    }
    return choices;
}

static int64_t read_number(struct reader *r, const struct node *map, const char *key)
{
    const struct node *child = node_get(map, key);
    int64_t number = 0;

    if (child && (child->kind != NODE_TEXT || !str_int(child->text, &number)))
        node_fault(r->t, r->faults, child, "“%s”应当是整数", key);
    return number;
}

static bool ask_name_is_sound(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if (!((c >= 'a' && c <= 'z') || (i && ((c >= '0' && c <= '9') || c == '_'))))
            return false;
    }
    return name.len > 0 && name.len <= 40;
}

static int ask_type_of(struct reader *r, const struct node *node)
{
    struct str word = node_text(node, "type");

    for (size_t i = 0; i < sizeof ask_words / sizeof *ask_words; i++)
        if (str_is(word, ask_words[i].word))
            return (int)ask_words[i].type;
    node_fault(
        r->t, r->faults, node_get(node, "type") ? node_get(node, "type") : node,
        "提问的类型没有“%.*s”，可以用 text long choice choices bool int money day moment phone "
        "id-number credit-code id",
        STR_ARG(word));
    return -1;
}

/* One question.  `needed` is what an effect asks under the same name: its type rules, and what is
 * not written here is taken from there. */
static bool read_ask(struct reader *r, const struct node *node, const struct ask *needed,
                     struct ask *ret_ask)
{
    struct ask ask = needed ? *needed : (struct ask){0};
    const struct node *of = node_get(node, "of");
    struct str name = node_text(node, "name"), title = read_text(r, node, "title", !needed);
    int type = needed && !node_get(node, "type") ? (int)needed->type : ask_type_of(r, node);

    read_keys(r, node, "提问", "name title type required min max of hint");
    if (!ask_name_is_sound(name)) {
        node_fault(r->t, r->faults, node, "提问的名字“%.*s”不对：用小写字母、数字和 _",
                   STR_ARG(name));
        return false;
    }
    if (type < 0)
        return false;
    if (needed && type != (int)needed->type)
        node_fault(r->t, r->faults, node, "“%.*s”是操作的效果要问的，类型不能改", STR_ARG(name));
    ask.name = terminated(r, name);
    ask.type = (enum ask_type)type;
    if (title.len)
        ask.title = terminated(r, title);
    if (node_get(node, "required"))
        ask.required = read_bool(r, node, "required");
    if (node_get(node, "hint"))
        ask.hint = terminated(r, read_text(r, node, "hint", true));
    if (node_get(node, "min"))
        ask.min = read_number(r, node, "min");
    if (node_get(node, "max"))
        ask.max = read_number(r, node, "max");
    if (of && of->kind == NODE_MAP)
        ask.choices = read_choices(r, of);
    if ((type == ASK_CHOICE || type == ASK_CHOICES) && !(ask.choices && ask.choices->value) &&
        !needed)
        node_fault(r->t, r->faults, node, "选择题“%.*s”缺少选项（of）", STR_ARG(name));
    *ret_ask = ask;
    return true;
}

static bool each_is_map(struct reader *r, const struct node *list)
{
    if (list->kind != NODE_LIST) {
        node_fault(r->t, r->faults, list, "提问应当是列表，每行一个 {name, title, type}");
        return false;
    }
    NODE_EACH(child, list)
    if (!read_is_map(r, child, "提问"))
        return false;
    if (list->count > MAX_ASKS) {
        node_fault(r->t, r->faults, list, "提问太多，最多 %d 个", MAX_ASKS);
        return false;
    }
    return true;
}

static const struct ask *ask_named(const struct ask *asks, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(name, asks[i].name))
            return &asks[i];
    return NULL;
}

/* Needed asks that the file does not write come first, then the file's own in their order. */
static void read_asks(struct reader *r, const struct node *list, const struct ask *needed,
                      size_t needed_count, struct form *form)
{
    bool written = list && each_is_map(r, list);
    struct ask *asks = NEW(r->t, struct ask, needed_count + (written ? list->count : 0) + 1);
    size_t count = 0;

    for (size_t i = 0; i < needed_count; i++) {
        bool again = false;
        if (written)
            NODE_EACH(node, list)
        again = again || str_is(node_text(node, "name"), needed[i].name);
        if (!again)
            asks[count++] = needed[i];
    }
    if (written)
        NODE_EACH(node, list)
        {
            struct str name = node_text(node, "name");
            if (ask_named(asks, count, name))
                node_fault(r->t, r->faults, node, "“%.*s”问了两次", STR_ARG(name));
            else if (read_ask(r, node, ask_named(needed, needed_count, name), &asks[count]))
                count++;
        }
    asks[count] = (struct ask){0};
    form->asks = asks;
}

void read_form(struct reader *r, const struct node *list, struct str name, struct form *ret_form)
{
    ret_form->name = str_terminated(r->t, name);
    read_asks(r, list, NULL, 0, ret_form);
}

/* --- What effects bring along ---------------------------------------------------------------- */

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
        "title citizen by law hint to when effect ask once danger primary opens closes sets paper notice");
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
    read_to(r, node, action);
    action->open_count = read_duty_names(r, node, "opens", &action->opens);
    action->close_count = read_duty_names(r, node, "closes", &action->closes);
    read_effects(r, node, action, needed, &needed_count);
    read_asks(r, node_get(node, "ask"), needed, needed_count, &action->form);
}
