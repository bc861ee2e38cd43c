#include "search/query_private.h"

#include <string.h>

enum {
    OPEN_WIDE = 0xFF08,
    CLOSE_WIDE = 0xFF09,
    COLON_WIDE = 0xFF1A,
    QUOTE_LEFT = 0x201C,
    QUOTE_RIGHT = 0x201D,
    CORNER_LEFT = 0x300C,
    CORNER_RIGHT = 0x300D,
    BLANK_WIDE = 0x3000
};

static bool is_blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == BLANK_WIDE;
}

static uint32_t quote_end(uint32_t c)
{
    return c == '"' || c == QUOTE_LEFT || c == QUOTE_RIGHT ? '"'
           : c == CORNER_LEFT                              ? CORNER_RIGHT
                                                           : 0;
}

static bool ends_quote(uint32_t c, uint32_t end)
{
    return c == end || (end == '"' && (c == QUOTE_RIGHT || c == QUOTE_LEFT));
}

static bool ends_word(uint32_t c)
{
    return is_blank(c) || c == '(' || c == ')' || c == OPEN_WIDE || c == CLOSE_WIDE ||
           quote_end(c) || c == '|' || c == '&';
}

/* The next character; a bad byte is one, too. */
static uint32_t next(struct str text, size_t *offset)
{
    size_t begin = *offset;
    uint32_t c = utf8_next(text, offset);

    if (c == UINT32_MAX && begin < text.len) {
        *offset = begin + 1;
        return 0xFFFD;
    }
    return c;
}

static struct str between(struct str text, size_t begin, size_t end)
{
    return str_first(str_from(text, begin), end - begin);
}

static const struct query_name *name_of(const struct query_language *language, struct str word)
{
    for (const struct query_name *n = language->names; n && n->name; n++)
        if (str_is(word, n->name) || (n->other && str_is(word, n->other)))
            return n;
    return NULL;
}

static struct piece phrase(struct str text, size_t at, size_t *offset, uint32_t end)
{
    size_t begin = *offset;

    while (*offset < text.len) {
        size_t here = *offset;
        if (ends_quote(next(text, offset), end))
            return (struct piece){PIECE_PHRASE, at, between(text, begin, here), NULL};
    }
    return (struct piece){.kind = PIECE_BAD, .at = at};
}

static enum piece_kind operator_of(struct str word)
{
    static const struct {
        const char *word;
        enum piece_kind kind;
    } table[] = {{"AND", PIECE_AND}, {"且", PIECE_AND},  {"并且", PIECE_AND}, {"OR", PIECE_OR},
                 {"或", PIECE_OR},   {"或者", PIECE_OR}, {"NOT", PIECE_NOT},  {"非", PIECE_NOT}};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_is(word, table[i].word))
            return table[i].kind;
    return PIECE_WORD;
}

/* A word, or name:word, or name:"phrase". */
static struct piece word(const struct query_language *language, struct str text, size_t at,
                         size_t *offset)
{
    const struct query_name *name = NULL;
    size_t begin = at;

    *offset = at;
    while (*offset < text.len) {
        size_t here = *offset;
        uint32_t c = next(text, offset);

        if (ends_word(c)) {
            if (name && here == begin && quote_end(c)) {
                struct piece quoted = phrase(text, at, offset, quote_end(c));
                quoted.name = name;
                return quoted;
            }
            *offset = here;
            break;
        }
        if ((c == ':' || c == COLON_WIDE) && !name) {
            name = name_of(language, between(text, begin, here));
            if (name)
                begin = *offset;
        }
    }
    struct str found = between(text, begin, *offset);
    return (struct piece){name ? PIECE_WORD : operator_of(found), at, found, name};
}

struct piece query_scan(const struct query_language *language, struct str text, size_t *offset)
{
    size_t at = *offset;
    uint32_t c = next(text, offset);

    while (at < text.len && is_blank(c)) {
        at = *offset;
        c = next(text, offset);
    }
    if (at >= text.len)
        return (struct piece){.kind = PIECE_END, .at = text.len};
    if (quote_end(c))
        return phrase(text, at, offset, quote_end(c));
    switch (c) {
    case '(':
    case OPEN_WIDE:
        return (struct piece){.kind = PIECE_OPEN, .at = at};
    case ')':
    case CLOSE_WIDE:
        return (struct piece){.kind = PIECE_CLOSE, .at = at};
    case '|':
        return (struct piece){.kind = PIECE_OR, .at = at};
    case '&':
        return (struct piece){.kind = PIECE_AND, .at = at};
    case '-':
        return (struct piece){.kind = PIECE_NOT, .at = at};
    default:
        return word(language, text, at, offset);
    }
}

/* ---- days ---- */

static bool digits(struct str *text, size_t least, size_t most, int64_t *ret_number)
{
    size_t n = 0;

    while (n < text->len && n < most && text->at[n] >= '0' && text->at[n] <= '9')
        n++;
    if (n < least || !str_int(str_first(*text, n), ret_number))
        return false;
    *text = str_from(*text, n);
    return true;
}

static bool separator(struct str *text, struct str word)
{
    struct str found = str_starts(*text, word) ? word : S("-");

    if (!str_starts(*text, found) && !str_starts(*text, S("/")) && !str_starts(*text, S(".")))
        return false;
    *text = str_from(*text, str_starts(*text, found) ? found.len : 1);
    return true;
}

bool query_days(struct str text, int64_t *ret_first, int64_t *ret_last)
{
    int64_t year, month = 0, day = 0;

    if (text.len == 8 && str_int(text, &year) && year > 0) {
        month = year / 100 % 100;
        day = year % 100;
        year /= 10000;
    } else {
        if (!digits(&text, 4, 4, &year))
            return false;
        if (separator(&text, S("年")) && text.len && !digits(&text, 1, 2, &month))
            return false;
        if (month && separator(&text, S("月")) && text.len && !digits(&text, 1, 2, &day))
            return false;
        if (day && str_starts(text, S("日")))
            text = str_from(text, S("日").len);
        if (text.len || (month && (month < 1 || month > 12)))
            return false;
    }
    if (month > 12 || day > 31)
        return false;
    *ret_first = year * 10000 + (month ? month : 1) * 100 + (day ? day : 1);
    *ret_last = year * 10000 + (month ? month : 12) * 100 + (day ? day : 31);
    return true;
}
