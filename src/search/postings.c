/*
 * Reading all postings of a term, block by block, for merges, sets and checks.  The search itself
 * has its own cursors (cursor.c), which skip.
 */
#include <string.h>

#include "search/segment.h"

struct block_head block_head(const uint8_t *base, uint32_t block)
{
    struct block_head head;

    memcpy(&head, base + (size_t)block * BLOCK_HEAD, BLOCK_HEAD);
    return head;
}

bool posting_begin(struct posting_reader *r, struct segment *s, int field, const struct entry *e)
{
    const struct segment_field *f = &s->foot->fields[field];
    uint32_t blocks = e->df / BLOCK;
    uint64_t head = (uint64_t)blocks * BLOCK_HEAD + e->tail_bytes;

    r->s = s;
    r->df = e->df;
    r->blocks = blocks;
    r->block = 0;
    r->entry = *e;
    r->last = UINT32_MAX;
    r->n = 0;
    if (e->df <= 1)
        return true;
    if (e->at > f->postings.bytes || head > f->postings.bytes - e->at ||
        !segment_holds(s, f->postings.at + e->at, head)) {
        atomic_store(&s->damaged, true);
        return false;
    }
    r->at = f->postings.at + e->at;
    r->base = s->map + r->at;
    r->end = s->map + f->postings.at + f->postings.bytes;
    return true;
}

/* Do documents ascend from behind `before` and stay within the segment? */
static bool ascending(const struct posting_reader *r, uint32_t before)
{
    uint32_t last = before;

    for (int i = 0; i < r->n; i++) {
        if (last != UINT32_MAX && r->docs[i] <= last)
            return false;
        last = r->docs[i];
    }
    return last < r->s->foot->docs;
}

static bool read_tail(struct posting_reader *r)
{
    const uint8_t *at = r->base + (size_t)r->blocks * BLOCK_HEAD, *end = at + r->entry.tail_bytes;
    uint32_t last = r->last;

    r->n = (int)(r->df % BLOCK);
    for (int i = 0; i < r->n; i++) {
        uint32_t code = varint_get(&at, end);

        last += (code >> 1) + 1;
        r->docs[i] = last;
        r->frequencies[i] = code & 1 ? 1 : varint_get(&at, end);
    }
    return r->n > 0;
}

static bool read_block(struct posting_reader *r)
{
    struct block_head head = block_head(r->base, r->block);
    uint64_t bytes = ((uint64_t)head.doc_bits + head.frequency_bits) * 16;

    if (head.doc_bits > 32 || head.frequency_bits > 32 ||
        head.at + bytes > (uint64_t)(r->end - r->base) ||
        !segment_holds(r->s, r->at + head.at, bytes))
        return false;
    unpack_docs(r->base + head.at, head.doc_bits, r->last, r->docs);
    unpack(r->base + head.at + head.doc_bits * 16, head.frequency_bits, r->frequencies);
    for (int i = 0; i < BLOCK; i++)
        r->frequencies[i]++;
    r->n = BLOCK;
    return true;
}

bool posting_next(struct posting_reader *r)
{
    uint32_t before = r->last;
    bool fine;

    if (r->df == 1) {
        if (r->n)
            return false;
        r->docs[0] = (uint32_t)r->entry.at;
        r->frequencies[0] = (uint32_t)(r->entry.at >> 32);
        r->n = 1;
        fine = true;
    } else if (r->block < r->blocks) {
        fine = read_block(r);
    } else {
        if (r->block > r->blocks || r->df % BLOCK == 0)
            return false;
        fine = read_tail(r);
    }
    r->block++;
    if (!fine || !ascending(r, before)) {
        atomic_store(&r->s->damaged, true);
        return false;
    }
    r->last = r->docs[r->n - 1];
    return true;
}
