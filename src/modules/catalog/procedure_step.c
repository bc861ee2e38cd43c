#include <stdint.h>

#include "core/task.h"
#include "modules/catalog/procedure_private.h"

enum { MAX_STEPS = 60, MAX_SHARED = 60 };

/* --- Steps ----------------------------------------------------------------------------------- */

static int duty_index(struct reader *r, const struct node *at, struct str name)
{
    int index = procedure_duty_index(r->p, name);

    if (index < 0)
        node_fault(r->t, r->faults, at, "没有时限义务“%.*s”", STR_ARG(name));
    return index;
}

static void read_owes(struct reader *r, const struct node *node, struct step_rule *step)
{
    const struct node **items;
    size_t count = read_items(r, node_get(node, "owes"), &items);

    step->owes = NEW(r->t, int, count + 1);
    for (size_t i = 0; i < count; i++) {
        int index = duty_index(r, items[i], items[i]->text);
        if (index >= 0)
            step->owes[step->owe_count++] = index;
    }
}

static void read_pauses(struct reader *r, const struct node *node, struct step_rule *step)
{
    const struct node *map = node_get(node, "pauses");

    if (!map || !read_is_map(r, map, "“pauses”"))
        return;
    step->pauses = NEW(r->t, struct step_pause, map->count + 1);
    NODE_EACH(child, map)
    {
        int index = duty_index(r, child, child->key);
        if (child->kind != NODE_TEXT || !child->text.len)
            node_fault(r->t, r->faults, child, "暂停要写依据：“%.*s: 法律条款”，本平台的写 tenant",
                       STR_ARG(child->key));
        else if (index >= 0)
            step->pauses[step->pause_count++] =
                (struct step_pause){index, str_is(child->text, "tenant") ? S("") : child->text};
    }
}

static void read_desk(struct reader *r, const struct node *node, struct step_rule *step)
{
    const struct node **items;
    size_t count = read_items(r, node_get(node, "desk"), &items);

    step->desk = NEW(r->t, struct str, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct post *post = post_find(items[i]->text);
        if (!post || !post_may(post, "order.act"))
            node_fault(r->t, r->faults, items[i], "没有可以办理工单的岗位“%.*s”",
                       STR_ARG(items[i]->text));
        else
            step->desk[step->desk_count++] = items[i]->text;
    }
}

static const struct action_rule *shared_action(struct reader *r, struct str name)
{
    for (size_t i = 0; i < r->shared_count; i++)
        if (str_eq(r->shared[i].name, name)) {
            ((struct node *)(uintptr_t)r->shared_nodes[i])->used = true;
            return &r->shared[i];
        }
    return NULL;
}

/* Copy the shared actions named in a list into the step; the step's own come first and win no
 * fight: a name stands once. */
static void add_shared(struct reader *r, const struct node *list, struct step_rule *step,
                       size_t most)
{
    const struct node **items;
    size_t count = read_items(r, list, &items);

    for (size_t i = 0; i < count; i++) {
        const struct action_rule *action = shared_action(r, items[i]->text);
        if (!action)
            node_fault(r->t, r->faults, items[i], "没有共用操作“%.*s”", STR_ARG(items[i]->text));
        else if (!step_action(step, action->name) && step->action_count < most)
            step->actions[step->action_count++] = *action;
    }
}

static void read_step_actions(struct reader *r, const struct node *node, struct step_rule *step)
{
    const struct node *own = node_get(node, "actions"), *anywhere = node_get(r->root, "anywhere");
    size_t most = (own ? own->count : 0) + r->shared_count + 1;

    step->actions = NEW(r->t, struct action_rule, most);
    if (own && read_is_map(r, own, "“actions”"))
        NODE_EACH(action, own)
        {
            struct str form = str_format(r->t, "act-%.*s-%.*s-%.*s", STR_ARG(r->p->code),
                                         STR_ARG(step->name), STR_ARG(action->key));
            read_action(r, action, form, &step->actions[step->action_count++]);
        }
    add_shared(r, node_get(node, "also"), step, most);
    if (!step->end && anywhere)
        add_shared(r, anywhere, step, most);
}

void read_step(struct reader *r, const struct node *node, struct step_rule *step)
{
    const struct node *keeps = node_get(node, "keeps"), *end = node_get(node, "end");

    if (node->kind != NODE_MAP)
        return; /* refused when the names were read */
    read_keys(r, node, "环节",
              "title stage citizen must desk owes pauses keeps also actions joined end");
    step->title = read_text(r, node, "title", true);
    step->stage = read_text(r, node, "stage", false);
    step->citizen = read_text(r, node, "citizen", false);
    step->citizen_must = read_text(r, node, "must", false);
    step->joined = read_text(r, node, "joined", false);
    step->end = end != NULL;
    step->outcome = read_text(r, node, "end", false);
    if (end && !rule_listed(outcome_rules, step->outcome))
        node_fault(r->t, r->faults, end, "结束的结果没有“%.*s”", STR_ARG(step->outcome));
    step->keeps = keeps != NULL;
    if (keeps && !(keeps->kind == NODE_TEXT && str_is(keeps->text, "all")))
        node_fault(r->t, r->faults, keeps, "keeps 只能是 all");
    read_desk(r, node, step);
    read_owes(r, node, step);
    read_pauses(r, node, step);
    read_step_actions(r, node, step);
}

bool name_is_sound(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if (!((c >= 'a' && c <= 'z') || (i && ((c >= '0' && c <= '9') || c == '-'))))
            return false;
    }
    return name.len > 0 && name.len <= 40;
}

static void check_names(struct reader *r, const struct node *map)
{
    if (map && map->kind == NODE_MAP)
        NODE_EACH(child, map)
    if (!name_is_sound(child->key))
        node_fault(r->t, r->faults, child,
                   "名字“%.*s”不对：用小写字母、数字和 -，字母开头，最多 40 个",
                   STR_ARG(child->key));
}

/* Names first: actions lead to steps that stand further down. */
bool read_step_names(struct reader *r)
{
    const struct node *map = node_get(r->root, "steps");

    if (!map) {
        node_fault(r->t, r->faults, r->root, "缺少“steps”：规程至少要有一个环节");
        return false;
    }
    if (!read_is_map(r, map, "“steps”"))
        return false;
    if (!map->count || map->count > MAX_STEPS) {
        node_fault(r->t, r->faults, map, "环节应当有 1 到 %d 个", MAX_STEPS);
        return false;
    }
    r->p->steps = NEW(r->t, struct step_rule, map->count);
    r->step_nodes = NEW(r->t, const struct node *, map->count);
    NODE_EACH(node, map)
    {
        read_is_map(r, node, "环节");
        check_names(r, node->kind == NODE_MAP ? node_get(node, "actions") : NULL);
        r->step_nodes[r->p->step_count] = node;
        r->p->steps[r->p->step_count++].name = node->key;
    }
    check_names(r, map);
    return true;
}

void read_shared_actions(struct reader *r)
{
    const struct node *map = node_get(r->root, "actions");

    if (!map || !read_is_map(r, map, "“actions”"))
        return;
    if (map->count > MAX_SHARED) {
        node_fault(r->t, r->faults, map, "共用操作太多，最多 %d 个", MAX_SHARED);
        return;
    }
    check_names(r, map);
    r->shared = NEW(r->t, struct action_rule, map->count + 1);
    r->shared_nodes = NEW(r->t, const struct node *, map->count + 1);
    NODE_EACH(node, map)
    {
        struct str form =
            str_format(r->t, "act-%.*s-%.*s", STR_ARG(r->p->code), STR_ARG(node->key));
        node->used = false; /* from here on: does a step have it? */
        r->shared_nodes[r->shared_count] = node;
        read_action(r, node, form, &r->shared[r->shared_count++]);
    }
}

void refuse_unused_actions(struct reader *r)
{
    for (size_t i = 0; i < r->shared_count; i++)
        if (!r->shared_nodes[i]->used)
            node_fault(r->t, r->faults, r->shared_nodes[i], "没有环节用到共用操作“%.*s”",
                       STR_ARG(r->shared[i].name));
}
