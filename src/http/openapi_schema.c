#include "http/openapi_private.h"

#include <string.h>

#include "core/task.h"

enum { DEFAULT_TEXT = 200, DEFAULT_LONG = 5000, DEFAULT_ELEMENTS = 50 };

struct known {
    const char *name;
    const void *table;
};

struct json *openapi_ref(struct task *t, const char *section, struct str name)
{
    struct json *ref = json_object(t);

    json_put_str(t, ref, "$ref", str_format(t, "#/components/%s/%.*s", section, STR_ARG(name)));
    return ref;
}

static struct json *typed(struct task *t, const char *type, const char *format)
{
    struct json *schema = json_object(t);

    json_put_str(t, schema, "type", str_of(type));
    if (format)
        json_put_str(t, schema, "format", str_of(format));
    return schema;
}

static struct json *array_of(struct task *t, struct json *items)
{
    struct json *schema = typed(t, "array", NULL);

    json_put(t, schema, S("items"), items);
    return schema;
}

/* Is this table's schema there already?  Remembers it when not; notes a name that two tables share.
 */
static bool seen(struct schemas *s, struct list *known, const char *name, const void *table)
{
    LIST_EACH (struct known, k, *known) {
        if (k->table == table)
            return true;
        if (strcmp(k->name, name) == 0)
            s->clash = name;
    }
    *(struct known *)list_add(s->t, known, sizeof(struct known)) = (struct known){name, table};
    return false;
}

static struct json *described(struct task *t, struct json *schema, const char *title)
{
    if (title)
        json_put_str(t, schema, "description", str_of(title));
    return schema;
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static struct json *field_schema(struct schemas *s, const struct field *field)
{
    struct json *schema;

    switch (field->type) {
    case F_INT:
        return typed(s->t, "integer", "int64");
    case F_BOOL:
        return typed(s->t, "boolean", NULL);
    case F_ID:
        schema = typed(s->t, "string", NULL);
        json_put_str(s->t, schema, "pattern", S("^-?[0-9]+$"));
        return schema;
    case F_MOMENT:
        return typed(s->t, "string", "date-time");
    case F_DAY:
        return typed(s->t, "string", "date");
    case F_LIST:
        return array_of(s->t, openapi_shape(s, field->of));
    case F_OBJECT:
    case F_LINK:
        return openapi_shape(s, field->of);
    case F_STR:
    case F_HTML:
        break;
    }
    return typed(s->t, "string", NULL);
}

/* What JSON leaves out when it is absent. */
static bool may_be_absent(enum field_type type)
{
    return type == F_ID || type == F_MOMENT || type == F_DAY || type == F_LINK;
}

struct json *openapi_shape(struct schemas *s, const struct shape *shape)
{
    struct task *t = s->t;
    struct str name = str_of(shape->name);

    if (seen(s, &s->shapes, shape->name, shape))
        return openapi_ref(t, "schemas", name);
    struct json *schema = typed(t, "object", NULL), *properties = json_object(t);
    struct json *required = json_list(t);

    json_put(t, s->components, name, schema); /* before its fields: shapes may hold each other */
    for (const struct field *field = shape->fields; field->name; field++) {
        if (field->type == F_HTML)
            continue;
        json_put(t, properties, str_of(field->name),
                 described(t, field_schema(s, field), field->title));
        if (!may_be_absent(field->type))
            json_append(required, json_str(t, str_of(field->name)));
    }
    json_put(t, schema, S("properties"), properties);
    if (required->count)
        json_put(t, schema, S("required"), required);
    return openapi_ref(t, "schemas", name);
}

/* ---- forms ----------------------------------------------------------------------------------- */

static struct json *choice_schema(struct task *t, const struct ask *ask)
{
    struct json *schema = typed(t, "string", NULL), *values = json_list(t);

    for (const struct choice *choice = ask->choices; choice && choice->value; choice++)
        json_append(values, json_str(t, str_of(choice->value)));
    if (values->count)
        json_put(t, schema, S("enum"), values);
    return schema;
}

static struct json *text_schema(struct task *t, const struct ask *ask, int64_t most)
{
    struct json *schema = typed(t, "string", NULL);

    if (ask->min > 0)
        json_put_int(t, schema, "minLength", ask->min);
    json_put_int(t, schema, "maxLength", ask->max > 0 ? ask->max : most);
    return schema;
}

static struct json *int_schema(struct task *t, const struct ask *ask)
{
    struct json *schema = typed(t, "integer", "int64");

    if (ask->min == 0 && ask->max == 0)
        return schema;
    json_put_int(t, schema, "minimum", ask->min);
    if (ask->max >= ask->min)
        json_put_int(t, schema, "maximum", ask->max);
    return schema;
}

static struct json *patterned(struct task *t, const char *pattern)
{
    struct json *schema = typed(t, "string", NULL);

    json_put_str(t, schema, "pattern", str_of(pattern));
    return schema;
}

static struct json *list_schema(struct schemas *s, const struct ask *ask)
{
    struct json *schema =
        array_of(s->t, ask->of ? openapi_form(s, ask->of) : typed(s->t, "object", NULL));

    if (ask->min > 0)
        json_put_int(s->t, schema, "minItems", ask->min);
    json_put_int(s->t, schema, "maxItems", ask->max > 0 ? ask->max : DEFAULT_ELEMENTS);
    return schema;
}

static struct json *ask_schema(struct schemas *s, const struct ask *ask)
{
    struct task *t = s->t;

    switch (ask->type) {
    case ASK_TEXT:
        return text_schema(t, ask, DEFAULT_TEXT);
    case ASK_LONG:
        return text_schema(t, ask, DEFAULT_LONG);
    case ASK_CHOICE:
        return choice_schema(t, ask);
    case ASK_CHOICES:
        return array_of(t, choice_schema(t, ask));
    case ASK_BOOL:
        return typed(t, "boolean", NULL);
    case ASK_INT:
        return int_schema(t, ask);
    case ASK_MONEY:
        return patterned(t, "^[0-9]+(\\.[0-9]{1,2})?$");
    case ASK_DAY:
        return typed(t, "string", "date");
    case ASK_MOMENT:
        return typed(t, "string", "date-time");
    case ASK_ID:
        return patterned(t, "^[0-9]+$");
    case ASK_LIST:
        return list_schema(s, ask);
    case ASK_OBJECT:
        return ask->of ? openapi_form(s, ask->of) : typed(t, "object", NULL);
    case ASK_PHONE:
    case ASK_ID_NUMBER:
    case ASK_CREDIT_CODE:
        break;
    }
    return typed(t, "string", NULL);
}

struct json *openapi_ask(struct schemas *s, const struct ask *ask)
{
    struct task *t = s->t;
    struct json *schema = ask_schema(s, ask);
    struct buf words = buf_new(t, 16 * 1024);

    buf_add(&words, str_of(ask->title));
    if (ask->hint && *ask->hint)
        buf_format(&words, "。%s", ask->hint);
    for (const struct choice *choice = ask->choices; choice && choice->value; choice++)
        buf_format(&words, "%s%s = %s", choice == ask->choices ? "：" : "，", choice->value,
                   choice->title ? choice->title : choice->value);
    if (words.len)
        json_put_str(t, schema, "description", buf_str(&words));
    return schema;
}

struct json *openapi_form(struct schemas *s, const struct form *form)
{
    struct task *t = s->t;
    struct str name = str_format(t, "%s_input", form->name);

    if (seen(s, &s->forms, form->name, form))
        return openapi_ref(t, "schemas", name);
    struct json *schema = typed(t, "object", NULL), *properties = json_object(t);
    struct json *required = json_list(t), *underscored = json_object(t);

    json_put(t, s->components, name, schema);
    for (const struct ask *ask = form->asks; ask->name; ask++) {
        json_put(t, properties, str_of(ask->name), openapi_ask(s, ask));
        if (ask->required)
            json_append(required, json_str(t, str_of(ask->name)));
    }
    json_put(t, schema, S("properties"), properties);
    json_put(t, underscored, S("^_"), json_bool(t, true));
    json_put(t, schema, S("patternProperties"), underscored);
    json_put_bool(t, schema, "additionalProperties", false);
    if (required->count)
        json_put(t, schema, S("required"), required);
    return openapi_ref(t, "schemas", name);
}
