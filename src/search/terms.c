/*
 * Units to terms, and what can be found with them.
 */
#include <inttypes.h>
#include <string.h>

#include <xxhash.h>

#include "core/buf.h"
#include "core/task.h"
#include "search/chars.h"
#include "search/tokens_private.h"

static uint64_t hash_bytes(const void *at, size_t len)
{
    return XXH3_64bits(at, len);
}

uint64_t term_word(const char *at, size_t len)
{
    uint64_t value = 0;

    if (len > 7)
        return TERM_OF(TAG_WORD_HASH, hash_bytes(at, len));
    memcpy(&value, at, len);
    return TERM_OF(TAG_WORD, value);
}

uint64_t term_article(int64_t number, int64_t sub)
{
    return TERM_OF(TAG_ARTICLE, (uint64_t)number << 20 | (uint64_t)sub);
}

uint64_t term_keyword(struct str word)
{
    return TERM_OF(TAG_KEYWORD, hash_bytes(word.at ? word.at : "", word.len));
}

uint64_t term_number(int64_t number)
{
    char text[32];
    struct buf b = buf_over(text, sizeof text);

    buf_add_int(&b, number);
    return term_keyword(buf_str(&b));
}

enum term_kind term_kind(uint64_t term)
{
    static const enum term_kind kinds[8] = {0,         TERM_BIGRAM,  TERM_UNIGRAM, TERM_WORD,
                                            TERM_WORD, TERM_ARTICLE, TERM_KEYWORD, 0};

    return kinds[term >> TERM_VALUE_BITS];
}

size_t terms_most(struct units units, unsigned kinds)
{
    /* A unit makes one bigram and one unigram at most, everything else needs several units. */
    return units.n * (1 + ((kinds & TERM_UNIGRAM) != 0));
}

struct term_out {
    uint64_t *at;
    size_t n, most;
};

static inline void put(struct term_out *out, uint64_t term)
{
    if (out->n < out->most)
        out->at[out->n++] = term;
}

/* A unit of 5: its kind of term, if it is wanted. */
static void put_wide_term(struct term_out *out, const uint16_t *unit, unsigned kinds)
{
    static const uint8_t wanted[] = {0, TERM_WORD, 0, TERM_ARTICLE, TERM_KEYWORD};
    uint64_t term = unit_term(unit + 1);

    if (*unit <= UNIT_KEYWORD && (kinds & wanted[*unit]) && term_kind(term) == wanted[*unit])
        put(out, term);
}

size_t terms_of(struct units units, unsigned kinds, uint64_t *at, size_t most)
{
    struct term_out out = {at, 0, most};
    uint64_t last = 0; /* the gram before, 0 after a break */
    bool alone = false;

    for (size_t i = 0; i < units.n;) {
        uint16_t first = units.at[i];
        uint64_t c = first >= UNIT_FIRST_CHAR ? first : 0;
        size_t width = unit_width(first);

        if (i + width > units.n)
            break;
        if (first == UNIT_WIDE)
            c = (units.at[i + 1] | (uint64_t)units.at[i + 2] << 16) & 0x1FFFFF;
        if (c && (kinds & TERM_UNIGRAM))
            put(&out, TERM_OF(TAG_UNIGRAM, c));
        if (kinds & TERM_BIGRAM) {
            if (c && last)
                put(&out, TERM_OF(TAG_BIGRAM, last << 21 | c));
            else if (!c && last && alone)
                put(&out, TERM_OF(TAG_BIGRAM, last << 21));
        }
        if (width == 5)
            put_wide_term(&out, units.at + i, kinds);
        alone = c && !last;
        last = c;
        i += width;
    }
    if (last && alone && (kinds & TERM_BIGRAM))
        put(&out, TERM_OF(TAG_BIGRAM, last << 21));
    return out.n;
}

size_t terms_of_text(struct task *t, struct str text, unsigned kinds, uint64_t **ret_terms)
{
    struct units units = units_of(t, text);
    size_t most = terms_most(units, kinds);

    *ret_terms = NEW(t, uint64_t, most + 1);
    return terms_of(units, kinds, *ret_terms, most);
}

static void add_char(struct buf *b, uint32_t c)
{
    char bytes[4];
    size_t n = 0;

    if (c < 0x80) {
        bytes[n++] = (char)c;
    } else if (c < 0x800) {
        bytes[n++] = (char)(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        bytes[n++] = (char)(0xE0 | c >> 12);
        bytes[n++] = (char)(0x80 | (c >> 6 & 0x3F));
    } else {
        bytes[n++] = (char)(0xF0 | (c >> 18 & 7));
        bytes[n++] = (char)(0x80 | (c >> 12 & 0x3F));
        bytes[n++] = (char)(0x80 | (c >> 6 & 0x3F));
    }
    if (c >= 0x80)
        bytes[n++] = (char)(0x80 | (c & 0x3F));
    buf_add_bytes(b, bytes, n);
}

struct str term_print(struct task *t, uint64_t term)
{
    uint64_t value = term & ((UINT64_C(1) << TERM_VALUE_BITS) - 1);
    struct buf b = buf_new(t, 64);
    uint32_t low = (uint32_t)(value & 0x1FFFFF);

    switch (term >> TERM_VALUE_BITS) {
    case TAG_BIGRAM:
        add_char(&b, (uint32_t)(value >> 21));
        if (low)
            add_char(&b, low);
        break;
    case TAG_UNIGRAM:
        add_char(&b, low);
        break;
    case TAG_WORD:
        buf_add_bytes(&b, &value, strnlen((const char *)&value, 8));
        break;
    case TAG_ARTICLE:
        buf_format(&b, "第%" PRIu64 "条", value >> 20);
        if (value & 0xFFFFF)
            buf_format(&b, "之%" PRIu64, value & 0xFFFFF);
        break;
    default:
        buf_format(&b, "#%" PRIx64, value);
    }
    return buf_str(&b);
}

static bool same(const uint16_t *a, const uint16_t *b, size_t n)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

bool units_contain(struct units text, struct units phrase)
{
    while (phrase.n && phrase.at[phrase.n - 1] == UNIT_BREAK)
        phrase.n--;
    if (phrase.n == 0)
        return true;
    for (size_t i = 0; i + phrase.n <= text.n; i += unit_width(text.at[i]))
        if (text.at[i] == phrase.at[0] && same(text.at + i, phrase.at, phrase.n))
            return true;
    return false;
}

static bool wanted(const uint64_t *terms, size_t n, uint64_t term)
{
    for (size_t i = 0; i < n; i++)
        if (terms[i] == term)
            return true;
    return false;
}

struct span_out {
    struct text_span *at;
    size_t n, most;
};

static void mark(struct span_out *out, uint32_t begin, uint32_t end)
{
    if (out->n && out->at[out->n - 1].end >= begin) {
        if (out->at[out->n - 1].end < end)
            out->at[out->n - 1].end = end;
    } else if (out->n < out->most) {
        out->at[out->n++] = (struct text_span){begin, end};
    }
}

size_t terms_find(struct task *t, struct str text, const uint64_t *terms, size_t n_terms,
                  struct text_span *at, size_t most)
{
    struct span_out out = {at, 0, most};
    struct text_span *spans;
    struct units units = units_with_spans(t, text, &spans);
    size_t before = SIZE_MAX; /* the gram before */

    for (size_t i = 0; i < units.n;) {
        size_t width = unit_width(units.at[i]);
        uint64_t pair[4];
        bool gram = units.at[i] >= UNIT_FIRST_CHAR || units.at[i] == UNIT_WIDE;
        struct units one = {units.at + i, width};
        size_t n = terms_of(one, TERMS_ALL, pair, 4);

        for (size_t k = 0; k < n; k++)
            if (wanted(terms, n_terms, pair[k]))
                mark(&out, spans[i].begin, spans[i].end);
        if (gram && before != SIZE_MAX) {
            struct units two = {units.at + before, i + width - before};
            n = terms_of(two, TERM_BIGRAM, pair, 4);
            if (n == 1 && wanted(terms, n_terms, pair[0]))
                mark(&out, spans[before].begin, spans[i].end);
        }
        before = gram ? i : SIZE_MAX;
        i += width;
    }
    return out.n;
}

struct str pinyin_initials(struct task *t, struct str text)
{
    struct buf b = buf_new(t, text.len + 1);
    size_t offset = 0;

    chars_ready();
    while (offset < text.len) {
        size_t begin = offset;
        uint32_t c = utf8_next(text, &offset);
        uint32_t entry = c < 0x10000 ? char_table[c] : CHAR_SLOW;

        if (c == UINT32_MAX)
            offset = begin + 1;
        else if (char_is_word(entry))
            buf_add_char(&b, (char)(entry & 0x7F));
        else if (c < 0x10000 && char_initial(entry))
            buf_add_char(&b, char_initial(entry));
    }
    return buf_str(&b);
}
