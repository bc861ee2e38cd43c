/*
 * Fields of a page, drawn from the same tables that check the input (core/form.h): label, hint,
 * box, what was typed, and what is wrong with it.
 */
#include "portal_private.h"

#include "core/text.h"
#include "modules/shell/ask_box.h"

static const struct field choice_fields[] = {
    FIELD(struct portal_choice, name, F_STR, NULL),
    FIELD(struct portal_choice, input, F_STR, NULL),
    FIELD(struct portal_choice, value, F_STR, "值"),
    FIELD(struct portal_choice, title, F_STR, "说法"),
    FIELD(struct portal_choice, more, F_STR, NULL),
    FIELD(struct portal_choice, chosen, F_BOOL, "已选"),
    {0},
};
static const struct shape choice_shape = {"PortalChoice", sizeof(struct portal_choice),
                                          choice_fields};

static const struct field field_fields[] = {
    FIELD(struct portal_field, name, F_STR, "名字"),
    FIELD(struct portal_field, id, F_STR, NULL),
    FIELD(struct portal_field, label, F_STR, "标签"),
    FIELD(struct portal_field, hint, F_STR, "提示"),
    FIELD(struct portal_field, hint_link, F_STR, NULL),
    FIELD(struct portal_field, hint_href, F_STR, NULL),
    FIELD(struct portal_field, error, F_STR, "错误"),
    FIELD(struct portal_field, described, F_STR, NULL),
    FIELD(struct portal_field, value, F_STR, "填的内容"),
    FIELD(struct portal_field, input, F_STR, NULL),
    FIELD(struct portal_field, inputmode, F_STR, NULL),
    FIELD(struct portal_field, autocomplete, F_STR, NULL),
    FIELD(struct portal_field, unit, F_STR, "单位"),
    FIELD(struct portal_field, optional, F_BOOL, "可不填"),
    FIELD(struct portal_field, group, F_BOOL, NULL),
    FIELD(struct portal_field, line, F_BOOL, NULL),
    FIELD(struct portal_field, area, F_BOOL, NULL),
    FIELD(struct portal_field, select, F_BOOL, NULL),
    FIELD(struct portal_field, file, F_BOOL, NULL),
    FIELD_OF(struct portal_field, choices, F_LIST, &choice_shape, "选项"),
    {0},
};
const struct shape portal_field_shape = {"PortalField", sizeof(struct portal_field), field_fields};

static const struct field error_fields[] = {
    FIELD(struct portal_error, field, F_STR, "输入项"),
    FIELD(struct portal_error, message, F_STR, "怎么改"),
    FIELD(struct portal_error, first, F_BOOL, NULL),
    FIELD(struct portal_error, last, F_BOOL, NULL),
    {0},
};
const struct shape portal_error_shape = {"PortalError", sizeof(struct portal_error), error_fields};

enum { RADIOS_MOST = 7 }; /* more choices than this become a list */

static const struct choice yes_no[] = {{"1", "是"}, {"0", "否"}, {NULL, NULL}};

static void add_choices(struct task *t, struct portal_field *field, const struct ask *ask,
                        const struct choice *choices, const struct json *value)
{
    for (; choices->value; choices++) {
        struct portal_choice *choice = list_add(t, &field->choices, sizeof *choice);

        *choice = (struct portal_choice){
            .name = field->name,
            .input = ask->type == ASK_CHOICES ? S("checkbox") : S("radio"),
            .value = str_of(choices->value),
            .title = str_of(choices->title),
        };
        choice->chosen = ask_holds(t, ask, value, choice->value);
    }
}

/* What helps a phone to fill in or to show the right keys. */
static void line_manners(struct portal_field *field, const struct ask *ask)
{
    struct ask_box box = ask_box(ask);

    field->line = true;
    field->input = box.input;
    field->inputmode = box.inputmode;
    field->unit = box.unit;
    field->autocomplete = S("off");
    if (str_is(field->name, "name"))
        field->autocomplete = S("name");
    else if (str_is(field->name, "address"))
        field->autocomplete = S("street-address");
    if (ask->type == ASK_PHONE && str_is(field->name, "phone"))
        field->autocomplete = S("tel");
}

static void kind_of_box(struct task *t, struct portal_field *field, const struct ask *ask,
                        const struct json *value)
{
    size_t n = 0;

    switch (ask->type) {
    case ASK_LONG:
        field->area = true;
        return;
    case ASK_BOOL:
        field->group = true;
        add_choices(t, field, ask, yes_no, value);
        return;
    case ASK_CHOICE:
        while (ask->choices[n].value)
            n++;
        field->group = n <= RADIOS_MOST;
        field->select = !field->group;
        add_choices(t, field, ask, ask->choices, value);
        return;
    case ASK_CHOICES:
        field->group = true;
        add_choices(t, field, ask, ask->choices, value);
        return;
    default:
        line_manners(field, ask);
    }
}

static struct str described_by(struct task *t, const struct portal_field *field)
{
    struct str hint = field->hint.len ? str_join(t, field->id, S("-hint")) : (struct str){0};
    struct str error = field->error.len ? str_join(t, field->id, S("-error")) : (struct str){0};

    return str_format(t, "%.*s%s%.*s", STR_ARG(hint), hint.len && error.len ? " " : "",
                      STR_ARG(error));
}

static void add_field(struct task *t, struct list *fields, const struct ask *ask,
                      const struct json *values, const struct field_error *errors)
{
    struct portal_field *field = list_add(t, fields, sizeof *field);
    const struct json *value = json_get(values, ask->name);

    field->name = str_of(ask->name);
    field->id = field->name;
    field->label = str_of(ask->title);
    field->hint = str_of(ask->hint);
    field->optional = !ask->required;
    field->value = ask_value(t, ask, value);
    kind_of_box(t, field, ask, value);
    for (const struct field_error *error = errors; error && !field->error.len; error = error->next)
        if (str_eq(error->field, field->name) ||
            str_starts(error->field, str_join(t, field->name, S("["))))
            field->error = error->message;
    field->described = described_by(t, field);
}

static const struct portal_field *field_of(const struct portal_form *form, struct str path)
{
    LIST_EACH (const struct portal_field, field, form->fields)
        if (str_starts(path, field->name) &&
            (path.len == field->name.len || path.at[field->name.len] == '[' ||
             path.at[field->name.len] == '.'))
            return field;
    return NULL;
}

struct portal_form portal_form(struct task *t, const struct form *form, const struct json *values,
                               const struct field_error *errors)
{
    struct portal_form drawn = {0};

    for (const struct ask *ask = form ? form->asks : NULL; ask && ask->name; ask++)
        add_field(t, &drawn.fields, ask, values, errors);
    for (const struct field_error *error = errors; error; error = error->next) {
        const struct portal_field *field = field_of(&drawn, error->field);
        struct portal_error *line = list_add(t, &drawn.errors, sizeof *line);

        line->field = field ? field->id : error->field;
        line->message = field && str_find(error->message, tr_str(t, field->label)) == SIZE_MAX
                            ? str_format(t, tr(t, "%.*s：%.*s"), STR_ARG(tr_str(t, field->label)),
                                         STR_ARG(error->message))
                            : error->message;
    }
    drawn.error_count = (int64_t)drawn.errors.count;
    drawn.has_errors = drawn.error_count > 0;
    if (drawn.has_errors) {
        struct portal_error *lines = drawn.errors.at;

        lines[0].first = true;
        lines[drawn.error_count - 1].last = true;
    }
    return drawn;
}

struct portal_field *portal_form_field(struct portal_form *form, const char *name)
{
    LIST_EACH (struct portal_field, field, form->fields)
        if (str_is(field->name, name))
            return field;
    return NULL;
}

static struct str choice_title(const struct choice *choices, struct str value)
{
    for (; choices && choices->value; choices++)
        if (str_is(value, choices->value))
            return str_of(choices->title);
    return value;
}

struct str portal_answer(struct task *t, const struct ask *ask, const struct json *value)
{
    struct str text = ask_value(t, ask, value);
    int32_t day;

    switch (ask->type) {
    case ASK_CHOICE:
        return tr_str(t, choice_title(ask->choices, text));
    case ASK_CHOICES: {
        struct buf b = buf_new(t, 4096);

        JSON_EACH (item, value) {
            if (b.len)
                buf_add(&b, tr_str(t, S("、")));
            buf_add(&b, tr_str(t, choice_title(ask->choices, json_as_str(item))));
        }
        return buf_str(&b);
    }
    case ASK_BOOL:
        return text.len ? tr_str(t, choice_title(yes_no, text)) : text;
    case ASK_MONEY:
        return text.len ? str_format(t, tr(t, "%.*s\xc2\xa0元"), STR_ARG(text)) : text;
    case ASK_DAY:
        return day_parse(text, &day) ? portal_day(t, day) : text;
    default:
        return text;
    }
}
