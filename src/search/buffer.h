/*
 * buffer.h - documents in memory, inverted as they come, until they are written as a segment.
 *
 * For every term of a field a slot in a hash table and a chain of chunks of varints; chunks grow
 * with the term.  Documents that were replaced or deleted meanwhile are left out when writing.
 */
#ifndef SEARCH_BUFFER_H
#define SEARCH_BUFFER_H

#include "search/make_segment.h"

struct slot {
    uint64_t term; /* 0: free */
    uint32_t last, frequency, df;
    uint32_t head, write, end; /* in the chunks */
};

struct slots {
    struct slot *at;
    uint32_t used, capacity; /* a power of two */
};

struct id_slot {
    uint64_t id;
    uint32_t doc; /* + 1 */
};

struct buffer {
    const struct index_schema *schema;
    uint32_t docs, dead;
    struct slots fields[INDEX_FIELDS];
    struct bytes chunks, records, record_at, ids, lengths[INDEX_FIELDS], columns[INDEX_COLUMNS];
    struct bytes terms; /* of the field under way */
    struct id_slot *by_id;
    uint32_t by_id_used, by_id_capacity;
    bool failed; /* no memory */
};

void buffer_begin(struct buffer *b, const struct index_schema *schema);
void buffer_end(struct buffer *b);
size_t buffer_bytes(const struct buffer *b);
/* False: no memory; the buffer can only be ended. */
bool buffer_put(struct buffer *b, const struct index_doc *doc);
/* Was there a document of this id? */
bool buffer_delete(struct buffer *b, uint64_t id);
uint32_t buffer_delete_where(struct buffer *b, int column, int64_t value);
/* Write all living documents; false: no file. */
bool buffer_write(struct buffer *b, const char *path, uint64_t schema_hash);

#endif
