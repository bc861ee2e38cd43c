/*
 * segment.h - an immutable file of the index, mapped: its format, and access that stays inside.
 *
 * A file is pages of 64 KiB, then the checksum of every page, then a footer with its own checksum.
 * The footer is checked when the file is opened, and that every section lies within the pages; a
 * page is compared with its checksum when it is first read (segment_holds()).  Nothing in a page is
 * believed beyond that: offsets, counts and documents read from it are compared with the bounds,
 * so that a file that was made to deceive gives wrong hits at most.
 */
#ifndef SEARCH_SEGMENT_H
#define SEARCH_SEGMENT_H

#include <stdatomic.h>

#include "search/files.h"
#include "search/index.h"
#include "search/pack.h"

enum { SEGMENT_FORMAT = 2, GROUP = 32 };
#define SEGMENT_MAGIC UINT64_C(0x31676573656d6979) /* "yimeseg1" */

/* One term of a field, as it is used. */
struct entry {
    uint64_t term;
    uint32_t df;
    uint16_t tail_bytes;
    uint8_t impact;      /* of the best document, in 255ths, rounded up */
    uint8_t tail_impact; /* of the best one behind the last whole block */
    uint64_t at;         /* df 1: the document, frequency << 32; else where in the postings */
    uint64_t bytes;      /* of the postings */
};

/*
 * The dictionary of a field: terms ascending, GROUP of them behind each of these.  An entry is
 * varints: gap to the term before (not of the first), df; then of df 1: document << 1 | frequency
 * is one, frequency when it is not, impact; else bytes, impact, and when there are both blocks and
 * a tail: the tail's bytes and impact.  Postings follow each other in the same order.
 */
struct group {
    uint64_t term;        /* the first */
    uint64_t postings_at; /* of the first with df > 1 */
    uint64_t at;          /* in the entries */
};

/* Postings of a term: a head for every whole block, the tail as varints (gap less one << 1 |
 * frequency is one, then the frequency when it is not), then the blocks: packed gaps, packed
 * frequencies less one. */
struct block_head {
    uint32_t last; /* document */
    uint32_t at;   /* bytes from the begin of the postings of the term */
    uint8_t doc_bits, frequency_bits, impact, zero;
};
enum { BLOCK_HEAD = 12 };

struct section {
    uint64_t at, bytes;
};

struct segment_field {
    struct section postings, entries, groups, lengths;
    uint64_t terms;
    uint64_t length;      /* of all documents */
    float average;        /* length of a document: what the impacts were made with */
    uint32_t length_size; /* bytes of a length: 2 or 4 */
};

struct segment_column {
    struct section values;
    int64_t base;
    uint32_t size, zero; /* bytes of a value: 0 1 2 4 8 */
};

struct footer {
    uint64_t magic, schema;
    uint32_t format, docs;
    uint64_t pages;
    uint64_t sums_hash;
    /* ids by document; documents by id (empty when ids ascend); where records begin, in units of 8
     * bytes, one more than documents; the records */
    struct section ids, order, stored_at, stored;
    struct segment_field fields[INDEX_FIELDS];
    struct segment_column columns[INDEX_COLUMNS];
    uint64_t hash; /* of all before it */
};

struct segment {
    atomic_int references;
    uint64_t number;
    const uint8_t *map;
    size_t size;
    const uint32_t *sums;
    _Atomic uint64_t *checked; /* a bit for every page */
    atomic_bool damaged;
    const struct footer *foot;
    const struct index_schema *schema; /* the caller's, with its counts beside */
    int n_texts, n_fields, n_columns;
};

/* NULL: cannot be read, or its frame is damaged.  References 1. */
struct segment *segment_open(const char *path, uint64_t number, const struct index_schema *schema,
                             uint64_t schema_hash);
void segment_release(struct segment *s);

bool segment_check_slow(struct segment *s, uint64_t at, uint64_t bytes);

/* Are these bytes there, and as they were written?  Marks the segment damaged when not. */
static inline bool segment_holds(struct segment *s, uint64_t at, uint64_t bytes)
{
    uint64_t page = at / PAGE;

    if (at / PAGE == (at + bytes) / PAGE && at + bytes < s->foot->pages * PAGE &&
        (atomic_load_explicit(&s->checked[page / 64], memory_order_acquire) >> page % 64 & 1))
        return true;
    return segment_check_slow(s, at, bytes);
}

/* The whole section, checked; NULL when damaged. */
const void *segment_section(struct segment *s, struct section section);

/* The entry of a term; false when there is none (or damage). */
bool segment_entry(struct segment *s, int field, uint64_t term, struct entry *ret);

/* All entries of a field in their order; `entry` is what stands. */
struct entry_reader {
    struct segment *s;
    const struct group *groups;
    const uint8_t *entries, *at, *end;
    uint64_t n, next, postings_at;
    struct entry entry;
};
bool entries_begin(struct entry_reader *r, struct segment *s, int field); /* false: damaged */
bool entries_next(
    struct entry_reader *r); /* false at the end; look whether the segment is damaged */
/* The document of an id, UINT32_MAX when there is none. */
uint32_t segment_find(struct segment *s, uint64_t id);
uint64_t segment_id(struct segment *s, uint32_t doc);
int64_t segment_value(struct segment *s, int column, uint32_t doc);
uint32_t segment_length(struct segment *s, int field, uint32_t doc);
bool segment_stored(struct segment *s, uint32_t doc, struct units *texts, struct str *payload);

static inline uint32_t length_at(const void *lengths, uint32_t size, uint32_t doc)
{
    return size == 2 ? ((const uint16_t *)lengths)[doc] : ((const uint32_t *)lengths)[doc];
}

/* All postings of a term, block by block. */
struct posting_reader {
    struct segment *s;
    const uint8_t *base, *end;  /* of the term; of the postings */
    uint32_t df, blocks, block; /* block: the next */
    uint64_t at;                /* of base in the file */
    struct entry entry;
    uint32_t last; /* document */
    int n;
    uint32_t docs[BLOCK], frequencies[BLOCK];
};
bool posting_begin(struct posting_reader *r, struct segment *s, int field,
                   const struct entry *entry);
/* Fill docs and frequencies with the next block; false at the end or on damage.  Documents ascend
 * and are those of the segment. */
bool posting_next(struct posting_reader *r);
struct block_head block_head(const uint8_t *base, uint32_t block);

#endif
