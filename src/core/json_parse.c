/*
 * Reading JSON.  cJSON knows the grammar, but is lenient where we are not (control characters as
 * white space and inside strings, U+0000, numbers like 01, nesting to 1000, names given twice).  So
 * the text is first scanned as tokens, which also says how large the tree will be: everything is
 * taken from the arena before cJSON is called, and nothing can jump while its tree is held.
 */
#include "core/json.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/task.h"

/* 2^53: beyond it not every integer is a double. */
static const double largest_exact = 9007199254740992.0;

struct scan {
    struct str text;
    size_t at;
    int depth;
    size_t values; /* at least as many as there are in the tree */
};

static int peek(const struct scan *s)
{
    return s->at < s->text.len ? (unsigned char)s->text.at[s->at] : -1;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Behind a backslash.  cJSON takes \uZZZZ for U+0000 and ends the string there. */
static const char *scan_escape(struct scan *s)
{
    struct str rest = str_from(s->text, s->at);

    if (!rest.len || !strchr("\"\\/bfnrtu", rest.at[0]))
        return "反斜杠后面的写法不对";
    s->at++;
    if (rest.at[0] != 'u')
        return NULL;
    for (size_t i = 1; i <= 4; i++)
        if (i >= rest.len || !isxdigit((unsigned char)rest.at[i]))
            return "反斜杠后面的写法不对";
    s->at += 4;
    return str_starts(rest, S("u0000")) ? "文字里有空字符" : NULL;
}

/* Behind the opening quote, to behind the closing one. */
static const char *scan_string(struct scan *s)
{
    const char *wrong = NULL;

    while (!wrong) {
        int c = peek(s);

        if (c < 0)
            return "引号没有配对";
        if (c < 0x20)
            return "文字里有控制字符";
        s->at++;
        if (c == '"')
            return NULL;
        if (c == '\\')
            wrong = scan_escape(s);
    }
    return wrong;
}

static bool scan_digits(struct scan *s)
{
    size_t from = s->at;

    while (is_digit(peek(s)))
        s->at++;
    return s->at > from;
}

static const char *scan_number(struct scan *s)
{
    static const char wrong[] = "数字写法不对";

    if (peek(s) == '-')
        s->at++;
    if (peek(s) == '0') {
        s->at++;
    } else if (!scan_digits(s)) {
        return wrong;
    }
    if (peek(s) == '.') {
        s->at++;
        if (!scan_digits(s))
            return wrong;
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-')
            s->at++;
        if (!scan_digits(s))
            return wrong;
    }
    return is_digit(peek(s)) ? wrong : NULL;
}

static const char *scan_word(struct scan *s)
{
    static const struct str words[] = {STR_INIT("true"), STR_INIT("false"), STR_INIT("null")};

    for (size_t i = 0; i < 3; i++) {
        if (str_starts(str_from(s->text, s->at), words[i])) {
            s->at += words[i].len;
            return NULL;
        }
    }
    return "有不认识的字符";
}

static const char *scan_token(struct scan *s)
{
    int c = peek(s);

    switch (c) {
    case '{':
    case '[':
        s->at++;
        s->values++;
        return ++s->depth > JSON_MAX_DEPTH ? "层数太多" : NULL;
    case '}':
    case ']':
        s->at++;
        return --s->depth < 0 ? "括号没有配对" : NULL;
    case ',':
    case ':':
    case ' ':
    case '\t':
    case '\n':
    case '\r':
        s->at++;
        return NULL;
    case '"':
        s->at++;
        s->values++;
        return scan_string(s);
    default:
        s->values++;
        return c == '-' || is_digit(c) ? scan_number(s) : scan_word(s);
    }
}

/* Copying cJSON's tree: nodes and text stand ready. */
struct copy {
    struct json *node;
    char *text;
    bool infinite;
};

static struct str copy_text(struct copy *c, const char *text)
{
    size_t len = strlen(text);
    struct str s = {memcpy(c->text, text, len), len};

    c->text += len;
    return s;
}

static struct json *copy_value(struct copy *c, const cJSON *from);

static void copy_children(struct copy *c, struct json *json, const cJSON *from)
{
    for (const cJSON *child = from->child; child; child = child->next) {
        struct json *copy = copy_value(c, child);

        if (json->kind == JSON_OBJECT)
            copy->name = copy_text(c, child->string);
        json_append(json, copy);
    }
}

static struct json *copy_value(struct copy *c, const cJSON *from)
{
    struct json *json = c->node++;

    if (cJSON_IsBool(from)) {
        json->kind = JSON_BOOL;
        json->boolean = cJSON_IsTrue(from);
    } else if (cJSON_IsNumber(from)) {
        double number = from->valuedouble;
        bool whole = number == floor(number) && fabs(number) <= largest_exact;
        json->kind = whole ? JSON_INT : JSON_REAL;
        if (whole)
            json->number = (int64_t)number;
        else
            json->real = number;
        c->infinite |= !isfinite(number);
    } else if (cJSON_IsString(from)) {
        json->kind = JSON_STRING;
        json->text = copy_text(c, from->valuestring);
    } else if (cJSON_IsArray(from) || cJSON_IsObject(from)) {
        json->kind = cJSON_IsArray(from) ? JSON_LIST : JSON_OBJECT;
        copy_children(c, json, from);
    }
    return json;
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* A stranger may send a hundred thousand members: sort, do not compare each with each. */
static bool has_twins(struct str *names, const struct json *json)
{
    size_t n = 0;

    if (json->kind == JSON_OBJECT && json->count > 1) {
        JSON_EACH (member, json)
            names[n++] = member->name;
        qsort(names, n, sizeof *names, compare_names);
        for (size_t i = 1; i < n; i++)
            if (str_eq(names[i - 1], names[i]))
                return true;
    }
    JSON_EACH (child, json)
        if (child->first && has_twins(names, child))
            return true;
    return false;
}

/* Behind white space only. */
static bool only_space(struct str text, size_t from)
{
    while (from < text.len && strchr(" \t\r\n", text.at[from]))
        from++;
    return from == text.len;
}

enum err json_parse(struct task *t, struct str text, struct json **ret_json)
{
    struct scan scan = {.text = text};

    if (!utf8_valid(text))
        return task_fail(t, ERR_BAD_INPUT, "JSON 不是有效的 UTF-8 文字");
    while (scan.at < text.len) {
        const char *wrong = scan_token(&scan);
        if (wrong)
            return task_fail(t, ERR_BAD_INPUT, "JSON 第 %zu 个字节处：%s", scan.at + 1, wrong);
    }

    struct copy copy = {NEW(t, struct json, scan.values), NEW(t, char, text.len + 1), false};
    struct str *names = NEW(t, struct str, scan.values);
    const char *end = text.at;
    cJSON *tree = cJSON_ParseWithLengthOpts(text.at ? text.at : "", text.len, &end, false);
    size_t stopped = text.at ? (size_t)(end - text.at) : 0;
    if (!tree)
        return task_fail(t, ERR_BAD_INPUT, "JSON 第 %zu 个字节处写法不对", stopped + 1);
    struct json *json = copy_value(&copy, tree);
    cJSON_Delete(tree);

    if (!only_space(text, stopped))
        return task_fail(t, ERR_BAD_INPUT, "JSON 第 %zu 个字节处：后面还有多余的内容", stopped + 1);
    if (copy.infinite)
        return task_fail(t, ERR_BAD_INPUT, "JSON 里有太大的数字");
    if (has_twins(names, json))
        return task_fail(t, ERR_BAD_INPUT, "JSON 里有重复的字段名");
    *ret_json = json;
    return OK;
}
