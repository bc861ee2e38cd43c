#include <string.h>

#include "core/task.h"
#include "modules/catalog/procedure_private.h"

static const char *const merged_keys[] = {"form", "duties", "anywhere", "actions", "steps"};
enum { MERGED = sizeof merged_keys / sizeof *merged_keys, MAX_PARTS = 20 };

static enum node_kind kind_of_key(const char *key)
{
    return !strcmp(key, "form") || !strcmp(key, "anywhere") ? NODE_LIST : NODE_MAP;
}

/* A list is joined, a map too; a name that stands already is a fault that says where. */
static void merge_key(struct reader *r, const char *key, struct node *part)
{
    struct node *from = node_get(part, key), *to = node_get(r->root, key);

    if (!from || from->kind != kind_of_key(key))
        return; /* a wrong kind was already refused */
    if (!to) {
        to = NEW(r->t, struct node, 1);
        *to =
            (struct node){.kind = kind_of_key(key), .line = 1, .file = r->file, .key = str_of(key)};
        node_append(r->root, to);
    }
    if (to->kind != from->kind)
        return;
    for (struct node *child = from->first, *next; child; child = next) {
        next = child->next;
        struct str name = !strcmp(key, "form") ? node_text(child, "name") : child->key;
        struct node *same = NULL;
        NODE_EACH(other, to)
        {
            struct str other_name = !strcmp(key, "form") ? node_text(other, "name") : other->key;
            if (name.len && str_eq(other_name, name))
                same = other;
        }
        if (same)
            node_fault(r->t, r->faults, same, "“%.*s”在%.*s第 %d 行已经有了，请换一个名字",
                       STR_ARG(name), STR_ARG(child->file), child->line);
        else
            node_append(to, child);
    }
}

static bool part_is_sound(struct reader *r, const struct node *part)
{
    if (part->kind != NODE_MAP) {
        node_fault(r->t, r->faults, part, "部件应当是一组“键: 值”");
        return false;
    }
    NODE_EACH(child, part)
    {
        bool known = str_is(child->key, "part");
        for (size_t i = 0; i < MERGED; i++) {
            if (!str_is(child->key, merged_keys[i]))
                continue;
            known = true;
            if (child->kind != kind_of_key(merged_keys[i]))
                node_fault(r->t, r->faults, child, "“%s”的写法不对：应当是%s", merged_keys[i],
                           kind_of_key(merged_keys[i]) == NODE_LIST ? "列表" : "一组“名字: 内容”");
        }
        if (!known)
            node_fault(r->t, r->faults, child, "部件里不能有“%.*s”", STR_ARG(child->key));
    }
    return true;
}

static struct node *load_part(struct reader *r, struct str name)
{
    struct str text, file = str_format(r->t, "parts/%.*s.yaml", STR_ARG(name));

    if (!r->part || !r->part(r->t, r->part_arg, name, &text))
        return NULL;
    return node_parse(r->t, file, text, NODE_MAX_PROCEDURE, r->faults);
}

static void merge_parts(struct reader *r)
{
    struct node *use = node_get(r->root, "use");
    struct str seen[MAX_PARTS];
    size_t count = 0;

    if (!use)
        return;
    node_remove(r->root, use);
    if (use->kind != NODE_LIST) {
        node_fault(r->t, r->faults, use, "“use”应当是部件名的列表");
        return;
    }
    NODE_EACH(item, use)
    {
        bool twice = false;
        for (size_t i = 0; i < count; i++)
            twice = twice || str_eq(seen[i], item->text);
        if (item->kind != NODE_TEXT || !item->text.len || count == MAX_PARTS || twice) {
            node_fault(r->t, r->faults, item, twice ? "部件“%.*s”写了两次" : "部件名“%.*s”不对",
                       STR_ARG(item->text));
            continue;
        }
        seen[count++] = item->text;
        size_t before = r->faults->count;
        struct node *part = load_part(r, item->text);
        if (!part) {
            if (r->faults->count == before)
                node_fault(r->t, r->faults, item, "没有部件“%.*s”", STR_ARG(item->text));
            continue;
        }
        if (part_is_sound(r, part))
            for (size_t i = 0; i < MERGED; i++)
                merge_key(r, merged_keys[i], part);
    }
}

/* `of: hardship-classes` becomes the map of that name in parts/lists.yaml, so what is stored is
 * whole. */
static void spell_list(struct reader *r, struct node *ask, struct node **lists)
{
    struct node *of = ask->kind == NODE_MAP ? node_get(ask, "of") : NULL;

    if (!of || of->kind != NODE_TEXT)
        return;
    if (!*lists) {
        *lists = load_part(r, S("lists"));
        if (!*lists)
            *lists = NEW(r->t, struct node, 1);
    }
    struct node *list = node_find(*lists, of->text);
    if (!list || list->kind != NODE_MAP) {
        node_fault(r->t, r->faults, of, "没有共用选项表“%.*s”", STR_ARG(of->text));
        return;
    }
    of->kind = NODE_MAP;
    NODE_EACH(item, list)
    node_append(of, node_copy(r->t, item));
}

static void spell_lists_in(struct reader *r, struct node *node, struct node **lists)
{
    NODE_EACH(child, node)
    {
        if (child->kind == NODE_TEXT)
            continue;
        spell_list(r, child, lists);
        spell_lists_in(r, child, lists);
    }
}

/* --- Leaving out what nobody uses of a part -------------------------------------------------- */

static void mark_step(struct reader *r, struct str name);

static void mark_duty(struct reader *r, struct str name)
{
    struct node *duty = node_find(node_get(r->root, "duties"), name);

    if (duty)
        duty->used = true;
}

static void mark_each_text(struct reader *r, const struct node *node,
                           void (*mark)(struct reader *, struct str))
{
    if (!node)
        return;
    if (node->kind == NODE_TEXT)
        mark(r, node->text);
    else
        NODE_EACH(child, node)
    if (child->kind == NODE_TEXT)
        mark(r, child->text);
}

static void mark_effect_duty(struct reader *r, struct str word)
{
    int effect = rule_find(effect_rules, EFFECT_COUNT, word);

    if (effect >= 0 && effect_duty[effect])
        mark_duty(r, str_of(effect_duty[effect]));
}

static void mark_action(struct reader *r, struct node *action)
{
    if (!action || action->used)
        return;
    action->used = true;
    mark_each_text(r, node_get(action, "to"), mark_step);
    mark_each_text(r, node_get(action, "opens"), mark_duty);
    mark_each_text(r, node_get(action, "closes"), mark_duty);
    mark_each_text(r, node_get(action, "effect"), mark_effect_duty);
}

static void mark_shared(struct reader *r, struct str name)
{
    mark_action(r, node_find(node_get(r->root, "actions"), name));
}

static void mark_step(struct reader *r, struct str name)
{
    struct node *step = node_find(node_get(r->root, "steps"), name);

    if (!step || step->used)
        return;
    step->used = true;
    mark_each_text(r, node_get(step, "owes"), mark_duty);
    mark_each_text(r, node_get(step, "also"), mark_shared);
    if (!node_get(step, "end"))
        mark_each_text(r, node_get(r->root, "anywhere"), mark_shared);
    NODE_EACH(action, node_get(step, "actions"))
    mark_action(r, action);
}

static void drop_unused(struct reader *r, const char *key)
{
    struct node *map = node_get(r->root, key);

    if (!map || map->kind != NODE_MAP)
        return;
    for (struct node *child = map->first, *next; child; child = next) {
        next = child->next;
        if (!child->used && !str_eq(child->file, r->file))
            node_remove(map, child);
    }
}

/* `begin:` names the first step when it comes from a part; what is stored has it in front. */
static void move_first_step(struct reader *r)
{
    struct node *begin = node_get(r->root, "begin"), *steps = node_get(r->root, "steps");
    struct node *step = begin ? node_find(steps, begin->text) : NULL;

    if (!begin)
        return;
    node_remove(r->root, begin);
    if (!step) {
        node_fault(r->t, r->faults, begin, "没有环节“%.*s”", STR_ARG(begin->text));
        return;
    }
    node_remove(steps, step);
    step->next = steps->first;
    steps->first = step;
    if (!steps->last)
        steps->last = step;
    steps->count++;
}

bool procedure_merge(struct reader *r, struct str text)
{
    struct node *lists = NULL, *steps;

    r->root = node_parse(r->t, r->file, text, NODE_MAX_PROCEDURE, r->faults);
    if (!r->root)
        return false;
    if (r->root->kind != NODE_MAP) {
        node_fault(r->t, r->faults, r->root,
                   "规程文件应当是一组“键: 值”，第一行写 procedure: 代码");
        return false;
    }
    merge_parts(r);
    spell_lists_in(r, r->root, &lists);
    move_first_step(r);
    steps = node_get(r->root, "steps");
    if (steps && steps->kind == NODE_MAP && steps->first) {
        mark_step(r, steps->first->key);
        drop_unused(r, "steps");
        drop_unused(r, "actions");
        drop_unused(r, "duties");
    }
    return true;
}
