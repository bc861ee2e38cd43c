/*
 * Which articles answer a question: by what was learned; a question that names an article by its
 * number, or one that is asked before there is a ground, by BM25 over bigrams and single
 * characters.
 */
#include "ask.h"
#include "rank_articles.h"

static size_t add_terms(struct task *t, struct str text, unsigned kinds, int field, float weight,
                        struct index_term *out, size_t n, size_t most)
{
    uint64_t *terms;
    size_t count = terms_of_text(t, text, kinds, &terms);

    for (size_t i = 0; i < count && n < most; i++)
        out[n++] = (struct index_term){terms[i], field, weight};
    return n;
}

static enum err rank_plain(struct task *t, struct index_view *view, struct str question,
                           size_t most, bool expired, struct index_hits *ret_hits)
{
    const struct index_filter in_force = {.column = LAW_EXPIRED, .low = 0, .high = 0};
    struct index_term *terms = NEW(t, struct index_term, INDEX_TERMS_MAX);
    size_t n = 0;

    n = add_terms(t, question, TERM_ARTICLE, LAW_ARTICLE, 4, terms, n, INDEX_TERMS_MAX);
    if (n)
        n = add_terms(t, question, TERM_BIGRAM, LAW_OF, 2, terms, n, INDEX_TERMS_MAX);
    n = add_terms(t, question, TERMS_PLAIN, LAW_ALL, 1, terms, n, INDEX_TERMS_MAX);
    n = add_terms(t, question, TERM_UNIGRAM, LAW_CHARS, 0.35f, terms, n, INDEX_TERMS_MAX);
    if (!n) {
        *ret_hits = (struct index_hits){0};
        return OK;
    }
    const struct index_ask ask = {.terms = terms,
                                  .n_terms = n,
                                  .filters = &in_force,
                                  .n_filters = expired ? 0 : 1,
                                  .most = most};
    return index_search(t, view, &ask, ret_hits);
}

enum err ask_rank(struct task *t, const char *data, struct index_view *view, struct str question,
                  size_t most, bool expired, struct index_hits *ret_hits)
{
    uint64_t *terms;
    bool names_article = terms_of_text(t, question, TERM_ARTICLE, &terms) > 0;
    enum err e = names_article ? ERR_NOT_FOUND
                               : rank_articles(t, data, view, question, most, expired, ret_hits);

    return e == ERR_NOT_FOUND ? rank_plain(t, view, question, most, expired, ret_hits) : e;
}
