#include "core/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/task.h"

static struct json *make(struct task *t, enum json_kind kind)
{
    struct json *json = NEW(t, struct json, 1);

    json->kind = kind;
    return json;
}

struct json *json_object(struct task *t)
{
    return make(t, JSON_OBJECT);
}

struct json *json_list(struct task *t)
{
    return make(t, JSON_LIST);
}

struct json *json_str(struct task *t, struct str s)
{
    struct json *json = make(t, JSON_STRING);

    json->text = s;
    return json;
}

struct json *json_int(struct task *t, int64_t number)
{
    struct json *json = make(t, JSON_INT);

    json->number = number;
    return json;
}

struct json *json_bool(struct task *t, bool value)
{
    struct json *json = make(t, JSON_BOOL);

    json->boolean = value;
    return json;
}

struct json *json_id(struct task *t, int64_t id)
{
    char digits[24];
    struct buf b = buf_over(digits, sizeof digits);

    buf_add_int(&b, id);
    return json_str(t, str_copy(t, buf_str(&b)));
}

void json_append(struct json *list, struct json *value)
{
    value->next = NULL;
    if (list->last)
        list->last->next = value;
    else
        list->first = value;
    list->last = value;
    list->count++;
}

/* Take `old` out, put `value` (may be NULL) in its place. */
static void replace(struct json *object, struct json *before, struct json *old, struct json *value)
{
    struct json *after = value ? value : old->next;

    if (value)
        value->next = old->next;
    else
        object->count--;
    if (before)
        before->next = after;
    else
        object->first = after;
    if (object->last == old)
        object->last = value ? value : before;
}

void json_put(struct task *t, struct json *object, struct str name, struct json *value)
{
    struct json *before = NULL;

    if (value)
        value->name = str_copy(t, name);
    for (struct json *member = object->first; member; before = member, member = member->next) {
        if (str_eq(member->name, name)) {
            replace(object, before, member, value);
            return;
        }
    }
    if (value)
        json_append(object, value);
}

void json_put_str(struct task *t, struct json *object, const char *name, struct str value)
{
    json_put(t, object, str_of(name), json_str(t, value));
}

void json_put_int(struct task *t, struct json *object, const char *name, int64_t value)
{
    json_put(t, object, str_of(name), json_int(t, value));
}

void json_put_bool(struct task *t, struct json *object, const char *name, bool value)
{
    json_put(t, object, str_of(name), json_bool(t, value));
}

void json_put_id(struct task *t, struct json *object, const char *name, int64_t id)
{
    json_put(t, object, str_of(name), json_id(t, id));
}

struct json *json_find(const struct json *object, struct str name)
{
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    /* Names of one length mostly differ at once: a glance at the first letter saves a call. */
    JSON_EACH (member, object)
        if (member->name.len == name.len &&
            (!name.len ||
             (*member->name.at == *name.at && !memcmp(member->name.at, name.at, name.len))))
            return member;
    return NULL;
}

struct str json_as_str(const struct json *json)
{
    return json && json->kind == JSON_STRING ? json->text : (struct str){0};
}

int64_t json_as_int(const struct json *json)
{
    int64_t number = 0;

    if (json && json->kind == JSON_INT)
        return json->number;
    return str_int(json_as_str(json), &number) ? number : 0;
}

/* Bytes that end a run which can be copied as it stands: what JSON must escape, what HTML would
 * take for markup, and the lead byte of U+2028. */
static const bool stops[256] = {
    [0] = true,   [1] = true,    [2] = true,   [3] = true,    [4] = true,   [5] = true,
    [6] = true,   [7] = true,    [8] = true,   [9] = true,    [10] = true,  [11] = true,
    [12] = true,  [13] = true,   [14] = true,  [15] = true,   [16] = true,  [17] = true,
    [18] = true,  [19] = true,   [20] = true,  [21] = true,   [22] = true,  [23] = true,
    [24] = true,  [25] = true,   [26] = true,  [27] = true,   [28] = true,  [29] = true,
    [30] = true,  [31] = true,   ['"'] = true, ['\\'] = true, ['<'] = true, ['>'] = true,
    ['&'] = true, [0xe2] = true,
};

/* Write the character at s.at[i], which stops a run; how many bytes it had. */
static size_t write_stop(struct buf *b, struct str s, size_t i)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char c = (unsigned char)s.at[i];
    char escape[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};

    if (c == 0xe2) {
        bool separator = s.len - i >= 3 && s.at[i + 1] == '\x80' &&
                         (s.at[i + 2] == '\xa8' || s.at[i + 2] == '\xa9');
        if (!separator) {
            buf_add_char(b, s.at[i]);
            return 1;
        }
        buf_add(b, s.at[i + 2] == '\xa8' ? S("\\u2028") : S("\\u2029"));
        return 3;
    }
    char letter = c == '"'    ? '"'
                  : c == '\\' ? '\\'
                  : c == '\n' ? 'n'
                  : c == '\r' ? 'r'
                  : c == '\t' ? 't'
                              : 0;
    if (letter) {
        escape[1] = letter;
        buf_add_bytes(b, escape, 2);
    } else {
        buf_add_bytes(b, escape, 6);
    }
    return 1;
}

void json_write_str(struct buf *b, struct str s)
{
    size_t run = 0, i = 0;

    while (i < s.len && !stops[(unsigned char)s.at[i]])
        i++;
    if (i == s.len) { /* most are without */
        char *at = buf_grow(b, s.len + 2);
        if (!at)
            return;
        *at = at[s.len + 1] = '"';
        if (s.len)
            memcpy(at + 1, s.at, s.len);
        return;
    }
    buf_add_char(b, '"');
    while (i < s.len) {
        if (!stops[(unsigned char)s.at[i]]) {
            i++;
            continue;
        }
        buf_add_bytes(b, s.at + run, i - run);
        i += write_stop(b, s, i);
        run = i;
    }
    if (i > run)
        buf_add_bytes(b, s.at + run, i - run);
    buf_add_char(b, '"');
}

/* The shortest of the forms that read back as the same number. */
static void write_real(struct buf *b, double real)
{
    char text[40];

    if (!isfinite(real)) {
        buf_add(b, S("null"));
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, real);
        if (strtod(text, NULL) == real)
            break;
    }
    buf_add(b, str_of(text));
}

void json_write(struct buf *b, const struct json *json)
{
    bool object = json && json->kind == JSON_OBJECT;

    switch (json ? json->kind : JSON_NULL) {
    case JSON_NULL:
        buf_add(b, S("null"));
        break;
    case JSON_BOOL:
        buf_add(b, json->boolean ? S("true") : S("false"));
        break;
    case JSON_INT:
        buf_add_int(b, json->number);
        break;
    case JSON_REAL:
        write_real(b, json->real);
        break;
    case JSON_STRING:
        json_write_str(b, json->text);
        break;
    case JSON_LIST:
    case JSON_OBJECT:
        buf_add_char(b, object ? '{' : '[');
        JSON_EACH (child, json) {
            if (child != json->first)
                buf_add_char(b, ',');
            if (object) {
                json_write_str(b, child->name);
                buf_add_char(b, ':');
            }
            json_write(b, child);
        }
        buf_add_char(b, object ? '}' : ']');
        break;
    }
}

struct str json_text(struct task *t, const struct json *json)
{
    struct buf b = buf_new(t, SIZE_MAX);

    json_write(&b, json);
    return buf_str(&b);
}
