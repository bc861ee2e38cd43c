/*
 * index_fixture.h - what the tests of the index share: folders, random documents, a fresh build to
 * compare with.
 */
#ifndef SEARCH_INDEX_FIXTURE_H
#define SEARCH_INDEX_FIXTURE_H

#include "core/test.h"

#include "search/index.h"

enum { DOCS = 512 }; /* ids 1 to DOCS - 1 */

/* What should be in the index: a seed for every id, 0 for none. */
struct model {
    uint64_t seeds[DOCS];
};

extern const struct index_schema fixture_schema; /* texts title, body; columns kind, day */
enum { FIELD_ALL, FIELD_TITLE, FIELD_CHARS, FIELD_KEYS };
enum { COLUMN_KIND, COLUMN_DAY };

uint64_t random_next(uint64_t *state);
char *folder_new(struct task *t); /* an empty one below the build's folder for tests */
void folder_remove(const char *folder);
struct index *index_in(struct task *t, const char *folder); /* fails the test when it cannot */

/* The same document for the same id and seed. */
struct index_doc doc_of(struct task *t, uint64_t id, uint64_t seed);
struct str text_of(struct task *t, uint64_t seed, int most);
void put_doc(struct task *t, struct index_writer *w, uint64_t id, uint64_t seed);
/* A new index of what the model holds. */
struct index *fresh(struct task *t, const char *folder, const struct model *model);
/* The same hits, scores, stored texts and statistics for random questions; fails the test. */
void assert_same(struct task *t, struct index *a, struct index *b, uint64_t seed, int questions);
/* Score every document by itself and compare. */
void assert_exact(struct task *t, struct index *index, uint64_t seed, int questions);

#endif
