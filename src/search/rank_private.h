/*
 * rank_private.h - the file of a ground, and what building and asking share.
 */
#ifndef SEARCH_RANK_PRIVATE_H
#define SEARCH_RANK_PRIVATE_H

#include "search/rank.h"

enum { RANK_MAGIC = 0x4b524d59 /* YMRK */, RANK_KINDS = TERMS_PLAIN | TERM_UNIGRAM };

/* Arrays of the file, each at a multiple of 64 bytes. */
enum rank_part {
    PART_ID,              /* u64 of each document */
    PART_GROUP,           /* u32, number of its group in the file */
    PART_SECTION,         /* u32 */
    PART_LENGTH,          /* u32, bigrams */
    PART_TRAIT,           /* RANK_TRAITS floats */
    PART_LINK,            /* u32, place in PART_LINKED plus one; 0: never answered a question */
    PART_GROUP_KEY,       /* u64, the caller's number */
    PART_GROUP_FIRST,     /* u32, and one more: where its documents begin */
    PART_SECTION_SIZE,    /* u32, documents */
    PART_TERM,            /* u64, ascending */
    PART_TERM_FIRST,      /* u32, and one more */
    PART_POSTING,         /* u32: document << 8 | weight of its tf in BM25, 255 for POSTING_TOP */
    PART_LINKED,          /* u32, documents that answered a past question, ascending */
    PART_PAST_FOLD,       /* u8 of each past question */
    PART_PAST_FIRST,      /* u32, and one more, into PART_PAST_LINK */
    PART_PAST_LINK,       /* u32, place in PART_LINKED */
    PART_PAST_TERM,       /* u64, ascending */
    PART_PAST_IDF,        /* float of each of these: how rare among past questions */
    PART_PAST_TERM_FIRST, /* u32, and one more */
    PART_PAST_POSTING,    /* struct past_posting */
    PART_NEAR,            /* RANK_NEAR u32 of each linked document: document << 8 | likeness */
    PART_TOLD,            /* the same of each past question: documents like its answer */
    RANK_PARTS
};
extern const uint8_t rank_part_width[RANK_PARTS]; /* bytes of an element */

#define POSTING_TOP  2.2F /* k1 + 1 */
#define LIKE_TOP     1.5F /* what 255 means in PART_TOLD; 1 in PART_NEAR */
#define UNIGRAM_PART 0.5F /* what a unigram counts beside a bigram in a likeness */

struct past_posting {
    uint32_t past;
    float like; /* of the question alone, with the idf of past questions, unit length */
    float told; /* of question and answer, with the idf of the documents, unit length */
};

struct rank_head {
    uint32_t magic, version, tokens, n_docs;
    uint32_t n_groups, n_sections, n_terms, n_linked;
    uint32_t n_past, n_past_terms, n_postings, n_past_links;
    uint32_t n_past_postings;
    float rarest_past; /* idf of a term that no past question has */
    int64_t mark;
    struct {
        uint64_t at, count;
    } part[RANK_PARTS];
    uint64_t body_sum, head_sum;
};

struct rank_ground {
    const uint8_t *map;
    size_t size;
    struct rank_head head; /* a copy, checked */
    const uint64_t *id, *group_key, *term, *past_term;
    const uint32_t *group, *section, *length, *link, *group_first, *section_size, *term_first,
        *posting, *linked, *past_first, *past_link, *past_term_first, *near, *told;
    const uint8_t *past_fold;
    const float *trait, *past_idf;
    const struct past_posting *past_posting;
};

/* Elements that each part must have. */
uint64_t rank_part_count(const struct rank_head *head, enum rank_part part);
/* Point the members at their parts of the map. */
void rank_point(struct rank_ground *g);
/* The sum over a head whose own sum counts as 0. */
uint64_t rank_head_sum(const struct rank_head *head);

/* Place of a term in an ascending list; n when it is not there. */
size_t rank_term_at(const uint64_t *terms, size_t n, uint64_t term);
static inline float rank_idf(uint32_t docs, uint32_t df)
{
    return __builtin_logf(1 + ((float)docs - (float)df + .5F) / ((float)df + .5F));
}
static inline bool rank_is_unigram(uint64_t term)
{
    return term_kind(term) == TERM_UNIGRAM;
}
enum { RANK_BEST_MAX = 512 };
/* The `most` (RANK_BEST_MAX) largest that are above 0, largest first, equal ones by their place;
 * how many. */
size_t rank_best(const float *score, size_t n, size_t most, uint32_t *ret_at);
/* Sorted, each once; in place. */
size_t rank_unique(uint64_t *terms, size_t n);

#endif
