/*
 * A question asked: candidates, features, trees, and the places kept for words alone.
 */
#include <math.h>
#include <stdlib.h>

#include "search/rank_ask.h"

enum { FIRST_PLACES = 10 };

static float chance(float log_odds)
{
    return 1 / (1 + expf(-log_odds));
}

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

/* How many of the first ten places the words keep, by how many answers the trees expect there: they
 * are sure of what is often asked and expect little of what they do not know. */
static size_t kept_places(float expected)
{
    return expected < .35F ? 8 : expected < .6F ? 4 : expected < .8F ? 2 : 1;
}

/* The best by words alone that are not there already take the last of the first places. */
static void keep_places(struct task *t, struct rank_hits *hits, const float *features,
                        const struct trees *words)
{
    uint32_t *best = NEW(t, uint32_t, FIRST_PLACES + 1);
    float *scores = NEW(t, float, hits->n + 1);
    size_t place = FIRST_PLACES - kept_places(hits->expected);

    trees_run(words, features, rank_feature_count, hits->n, scores);
    for (size_t i = 0; i < hits->n; i++)
        scores[i] = chance(scores[i]); /* above 0, as rank_best() wants it */
    size_t n = rank_best(scores, hits->n, FIRST_PLACES, best);
    for (size_t i = 0; i < n && place < FIRST_PLACES; i++) {
        const float *row = features + best[i] * rank_feature_count;
        size_t at = 0;

        while (hits->at[at].features != row)
            at++;
        if (at >= place)
            lift(hits->at, at, place++);
    }
}

static void sort_hits(struct rank_hits *hits)
{
    qsort(hits->at, hits->n, sizeof *hits->at, best_first);
    hits->top = hits->at[0].score;
    for (size_t i = 0; i < hits->n && i < FIRST_PLACES; i++)
        hits->expected += chance(hits->at[i].score);
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
    if (q->models.learned)
        trees_run(q->models.learned, features, rank_feature_count, a.n_candidates, scores);
    hits.at = NEW(t, struct rank_hit, a.n_candidates + 1);
    for (size_t i = 0; i < a.n_candidates; i++) {
        uint32_t doc = a.candidates[i];
        hits.at[i] = (struct rank_hit){g->id[doc], q->models.learned ? scores[i] : a.sum[doc],
                                       a.plain[doc], features + i * rank_feature_count};
    }
    hits.n = a.n_candidates;
    sort_hits(&hits);
    if (q->models.learned && q->models.words && hits.n > FIRST_PLACES)
        keep_places(t, &hits, features, q->models.words);
    if (hits.n > q->most)
        hits.n = q->most;
    *ret_hits = hits;
    return OK;
}
