/*
 * best.h - the best k of many: a heap whose worst is on top.
 */
#ifndef SEARCH_BEST_H
#define SEARCH_BEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct found {
    int64_t key;
    uint64_t id;
    uint32_t part, doc;
};

struct best {
    struct found *at;
    size_t n, most;
};

/* Of two with the same key the smaller id is the better one. */
static inline bool found_worse(const struct found *a, const struct found *b)
{
    return a->key < b->key || (a->key == b->key && a->id > b->id);
}

void best_add(struct best *best, struct found found);
/* Best first.  It is no heap any more. */
void best_sort(struct best *best);

#endif
