#include "http/input.h"

#include <string.h>
#include <strings.h>

#include "http/head.h"

struct input input_new(struct task *t)
{
    return (struct input){.root = json_object(t)};
}

static enum err bad_name(struct task *t, struct str name)
{
    (void)name; /* not repeated: it may be anything */
    return task_fail(t, ERR_BAD_INPUT, "表单的字段名不正确，请刷新页面后再交。");
}

/* The element of a list that was given this index, in the order of indexes. */
static struct json *list_place(struct json *list, int64_t index, struct json *fresh)
{
    struct json **link = &list->first;

    while (*link && (*link)->number < index)
        link = &(*link)->next;
    if (*link && (*link)->number == index)
        return *link;
    fresh->number =
        index; /* free in an object or a string; cleared by nobody, read by nobody else */
    fresh->next = *link;
    *link = fresh;
    if (!fresh->next)
        list->last = fresh;
    list->count++;
    return fresh;
}

/* One step of a name: ".word" or "[12]".  Moves *name past it. */
struct step {
    bool is_index;
    int64_t index;
    struct str word;
};

static bool read_step(struct str *name, bool first, struct step *ret_step)
{
    size_t end = 0;

    if (!first && name->at[0] == '[') {
        int64_t index = 0;

        for (end = 1; end < name->len && name->at[end] >= '0' && name->at[end] <= '9'; end++)
            if ((index = index * 10 + (name->at[end] - '0')) > INPUT_INDEX)
                return false;
        if (end == 1 || end == name->len || name->at[end] != ']')
            return false;
        *ret_step = (struct step){.is_index = true, .index = index};
        *name = str_from(*name, end + 1);
        return name->len == 0 || name->at[0] == '.' || name->at[0] == '[';
    }
    if (!first) {
        if (name->at[0] != '.')
            return false;
        *name = str_from(*name, 1);
    }
    while (end < name->len && name->at[end] != '.' && name->at[end] != '[') {
        unsigned char c = (unsigned char)name->at[end];

        if (c <= ' ' || c == 0x7f || c == ']' || c == '"' || c == '\\')
            return false;
        end++;
    }
    *ret_step = (struct step){.word = str_first(*name, end)};
    *name = str_from(*name, end);
    return end > 0;
}

/* The container under `at` for this step, made when it is not there; NULL when the name contradicts
 * an earlier one. */
static struct json *descend(struct task *t, struct json *at, const struct step *step, bool to_list)
{
    struct json *fresh = to_list ? json_list(t) : json_object(t);
    struct json *child;

    if (step->is_index) {
        child = at->kind == JSON_LIST ? list_place(at, step->index, fresh) : NULL;
    } else {
        if (at->kind != JSON_OBJECT)
            return NULL;
        child = json_find(at, step->word);
        if (!child)
            json_put(t, at, step->word, child = fresh);
    }
    return child && child->kind == fresh->kind ? child : NULL;
}

/* The last step: a value.  A second one makes a list of both. */
static bool set_leaf(struct task *t, struct json *at, const struct step *step, struct json *value)
{
    if (step->is_index)
        return at->kind == JSON_LIST && list_place(at, step->index, value) == value;
    if (at->kind != JSON_OBJECT)
        return false;
    struct json *there = json_find(at, step->word);
    if (!there) {
        json_put(t, at, step->word, value);
        return true;
    }
    if (there->kind == JSON_STRING) {
        struct json *both = json_list(t);

        json_append(both, json_str(t, there->text));
        both->first->number = -1; /* before every index, and never equal to one */
        json_put(t, at, step->word, both);
        there = both;
    }
    if (there->kind != JSON_LIST || !there->first || there->first->number != -1)
        return false;
    json_append(there, value);
    return true;
}

/* The value as kept: line ends are LF. */
static struct str plain_lines(struct task *t, struct str value)
{
    char *out = NEW(t, char, value.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] != '\r' || i + 1 == value.len || value.at[i + 1] != '\n')
            out[n++] = value.at[i];
    return (struct str){out, n};
}

enum err input_put(struct task *t, struct input *input, struct str name, struct str value)
{
    struct json *at = input->root;
    struct str rest = name;
    struct step step;

    if (++input->count > INPUT_FIELDS)
        return task_fail(t, ERR_TOO_LARGE, "一次提交的栏目太多，请分几次交。");
    if (name.len == 0 || name.len > INPUT_NAME || !utf8_valid(name) ||
        !read_step(&rest, true, &step))
        return bad_name(t, name);
    for (int depth = 0; rest.len; depth++) {
        if (depth == INPUT_DEPTH)
            return bad_name(t, name);
        at = descend(t, at, &step, rest.at[0] == '[');
        if (!at || !read_step(&rest, false, &step))
            return bad_name(t, name);
    }
    if (!utf8_valid(value)) {
        task_field_error(t, name, "含有无法识别的字符，请重新输入");
        value = (struct str){0};
    }
    if (!set_leaf(t, at, &step, json_str(t, plain_lines(t, value))))
        return bad_name(t, name);
    return OK;
}

/* "+" and %XX decoded; false on a percent sign that encodes nothing. */
static bool decode(struct task *t, struct str raw, struct str *ret_text)
{
    char *out = NEW(t, char, raw.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.at[i];

        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            int high = i + 2 < raw.len ? hex_value(raw.at[i + 1]) : -1;
            int low = i + 2 < raw.len ? hex_value(raw.at[i + 2]) : -1;

            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        out[n++] = c;
    }
    *ret_text = (struct str){out, n};
    return true;
}

enum err input_urlencoded(struct task *t, struct str text, struct json **ret_tree)
{
    struct input input = input_new(t);
    struct str pair;
    enum err e;

    while (str_cut(&text, '&', &pair)) {
        struct str raw_name = {0}, name, value;

        if (pair.len == 0)
            continue;
        str_cut(&pair, '=', &raw_name);
        if (!decode(t, raw_name, &name) || !decode(t, pair, &value))
            return task_fail(t, ERR_BAD_INPUT, "提交的内容编码不正确，请刷新页面后再交。");
        if ((e = input_put(t, &input, name, value)))
            return e;
    }
    *ret_tree = input.root;
    return task_input_verdict(t);
}

struct str input_cookie(struct str header, const char *name)
{
    struct str pair, key;

    while (str_cut(&header, ';', &pair)) {
        pair = str_trim(pair);
        if (str_cut(&pair, '=', &key) && str_is(key, name))
            return pair;
    }
    return (struct str){0};
}

bool input_type_is(struct str content_type, const char *type)
{
    struct str word = {0};

    str_cut(&content_type, ';', &word);
    word = str_trim(word);
    return word.len == strlen(type) && strncasecmp(word.at, type, word.len) == 0;
}

/* A quoted string from its opening quote on; moves *value past the closing one. */
static bool read_quoted(struct task *t, struct str *value, struct str *ret_text)
{
    char *out = NEW(t, char, value->len + 1);
    size_t n = 0;

    for (size_t i = 1; i < value->len; i++) {
        char c = value->at[i];

        if (c == '"') {
            *ret_text = (struct str){out, n};
            *value = str_from(*value, i + 1);
            return true;
        }
        /* Browsers write %22 for a quote and leave a backslash bare: only \" and \\ are escapes. */
        if (c == '\\' && i + 1 < value->len &&
            (value->at[i + 1] == '"' || value->at[i + 1] == '\\'))
            c = value->at[++i];
        out[n++] = c;
    }
    return false;
}

bool input_parameter(struct task *t, struct str value, const char *name, struct str *ret_value)
{
    struct str ignored;
    bool found = false;

    str_cut(&value, ';', &ignored);
    while (value.len) {
        struct str key = {0}, text = {0};
        size_t end = 0;

        value = str_trim(value);
        while (end < value.len && value.at[end] != '=' && value.at[end] != ';')
            end++;
        if (end == value.len || value.at[end] != '=')
            return false;
        key = str_trim(str_first(value, end));
        value = str_from(value, end + 1);
        if (value.len && value.at[0] == '"') {
            if (!read_quoted(t, &value, &text))
                return false;
            value = str_trim(value);
            if (value.len && value.at[0] != ';')
                return false;
            value = str_from(value, 1);
        } else {
            str_cut(&value, ';', &text);
            text = str_trim(text);
        }
        if (key.len == strlen(name) && strncasecmp(key.at, name, key.len) == 0) {
            if (found)
                return false; /* twice: which one is meant? */
            *ret_value = text;
            found = true;
        }
    }
    return found;
}
