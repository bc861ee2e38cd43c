#include "core/shape.h"

#include <string.h>

#include "core/json.h"
#include "core/task.h"
#include "core/time.h"

const struct field *shape_field(const struct shape *shape, struct str name)
{
    for (const struct field *field = shape->fields; field->name; field++)
        if (str_is(name, field->name))
            return field;
    return NULL;
}

static bool left_out(const struct field *field, const void *at)
{
    switch (field->type) {
    case F_ID:
    case F_MOMENT:
        return *(const int64_t *)at == 0;
    case F_DAY:
        return *(const int32_t *)at == DAY_NONE;
    case F_LINK:
        return *(const void *const *)at == NULL;
    case F_HTML:
        return true;
    default:
        return false;
    }
}

static void write_quoted(struct buf *b, const char *text, size_t n)
{
    buf_add_char(b, '"');
    buf_add_bytes(b, text, n);
    buf_add_char(b, '"');
}

static void write_list(struct buf *b, const struct shape *of, const struct list *list)
{
    const char *at = list->at;

    buf_add_char(b, '[');
    for (size_t i = 0; i < list->count; i++, at += of->size) {
        if (i)
            buf_add_char(b, ',');
        shape_write_json(b, of, at);
    }
    buf_add_char(b, ']');
}

static void write_value(struct buf *b, const struct field *field, const void *at)
{
    char text[MOMENT_PRINT];

    switch (field->type) {
    case F_STR:
        json_write_str(b, *(const struct str *)at);
        break;
    case F_INT:
        buf_add_int(b, *(const int64_t *)at);
        break;
    case F_BOOL:
        buf_add(b, *(const bool *)at ? S("true") : S("false"));
        break;
    case F_ID:
        buf_add_char(b, '"');
        buf_add_int(b, *(const int64_t *)at);
        buf_add_char(b, '"');
        break;
    case F_MOMENT:
        write_quoted(b, text, moment_print_rfc3339(text, *(const int64_t *)at));
        break;
    case F_DAY:
        write_quoted(b, text, day_print(text, *(const int32_t *)at));
        break;
    case F_LIST:
        write_list(b, field->of, at);
        break;
    case F_OBJECT:
        shape_write_json(b, field->of, at);
        break;
    case F_LINK:
        shape_write_json(b, field->of, *(const void *const *)at);
        break;
    case F_HTML:
        break;
    }
}

void shape_write_json(struct buf *b, const struct shape *shape, const void *at)
{
    bool first = true;

    buf_add_char(b, '{');
    for (const struct field *field = shape->fields; field->name; field++) {
        const void *value = (const char *)at + field->offset;

        if (left_out(field, value))
            continue;
        if (!first)
            buf_add_char(b, ',');
        first = false;
        write_quoted(b, field->name, strlen(field->name));
        buf_add_char(b, ':');
        write_value(b, field, value);
    }
    buf_add_char(b, '}');
}

void *list_add(struct task *t, struct list *list, size_t element_size)
{
    /* The room is the next power of two from 4 on, so the list needs no third member. */
    size_t n = list->count;

    if (n == 0 || (n >= 4 && (n & (n - 1)) == 0)) {
        char *bigger = task_alloc(t, element_size, n ? n * 2 : 4);
        if (n)
            memcpy(bigger, list->at, n * element_size);
        list->at = bigger;
    }
    list->count++;
    return memset((char *)list->at + n * element_size, 0, element_size);
}
