/*
 * The features of the candidates.  One table names them; rows are filled in the same order.
 */
#include <math.h>
#include <string.h>

#include "search/rank_ask.h"

/* clang-format off */
#define FEATURES(X)                                                                                \
    /* the words of the question in the document */                                                \
    X(bigram) X(unigram) X(plain) X(plain_part) X(bigram_part) X(top) X(plain_rank)                \
    X(covered) X(rarest) X(matched) X(matched_part) X(length) X(asked)                             \
    /* its group, its section, its neighbours */                                                   \
    X(group_top) X(section_top) X(group_100) X(section_100) X(group_mean) X(group_rank)            \
    X(of_group_top) X(of_section_top) X(next_sum) X(next_best) X(second_sum)                       \
    X(group_size) X(section_size) X(place) X(place_part)                                           \
    X(trait_0) X(trait_1) X(trait_2) X(trait_3)                                                    \
    /* how often they answered anything */                                                         \
    X(group_prior) X(section_prior) X(doc_prior) X(section_share) X(group_share) X(next_prior)     \
    /* what past questions like this one say */                                                    \
    X(doc_like) X(doc_told) X(doc_closest) X(group_like) X(group_told) X(section_like)             \
    X(section_told) X(best_doc_like) X(best_group_like) X(best_section_like) X(best_doc_told)      \
    X(best_group_told) X(best_section_told) X(most_like) X(most_told)                              \
    X(near) X(near_told) X(told) X(next_near) X(next_like)                                         \
    /* all of it weighed */                                                                        \
    X(sum_part) X(sum_rank)
/* clang-format on */

#define AS_MEMBER(name) float name;
#define AS_NAME(name)   #name,

struct row {
    FEATURES(AS_MEMBER)
};
const char *const rank_feature_names[] = {FEATURES(AS_NAME) NULL};
const size_t rank_feature_count = sizeof(struct row) / sizeof(float);
_Static_assert(sizeof(struct row) / sizeof(float) <= RANK_FEATURES_MAX, "too many features");

enum { LOOKED_AT = 100, GROUP_MEAN_OF = 5, GROUP_RANKS = 50 };

/* What the plain order says of groups and sections. */
struct ordered {
    uint16_t *group_100, *section_100; /* how many of the first hundred */
    uint16_t *rank;                    /* of each document, from 1; 0: not in it */
    uint16_t *group_rank;              /* the same within its group */
    float *group_sum;                  /* of its first five */
};

static struct ordered look_at_order(struct task *t, const struct rank_asked *a)
{
    const struct rank_ground *g = a->g;
    struct ordered o = {NEW(t, uint16_t, g->head.n_groups), NEW(t, uint16_t, g->head.n_sections),
                        NEW(t, uint16_t, g->head.n_docs), NEW(t, uint16_t, g->head.n_docs),
                        NEW(t, float, g->head.n_groups)};
    uint16_t *seen = NEW(t, uint16_t, g->head.n_groups);

    for (size_t i = 0; i < a->n_order; i++) {
        uint32_t doc = a->order[i];
        uint32_t group = rank_within(g->group[doc], g->head.n_groups);

        o.rank[doc] = (uint16_t)(i + 1);
        if (i < LOOKED_AT) {
            o.group_100[group]++;
            o.section_100[rank_within(g->section[doc], g->head.n_sections)]++;
        }
        if (seen[group] < GROUP_MEAN_OF)
            o.group_sum[group] += a->plain[doc];
        o.group_rank[doc] = ++seen[group];
    }
    return o;
}

/* --- Words -------------------------------------------------------------------------------------
 */

/* Bigrams that candidates have: their part by rarity, the rarest, how many. */
static void cover(struct task *t, const struct rank_asked *a, struct row *rows)
{
    const struct rank_ground *g = a->g;
    uint16_t *slot = NEW(t, uint16_t, g->head.n_docs);
    float all = 0;

    for (size_t i = 0; i < a->n_candidates; i++)
        slot[a->candidates[i]] = (uint16_t)(i + 1);
    for (size_t i = 0; i < a->n_terms; i++) {
        struct rank_term_hits hits = a->terms[i];
        if (hits.unigram)
            continue;
        float idf = hits.idf;
        uint32_t end = g->term_first[hits.term + 1] < g->head.n_postings
                           ? g->term_first[hits.term + 1]
                           : g->head.n_postings;
        all += idf;
        for (uint32_t p = g->term_first[hits.term]; p < end; p++) {
            uint16_t at = slot[rank_doc_of(g, g->posting[p])];
            if (!at)
                continue;
            struct row *r = rows + at - 1;
            r->covered += idf;
            r->rarest = idf > r->rarest ? idf : r->rarest;
            r->matched++;
        }
    }
    for (size_t i = 0; i < a->n_candidates; i++) {
        struct row *r = rows + i;
        r->covered = all > 0 ? r->covered / all : 0;
        r->matched_part = r->matched / (1 + (float)g->length[a->candidates[i]]);
    }
}

static void add_words(const struct rank_asked *a, const struct ordered *o, uint32_t doc,
                      struct row *r)
{
    r->bigram = a->bigram[doc];
    r->unigram = a->unigram[doc];
    r->plain = a->plain[doc];
    r->plain_part = a->plain[doc] / a->top;
    r->bigram_part = a->top_bigram > 0 ? a->bigram[doc] / a->top_bigram : 0;
    r->top = a->top;
    r->plain_rank = o->rank[doc] ? o->rank[doc] : RANK_PLAIN + 1;
    r->length = (float)a->g->length[doc];
    r->asked = (float)a->asked_bigrams;
}

/* --- Group, section, neighbours ----------------------------------------------------------------
 */

struct around {
    uint32_t group, section, begin, size, place;
};

static struct around around_of(const struct rank_ground *g, uint32_t doc)
{
    struct around at = {rank_within(g->group[doc], g->head.n_groups),
                        rank_within(g->section[doc], g->head.n_sections), 0, 1, 0};
    uint32_t begin = g->group_first[at.group], end = g->group_first[at.group + 1];

    if (begin <= doc && doc < end && end <= g->head.n_docs) {
        at.begin = begin;
        at.size = end - begin;
        at.place = doc - begin;
    } else {
        at.begin = doc;
    }
    return at;
}

/* The value of the neighbour `step` places on in the same group; 0 beyond its ends. */
static float beside(const float *value, const struct around *at, int step)
{
    int64_t place = (int64_t)at->place + step;

    return place >= 0 && place < at->size ? value[at->begin + place] : 0;
}

static void add_around(const struct rank_asked *a, const struct ordered *o, uint32_t doc,
                       const struct around *at, struct row *r)
{
    const struct rank_ground *g = a->g;
    float before = beside(a->plain, at, -1), after = beside(a->plain, at, 1);
    uint32_t section_size = g->section_size[at->section];

    r->group_top = a->group_top[at->group] / a->top;
    r->section_top = a->section_top[at->section] / a->top;
    r->group_100 = o->group_100[at->group];
    r->section_100 = o->section_100[at->section];
    r->group_mean = o->group_sum[at->group] / GROUP_MEAN_OF / a->top;
    r->group_rank =
        o->group_rank[doc] && o->group_rank[doc] < GROUP_RANKS ? o->group_rank[doc] : GROUP_RANKS;
    r->of_group_top = a->plain[doc] / fmaxf(a->group_top[at->group], 1e-6F);
    r->of_section_top = a->plain[doc] / fmaxf(a->section_top[at->section], 1e-6F);
    r->next_sum = (before + after) / a->top;
    r->next_best = fmaxf(before, after) / a->top;
    r->second_sum = (beside(a->plain, at, -2) + beside(a->plain, at, 2)) / a->top;
    r->group_size = (float)at->size;
    r->section_size = (float)section_size;
    r->place = (float)at->place;
    r->place_part = (float)at->place / (float)at->size;
    r->trait_0 = g->trait[(size_t)doc * RANK_TRAITS];
    r->trait_1 = g->trait[(size_t)doc * RANK_TRAITS + 1];
    r->trait_2 = g->trait[(size_t)doc * RANK_TRAITS + 2];
    r->trait_3 = g->trait[(size_t)doc * RANK_TRAITS + 3];
}

/* --- Past questions ----------------------------------------------------------------------------
 */

static const struct rank_votes *votes_of(const struct rank_asked *a, uint32_t doc)
{
    static const struct rank_votes none;
    uint32_t link = a->g->link[doc];

    return link && link <= a->g->head.n_linked ? a->docs + link - 1 : &none;
}

static const struct rank_votes *votes_beside(const struct rank_asked *a, const struct around *at,
                                             int step)
{
    static const struct rank_votes none;
    int64_t place = (int64_t)at->place + step;

    return place >= 0 && place < at->size ? votes_of(a, (uint32_t)(at->begin + place)) : &none;
}

static void add_past(const struct rank_asked *a, uint32_t doc, const struct around *at,
                     struct row *r)
{
    const struct rank_votes *own = votes_of(a, doc), *section = a->sections + at->section,
                            *group = a->groups + at->group;

    r->group_prior = rank_prior(group->count, RANK_SMOOTH_GROUP, a->past);
    r->section_prior = rank_prior(section->count, RANK_SMOOTH_SECTION, a->past);
    r->doc_prior = rank_prior(own->count, RANK_SMOOTH_DOC, a->past);
    r->section_share = r->section_prior - logf(r->section_size > 0 ? r->section_size : 1);
    r->group_share = r->group_prior - logf(r->group_size);
    r->next_prior = rank_prior(votes_beside(a, at, -1)->count, RANK_SMOOTH_DOC, a->past) +
                    rank_prior(votes_beside(a, at, 1)->count, RANK_SMOOTH_DOC, a->past);
    r->doc_like = own->like;
    r->doc_told = own->told;
    r->doc_closest = own->closest;
    r->group_like = group->like;
    r->group_told = group->told;
    r->section_like = section->like;
    r->section_told = section->told;
    r->best_doc_like = own->best_like;
    r->best_group_like = group->best_like;
    r->best_section_like = section->best_like;
    r->best_doc_told = own->best_told;
    r->best_group_told = group->best_told;
    r->best_section_told = section->best_told;
    r->most_like = a->most_like;
    r->most_told = a->most_told;
    r->near = rank_lent_at(&a->near, doc);
    r->near_told = rank_lent_at(&a->near_told, doc);
    r->told = rank_lent_at(&a->told, doc);
    r->next_near =
        (beside(a->near.score, at, -1) + beside(a->near.score, at, 1)) * a->near.one_over;
    for (int step = -2; step <= 2; step++)
        r->next_like += step ? votes_beside(a, at, step)->like : 0;
}

float *rank_features(struct task *t, const struct rank_asked *a)
{
    struct row *rows = NEW(t, struct row, a->n_candidates + 1);
    struct ordered o = look_at_order(t, a);

    cover(t, a, rows);
    for (size_t i = 0; i < a->n_candidates; i++) {
        uint32_t doc = a->candidates[i];
        struct around at = around_of(a->g, doc);

        add_words(a, &o, doc, rows + i);
        add_around(a, &o, doc, &at, rows + i);
        add_past(a, doc, &at, rows + i);
        rows[i].sum_part = a->top_sum > 0 ? a->sum[doc] / a->top_sum : 0;
        rows[i].sum_rank = (float)i;
    }
    return (float *)rows;
}
