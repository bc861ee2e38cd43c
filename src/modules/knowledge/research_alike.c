/* Open orders about the same thing: what is said now against the causes of those. */
#include <stdlib.h>

#include "modules/access/access.h"
#include "research.h"
#include "store/store.h"

enum { LOOKED_AT = 40, SHARED_LEAST = 2 };
static const double SHARE_LEAST = 0.5; /* of the cause's pairs of characters */

struct reach {
    const struct actor *actor;
    struct list units;
};

static enum err read_reach(struct task *t, void *arg)
{
    struct reach *r = arg;

    return research_reach(t, r->actor, &r->units);
}

static int compare_terms(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Most of the cause stands in what was said. */
static bool is_alike(struct task *t, struct units cause, const uint64_t *said, size_t n_said)
{
    size_t most = terms_most(cause, TERM_BIGRAM | TERM_WORD), shared = 0;
    uint64_t *terms = NEW(t, uint64_t, most + 1);
    size_t n = terms_of(cause, TERM_BIGRAM | TERM_WORD, terms, most);

    for (size_t i = 0; i < n; i++)
        shared += bsearch(&terms[i], said, n_said, sizeof *said, compare_terms) != NULL;
    return shared >= SHARED_LEAST && (double)shared >= SHARE_LEAST * (double)n;
}

enum err knowledge_alike_orders(struct task *t, const struct actor *actor, const char *data,
                                struct str text, size_t most, struct list *ret_ids)
{
    struct reach reach = {.actor = actor};
    struct list ids = {0};
    struct index_view *view;
    struct index_hits hits = {0};
    uint64_t *said;
    size_t n = terms_of_text(t, text, TERM_BIGRAM | TERM_WORD, &said);
    enum err e = store_read(t, read_reach, &reach);

    if (!e)
        e = research_look_orders(t, data, &view);
    if (e)
        return e;
    qsort(said, n, sizeof *said, compare_terms);
    size_t asked = n < INDEX_TERMS_MAX ? n : INDEX_TERMS_MAX;
    struct index_term *terms = NEW(t, struct index_term, asked + 1);
    for (size_t i = 0; i < asked; i++)
        terms[i] = (struct index_term){said[i], ORDER_CAUSE, 1};
    const struct index_filter open = {.column = ORDER_OPEN, .low = 1, .high = 1};
    const struct index_ask ask = {.terms = terms,
                                  .n_terms = asked,
                                  .filters = &open,
                                  .n_filters = 1,
                                  .match = research_reach_match(t, actor, reach.units),
                                  .most = LOOKED_AT};
    if (asked)
        e = index_search(t, view, &ask, &hits);
    for (size_t i = 0; !e && i < hits.n && ids.count < most; i++) {
        struct index_stored stored;

        e = index_stored(t, view, hits.at[i], &stored);
        if (!e && hits.at[i].score > 0 && is_alike(t, stored.texts[ORDER_SUBJECT], said, n))
            *(int64_t *)list_add(t, &ids, sizeof(int64_t)) = store_id_at(stored.payload);
    }
    *ret_ids = ids;
    return e;
}
