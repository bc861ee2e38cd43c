/*
 * rank_build.h - what is gathered while a ground is built.
 */
#ifndef SEARCH_RANK_BUILD_H
#define SEARCH_RANK_BUILD_H

#include "search/rank_private.h"

#define RANK_NONE UINT32_MAX

struct rank_array {
    void *at;
    size_t n, capacity;
};

/* Keys in the order of their first coming. */
struct rank_numbers {
    struct rank_array keys; /* u64 */
    uint32_t *slots;
    size_t size;
};

struct rank_occurrence {
    uint32_t term, times;
};

struct rank_builder {
    bool failed; /* memory is out */
    struct rank_numbers ids, groups, sections, terms;
    struct rank_array group, section, trait, group_first;
    struct rank_array occurrence, doc_first, bigrams, unigrams;
    struct rank_array stamp, place; /* of each term: the last document plus one, its occurrence */
    /* Of each past question: its terms (u64), first those of the question; how many of either. */
    struct rank_array past_term, past_first, past_parts, past_doc, past_doc_first, past_fold;
};

bool rank_grow(struct rank_builder *b, struct rank_array *a, size_t width, size_t n);
/* RANK_NONE: not there and not to be added, or memory is out. */
uint32_t rank_number(struct rank_builder *b, struct rank_numbers *numbers, uint64_t key, bool add);

#endif
