/* Form fields made of asks: the same table that checks the input draws the page. */
#include "modules/desk/draw.h"

#include <string.h>

#include "core/text.h"
#include "core/task.h"
#include "modules/shell/ask_box.h"

#define FIELDS(...) ((const struct field[]){__VA_ARGS__, {0}})

const struct shape desk_option_shape = {"DeskOption", sizeof(struct desk_option),
                                        FIELDS(FIELD(struct desk_option, value, F_STR, NULL),
                                               FIELD(struct desk_option, title, F_STR, NULL),
                                               FIELD(struct desk_option, chosen, F_BOOL, NULL))};

const struct shape desk_mark_shape = {
    "DeskMark", sizeof(struct desk_mark),
    FIELDS(FIELD(struct desk_mark, code, F_STR, NULL), FIELD(struct desk_mark, title, F_STR, NULL),
           FIELD(struct desk_mark, where, F_STR, NULL), FIELD(struct desk_mark, state, F_STR, NULL),
           FIELD(struct desk_mark, code_name, F_STR, NULL),
           FIELD(struct desk_mark, state_name, F_STR, NULL),
           FIELD(struct desk_mark, required, F_BOOL, NULL),
           FIELD_OF(struct desk_mark, options, F_LIST, &desk_option_shape, NULL))};

const struct shape desk_field_shape = {
    "DeskField", sizeof(struct desk_field),
    FIELDS(
        FIELD(struct desk_field, id, F_STR, NULL), FIELD(struct desk_field, name, F_STR, NULL),
        FIELD(struct desk_field, label, F_STR, NULL), FIELD(struct desk_field, hint, F_STR, NULL),
        FIELD(struct desk_field, error, F_STR, NULL), FIELD(struct desk_field, value, F_STR, NULL),
        FIELD(struct desk_field, input, F_STR, NULL),
        FIELD(struct desk_field, inputmode, F_STR, NULL),
        FIELD(struct desk_field, check, F_STR, NULL), FIELD(struct desk_field, good, F_STR, NULL),
        FIELD(struct desk_field, unit, F_STR, NULL),
        FIELD(struct desk_field, described, F_STR, NULL),
        FIELD(struct desk_field, most, F_INT, NULL),
        FIELD(struct desk_field, optional, F_BOOL, NULL),
        FIELD(struct desk_field, wide, F_BOOL, NULL),
        FIELD(struct desk_field, is_box, F_BOOL, NULL),
        FIELD(struct desk_field, is_line, F_BOOL, NULL),
        FIELD(struct desk_field, is_area, F_BOOL, NULL),
        FIELD(struct desk_field, is_select, F_BOOL, NULL),
        FIELD(struct desk_field, is_file, F_BOOL, NULL),
        FIELD(struct desk_field, is_group, F_BOOL, NULL),
        FIELD(struct desk_field, is_tick, F_BOOL, NULL),
        FIELD(struct desk_field, is_marks, F_BOOL, NULL),
        FIELD_OF(struct desk_field, options, F_LIST, &desk_option_shape, NULL),
        FIELD_OF(struct desk_field, marks, F_LIST, &desk_mark_shape, NULL))};

const struct shape desk_error_shape = {"DeskError", sizeof(struct desk_error),
                                       FIELDS(FIELD(struct desk_error, anchor, F_STR, NULL),
                                              FIELD(struct desk_error, message, F_STR, NULL))};

const struct shape desk_text_shape = {"DeskText", sizeof(struct desk_text),
                                      FIELDS(FIELD(struct desk_text, text, F_STR, NULL))};

const struct shape desk_title_shape = {"DeskTitle", sizeof(struct desk_title),
                                       FIELDS(FIELD(struct desk_title, title, F_STR, NULL))};

const struct shape desk_link_shape = {
    "DeskLink", sizeof(struct desk_link),
    FIELDS(FIELD(struct desk_link, href, F_STR, NULL), FIELD(struct desk_link, title, F_STR, NULL),
           FIELD(struct desk_link, tone, F_STR, NULL), FIELD(struct desk_link, count, F_INT, NULL),
           FIELD(struct desk_link, current, F_BOOL, NULL))};

struct str desk_anchor(struct task *t, struct str name)
{
    char *id = NEW(t, char, name.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool joint = c == '[' || c == ']' || c == '.';
        if (!joint)
            id[n++] = c;
        else if (n && id[n - 1] != '-')
            id[n++] = '-';
    }
    while (n && id[n - 1] == '-')
        n--;
    return (struct str){id, n};
}

struct desk_errors desk_errors(struct task *t, const struct request *request)
{
    struct desk_errors errors = {0};

    if (!request->error)
        return errors;
    errors.has_errors = true;
    for (const struct field_error *error = request->errors; error; error = error->next)
        *(struct desk_error *)list_add(t, &errors.errors, sizeof(struct desk_error)) =
            (struct desk_error){desk_anchor(t, error->field), error->message};
    if (errors.errors.count) {
        errors.error_title = str_format(t, tr(t, "有 %zu 处要改"), errors.errors.count);
        return errors;
    }
    errors.error_title = S("没有提交");
    struct str note = request->error_note;
    *(struct desk_error *)list_add(t, &errors.errors, sizeof(struct desk_error)) =
        (struct desk_error){S("main"), note.len ? note : str_of(err_sentence(request->error))};
    return errors;
}

const struct ask *desk_ask(const struct form *form, const char *name)
{
    for (const struct ask *ask = form ? form->asks : NULL; ask && ask->name; ask++)
        if (strcmp(ask->name, name) == 0)
            return ask;
    return NULL;
}

static struct list options_of(struct task *t, const struct choice *choices,
                              const struct json *value)
{
    struct list options = {0};

    for (; choices && choices->value; choices++)
        *(struct desk_option *)list_add(t, &options, sizeof(struct desk_option)) =
            (struct desk_option){str_of(choices->value), str_of(choices->title),
                                 ask_holds(t, NULL, value, str_of(choices->value))};
    return options;
}

/* Of the duties that the procedure lets be paused or extended, those that may be now. */
static struct list duties_of(struct task *t, const struct list *options, const struct list *names)
{
    struct list kept = {0};

    LIST_EACH (struct desk_option, option, *options) {
        LIST_EACH (struct str, name, *names) {
            if (str_eq(option->value, *name))
                *(struct desk_option *)list_add(t, &kept, sizeof *option) = *option;
        }
    }
    return kept;
}

/* A list of options with the chosen ones marked. */
static struct list chosen_of(struct task *t, const struct list *options, const struct json *value)
{
    struct list copy = {0};

    LIST_EACH (struct desk_option, option, *options) {
        struct desk_option *made = list_add(t, &copy, sizeof *made);
        *made = *option;
        made->chosen = ask_holds(t, NULL, value, option->value);
    }
    return copy;
}

static void draw_line(struct desk_field *field, const struct ask *ask)
{
    struct ask_box box = ask_box(ask);

    field->is_box = field->is_line = true;
    field->input = box.input;
    field->inputmode = box.inputmode;
    field->unit = box.unit;
    if (ask->type == ASK_PHONE)
        field->check = S("phone");
    else if (ask->type == ASK_ID_NUMBER)
        field->check = S("id-number");
    else if (ask->type == ASK_CREDIT_CODE)
        field->check = S("credit-code");
}

/* Few short choices are ticks, many are a list. */
static void draw_choice(struct task *t, const struct desk_drawing *drawing,
                        struct desk_field *field, const struct ask *ask, const struct json *value)
{
    field->options = options_of(t, ask->choices, value);
    if (drawing->choices.of_duties && strcmp(ask->name, "duty") == 0)
        field->options = duties_of(t, &field->options, &drawing->choices.duties);
    if (ask->type == ASK_CHOICES) {
        field->is_group = field->wide = true;
        field->input = S("checkbox");
    } else {
        field->is_box = field->is_select = true;
    }
}

static const struct choice mark_states[] = {
    {"in", "已收"}, {"promised", "承诺后补"}, {"missing", "缺"}, {NULL, NULL}};

static struct str marked_state(const struct json *marks, struct str code, struct str before)
{
    JSON_EACH (mark, marks) {
        if (str_eq(json_get_str(mark, "code"), code))
            return json_get_str(mark, "state");
    }
    return before.len ? before : S("missing");
}

static void draw_marks(struct task *t, const struct desk_drawing *drawing, struct desk_field *field,
                       const struct json *value)
{
    int64_t index = 0;

    field->is_marks = field->wide = true;
    LIST_EACH (struct material_view, material, drawing->materials) {
        struct desk_mark *mark = list_add(t, &field->marks, sizeof *mark);
        mark->code = material->code;
        mark->title = material->title;
        mark->where = material->where;
        mark->required = material->required;
        mark->state = marked_state(value, material->code, material->state);
        mark->code_name = str_format(t, "%.*s[%lld].code", STR_ARG(field->name), (long long)index);
        mark->state_name =
            str_format(t, "%.*s[%lld].state", STR_ARG(field->name), (long long)index);
        struct json *state = json_str(t, mark->state);
        mark->options = options_of(t, mark_states, state);
        if (!material->promise && mark->options.count == 3 && !str_is(mark->state, "promised"))
            ((struct desk_option *)mark->options.at)[1] =
                ((struct desk_option *)mark->options.at)[2],
                                 mark->options.count = 2;
        index++;
    }
}

static void draw_id(struct task *t, const struct desk_drawing *drawing, struct desk_field *field,
                    const struct ask *ask, const struct json *value)
{
    const struct list *from = strcmp(ask->name, "staff") == 0  ? &drawing->staff
                              : strcmp(ask->name, "unit") == 0 ? &drawing->units
                                                               : NULL;

    if (!from || !from->count) {
        draw_line(field, ask);
        field->inputmode = S("numeric");
        return;
    }
    field->is_box = field->is_select = true;
    field->options = chosen_of(t, from, value);
}

struct desk_field desk_draw_ask(struct task *t, const struct desk_drawing *drawing,
                                const struct ask *ask, struct str prefix, const struct json *input)
{
    const struct json *value = json_get(input, ask->name);
    struct desk_field field = {
        .name = str_format(t, "%.*s%s", STR_ARG(prefix), ask->name),
        .label = str_of(ask->title ? ask->title : ask->name),
        .hint = str_of(ask->hint),
        .value = ask_value(t, ask, value),
        .optional = !ask->required,
    };

    field.id = desk_anchor(t, field.name);
    field.error = request_error(drawing->request, str_terminated(t, field.name));
    if (!field.error.len && prefix.len && str_is(prefix, "then_input."))
        field.error = request_error(drawing->request, ask->name);
    switch (ask->type) {
    case ASK_LONG:
        field.is_box = field.is_area = field.wide = true;
        field.most = ask->max > 0 ? ask->max : 5000;
        break;
    case ASK_CHOICE:
    case ASK_CHOICES:
        draw_choice(t, drawing, &field, ask, value);
        break;
    case ASK_BOOL:
        field.is_tick = true;
        if (str_is(field.value, "false") || str_is(field.value, "0"))
            field.value = (struct str){0};
        break;
    case ASK_ID:
        draw_id(t, drawing, &field, ask, value);
        break;
    case ASK_LIST:
        draw_marks(t, drawing, &field, value);
        break;
    default:
        draw_line(&field, ask);
    }
    if (field.error.len)
        field.described = str_format(t, "%.*s-error", STR_ARG(field.id));
    else if (field.hint.len)
        field.described = str_format(t, "%.*s-hint", STR_ARG(field.id));
    return field;
}

/* Units to tick: units[0].unit, units[1].unit ... */
static void draw_units(struct task *t, const struct desk_drawing *drawing, const struct ask *ask,
                       struct str prefix, const struct json *input, struct list *fields)
{
    const struct json *chosen = json_get(input, ask->name);
    int64_t index = 0;

    LIST_EACH (struct desk_option, unit, drawing->units) {
        struct desk_field *field = list_add(t, fields, sizeof *field);
        struct desk_option *option = list_add(t, &field->options, sizeof *option);
        field->name =
            str_format(t, "%.*s%s[%lld].unit", STR_ARG(prefix), ask->name, (long long)index++);
        field->id = desk_anchor(t, field->name);
        field->label = index == 1 ? str_of(ask->title) : S("");
        field->is_group = true;
        field->input = S("checkbox");
        *option = (struct desk_option){unit->value, unit->title, false};
        JSON_EACH (row, chosen) {
            option->chosen = option->chosen || str_eq(json_get_str(row, "unit"), unit->value);
        }
    }
}

static void draw_into(struct task *t, const struct desk_drawing *drawing, const struct form *form,
                      struct str prefix, const struct json *input, struct list *fields)
{
    for (const struct ask *ask = form ? form->asks : NULL; ask && ask->name; ask++) {
        if (ask->type == ASK_OBJECT) {
            draw_into(t, drawing, ask->of, str_format(t, "%.*s%s.", STR_ARG(prefix), ask->name),
                      json_get(input, ask->name), fields);
        } else if (ask->type == ASK_LIST && strcmp(ask->name, "units") == 0) {
            draw_units(t, drawing, ask, prefix, input, fields);
        } else if (ask->type != ASK_LIST || strcmp(ask->name, "materials") == 0) {
            *(struct desk_field *)list_add(t, fields, sizeof(struct desk_field)) =
                desk_draw_ask(t, drawing, ask, prefix, input);
        }
    }
}

struct list desk_draw(struct task *t, const struct desk_drawing *drawing, const struct form *form,
                      struct str prefix, const struct json *input)
{
    struct list fields = {0};

    draw_into(t, drawing, form, prefix, input, &fields);
    return fields;
}
