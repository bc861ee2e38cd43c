/*
 * From a question to scores of all documents and to the candidates.
 *
 * Damaged files: places that a file names are cut to what there is, so a wrong file gives wrong
 * hits, never a read beyond the map.
 */
#include <math.h>
#include <string.h>

#include "search/rank_ask.h"

/* How much each counts in the sum that chooses candidates: a logistic regression over them, rounded
 * (docs/ranking.md). */
static const float sum_unigram = .75F, sum_group = 2.7F, sum_section = 2.7F, sum_doc = 4,
                   sum_near = 43, sum_near_told = 32, sum_told = 28, sum_like = 90,
                   sum_vote_told = 110;

/* --- The words of the question -----------------------------------------------------------------
 */

static size_t unique_terms(struct task *t, struct units units, uint64_t **ret_terms)
{
    size_t most = terms_most(units, RANK_KINDS);
    uint64_t *terms = NEW(t, uint64_t, most + 1);

    *ret_terms = terms;
    return rank_unique(terms, terms_of(units, RANK_KINDS, terms, most));
}

static void range_of(const uint32_t *first, size_t at, uint32_t all, uint32_t *begin, uint32_t *end)
{
    *begin = first[at] < all ? first[at] : all;
    *end = first[at + 1] < all ? first[at + 1] : all;
}

static void add_term(struct rank_asked *a, uint64_t term)
{
    const struct rank_ground *g = a->g;
    size_t at = rank_term_at(g->term, g->head.n_terms, term);
    uint32_t begin, end;

    if (at == g->head.n_terms)
        return;
    range_of(g->term_first, at, g->head.n_postings, &begin, &end);
    if (begin >= end)
        return;
    struct rank_term_hits hits = {(uint32_t)at, rank_idf(g->head.n_docs, end - begin),
                                  rank_is_unigram(term)};
    float *score = hits.unigram ? a->unigram : a->bigram;
    float factor = hits.idf * (POSTING_TOP / 255);
    for (uint32_t p = begin; p < end; p++)
        score[rank_doc_of(g, g->posting[p])] += (float)(g->posting[p] & 255) * factor;
    a->terms[a->n_terms++] = hits;
}

static void score_plain(struct task *t, struct rank_asked *a, const uint64_t *asked, size_t n_asked)
{
    a->terms = NEW(t, struct rank_term_hits, n_asked + 1);
    for (size_t i = 0; i < n_asked; i++) {
        a->asked_bigrams += !rank_is_unigram(asked[i]);
        add_term(a, asked[i]);
    }
    for (uint32_t i = 0; i < a->g->head.n_docs; i++) {
        const struct rank_ground *g = a->g;
        float plain = a->bigram[i] + a->unigram[i];
        float *group = a->group_top + rank_within(g->group[i], g->head.n_groups);
        float *section = a->section_top + rank_within(g->section[i], g->head.n_sections);

        a->plain[i] = plain;
        a->top_bigram = a->bigram[i] > a->top_bigram ? a->bigram[i] : a->top_bigram;
        *group = plain > *group ? plain : *group;
        *section = plain > *section ? plain : *section;
    }
    a->n_order = rank_best(a->plain, a->g->head.n_docs, RANK_PLAIN, a->order);
    a->top = a->n_order ? a->plain[a->order[0]] : 1; /* what is divided by is not 0 */
}

/* --- Past questions ----------------------------------------------------------------------------
 */

static bool is_unseen(const struct rank_ground *g, const struct rank_question *q, uint32_t doc)
{
    uint64_t key = g->group_key[rank_within(g->group[doc], g->head.n_groups)];

    for (size_t i = 0; i < q->n_unseen; i++)
        if (q->unseen[i] == key)
            return true;
    return false;
}

struct past_docs {
    const uint32_t *link;
    uint32_t n;
};

static struct past_docs docs_of(const struct rank_ground *g, uint32_t past)
{
    uint32_t begin, end;

    range_of(g->past_first, past, g->head.n_past_links, &begin, &end);
    return (struct past_docs){g->past_link + begin, end > begin ? end - begin : 0};
}

static uint32_t linked_doc(const struct rank_ground *g, uint32_t link)
{
    return rank_within(g->linked[rank_within(link, g->head.n_linked)], g->head.n_docs);
}

/* Which past questions exist for this one. */
static void find_present(struct rank_asked *a, const struct rank_question *q, uint8_t *present)
{
    const struct rank_ground *g = a->g;

    for (uint32_t i = 0; i < g->head.n_past; i++) {
        struct past_docs docs = docs_of(g, i);

        present[i] = !(q->without >> (g->past_fold[i] % RANK_FOLDS) & 1);
        for (uint32_t j = 0; j < docs.n && q->n_unseen; j++)
            if (is_unseen(g, q, linked_doc(g, docs.link[j])))
                present[i] = 0;
        a->past += present[i] && g->past_fold[i] != RANK_WRITTEN;
    }
}

/* Cosines with all past questions: of the questions alone; with what was answered. */
static void find_likeness(struct rank_asked *a, const uint64_t *terms, size_t n,
                          const uint8_t *present, float *like, float *told)
{
    const struct rank_ground *g = a->g;
    float like_sum = 0, told_sum = 0;

    for (size_t i = 0; i < n; i++) {
        size_t at = rank_term_at(g->past_term, g->head.n_past_terms, terms[i]);
        size_t doc_at = rank_term_at(g->term, g->head.n_terms, terms[i]);
        float part = rank_is_unigram(terms[i]) ? UNIGRAM_PART : 1;
        uint32_t df =
            doc_at < g->head.n_terms ? g->term_first[doc_at + 1] - g->term_first[doc_at] : 0;
        float by_docs = rank_idf(g->head.n_docs, df) * part;
        float by_past = at < g->head.n_past_terms ? g->past_idf[at] : g->head.rarest_past * part;
        uint32_t begin, end;

        like_sum += by_past * by_past;
        told_sum += by_docs * by_docs;
        if (at == g->head.n_past_terms)
            continue;
        range_of(g->past_term_first, at, g->head.n_past_postings, &begin, &end);
        for (uint32_t p = begin; p < end; p++) {
            uint32_t past = rank_within(g->past_posting[p].past, g->head.n_past);
            like[past] += g->past_posting[p].like * by_past;
            told[past] += g->past_posting[p].told * by_docs;
        }
    }
    float like_one = like_sum > 0 ? 1 / sqrtf(like_sum) : 0;
    float told_one = told_sum > 0 ? 1 / sqrtf(told_sum) : 0;
    for (uint32_t i = 0; i < g->head.n_past; i++) {
        like[i] *= present[i] ? like_one : 0;
        /* Those that were written have no answer to compare with. */
        told[i] *= present[i] && g->past_fold[i] != RANK_WRITTEN ? told_one : 0;
    }
}

struct neighbours {
    uint32_t at[RANK_NEIGHBOURS];
    float weight[RANK_NEIGHBOURS]; /* square of the likeness, in all 1 */
    size_t n;
};

static struct neighbours nearest(const float *likeness, size_t n, size_t most)
{
    struct neighbours found = {.n = 0};
    float sum = 0;

    found.n = rank_best(likeness, n, most, found.at);
    for (size_t i = 0; i < found.n; i++)
        sum += likeness[found.at[i]] * likeness[found.at[i]];
    for (size_t i = 0; i < found.n; i++)
        found.weight[i] = likeness[found.at[i]] * likeness[found.at[i]] / sum;
    return found;
}

/* The same for a document, its section and its group. */
struct three {
    struct rank_votes *of[3];
};

static struct three votes_at(struct rank_asked *a, uint32_t link)
{
    const struct rank_ground *g = a->g;
    uint32_t doc = linked_doc(g, link);

    return (struct three){{a->docs + rank_within(link, g->head.n_linked),
                           a->sections + rank_within(g->section[doc], g->head.n_sections),
                           a->groups + rank_within(g->group[doc], g->head.n_groups)}};
}

static void count_votes(struct rank_asked *a, const uint8_t *present, const float *like,
                        const float *told)
{
    for (uint32_t i = 0; i < a->g->head.n_past; i++) {
        struct past_docs docs = docs_of(a->g, i);
        float asked = a->g->past_fold[i] != RANK_WRITTEN;

        for (uint32_t j = 0; j < docs.n && present[i]; j++) {
            struct three three = votes_at(a, docs.link[j]);
            for (int k = 0; k < 3; k++) {
                struct rank_votes *v = three.of[k];
                v->count += asked;
                v->best_like = like[i] > v->best_like ? like[i] : v->best_like;
                v->best_told = told[i] > v->best_told ? told[i] : v->best_told;
            }
        }
    }
}

static void add_list(const struct rank_ground *g, const uint32_t *list, float weight,
                     struct rank_lent *lent)
{
    for (int i = 0; i < RANK_NEAR; i++) {
        float *score = lent->score + rank_doc_of(g, list[i]);

        *score += (float)(list[i] & 255) * weight;
        lent->top = *score > lent->top ? *score : lent->top;
    }
}

enum lend { LEND_LIKE, LEND_TOLD, LEND_CLOSEST };

static void lend(struct rank_asked *a, const struct neighbours *from, enum lend how,
                 struct rank_lent *near)
{
    const struct rank_ground *g = a->g;

    for (size_t i = 0; i < from->n; i++) {
        struct past_docs docs = docs_of(g, from->at[i]);
        float weight = from->weight[i];

        for (uint32_t j = 0; j < docs.n; j++) {
            struct three three = votes_at(a, docs.link[j]);
            for (int k = 0; k < 3; k++)
                *(how == LEND_LIKE   ? &three.of[k]->like
                  : how == LEND_TOLD ? &three.of[k]->told
                                     : &three.of[k]->closest) += weight;
            if (near)
                add_list(g,
                         g->near + (size_t)rank_within(docs.link[j], g->head.n_linked) * RANK_NEAR,
                         weight, near);
        }
        if (how == LEND_LIKE)
            add_list(g, g->told + (size_t)from->at[i] * RANK_NEAR, weight, &a->told);
    }
}

static void settle(struct rank_lent *lent)
{
    lent->one_over = lent->top > 0 ? 1 / lent->top : 0;
}

static void ask_past(struct task *t, struct rank_asked *a, const struct rank_question *q,
                     const uint64_t *terms, size_t n_terms)
{
    const struct rank_ground *g = a->g;
    size_t n = g->head.n_past;
    uint8_t *present = NEW(t, uint8_t, n + 1);
    float *like = NEW(t, float, n + 1), *told = NEW(t, float, n + 1);

    if (!n || !g->head.n_linked)
        return;
    find_present(a, q, present);
    find_likeness(a, terms, n_terms, present, like, told);
    count_votes(a, present, like, told);
    struct neighbours by_like = nearest(like, n, RANK_NEIGHBOURS);
    struct neighbours by_told = nearest(told, n, RANK_NEIGHBOURS);
    struct neighbours closest = nearest(like, n, RANK_CLOSEST);
    a->most_like = by_like.n ? like[by_like.at[0]] : 0;
    a->most_told = by_told.n ? told[by_told.at[0]] : 0;
    lend(a, &by_like, LEND_LIKE, &a->near);
    lend(a, &by_told, LEND_TOLD, &a->near_told);
    lend(a, &closest, LEND_CLOSEST, NULL);
    settle(&a->near);
    settle(&a->near_told);
    settle(&a->told);
}

/* --- Candidates --------------------------------------------------------------------------------
 */

/* How often each of `votes` answered, weighed; 0 for one that never did. */
static float *priors(struct task *t, const struct rank_asked *a, const struct rank_votes *votes,
                     size_t n, float smooth, float weight)
{
    float *prior = NEW(t, float, n + 1);
    float least = rank_prior(0, smooth, a->past);

    for (size_t i = 0; i < n; i++)
        if (votes[i].count > 0)
            prior[i] = weight * (rank_prior(votes[i].count, smooth, a->past) - least);
    return prior;
}

static void sum_up(struct task *t, struct rank_asked *a)
{
    const struct rank_ground *g = a->g;
    const float *group = priors(t, a, a->groups, g->head.n_groups, RANK_SMOOTH_GROUP, sum_group);
    const float *section =
        priors(t, a, a->sections, g->head.n_sections, RANK_SMOOTH_SECTION, sum_section);
    const float *doc = priors(t, a, a->docs, g->head.n_linked, RANK_SMOOTH_DOC, sum_doc);

    for (uint32_t i = 0; i < g->head.n_docs; i++)
        a->sum[i] =
            a->bigram[i] + sum_unigram * a->unigram[i] + sum_near * rank_lent_at(&a->near, i) +
            sum_near_told * rank_lent_at(&a->near_told, i) + sum_told * rank_lent_at(&a->told, i) +
            group[rank_within(g->group[i], g->head.n_groups)] +
            section[rank_within(g->section[i], g->head.n_sections)];
    for (uint32_t i = 0; i < g->head.n_linked; i++)
        a->sum[linked_doc(g, i)] +=
            doc[i] + sum_like * a->docs[i].like + sum_vote_told * a->docs[i].told;
}

static void choose(struct task *t, struct rank_asked *a)
{
    uint32_t docs = a->g->head.n_docs;
    uint32_t *best = NEW(t, uint32_t, RANK_CANDIDATES + 1);
    size_t n = rank_best(a->sum, docs, RANK_CANDIDATES, best);
    size_t kept = a->n_order < RANK_PLAIN_KEPT ? a->n_order : RANK_PLAIN_KEPT;
    size_t missing = 0;

    a->top_sum = n ? a->sum[best[0]] : 0;
    float last = n ? a->sum[best[n - 1]] : 0;
    a->candidates = NEW(t, uint32_t, RANK_CANDIDATES + RANK_PLAIN_KEPT + 1);
    for (size_t i = 0; i < kept; i++)
        missing += n == RANK_CANDIDATES && a->sum[a->order[i]] < last;
    /* The plain order takes the places of the last ones. */
    n -= missing;
    for (size_t i = 0; i < n; i++)
        a->candidates[a->n_candidates++] = best[i];
    for (size_t i = 0; i < kept && missing; i++)
        if (a->sum[a->order[i]] < last)
            a->candidates[a->n_candidates++] = a->order[i];
}

bool rank_score(struct task *t, const struct rank_ground *g, const struct rank_question *q,
                struct rank_asked *a)
{
    size_t docs = g->head.n_docs;
    uint64_t *terms;
    size_t n = unique_terms(t, q->asked, &terms);
    float *floats = NEW(t, float, docs * 7 + g->head.n_groups + g->head.n_sections + 2);

    *a = (struct rank_asked){.g = g};
    if (!docs || !g->head.n_groups || !g->head.n_sections)
        return false;
    a->bigram = floats;
    a->unigram = floats + docs;
    a->plain = floats + docs * 2;
    a->near.score = floats + docs * 3;
    a->near_told.score = floats + docs * 4;
    a->told.score = floats + docs * 5;
    a->sum = floats + docs * 6;
    a->group_top = floats + docs * 7;
    a->section_top = a->group_top + g->head.n_groups;
    a->order = NEW(t, uint32_t, RANK_PLAIN + 1);
    a->docs = NEW(t, struct rank_votes, g->head.n_linked + 1);
    a->sections = NEW(t, struct rank_votes, g->head.n_sections);
    a->groups = NEW(t, struct rank_votes, g->head.n_groups);
    score_plain(t, a, terms, n);
    ask_past(t, a, q, terms, n);
    /* Nothing but how often a group is asked about would speak. */
    if (!a->n_order && a->most_like <= 0 && a->most_told <= 0)
        return false;
    sum_up(t, a);
    choose(t, a);
    return true;
}
