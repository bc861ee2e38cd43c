/*
 * cursor.h - the postings of one term in one segment during a search: forward only, skipping what
 * cannot matter.
 *
 * Scores are whole numbers (a fixed fraction of the best sum possible), so a sum is the same in
 * whatever order its parts are added, and what a bound allows is never missed by rounding.
 */
#ifndef SEARCH_CURSOR_H
#define SEARCH_CURSOR_H

#include "search/view.h"

struct cursor {
    /* what is asked the most stands first */
    uint32_t window_bound; /* the most it can add in the window */
    uint32_t block;        /* whose documents are in `docs`; UINT32_MAX: none */
    uint32_t at, n;        /* the place in it */
    uint32_t shallow;      /* the first block that ends at or behind the window's begin */
    uint32_t blocks;       /* whole ones; the tail is one more */
    bool frequencies_there, ended;
    float weight;     /* times f / (f + norm) is the score */
    float bound_unit; /* of one 255th */
    const float *norms;
    const void *lengths;
    uint32_t length_size;
    struct segment *segment;
    const struct index_field *field;
    double average;
    const uint8_t *base, *end;
    uint64_t file_at;
    struct entry entry;
    uint32_t docs[BLOCK], frequencies[BLOCK];
};

enum { WINDOW = 8192 };

/* False: damaged. */
bool cursor_begin(struct cursor *c, struct segment *s, int field, const struct entry *entry);
/* The most that the term can add to a document of [low, low + WINDOW); windows ascend.  0: none is
 * there. */
uint32_t cursor_bound(struct cursor *c, uint32_t low);
/* Add its scores to the documents of the window, and set their bits. */
void cursor_add(struct cursor *c, uint32_t low, uint32_t *sums, uint64_t *bits);
/* Set the bits of its documents of the window, and how often it stands in each. */
void cursor_mark(struct cursor *c, uint32_t low, uint64_t *bits, uint32_t *frequencies);
/* What it adds to a document of the window where it stands that often. */
uint32_t cursor_worth(const struct cursor *c, uint32_t doc, uint32_t frequency);
/*
 * Its score in a document of the window (they ascend), 0 when it is not in it, nor when it cannot
 * add as much as `needed`.
 */
uint32_t cursor_score(struct cursor *c, uint32_t doc, uint32_t needed);

#endif
