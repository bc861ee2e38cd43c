/*
 * make_segment.h - writes a segment from beginning to end, in this order: every field in turn, its
 * terms ascending, the documents of each ascending; then ids, columns, records.
 *
 * Only one term's postings, the dictionary of one field and a few bytes for every document are held
 * in memory.
 */
#ifndef SEARCH_MAKE_SEGMENT_H
#define SEARCH_MAKE_SEGMENT_H

#include "search/segment.h"

struct bytes {
    uint8_t *at;
    size_t n, capacity;
    bool failed; /* no memory */
};
void bytes_add(struct bytes *b, const void *at, size_t n);
uint8_t *bytes_room(struct bytes *b, size_t n); /* behind the end; NULL when failed */
void bytes_free(struct bytes *b);

struct maker {
    struct out out;
    const struct index_schema *schema;
    struct footer foot;
    int field;
    const uint32_t *lengths;
    float norms[4096]; /* k1 * (1 - b + b * length / average), of the field */
    struct bytes entries, groups, heads, tail, blocks, stored_at;
    struct entry entry;
    uint64_t before;  /* the term before it in the group */
    uint32_t n, last; /* in the block under way; the document before it */
    float block_best, best;
    uint32_t docs[BLOCK], frequencies[BLOCK];
    uint64_t records;
};

bool maker_begin(struct maker *m, const char *path, const struct index_schema *schema,
                 uint64_t schema_hash, uint32_t docs);
void maker_field_begin(struct maker *m, int field, const uint32_t *lengths);
void maker_term_begin(struct maker *m, uint64_t term);
void maker_posting(struct maker *m, uint32_t doc, uint32_t frequency);
void maker_term_end(struct maker *m); /* a term without postings leaves no trace */
void maker_field_end(struct maker *m);
void maker_ids(struct maker *m, const uint64_t *ids);
void maker_column(struct maker *m, int column, const int64_t *values);
void maker_records_begin(struct maker *m);
/* A whole record as segment_stored() reads it, a multiple of 8 bytes. */
void maker_record(struct maker *m, const void *record, size_t bytes);
/* False: no file, whatever failed. */
bool maker_end(struct maker *m, const char *path, bool sync);

/* `before` 0: the first of a group. */
void entry_put(struct bytes *b, const struct entry *entry, uint64_t before);

float norm_of(const struct index_field *field, double average, uint32_t length);

#endif
