/*
 * Text to units.  The common cases (CJK, ASCII, full width forms, punctuation) come out of one
 * table; a stretch with anything else goes through NFKC and case folding of utf8proc.
 */
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "core/task.h"
#include "search/chars.h"
#include "search/tokens_private.h"

struct units_out {
    struct task *task;
    uint16_t *at;
    struct text_span *spans; /* or NULL */
    size_t n, capacity;
};

static void grow(struct units_out *out, size_t more)
{
    size_t capacity = out->capacity * 2 + more;
    uint16_t *at = NEW(out->task, uint16_t, capacity);

    memcpy(at, out->at, out->n * sizeof *at);
    out->at = at;
    if (out->spans) {
        struct text_span *spans = NEW(out->task, struct text_span, capacity);
        memcpy(spans, out->spans, out->n * sizeof *spans);
        out->spans = spans;
    }
    out->capacity = capacity;
}

static void emit(struct units_out *out, uint16_t unit, size_t begin, size_t end)
{
    if (out->n == out->capacity)
        grow(out, 1);
    if (out->spans)
        out->spans[out->n] = (struct text_span){(uint32_t)begin, (uint32_t)end};
    out->at[out->n++] = unit;
}

static void emit_break(struct units_out *out, size_t at)
{
    /* One is enough, and none at the beginning; what ends with a wide unit ending in 0 keeps its
     * own, since the last unit alone does not tell. */
    if (out->n && (out->at[out->n - 1] != UNIT_BREAK))
        emit(out, UNIT_BREAK, at, at);
}

static void emit_term(struct units_out *out, uint16_t unit, uint64_t term, size_t begin, size_t end)
{
    emit(out, unit, begin, end);
    for (int i = 0; i < 4; i++)
        emit(out, (uint16_t)(term >> 16 * i), begin, end);
}

static void emit_wide(struct units_out *out, uint32_t c, size_t begin, size_t end)
{
    emit(out, UNIT_WIDE, begin, end);
    emit(out, (uint16_t)c, begin, end);
    emit(out, (uint16_t)(c >> 16), begin, end);
}

/* ---- article numbers ---- */

static bool next_is(struct str text, size_t *offset, uint32_t wanted)
{
    size_t next = *offset;

    if (utf8_next(text, &next) != wanted)
        return false;
    *offset = next;
    return true;
}

static void skip_blanks(struct str text, size_t *offset)
{
    while (next_is(text, offset, ' ') || next_is(text, offset, 0x3000))
        continue;
}

enum { CHAR_DI = 0x7B2C, CHAR_TIAO = 0x6761, CHAR_TIAO_T = 0x689D, CHAR_ZHI = 0x4E4B };

/* 第十条, 第10条, 10条, 一百二十条之一 at `begin`.  Without 第 it takes Arabic digits or
 * written-out numbers: "三条" is not an article.  0 when there is none, else where it ends. */
static size_t article_at(struct str text, size_t begin, uint64_t *ret_term)
{
    size_t offset = begin;
    struct numerals n, sub;
    bool di = next_is(text, &offset, CHAR_DI);

    if (di)
        skip_blanks(text, &offset);
    size_t taken = numerals_read(text, offset, &n);
    if (taken == 0 || n.number == 0)
        return 0;
    if (!di && n.arabic != n.count && !(n.places && n.count > 1))
        return 0;
    offset += taken;
    skip_blanks(text, &offset);
    if (!next_is(text, &offset, CHAR_TIAO) && !next_is(text, &offset, CHAR_TIAO_T))
        return 0;
    size_t end = offset;
    int64_t sub_number = 0;
    if (next_is(text, &offset, CHAR_ZHI)) {
        taken = numerals_read(text, offset, &sub);
        if (taken && sub.number > 0 && sub.number < 1000) {
            sub_number = sub.number;
            end = offset + taken;
        }
    }
    *ret_term = term_article(n.number, sub_number);
    return end;
}

/* ---- words ---- */

/* What utf8proc made of a stretch: letters and digits are words, gram characters grams. */
static void emit_normalised(struct units_out *out, const char *at, size_t len, size_t begin,
                            size_t end)
{
    struct str text = {at, len};
    size_t offset = 0, word = 0;
    char bytes[256];

    while (offset <= len) {
        uint32_t c = offset < len ? utf8_next(text, &offset) : UINT32_MAX;
        uint32_t entry = c < 0x10000 ? char_table[c] : CHAR_SLOW;
        utf8proc_category_t category =
            c == UINT32_MAX ? UTF8PROC_CATEGORY_CN : utf8proc_category((utf8proc_int32_t)c);
        bool gram = (entry >= UNIT_FIRST_CHAR && !char_is_word(entry)) || char_is_wide_gram(c);
        bool letter = !gram && c != UINT32_MAX && category >= UTF8PROC_CATEGORY_LU &&
                      category <= UTF8PROC_CATEGORY_NO;

        if (letter && word + 4 <= sizeof bytes) {
            word += (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (uint8_t *)bytes + word);
            continue;
        }
        if (word)
            emit_term(out, UNIT_WORD, term_word(bytes, word), begin, end);
        word = 0;
        if (c == UINT32_MAX)
            break;
        if (gram && c >= 0x10000)
            emit_wide(out, c, begin, end);
        else if (gram)
            emit(out, (uint16_t)entry, begin, end);
        else
            emit_break(out, begin);
    }
}

/* Letters, digits and everything unusual up to the next character that the table knows as a gram
 * or a break. */
static size_t stretch(struct units_out *out, struct str text, size_t begin)
{
    size_t offset = begin, len = 0;
    bool slow = false;
    char bytes[256];

    while (offset < text.len) {
        size_t next = offset;
        uint32_t c = utf8_next(text, &next);
        uint32_t entry = c < 0x10000 ? char_table[c] : CHAR_SLOW;

        if (c == UINT32_MAX || next - begin > sizeof bytes)
            break;
        if (char_is_word(entry))
            bytes[len++] = (char)(entry & 0x7F);
        else if (entry == CHAR_SLOW)
            slow = true;
        else
            break;
        offset = next;
    }
    if (!slow) {
        if (len)
            emit_term(out, UNIT_WORD, term_word(bytes, len), begin, offset);
        return offset;
    }
    uint8_t *made = NULL;
    utf8proc_ssize_t size = utf8proc_map(
        (const uint8_t *)text.at + begin, (utf8proc_ssize_t)(offset - begin), &made,
        UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
    /* Not into the arena while foreign memory is held: copy first. */
    char copy[2048];
    size_t kept = size < 0 ? 0 : (size_t)size < sizeof copy ? (size_t)size : sizeof copy;
    if (kept)
        memcpy(copy, made, kept);
    free(made);
    emit_normalised(out, copy, kept, begin, offset);
    return offset;
}

static bool starts_article(uint32_t c)
{
    return c == CHAR_DI || char_digit(c) >= 0;
}

static struct units analyse(struct units_out *out, struct str text)
{
    size_t offset = 0;
    uint64_t article;

    text = str_first(text, UNITS_TEXT_MAX);
    while (offset < text.len) {
        size_t begin = offset, end;
        uint32_t c = utf8_next(text, &offset);
        uint32_t entry = c < 0x10000 ? char_table[c] : CHAR_SLOW;

        if (c == UINT32_MAX) { /* a bad byte */
            emit_break(out, begin);
            offset = begin + 1;
        } else if (starts_article(c) && (end = article_at(text, begin, &article)) > 0) {
            emit_term(out, UNIT_ARTICLE, article, begin, end);
            offset = end;
        } else if (entry >= UNIT_FIRST_CHAR && !char_is_word(entry)) {
            emit(out, (uint16_t)entry, begin, offset);
        } else if (entry == CHAR_BREAK) {
            emit_break(out, begin);
        } else if (char_is_wide_gram(c)) {
            emit_wide(out, c, begin, offset);
        } else {
            end = stretch(out, text, begin);
            offset = end > begin ? end : offset;
        }
    }
    return (struct units){out->at, out->n};
}

static struct units_out units_begin(struct task *t, struct str text, bool spans)
{
    struct units_out out = {.task = t, .capacity = str_first(text, UNITS_TEXT_MAX).len / 2 + 16};

    chars_ready();
    out.at = NEW(t, uint16_t, out.capacity);
    if (spans)
        out.spans = NEW(t, struct text_span, out.capacity);
    return out;
}

struct units units_of(struct task *t, struct str text)
{
    struct units_out out = units_begin(t, text, false);

    return analyse(&out, text);
}

struct units units_with_spans(struct task *t, struct str text, struct text_span **ret_spans)
{
    struct units_out out = units_begin(t, text, true);
    struct units units = analyse(&out, text);

    *ret_spans = out.spans;
    return units;
}

struct units units_of_keywords(struct task *t, const uint64_t *terms, size_t n)
{
    struct units_out out = {.task = t, .capacity = n * 5 + 1};

    out.at = NEW(t, uint16_t, out.capacity);
    for (size_t i = 0; i < n; i++)
        emit_term(&out, UNIT_KEYWORD, terms[i], 0, 0);
    return (struct units){out.at, out.n};
}

struct units units_join(struct task *t, struct units a, struct units b)
{
    uint16_t *at;

    if (!a.n || !b.n)
        return a.n ? a : b;
    at = NEW(t, uint16_t, a.n + b.n + 1);
    memcpy(at, a.at, a.n * sizeof *at);
    at[a.n] = UNIT_BREAK;
    memcpy(at + a.n + 1, b.at, b.n * sizeof *at);
    return (struct units){at, a.n + b.n + 1};
}
