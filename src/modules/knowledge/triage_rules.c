/* Small readers for the rule files of triage and interviews. */
#include "modules/knowledge/triage_rules.h"

#include <stdlib.h>

#include "core/task.h"

void rule_keys(struct rule_file *f, const struct node *map, const char *allowed)
{
    NODE_EACH(child, map)
    {
        struct str rest = str_of(allowed), head;
        bool known = false;
        while (str_cut(&rest, ' ', &head))
            known = known || str_eq(head, child->key);
        if (!known)
            node_fault(f->t, f->faults, child, "没有“%.*s”这个键，可以用：%s", STR_ARG(child->key),
                       allowed);
    }
}

struct str rule_text(struct rule_file *f, const struct node *map, const char *key, bool required)
{
    const struct node *child = node_get(map, key);

    if (child && child->kind != NODE_TEXT)
        node_fault(f->t, f->faults, child, "“%s”应当是一段文字", key);
    else if (child && child->text.len)
        return child->text;
    else if (required)
        node_fault(f->t, f->faults, child ? child : map, "缺少“%s”", key);
    return S("");
}

double rule_share(struct rule_file *f, const struct node *map, const char *key)
{
    struct str text = rule_text(f, map, key, true);
    char *end = NULL;

    if (!text.len)
        return 0;
    const char *number = str_terminated(f->t, text);
    double share = strtod(number, &end);
    if (*end || !(share >= 0 && share <= 1))
        node_fault(f->t, f->faults, node_get(map, key), "“%s”应当是 0 到 1 之间的数", key);
    return share >= 0 && share <= 1 ? share : 0;
}

struct list rule_words(struct rule_file *f, const struct node *map, const char *key, bool required)
{
    const struct node *list = rule_part(f, map, key, NODE_LIST, required);
    struct list words = {0};

    NODE_EACH(child, list)
    {
        if (child->kind != NODE_TEXT || !child->text.len) {
            node_fault(f->t, f->faults, child, "“%s”里应当都是词", key);
            continue;
        }
        LIST_EACH (struct str, word, words)
            if (str_eq(*word, child->text))
                node_fault(f->t, f->faults, child, "“%s”里的“%.*s”写了两次", key,
                           STR_ARG(child->text));
        *(struct str *)list_add(f->t, &words, sizeof(struct str)) = child->text;
    }
    return words;
}

const struct node *rule_part(struct rule_file *f, const struct node *map, const char *key,
                             enum node_kind kind, bool required)
{
    const struct node *part = node_get(map, key);

    if (!part) {
        if (required)
            node_fault(f->t, f->faults, map, "缺少“%s”", key);
        return NULL;
    }
    if (part->kind != kind) {
        node_fault(f->t, f->faults, part,
                   kind == NODE_LIST ? "“%s”应当是列表" : "“%s”应当是一组“键: 值”", key);
        return NULL;
    }
    if (!part->count && required)
        node_fault(f->t, f->faults, part, "“%s”是空的", key);
    return part->count ? part : NULL;
}

bool rule_code(struct rule_file *f, const struct node *node, struct str code)
{
    bool good = code.len > 0 && code.len <= 40;

    for (size_t i = 0; good && i < code.len; i++) {
        char c = code.at[i];
        good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    if (!good)
        node_fault(f->t, f->faults, node, "代码“%.*s”只能用小写字母、数字和减号，最长 40 个",
                   STR_ARG(code));
    return good;
}
