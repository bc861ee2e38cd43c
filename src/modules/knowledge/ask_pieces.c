/*
 * Quoting: the words of a document as they stand, marked where they matched, cut at the ends of
 * sentences when they are many.
 */
#include "ask.h"

#include <string.h>

enum { SPANS_MOST = 200, LEAD_BYTES = 90 };

static void add(struct task *t, struct list *pieces, struct str text, bool mark)
{
    if (!text.len)
        return;
    *(struct ask_piece *)list_add(t, pieces, sizeof(struct ask_piece)) =
        (struct ask_piece){text, mark};
}

/* Ends of sentences and clauses: where a quotation may begin or end. */
static bool ends_here(struct str text, size_t at, size_t *ret_next)
{
    static const char *const ends[] = {"。", "；", "\n", "：", "，"};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (str_starts(str_from(text, at), str_of(ends[i]))) {
            *ret_next = at + strlen(ends[i]);
            return true;
        }
    return false;
}

/* The last beginning of a clause at or before `at`, not more than LEAD_BYTES before. */
static size_t begin_before(struct str text, size_t at)
{
    size_t best = at, next, from = at > LEAD_BYTES ? at - LEAD_BYTES : 0;
    bool any = from == 0;

    if (any)
        best = 0;
    for (size_t i = from; i < at; i++)
        if (ends_here(text, i, &next) && next <= at) {
            best = next;
            any = true;
        }
    while (!any && best > 0 && ((unsigned char)text.at[best] & 0xC0) == 0x80)
        best--;
    return best;
}

/* The window of `bytes` that holds most marked bytes. */
static size_t densest(const struct text_span *spans, size_t n, size_t bytes)
{
    size_t best = 0, most = 0;

    for (size_t i = 0; i < n; i++) {
        size_t sum = 0;

        for (size_t k = i; k < n && spans[k].end <= spans[i].begin + bytes; k++)
            sum += spans[k].end - spans[k].begin;
        if (sum > most) {
            most = sum;
            best = i;
        }
    }
    return n ? spans[best].begin : 0;
}

/* A window of whole clauses of at most about `most` characters. */
static struct str choose_window(struct str text, const struct text_span *spans, size_t n,
                                size_t most)
{
    size_t bytes = most * 3, next;
    size_t begin = begin_before(text, densest(spans, n, bytes));
    struct str rest = str_from(text, begin);
    size_t end = utf8_prefix(rest, most);

    if (end >= rest.len)
        return rest;
    for (size_t i = end; i > bytes / 2; i--)
        if (ends_here(rest, i, &next) && next <= end)
            return str_first(rest, next);
    return str_first(rest, end);
}

struct list ask_pieces(struct task *t, struct str text, const struct ask_terms *terms, size_t most,
                       bool *ret_cut)
{
    struct text_span spans[SPANS_MOST];
    struct list pieces = {0};
    size_t n = terms->n ? terms_find(t, text, terms->at, terms->n, spans, SPANS_MOST) : 0;
    struct str window = text;

    n = n > SPANS_MOST ? SPANS_MOST : n;
    if (utf8_length(text) > most)
        window = choose_window(text, spans, n, most);
    size_t from = (size_t)(window.at - text.at), to = from + window.len, at = from;
    *ret_cut = window.len < text.len;
    if (from)
        add(t, &pieces, S("……"), false);
    for (size_t i = 0; i < n; i++) {
        size_t begin = spans[i].begin < at ? at : spans[i].begin;
        size_t end = spans[i].end > to ? to : spans[i].end;

        if (begin >= end)
            continue;
        add(t, &pieces, (struct str){text.at + at, begin - at}, false);
        add(t, &pieces, (struct str){text.at + begin, end - begin}, true);
        at = end;
    }
    add(t, &pieces, (struct str){text.at + at, to - at}, false);
    if (to < text.len)
        add(t, &pieces, S("……"), false);
    return pieces;
}
