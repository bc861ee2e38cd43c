/*
 * A question asked: candidates, features, trees, and the places kept for the plain order.
 */
#include <math.h>
#include <stdlib.h>

#include "search/rank_ask.h"

enum { FIRST_PLACES = 10 };

static int best_first(const void *a, const void *b)
{
    const struct rank_hit *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->features > y->features) - (x->features < y->features);
}

/* Take the hit at `from` to `to`, the ones between move down. */
static void lift(struct rank_hit *at, size_t from, size_t to)
{
    struct rank_hit one = at[from];

    for (size_t i = from; i > to; i--)
        at[i] = at[i - 1];
    at[to] = one;
}

/* The best of the plain order that are not among the first ten take its last places. */
static void keep_places(struct rank_hits *hits, const struct rank_asked *a, size_t places)
{
    size_t last = FIRST_PLACES - (places < FIRST_PLACES ? places : FIRST_PLACES);

    for (size_t i = 0; i < places && i < a->n_order && hits->n > FIRST_PLACES; i++) {
        uint64_t id = a->g->id[a->order[i]];
        size_t at = 0;

        while (at < hits->n && hits->at[at].id != id)
            at++;
        if (at < hits->n && at >= last)
            lift(hits->at, at, last++);
    }
}

enum err rank_ask(struct task *t, const struct rank_ground *g, const struct rank_question *q,
                  struct rank_hits *ret_hits)
{
    struct rank_asked a;
    struct rank_hits hits = {.top = -INFINITY};

    if (!rank_score(t, g, q, &a)) {
        *ret_hits = hits;
        return OK;
    }
    const float *features = rank_features(t, &a);
    float *scores = NEW(t, float, a.n_candidates + 1);
    if (q->model)
        trees_run(q->model, features, rank_feature_count, a.n_candidates, scores);
    hits.at = NEW(t, struct rank_hit, a.n_candidates + 1);
    for (size_t i = 0; i < a.n_candidates; i++) {
        uint32_t doc = a.candidates[i];
        hits.at[i] = (struct rank_hit){g->id[doc], q->model ? scores[i] : a.sum[doc], a.plain[doc],
                                       features + i * rank_feature_count};
    }
    hits.n = a.n_candidates;
    qsort(hits.at, hits.n, sizeof *hits.at, best_first);
    hits.top = hits.at[0].score;
    keep_places(&hits, &a, q->kept_places);
    if (hits.n > q->most)
        hits.n = q->most;
    *ret_hits = hits;
    return OK;
}
