#include "core/form.h"

#include "core/form_private.h"
#include "core/task.h"

enum { DEFAULT_ELEMENTS = 50, UNKNOWN_NAMED = 20, NAME_SHOWN = 60 };

static enum err check_members(struct task *t, const struct form *form, const struct json *input,
                              struct str prefix, struct json *clean);

static bool is_private(const struct json *member)
{
    return member->name.len && member->name.at[0] == '_';
}

/* Pages send every field they have, empty or not: what holds nothing was not given. */
bool form_is_blank(const struct json *json)
{
    if (!json || json->kind == JSON_NULL)
        return true;
    if (json->kind == JSON_STRING)
        return str_trim(json->text).len == 0;
    if (json->kind != JSON_LIST && json->kind != JSON_OBJECT)
        return false;
    JSON_EACH (child, json)
        if (!is_private(child) && !form_is_blank(child))
            return false;
    return true;
}

/* What is wrong inside has its own path, so neither of the two leaves a message when it is. */
static void check_object(struct check *c)
{
    c->clean = json_object(c->t);
    check_members(c->t, c->ask->of, c->input, c->path, c->clean);
}

static void check_list(struct check *c)
{
    int64_t max = c->ask->max ? c->ask->max : DEFAULT_ELEMENTS;
    struct json *list = json_list(c->t);
    size_t i = 0;

    if ((int64_t)c->input->count > max) {
        c->message = SAY(c->t, "最多 %lld 项，现在 %zu 项", (long long)max, c->input->count);
        return;
    }
    JSON_EACH (element, c->input) {
        struct str path = str_format(c->t, "%.*s[%zu]", STR_ARG(c->path), i++);

        if (form_is_blank(element))
            continue;
        struct json *clean = json_object(c->t);
        if (check_members(c->t, c->ask->of, element, path, clean) == OK || clean->count)
            json_append(list, clean);
    }
    if ((int64_t)list->count < c->ask->min)
        c->message = SAY(c->t, "至少 %lld 项，现在 %zu 项", (long long)c->ask->min, list->count);
    c->clean = list;
}

enum {
    STRING = 1 << JSON_STRING,
    WHOLE = 1 << JSON_INT,
    REAL = 1 << JSON_REAL,
    TRUTH = 1 << JSON_BOOL,
    LIST = 1 << JSON_LIST,
    OBJECT = 1 << JSON_OBJECT
};

static const struct {
    unsigned kinds; /* what may be sent */
    void (*check)(struct check *c);
    const char *absent; /* said when it is required; the label follows when it ends in a verb */
} types[] = {
    [ASK_TEXT] = {STRING, form_text, "请填写"},
    [ASK_LONG] = {STRING, form_text, "请填写"},
    [ASK_CHOICE] = {STRING, form_choice, "请选择"},
    [ASK_CHOICES] = {STRING | LIST, form_choices, "请至少选一项"},
    [ASK_BOOL] = {STRING | WHOLE | TRUTH, form_bool, "请选“是”或“否”"},
    [ASK_INT] = {STRING | WHOLE, form_int, "请填写"},
    [ASK_MONEY] = {STRING | WHOLE | REAL, form_money, "请填写"},
    [ASK_DAY] = {STRING, form_day, "请填写"},
    [ASK_MOMENT] = {STRING, form_moment, "请填写"},
    [ASK_PHONE] = {STRING, form_phone, "请填写"},
    [ASK_ID_NUMBER] = {STRING, form_id_number, "请填写"},
    [ASK_CREDIT_CODE] = {STRING, form_credit_code, "请填写"},
    [ASK_ID] = {STRING | WHOLE, form_id, "请选择"},
    [ASK_LIST] = {LIST, check_list, "请至少填一项"},
    [ASK_OBJECT] = {OBJECT, check_object, "请填写"},
};

static const char *wrong_kind(const struct ask *ask)
{
    switch (ask->type) {
    case ASK_LIST:
    case ASK_CHOICES:
        return "应为列表";
    case ASK_OBJECT:
        return "应为一组字段";
    case ASK_INT:
    case ASK_MONEY:
        return "应为数字";
    case ASK_BOOL:
        return "请选“是”或“否”";
    default:
        return "应为文字";
    }
}

static const char *say_absent(struct task *t, const struct ask *ask)
{
    const char *words = types[ask->type].absent;
    bool verb = str_is(S("请填写"), words) || str_is(S("请选择"), words);

    return verb && ask->title ? SAY(t, "%s%s", tr(t, words), tr(t, ask->title)) : tr(t, words);
}

/* Nothing was given.  A required object says itself which of its fields are missing. */
static void check_absent(struct task *t, const struct ask *ask, struct str path)
{
    if (!ask->required)
        return;
    if (ask->type == ASK_OBJECT && check_members(t, ask->of, NULL, path, json_object(t)))
        return;
    task_field_error(t, path, "%s", say_absent(t, ask));
}

/* A list of all errors stands far from its fields: which number has too few digits must be said. */
static bool names_itself(const struct ask *ask)
{
    return ask->title &&
           (ask->type == ASK_PHONE || ask->type == ASK_ID_NUMBER || ask->type == ASK_CREDIT_CODE);
}

static void check_one(struct task *t, const struct ask *ask, const struct json *input,
                      struct str path, struct json *clean)
{
    struct check c = {.t = t, .ask = ask, .input = input, .path = path};

    if (form_is_blank(input)) {
        check_absent(t, ask, path);
        return;
    }
    if (types[ask->type].kinds & 1U << input->kind)
        types[ask->type].check(&c);
    else
        c.message = wrong_kind(ask);
    if (c.message)
        task_field_error(t, path, "%s%s", names_itself(ask) ? tr(t, ask->title) : "",
                         tr(t, c.message));
    if (c.clean)
        json_put(t, clean, str_of(ask->name), c.clean);
}

static struct str member_path(struct task *t, struct str prefix, struct str name)
{
    return prefix.len ? str_format(t, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(name)) : name;
}

static bool is_asked(const struct form *form, struct str name)
{
    for (const struct ask *ask = form->asks; ask->name; ask++)
        if (str_is(name, ask->name))
            return true;
    return false;
}

/* ERR_BAD_INPUT when this object, or anything in it, added an error. */
static enum err check_members(struct task *t, const struct form *form, const struct json *input,
                              struct str prefix, struct json *clean)
{
    const struct field_error *before = t->last_field_error;
    int unknown = 0;

    if (input && input->kind != JSON_OBJECT && input->kind != JSON_NULL) {
        task_field_error(t, prefix, "应为一组字段");
        return ERR_BAD_INPUT;
    }
    for (const struct ask *ask = form->asks; ask->name; ask++)
        check_one(t, ask, json_get(input, ask->name), member_path(t, prefix, str_of(ask->name)),
                  clean);
    JSON_EACH (member, input) {
        if (is_private(member) || is_asked(form, member->name))
            continue;
        /* What a stranger makes up does not fill our memory. */
        if (++unknown > UNKNOWN_NAMED)
            break;
        struct str shown = str_first(member->name, utf8_prefix(member->name, NAME_SHOWN));
        task_field_error(t, member_path(t, prefix, shown), "没有这个字段");
    }
    return t->last_field_error == before ? OK : ERR_BAD_INPUT;
}

enum err form_check(struct task *t, const struct form *form, const struct json *input,
                    struct str prefix, struct json **ret_clean)
{
    struct json *clean = json_object(t);
    enum err e = check_members(t, form, input, prefix, clean);

    *ret_clean = clean;
    return e ? task_input_verdict(t) : OK;
}
