#include <stdint.h>
#include <string.h>

#include "core/task.h"
#include "modules/catalog/procedure_private.h"

/* Questions: of the form, and of actions. */

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

const struct ask *ask_named(const struct ask *asks, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(name, asks[i].name))
            return &asks[i];
    return NULL;
}

/* Needed asks that the file does not write come first, then the file's own in their order. */
void read_asks(struct reader *r, const struct node *list, const struct ask *needed,
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
