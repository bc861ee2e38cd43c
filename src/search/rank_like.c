/*
 * rank_like.c - lists of like documents: near those that answered something, and those in whose
 * words an answer speaks.  Each list is made for itself from all postings, so several threads take
 * one after the other; what they write does not depend on who was quicker.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "search/rank_write.h"

enum { MAKERS_MOST = 4 };

struct lists {
    const struct rank_writing *w;
    float *one_over; /* the length of each document's vector */
    _Atomic uint32_t next;
};

struct maker {
    struct lists *all;
    float *score, *one, *two; /* of each document */
    uint64_t *terms;          /* of one past question */
};

/* Terms in every fourth document tell little and cost most. */
static bool too_usual(const struct rank_ground *g, uint32_t term)
{
    return g->term_first[term + 1] - g->term_first[term] > g->head.n_docs / 4;
}

static void put_list(const struct maker *m, float top, uint32_t *out)
{
    const float *score = m->score;
    uint32_t best[RANK_NEAR];
    size_t n = rank_best(score, m->all->w->head.n_docs, RANK_NEAR, best);

    for (size_t i = 0; i < n; i++) {
        int level = (int)(score[best[i]] * 255 / top + .5F);
        out[i] = best[i] << 8 | (uint32_t)(level > 255 ? 255 : level);
    }
}

/* One over the length of each document's vector of weight * idf. */
static void lengths(const struct rank_writing *w, float *one_over)
{
    const struct rank_ground *g = &w->ground;

    for (uint32_t term = 0; term < g->head.n_terms; term++) {
        float idf = rank_doc_idf(g, g->term[term]);
        for (uint32_t p = g->term_first[term]; p < g->term_first[term + 1]; p++) {
            float x = (float)(g->posting[p] & 255) * idf;
            one_over[g->posting[p] >> 8] += x * x;
        }
    }
    for (uint32_t i = 0; i < g->head.n_docs; i++)
        one_over[i] = one_over[i] > 0 ? 1 / sqrtf(one_over[i]) : 0;
}

static void add_postings(const struct rank_ground *g, uint32_t term, float factor, float *score)
{
    for (uint32_t p = g->term_first[term]; p < g->term_first[term + 1]; p++)
        score[g->posting[p] >> 8] += (float)(g->posting[p] & 255) * factor;
}

static float own_weight(const struct rank_writing *w, struct rank_occurrence o, uint32_t doc)
{
    bool single = rank_is_unigram(((const uint64_t *)w->b->terms.keys.at)[o.term]);
    const uint32_t *length = single ? w->b->unigrams.at : w->b->bigrams.at;

    return (float)rank_weight(o.times, length[doc], single ? w->mean_unigrams : w->mean_bigrams);
}

/* The cosine of two documents' vectors, in the list of one that answered something. */
static void put_near(struct maker *m, uint32_t i)
{
    const struct rank_writing *w = m->all->w;
    const struct rank_ground *g = &w->ground;
    const struct rank_occurrence *occurrence = w->b->occurrence.at;
    const uint32_t *doc_first = w->b->doc_first.at;
    const float *one_over = m->all->one_over;
    uint32_t doc = g->linked[i], *near = RANK_PUT(w, near);
    size_t end = doc + 1 < g->head.n_docs ? doc_first[doc + 1] : w->b->occurrence.n;

    memset(m->score, 0, g->head.n_docs * sizeof *m->score);
    for (size_t j = doc_first[doc]; j < end; j++) {
        uint32_t term = w->order[occurrence[j].term];
        float idf = rank_doc_idf(g, g->term[term]);
        if (!too_usual(g, term))
            add_postings(g, term, own_weight(w, occurrence[j], doc) * idf * idf, m->score);
    }
    for (uint32_t d = 0; d < g->head.n_docs; d++)
        m->score[d] *= one_over[d] * one_over[doc];
    put_list(m, 1, near + (size_t)i * RANK_NEAR);
}

static void divide_by_top(float *score, size_t n)
{
    float top = 0;

    for (size_t i = 0; i < n; i++)
        top = score[i] > top ? score[i] : top;
    for (size_t i = 0; i < n && top > 0; i++)
        score[i] /= top;
}

/* An answer's text asked like a question: documents in whose words it speaks. */
static void put_told(struct maker *m, uint32_t i)
{
    const struct rank_writing *w = m->all->w;
    const struct rank_ground *g = &w->ground;
    const uint32_t *first = w->b->past_first.at, *parts = w->b->past_parts.at;
    uint32_t *told = RANK_PUT(w, told), docs = g->head.n_docs;
    size_t asked = parts[2 * i], answer = parts[2 * i + 1];

    if (!answer)
        return;
    memcpy(m->terms, (uint64_t *)w->b->past_term.at + first[i] + asked, answer * 8);
    size_t n = rank_unique(m->terms, answer);
    memset(m->one, 0, docs * sizeof(float));
    memset(m->two, 0, docs * sizeof(float));
    for (size_t j = 0; j < n; j++) {
        size_t term = rank_term_at(g->term, g->head.n_terms, m->terms[j]);
        if (term == g->head.n_terms || too_usual(g, (uint32_t)term))
            continue;
        uint32_t df = g->term_first[term + 1] - g->term_first[term];
        add_postings(g, (uint32_t)term, rank_idf(docs, df),
                     rank_is_unigram(m->terms[j]) ? m->two : m->one);
    }
    divide_by_top(m->one, docs);
    divide_by_top(m->two, docs);
    for (uint32_t d = 0; d < docs; d++)
        m->score[d] = m->one[d] + UNIGRAM_PART * m->two[d];
    put_list(m, LIKE_TOP, told + (size_t)i * RANK_NEAR);
}

/* --- All of them ------------------------------------------------------------------------------ */

static void *make_some(void *arg)
{
    struct maker *m = arg;
    uint32_t linked = m->all->w->head.n_linked, past = m->all->w->head.n_past;

    for (uint32_t i; (i = m->all->next++) < linked + past;) {
        if (i < linked)
            put_near(m, i);
        else
            put_told(m, i - linked);
    }
    return NULL;
}

bool rank_put_like(struct task *t, struct rank_writing *w)
{
    struct lists all = {.w = w};
    struct maker makers[MAKERS_MOST];
    pthread_t threads[MAKERS_MOST];
    bool beside[MAKERS_MOST] = {false};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = cores < 1 ? 1 : cores < MAKERS_MOST ? (size_t)cores : MAKERS_MOST;
    size_t docs = w->head.n_docs;

    all.one_over = rank_room(t, docs, sizeof(float));
    for (size_t i = 0; i < n; i++) {
        makers[i] = (struct maker){
            &all, rank_room(t, docs, sizeof(float)), rank_room(t, docs, sizeof(float)),
            rank_room(t, docs, sizeof(float)), rank_room(t, w->b->past_term.n, sizeof(uint64_t))};
        if (!all.one_over || !makers[i].score || !makers[i].one || !makers[i].two ||
            !makers[i].terms)
            return false;
    }
    lengths(w, all.one_over);
    for (size_t i = 1; i < n; i++)
        beside[i] = !pthread_create(&threads[i], NULL, make_some, &makers[i]);
    make_some(&makers[0]);
    for (size_t i = 1; i < n; i++)
        if (beside[i])
            pthread_join(threads[i], NULL);
    return true;
}
