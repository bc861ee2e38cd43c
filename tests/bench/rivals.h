/*
 * rivals.h - other engines with the same terms: SQLite's FTS5, and Xapian where its library is
 * there.
 */
#ifndef BENCH_RIVALS_H
#define BENCH_RIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rival {
    const char *name;
    /* A file or folder of that name is made.  NULL: failed. */
    void *(*begin)(const char *path);
    bool (*add)(void *rival, uint64_t id, const uint64_t *terms, size_t n);
    bool (*end)(void *rival); /* durable, and ready to be asked */
    /* Best first; how many there are. */
    size_t (*ask)(void *rival, const uint64_t *terms, size_t n, size_t most, uint64_t *ret_ids);
    void (*close)(void *rival);
};

extern const struct rival rival_fts5;
#ifdef WITH_XAPIAN
extern const struct rival rival_xapian;
#endif

#ifdef __cplusplus
}
#endif

#endif
