/*
 * rank_write.h - what the files share that write a ground.
 */
#ifndef SEARCH_RANK_WRITE_H
#define SEARCH_RANK_WRITE_H

#include "search/rank_build.h"

struct rank_writing {
    struct rank_builder *b;
    struct rank_head head;
    struct rank_ground ground; /* over the block */
    uint8_t *block;
    float mean_bigrams, mean_unigrams;
    uint32_t *order; /* of each term of the builder: its number in the file */
    uint64_t *terms; /* room for those of one past question */
};

#define RANK_PUT(w, member) ((void *)(uintptr_t)(w)->ground.member)

/* Memory outside the arena that goes with the task; NULL. */
void *rank_room(struct task *t, size_t n, size_t width);
/* What a posting keeps of a term in a document: 1 to 255. */
uint32_t rank_weight(uint32_t times, uint32_t length, float mean);
float rank_doc_idf(const struct rank_ground *g, uint64_t term);

/* rank_like.c: lists of like documents, from the postings.  False: no memory. */
bool rank_put_like(struct task *t, struct rank_writing *w);

#endif
