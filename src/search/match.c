#include "search/match.h"

#include <string.h>

#include "search/tokens_private.h"

enum { MATCH_DEPTH = 256, PHRASE_TERMS = 256 };

struct set set_new(struct task *t, uint32_t docs)
{
    return (struct set){NEW(t, uint64_t, docs / 64 + 1), docs};
}

static size_t words_of(struct set set)
{
    return ((size_t)set.docs + 63) / 64;
}

uint64_t set_count(struct set set)
{
    uint64_t n = 0;

    for (size_t i = 0; i < words_of(set); i++)
        n += (uint64_t)__builtin_popcountll(set.bits[i]);
    return n;
}

static void set_all(struct set set)
{
    memset(set.bits, 0xFF, set.docs / 8);
    for (uint32_t doc = set.docs / 8 * 8; doc < set.docs; doc++)
        set.bits[doc / 64] |= UINT64_C(1) << doc % 64;
}

void set_add_term(struct set set, struct segment *s, int field, uint64_t term)
{
    struct entry entry;
    struct posting_reader r;

    if (!segment_entry(s, field, term, &entry) || !posting_begin(&r, s, field, &entry))
        return;
    while (posting_next(&r))
        for (int i = 0; i < r.n; i++)
            set.bits[r.docs[i] / 64] |= UINT64_C(1) << r.docs[i] % 64;
}

bool filter_passes(struct segment *s, const struct index_filter *filter, uint32_t doc)
{
    int64_t value = segment_value(s, filter->column, doc);
    bool passes;

    if (filter->values) {
        size_t low = 0, high = filter->n_values;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (filter->values[middle] < value)
                low = middle + 1;
            else
                high = middle;
        }
        passes = low < filter->n_values && filter->values[low] == value;
    } else {
        passes = value >= filter->low && value <= filter->high;
    }
    return passes != filter->negated;
}

void set_filter(struct set set, const struct part *part, const struct index_filter *filters,
                size_t n)
{
    for (size_t i = 0; i < words_of(set); i++) {
        if (part->dead)
            set.bits[i] &= ~part->dead->bits[i];
        for (uint64_t left = n ? set.bits[i] : 0; left; left &= left - 1) {
            uint32_t doc = (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(left);
            for (size_t k = 0; k < n; k++)
                if (!filter_passes(part->segment, &filters[k], doc)) {
                    set.bits[i] &= ~(left & -left);
                    break;
                }
        }
    }
}

/* The terms that every document with these units has.  A character at the edge may be part of a
 * longer run there, so its lone bigram is none of them. */
static size_t sure_terms(const struct index_field *field, struct units units, uint64_t *terms)
{
    size_t n = terms_of(units, field->kinds, terms, PHRASE_TERMS), kept = 0;

    for (size_t i = 0; i < n; i++)
        if (term_kind(terms[i]) != TERM_BIGRAM || (terms[i] & 0x1FFFFF))
            terms[kept++] = terms[i];
    return kept;
}

/* Do the terms say all that the units say, but for their order? */
static bool tells(const struct index_field *field, struct units units)
{
    unsigned needed = 0;
    bool before = false, alone = false;

    for (size_t i = 0; i < units.n; i += unit_width(units.at[i])) {
        uint16_t unit = units.at[i];
        bool gram = unit >= UNIT_FIRST_CHAR || unit == UNIT_WIDE;

        if (gram && before)
            needed |= TERM_BIGRAM;
        if (before && alone && !gram)
            needed |= TERM_UNIGRAM;
        needed |= unit == UNIT_WORD ? TERM_WORD : unit == UNIT_ARTICLE ? TERM_ARTICLE : 0;
        alone = gram && !before;
        before = gram;
    }
    if (before && alone)
        needed |= TERM_UNIGRAM;
    return (field->kinds & needed) == needed;
}

static bool has_phrase(const struct index_view *view, struct segment *s, int field,
                       struct units phrase, uint32_t doc)
{
    struct units texts[INDEX_TEXTS];
    struct str payload;

    if (!segment_stored(s, doc, texts, &payload))
        return false;
    for (int i = 0; i < view->schema.n_texts; i++)
        if ((view->schema.fields[field].texts >> i & 1) && units_contain(texts[i], phrase))
            return true;
    return false;
}

/* Add the documents that have the units in one field. */
static void units_set(struct task *t, const struct index_view *view, uint32_t part, int field,
                      struct units units, bool look, struct set all)
{
    struct task_mark mark = task_mark(t);
    struct segment *s = view->parts[part].segment;
    struct set set = set_new(t, all.docs), one = set_new(t, all.docs);
    uint64_t terms[PHRASE_TERMS];
    size_t n = sure_terms(&view->schema.fields[field], units, terms);

    set_all(set);
    for (size_t i = 0; i < n; i++) {
        memset(one.bits, 0, words_of(one) * sizeof *one.bits);
        set_add_term(one, s, field, terms[i]);
        for (size_t k = 0; k < words_of(set); k++)
            set.bits[k] &= one.bits[k];
    }
    for (size_t i = 0; i < words_of(set); i++) {
        for (uint64_t left = look ? set.bits[i] & ~all.bits[i] : 0; left; left &= left - 1) {
            uint32_t doc = (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(left);
            if (!has_phrase(view, s, field, units, doc))
                set.bits[i] &= ~(left & -left);
        }
        all.bits[i] |= set.bits[i];
    }
    task_reset(t, mark);
}

/* A word is a matter of terms where a field has those that tell; a phrase always of the text. */
static void word_set(struct task *t, const struct index_view *view, uint32_t part,
                     const struct index_match *match, struct set set)
{
    unsigned fields = match->fields ? match->fields : 1U << match->field, telling = 0;

    for (int i = 0; i < view->schema.n_fields; i++)
        if ((fields >> i & 1) && tells(&view->schema.fields[i], match->phrase))
            telling |= 1U << i;
    bool look = match->kind == MATCH_PHRASE || !telling;
    for (int i = 0; i < view->schema.n_fields; i++)
        if ((fields >> i & 1) && (!telling || (telling >> i & 1)))
            units_set(t, view, part, i, match->phrase, look, set);
}

struct set match_set(struct task *t, const struct index_view *view, uint32_t part,
                     const struct index_match *match)
{
    struct segment *s = view->parts[part].segment;
    struct set set = set_new(t, s->foot->docs), other;

    switch (match->kind) {
    case MATCH_ALL:
        set_all(set);
        break;
    case MATCH_TERM:
        set_add_term(set, s, match->field, match->term);
        break;
    case MATCH_PHRASE:
    case MATCH_WORD:
        word_set(t, view, part, match, set);
        break;
    case MATCH_FILTER:
        set_all(set);
        set_filter(set, &view->parts[part], &match->filter, 1);
        break;
    case MATCH_AND:
    case MATCH_OR:
        set = match_set(t, view, part, match->left);
        other = match_set(t, view, part, match->right);
        for (size_t i = 0; i < words_of(set); i++)
            set.bits[i] = match->kind == MATCH_AND ? set.bits[i] & other.bits[i]
                                                   : set.bits[i] | other.bits[i];
        break;
    case MATCH_NOT:
        other = match_set(t, view, part, match->left);
        set_all(set);
        for (size_t i = 0; i < words_of(set); i++)
            set.bits[i] &= ~other.bits[i];
        break;
    }
    return set;
}

enum err filter_check(struct task *t, const struct index_schema *schema,
                      const struct index_filter *filter)
{
    if (filter->column < 0 || filter->column >= schema->n_columns)
        return task_fail(t, ERR_BAD_INPUT, "没有这一列");
    return OK;
}

enum err match_check(struct task *t, const struct index_schema *schema,
                     const struct index_match *match, int depth)
{
    if (!match)
        return OK;
    if (depth > MATCH_DEPTH)
        return task_fail(t, ERR_BAD_INPUT, "检索条件太复杂");
    if (match->kind == MATCH_FILTER)
        return filter_check(t, schema, &match->filter);
    if ((match->kind == MATCH_TERM || match->kind == MATCH_PHRASE) &&
        (match->field < 0 || match->field >= schema->n_fields))
        return task_fail(t, ERR_BAD_INPUT, "没有这个字段");
    bool two = match->kind == MATCH_AND || match->kind == MATCH_OR;
    if (((two || match->kind == MATCH_NOT) && !match->left) || (two && !match->right))
        return task_fail(t, ERR_BAD_INPUT, "检索条件不完整");
    enum err e =
        two || match->kind == MATCH_NOT ? match_check(t, schema, match->left, depth + 1) : OK;
    return e || !two ? e : match_check(t, schema, match->right, depth + 1);
}
