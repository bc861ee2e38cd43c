/*
 * rank_ask.h - what is known of one question while it is ranked.
 */
#ifndef SEARCH_RANK_ASK_H
#define SEARCH_RANK_ASK_H

#include "search/rank_private.h"

enum {
    RANK_PLAIN = 300,     /* so many of the plain order are looked at */
    RANK_PLAIN_KEPT = 60, /* so many of them are candidates whatever else speaks */
    RANK_NEIGHBOURS = 24, /* past questions that lend */
    RANK_CLOSEST = 5,
};

/* Of how often a group, a section, a document answered: (count + this) / questions. */
#define RANK_SMOOTH_GROUP   .3F
#define RANK_SMOOTH_SECTION .1F
#define RANK_SMOOTH_DOC     .1F

/* What past questions say of a document, a section or a group. */
struct rank_votes {
    float like, told;           /* weight of the neighbours by question; by question and answer */
    float closest;              /* of the RANK_CLOSEST by question */
    float best_like, best_told; /* the most similar one */
    float count;                /* past questions it answered */
};

struct rank_term_hits { /* a term of the question that documents have */
    uint32_t term;
    float idf;
    bool unigram;
};

/* Scores by lists of like documents; what counts is their part of the largest. */
struct rank_lent {
    float *score, top, one_over; /* 1 / top; 0 when nothing was lent */
};
static inline float rank_lent_at(const struct rank_lent *lent, size_t doc)
{
    return lent->score[doc] * lent->one_over;
}

struct rank_asked {
    const struct rank_ground *g;
    struct rank_term_hits *terms;
    size_t n_terms, asked_bigrams;
    float *bigram, *unigram, *plain;        /* BM25 of each document */
    struct rank_lent near, near_told, told; /* by the lists */
    float *sum;                             /* the weighted sum that chooses candidates */
    float top, top_bigram, top_sum;
    float *group_top, *section_top; /* best plain of each */
    struct rank_votes *docs;        /* of the linked documents */
    struct rank_votes *sections, *groups;
    float past;                 /* how many past questions there are */
    float most_like, most_told; /* likeness of the nearest */
    uint32_t *order;            /* the plain order, RANK_PLAIN */
    size_t n_order;
    uint32_t *candidates; /* by descending sum */
    size_t n_candidates;
};

/* Scores of all documents and the candidates.  False: no document and no past question has a term
 * of the question. */
bool rank_score(struct task *t, const struct rank_ground *g, const struct rank_question *question,
                struct rank_asked *a);
/* rank_feature_count floats of each candidate. */
float *rank_features(struct task *t, const struct rank_asked *a);

/* A document in a posting or a list of a file that may be damaged. */
static inline uint32_t rank_doc_of(const struct rank_ground *g, uint32_t entry)
{
    uint32_t doc = entry >> 8;

    return doc < g->head.n_docs ? doc : 0;
}
static inline uint32_t rank_within(uint32_t at, uint32_t n)
{
    return at < n ? at : n - 1;
}
static inline float rank_prior(float count, float smooth, float past)
{
    return __builtin_logf((count + smooth) / (past + 1));
}

#endif
