/*
 * state.h - what an index consists of at one moment, and how that is kept on the disk.
 *
 * A state is a list of segments, each with the set of its dead documents; it is never changed, only
 * followed by another one.  The manifest names one state; it is replaced as a whole.
 *
 *   FOLDER/manifest              the state that counts
 *   FOLDER/seg-NUMBER            segments
 *   FOLDER/dead-NUMBER           dead documents of a segment
 *   FOLDER/{write,merge,commit}.lock
 *
 * Numbers are random and never used twice.  What the manifest does not name is garbage.
 */
#ifndef SEARCH_STATE_H
#define SEARCH_STATE_H

#include <pthread.h>

#include "search/segment.h"

/* How many of the dead had a term, so that frequencies are those of the living. */
struct dead_field {
    uint64_t length;
    uint64_t n;
    const uint64_t *terms; /* ascending */
    const uint32_t *counts;
};

struct dead {
    atomic_int references;
    uint64_t number;
    uint32_t docs; /* dead ones */
    const uint64_t *bits;
    struct dead_field fields[INDEX_FIELDS];
    uint8_t *blob; /* the file: all of the above points into it */
    size_t blob_bytes;
};

static inline bool is_dead(const struct dead *dead, uint32_t doc)
{
    return dead && (dead->bits[doc / 64] >> doc % 64 & 1);
}

/* `old` (or NULL) and these documents, which are not in it yet.  NULL: no memory, or a damaged
 * segment. */
struct dead *dead_with(struct segment *s, const struct dead *old, const uint32_t *docs, uint32_t n);
bool dead_write(const struct dead *dead, const char *folder);
struct dead *dead_read(const char *folder, uint64_t number, const struct segment *s);
void dead_release(struct dead *dead);
uint32_t dead_df(const struct dead *dead, int field, uint64_t term);

struct part {
    struct segment *segment;
    struct dead *dead; /* or NULL */
};

struct state {
    atomic_int references;
    int64_t mark;
    uint32_t n;
    struct part parts[];
};

struct state *state_new(uint32_t most); /* references 1, no parts; NULL: no memory */
void state_add(struct state *state, struct segment *segment,
               struct dead *dead); /* takes references */
struct state *state_retain(struct state *state);
void state_release(struct state *state);

struct index {
    char *folder;
    struct index_schema schema;
    uint64_t schema_hash;
    pthread_mutex_t lock; /* of `now` */
    struct state *now;
    uint64_t manifest_inode, manifest_time;
    atomic_bool damaged;
};

uint64_t schema_hash(const struct index_schema *schema);
struct state *index_now(struct index *index); /* retained */
uint64_t number_new(void);
bool number_path(char *path, const char *folder, const char *kind, uint64_t number);

/*
 * Under the lock "commit.lock".  OK: `next` is on the disk and is the state from now on. ERR_STORE:
 * the old one stands.  ERR_UNCERTAIN: the manifest was replaced, but the disk did not say that it
 * will last.
 */
enum err state_commit(struct task *t, struct index *index, struct state *next);
/* Look at the manifest again. */
enum err state_refresh(struct task *t, struct index *index, bool always);
/* Remove what `now` does not name; under the locks of the writer and of the merge. */
void state_clean(struct index *index);
/* Remove the files that only `before` names. */
void state_forget(struct index *index, const struct state *before, const struct state *after);

enum err damage_fail(struct task *t, struct index *index);
enum err disk_fail(struct task *t);

#endif
