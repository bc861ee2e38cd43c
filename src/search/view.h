/*
 * view.h - what a search looks at: the parts of one or several states, and the statistics of them
 * all.
 */
#ifndef SEARCH_VIEW_H
#define SEARCH_VIEW_H

#include "search/state.h"

enum { NORMS = 4096 };

struct index_view {
    struct index_schema schema;
    struct index *indexes[INDEX_PARTS]; /* only to mark damage; an index outlives its searches */
    struct state *states[INDEX_PARTS];
    uint32_t n_states, n;
    struct part *parts; /* of all states; borrowed from them */
    uint32_t *index_of; /* which index a part belongs to */
    uint64_t docs;      /* living */
    uint64_t lengths[INDEX_FIELDS];
    float *norms[INDEX_FIELDS]; /* of the lengths below NORMS; made when first needed, of malloc */
    bool ended;
};

double view_average(const struct index_view *view, int field);
const float *view_norms(struct index_view *view, int field); /* NULL: no memory */
enum err view_damage(struct task *t, struct index_view *view);
/* Has any part turned out to be damaged? */
bool view_damaged(const struct index_view *view);

#endif
