/*
 * Reading JSON.  The text is copied once; strings of the tree are slices of that copy, and escapes
 * are undone in place, for what they stand for is never longer.  Every act on an order reads its
 * state, so this is one of the places where time goes (docs/BENCHMARKS.md).
 */
#include "core/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/task.h"

/* 2^53: beyond it not every integer is a double. */
static const double largest_exact = 9007199254740992.0;

enum { FEW_NAMES = 32, EXACT_DIGITS = 15 };

struct parse {
    struct task *t;
    char *text; /* terminated */
    size_t at, len;
    int depth;
    const char *wrong; /* what, at `at`; NULL while all is well */
    bool twins, infinite;
};

static bool fail(struct parse *p, const char *wrong)
{
    p->wrong = wrong;
    return false;
}

static int peek(const struct parse *p)
{
    return p->at < p->len ? (unsigned char)p->text[p->at] : -1;
}

/* White space, then the next byte. */
static int next(struct parse *p)
{
    int c;

    while ((c = peek(p)) == ' ' || c == '\t' || c == '\n' || c == '\r')
        p->at++;
    return c;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* --- Strings ---------------------------------------------------------------------------------- */

/* Four hexadecimal digits; -1 when they are none. */
static int hex_unit(struct parse *p)
{
    int unit = 0;

    for (int i = 0; i < 4; i++) {
        int c = peek(p), letter = c | 0x20;

        if (is_digit(c))
            unit = unit * 16 + c - '0';
        else if (letter >= 'a' && letter <= 'f')
            unit = unit * 16 + letter - 'a' + 10;
        else
            return -1;
        p->at++;
    }
    return unit;
}

static char *put_utf8(char *to, unsigned code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

/* Behind \u. */
static bool read_code(struct parse *p, char **to)
{
    static const char wrong[] = "：反斜杠后面的写法不对";
    int unit = hex_unit(p), low;

    if (unit < 0)
        return fail(p, wrong);
    if (unit == 0)
        return fail(p, "：文字里有空字符");
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return fail(p, wrong);
    if (unit >= 0xd800 && unit <= 0xdbff) {
        if (p->len - p->at < 2 || p->text[p->at] != '\\' || p->text[p->at + 1] != 'u')
            return fail(p, wrong);
        p->at += 2;
        low = hex_unit(p);
        if (low < 0xdc00 || low > 0xdfff)
            return fail(p, wrong);
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    *to = put_utf8(*to, (unsigned)unit);
    return true;
}

/* Behind a backslash. */
static bool read_escape(struct parse *p, char **to)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    int c = peek(p);
    const char *letter = c > 0 ? strchr(letters, c) : NULL;

    if (c == 'u') {
        p->at++;
        return read_code(p, to);
    }
    if (!letter)
        return fail(p, "：反斜杠后面的写法不对");
    p->at++;
    *(*to)++ = meant[letter - letters];
    return true;
}

/* From the opening quote to behind the closing one. */
static bool read_string(struct parse *p, struct str *ret_string)
{
    char *from = p->text + ++p->at, *to;
    bool moved = false;

    /* Most strings stand as they are written, and the text ends with a zero byte. */
    for (to = from; (unsigned char)*to >= 0x20 && *to != '"' && *to != '\\';)
        to++;
    p->at += (size_t)(to - from);
    for (;;) {
        int c = peek(p);

        if (c < 0)
            return fail(p, "：引号没有配对");
        if (c < 0x20)
            return fail(p, "：文字里有控制字符");
        p->at++;
        if (c == '"')
            break;
        if (c == '\\') {
            moved = true;
            if (!read_escape(p, &to))
                return false;
            continue;
        }
        if (moved)
            *to = (char)c;
        to++;
    }
    *ret_string = (struct str){from, (size_t)(to - from)};
    return true;
}

/* --- Numbers and words ------------------------------------------------------------------------ */

static bool skip_digits(struct parse *p)
{
    size_t from = p->at;

    while (is_digit(peek(p)))
        p->at++;
    return p->at > from;
}

static bool skip_number(struct parse *p, bool *ret_plain)
{
    static const char wrong[] = "：数字写法不对";

    *ret_plain = true;
    if (peek(p) == '-')
        p->at++;
    if (peek(p) == '0')
        p->at++;
    else if (!skip_digits(p))
        return fail(p, wrong);
    if (peek(p) == '.') {
        *ret_plain = false;
        p->at++;
        if (!skip_digits(p))
            return fail(p, wrong);
    }
    if (peek(p) == 'e' || peek(p) == 'E') {
        *ret_plain = false;
        p->at++;
        if (peek(p) == '+' || peek(p) == '-')
            p->at++;
        if (!skip_digits(p))
            return fail(p, wrong);
    }
    return is_digit(peek(p)) ? fail(p, wrong) : true;
}

static bool read_number(struct parse *p, struct json *json)
{
    const char *from = p->text + p->at;
    bool plain;

    if (!skip_number(p, &plain))
        return false;
    size_t len = (size_t)(p->text + p->at - from);
    json->kind = JSON_INT;
    if (plain && len <= EXACT_DIGITS)
        return str_int((struct str){from, len}, &json->number);
    /* What follows a number in the text is no part of a number. */
    double number = strtod(from, NULL);
    if (number == floor(number) && fabs(number) <= largest_exact) {
        json->number = (int64_t)number;
    } else {
        json->kind = JSON_REAL;
        json->real = number;
        p->infinite |= !isfinite(number);
    }
    return true;
}

static bool read_word(struct parse *p, struct json *json)
{
    static const struct {
        struct str word;
        enum json_kind kind;
        bool boolean;
    } words[] = {
        {STR_INIT("true"), JSON_BOOL, true},
        {STR_INIT("false"), JSON_BOOL, false},
        {STR_INIT("null"), JSON_NULL, false},
    };
    struct str rest = {p->text + p->at, p->len - p->at};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_starts(rest, words[i].word)) {
            p->at += words[i].word.len;
            json->kind = words[i].kind;
            json->boolean = words[i].boolean;
            return true;
        }
    }
    return fail(p, rest.len && !strchr(",:]}", rest.at[0]) ? "：有不认识的字符" : "写法不对");
}

/* --- Lists and objects ------------------------------------------------------------------------ */

static bool read_value(struct parse *p, struct json *json);

/* Any order will do that brings twins together. */
static int compare_names(const void *a, const void *b)
{
    const struct str *x = a, *y = b;

    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return x->len ? memcmp(x->at, y->at, x->len) : 0;
}

/* A stranger may send a hundred thousand members: beyond a few sort, do not compare each with
 * each. */
static bool has_twins(struct task *t, const struct json *object)
{
    struct str *names;
    size_t n = 0;

    if (object->count <= FEW_NAMES) {
        JSON_EACH (member, object)
            for (const struct json *other = member->next; other; other = other->next)
                if (member->name.len == other->name.len &&
                    (!member->name.len ||
                     (*member->name.at == *other->name.at && str_eq(member->name, other->name))))
                    return true;
        return false;
    }
    names = NEW(t, struct str, object->count);
    JSON_EACH (member, object)
        names[n++] = member->name;
    qsort(names, n, sizeof *names, compare_names);
    for (size_t i = 1; i < n; i++)
        if (str_eq(names[i - 1], names[i]))
            return true;
    return false;
}

static bool read_name(struct parse *p, struct json *member)
{
    if (next(p) != '"')
        return fail(p, "写法不对");
    if (!read_string(p, &member->name))
        return false;
    if (next(p) != ':')
        return fail(p, "写法不对");
    p->at++;
    return true;
}

static bool read_children(struct parse *p, struct json *json)
{
    int close = json->kind == JSON_OBJECT ? '}' : ']';

    p->at++;
    if (++p->depth > JSON_MAX_DEPTH)
        return fail(p, "：层数太多");
    for (int c = next(p); c != close; c = next(p)) {
        struct json *child = NEW(p->t, struct json, 1);

        if (json->first) {
            if (c != ',')
                return fail(p, "写法不对");
            p->at++;
        }
        if ((json->kind == JSON_OBJECT && !read_name(p, child)) || !read_value(p, child))
            return false;
        json_append(json, child);
    }
    p->at++;
    p->depth--;
    if (json->kind == JSON_OBJECT)
        p->twins = p->twins || has_twins(p->t, json);
    return true;
}

static bool read_value(struct parse *p, struct json *json)
{
    int c = next(p);

    switch (c) {
    case '{':
    case '[':
        json->kind = c == '{' ? JSON_OBJECT : JSON_LIST;
        return read_children(p, json);
    case '"':
        json->kind = JSON_STRING;
        return read_string(p, &json->text);
    default:
        return c == '-' || is_digit(c) ? read_number(p, json) : read_word(p, json);
    }
}

enum err json_parse(struct task *t, struct str text, struct json **ret_json)
{
    struct parse p = {.t = t, .len = text.len};
    struct json *json;

    if (!utf8_valid(text))
        return task_fail(t, ERR_BAD_INPUT, "JSON 不是有效的 UTF-8 文字");
    p.text = str_terminated(t, text);
    json = NEW(t, struct json, 1);
    if (!read_value(&p, json))
        return task_fail(t, ERR_BAD_INPUT, "JSON 第 %zu 个字节处%s", p.at + 1, p.wrong);
    if (next(&p) >= 0)
        return task_fail(t, ERR_BAD_INPUT, "JSON 第 %zu 个字节处：后面还有多余的内容", p.at + 1);
    if (p.infinite)
        return task_fail(t, ERR_BAD_INPUT, "JSON 里有太大的数字");
    if (p.twins)
        return task_fail(t, ERR_BAD_INPUT, "JSON 里有重复的字段名");
    *ret_json = json;
    return OK;
}
