#include "modules/org/page_form.h"

#include <string.h>

#include "core/task.h"

static const struct field error_fields[] = {
    FIELD(struct page_error, anchor, F_STR, "字段"),
    FIELD(struct page_error, message, F_STR, "说明"),
    {0},
};
const struct shape page_error_shape = {"page-error", sizeof(struct page_error), error_fields};

static const struct field option_fields[] = {
    FIELD(struct page_option, value, F_STR, "值"),
    FIELD(struct page_option, title, F_STR, "名称"),
    FIELD(struct page_option, chosen, F_BOOL, "已选"),
    {0},
};
const struct shape page_option_shape = {"page-option", sizeof(struct page_option), option_fields};

#define PAGE_FIELD(member, type) FIELD(struct page_field, member, type, NULL)

static const struct field field_fields[] = {
    PAGE_FIELD(id, F_STR),
    PAGE_FIELD(name, F_STR),
    PAGE_FIELD(label, F_STR),
    PAGE_FIELD(hint, F_STR),
    PAGE_FIELD(error, F_STR),
    PAGE_FIELD(value, F_STR),
    PAGE_FIELD(input, F_STR),
    PAGE_FIELD(inputmode, F_STR),
    PAGE_FIELD(optional, F_BOOL),
    PAGE_FIELD(is_line, F_BOOL),
    PAGE_FIELD(is_area, F_BOOL),
    PAGE_FIELD(is_select, F_BOOL),
    PAGE_FIELD(is_tick, F_BOOL),
    FIELD_OF(struct page_field, options, F_LIST, &page_option_shape, NULL),
    {0},
};
const struct shape page_field_shape = {"page-field", sizeof(struct page_field), field_fields};

struct str page_field_id(struct task *t, struct str name)
{
    struct buf b = buf_new(t, name.len);

    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == '[' || name.at[i] == '.')
            buf_add_char(&b, '-');
        else if (name.at[i] != ']')
            buf_add_char(&b, name.at[i]);
    }
    return buf_str(&b);
}

struct page_errors page_errors(struct task *t, const struct request *request)
{
    struct page_errors errors = {.has_errors = request->error != OK,
                                 .error_title = S("请改正后再提交")};

    if (!request->error)
        return errors;
    for (const struct field_error *error = request->errors; error; error = error->next) {
        struct page_error *row = list_add(t, &errors.errors, sizeof *row);

        *row = (struct page_error){page_field_id(t, error->field), error->message};
    }
    if (!errors.errors.count) { /* nothing here is to be corrected */
        struct page_error *row = list_add(t, &errors.errors, sizeof *row);

        *row = (struct page_error){S(""), request->error_note};
        errors.error_title = S("没有办成");
    }
    return errors;
}

bool page_refused(const struct request *request, const char *path_end)
{
    return request->error && str_ends(request->path, str_of(path_end));
}

static struct str text_of(struct task *t, const struct json *value)
{
    if (!value)
        return S("");
    if (value->kind == JSON_INT)
        return str_format(t, "%lld", (long long)value->number);
    if (value->kind == JSON_BOOL)
        return value->boolean ? S("1") : S("");
    return json_as_str(value);
}

static void shape_field_by_type(struct page_field *field, enum ask_type type)
{
    field->input = S("text");
    switch (type) {
    case ASK_LONG:
        field->is_area = true;
        return;
    case ASK_CHOICE:
        field->is_select = true;
        return;
    case ASK_BOOL:
        field->is_tick = true;
        return;
    case ASK_DAY:
        field->input = S("date");
        break;
    case ASK_INT:
    case ASK_ID:
        field->inputmode = S("numeric");
        break;
    case ASK_PHONE:
        field->input = S("tel");
        break;
    default:
        break;
    }
    if (str_is(field->name, "password"))
        field->input = S("password");
    field->is_line = true;
}

struct list page_fields(struct task *t, const struct form *form, const struct request *request,
                        const struct json *values, bool typed)
{
    struct list fields = {0};

    for (const struct ask *ask = form->asks; ask->name; ask++) {
        struct page_field *field;

        if (ask->type == ASK_LIST || ask->type == ASK_OBJECT)
            continue;
        field = list_add(t, &fields, sizeof *field);
        *field = (struct page_field){
            .id = page_field_id(t, str_of(ask->name)),
            .name = str_of(ask->name),
            .label = str_of(ask->title),
            .hint = str_of(ask->hint),
            .optional = !ask->required && ask->type != ASK_BOOL,
        };
        shape_field_by_type(field, ask->type);
        if (typed)
            field->error = request_error(request, ask->name);
        /* A password is never written back into a page. */
        if (!str_is(field->name, "password"))
            field->value = text_of(t, json_get(typed ? request->body : values, ask->name));
        for (const struct choice *choice = ask->choices; choice && choice->value; choice++)
            page_field_add_option(t, &fields, ask->name, str_of(choice->value),
                                  str_of(choice->title));
    }
    return fields;
}

void page_field_add_option(struct task *t, struct list *fields, const char *name, struct str value,
                           struct str title)
{
    struct page_field *field = fields->at;

    for (size_t i = 0; i < fields->count; i++) {
        if (!str_is(field[i].name, name))
            continue;
        struct page_option *option = list_add(t, &field[i].options, sizeof *option);

        *option = (struct page_option){value, title, str_eq(value, field[i].value)};
        field[i].is_select = true;
        field[i].is_line = false;
    }
}
