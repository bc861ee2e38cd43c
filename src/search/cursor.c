#include "search/cursor.h"

#include <string.h>

#include "search/make_segment.h"

static const uint32_t NONE = UINT32_MAX;

bool cursor_begin(struct cursor *c, struct segment *s, int field, const struct entry *entry)
{
    const struct segment_field *f = &s->foot->fields[field];
    uint64_t head;

    c->segment = s;
    c->entry = *entry;
    c->block = NONE;
    c->n = c->at = c->shallow = 0;
    c->blocks = entry->df > 1 ? entry->df / BLOCK : 0;
    c->length_size = f->length_size;
    c->lengths = segment_section(s, f->lengths);
    if (!c->lengths)
        return false;
    if (entry->df == 1)
        return true;
    head = (uint64_t)c->blocks * BLOCK_HEAD + entry->tail_bytes;
    if (entry->at > f->postings.bytes || head > f->postings.bytes - entry->at ||
        !segment_holds(s, f->postings.at + entry->at, head)) {
        atomic_store(&s->damaged, true);
        return false;
    }
    c->file_at = f->postings.at + entry->at;
    c->base = s->map + c->file_at;
    c->end = s->map + f->postings.at + f->postings.bytes;
    return true;
}

static inline uint32_t last_of(const struct cursor *c, uint32_t block)
{
    uint32_t last;

    memcpy(&last, c->base + (size_t)block * BLOCK_HEAD, sizeof last);
    return last;
}

static inline uint32_t bound_of(const struct cursor *c, uint8_t impact)
{
    return (uint32_t)(int32_t)(c->bound_unit * (float)impact) + 2;
}

static void damaged(struct cursor *c)
{
    atomic_store(&c->segment->damaged, true);
    c->ended = true;
    c->n = c->at = 0;
}

static void load_tail(struct cursor *c)
{
    const uint8_t *at = c->base + (size_t)c->blocks * BLOCK_HEAD, *end = at + c->entry.tail_bytes;
    uint32_t last = c->blocks ? last_of(c, c->blocks - 1) : UINT32_MAX;

    c->n = c->entry.df % BLOCK;
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t code = varint_get(&at, end);

        last += (code >> 1) + 1;
        c->docs[i] = last;
        c->frequencies[i] = code & 1 ? 1 : varint_get(&at, end);
    }
    c->frequencies_there = true;
}

/* Documents of a block (`blocks` is the tail).  What is loaded lies in the bounds only when it is
 * compared: documents of a hostile file may be any number. */
static void load(struct cursor *c, uint32_t block)
{
    c->block = block;
    c->at = 0;
    if (c->entry.df == 1) {
        c->docs[0] = (uint32_t)c->entry.at;
        c->frequencies[0] = (uint32_t)(c->entry.at >> 32);
        c->frequencies_there = true;
        c->n = 1;
        return;
    }
    if (block == c->blocks) {
        load_tail(c);
        return;
    }
    struct block_head head = block_head(c->base, block);
    uint64_t bytes = ((uint64_t)head.doc_bits + head.frequency_bits) * 16;
    if (head.doc_bits > 32 || head.frequency_bits > 32 ||
        head.at + bytes > (uint64_t)(c->end - c->base) ||
        !segment_holds(c->segment, c->file_at + head.at, bytes)) {
        damaged(c);
        return;
    }
    unpack_docs(c->base + head.at, head.doc_bits, block ? last_of(c, block - 1) : UINT32_MAX,
                c->docs);
    c->n = BLOCK;
    c->frequencies_there = false;
}

static void load_frequencies(struct cursor *c)
{
    struct block_head head = block_head(c->base, c->block);

    /* load() has checked where they lie. */
    unpack(c->base + head.at + head.doc_bits * 16, head.frequency_bits, c->frequencies);
    for (int i = 0; i < BLOCK; i++)
        c->frequencies[i]++;
    c->frequencies_there = true;
}

/* Move within the loaded block to the first document from `doc` on. */
static inline void move(struct cursor *c, uint32_t doc)
{
    uint32_t at = c->at, n = c->n;

    while (at + 16 <= n && c->docs[at + 15] < doc)
        at += 16;
    while (at < n && c->docs[at] < doc)
        at++;
    c->at = at;
}

uint32_t cursor_bound(struct cursor *c, uint32_t low)
{
    uint32_t high = low + WINDOW, block = c->shallow,
             tail = c->entry.df > 1 ? c->entry.df % BLOCK : 1;
    uint8_t impact = 0;

    if (c->ended)
        return 0;
    while (block < c->blocks && last_of(c, block) < low)
        block++;
    c->shallow = block;
    /* Blocks that end within the window, then one that reaches beyond it. */
    while (block < c->blocks) {
        const uint8_t *head = c->base + (size_t)block * BLOCK_HEAD;
        uint32_t last = last_of(c, block);

        if (last >= high) {
            /* It may begin behind the window; a wide one is worth looking. */
            uint32_t before = block ? last_of(c, block - 1) : 0;
            if (before >= high)
                return impact ? bound_of(c, impact) : 0;
            if (block == c->shallow && last - before > WINDOW) {
                if (c->block != block)
                    load(c, block);
                move(c, low);
                if (c->at >= c->n || c->docs[c->at] >= high)
                    return 0;
            }
        }
        if (head[offsetof(struct block_head, impact)] > impact)
            impact = head[offsetof(struct block_head, impact)];
        if (last >= high)
            return bound_of(c, impact);
        block++;
    }
    if (tail) {
        if (c->shallow == c->blocks) {
            if (c->block != c->blocks)
                load(c, c->blocks);
            move(c, low);
            if (c->at == c->n)
                c->ended = true;
            if (c->at == c->n || c->docs[c->at] >= high)
                return 0;
        }
        if (c->entry.tail_impact > impact)
            impact = c->entry.tail_impact;
    } else if (c->shallow == c->blocks) {
        c->ended = true;
        return 0;
    }
    return bound_of(c, impact);
}

static inline uint32_t score_of(const struct cursor *c, uint32_t frequency, uint32_t length)
{
    float norm = length < NORMS ? c->norms[length] : norm_of(c->field, c->average, length);
    float f = (float)frequency;

    return (uint32_t)(int32_t)(c->weight * (f / (f + norm))) + 1;
}

/* The loaded block, from `at` on, as far as the window goes. */
static inline void add_block(struct cursor *c, uint32_t low, uint32_t *sums, uint64_t *bits)
{
    uint32_t at = c->at, n = c->n, docs = c->segment->foot->docs - low;
    uint32_t span = docs < WINDOW ? docs : WINDOW;

    if (c->length_size == 2) {
        const uint16_t *lengths = (const uint16_t *)c->lengths + low;
        for (; at < n; at++) {
            uint32_t place = c->docs[at] - low;
            if (place >= span)
                break;
            bits[place / 64] |= UINT64_C(1) << place % 64;
            sums[place] += score_of(c, c->frequencies[at], lengths[place]);
        }
    } else {
        const uint32_t *lengths = (const uint32_t *)c->lengths + low;
        for (; at < n; at++) {
            uint32_t place = c->docs[at] - low;
            if (place >= span)
                break;
            bits[place / 64] |= UINT64_C(1) << place % 64;
            sums[place] += score_of(c, c->frequencies[at], lengths[place]);
        }
    }
    c->at = at;
}

void cursor_add(struct cursor *c, uint32_t low, uint32_t *sums, uint64_t *bits)
{
    uint32_t block = c->shallow;

    while (!c->ended && block <= c->blocks) {
        if (block == c->blocks && c->entry.df > 1 && c->entry.df % BLOCK == 0)
            return;
        if (c->block != block)
            load(c, block);
        move(c, low);
        if (c->at < c->n && c->docs[c->at] - low < WINDOW) {
            if (!c->frequencies_there)
                load_frequencies(c);
            add_block(c, low, sums, bits);
        }
        if (c->at < c->n)
            return; /* the rest is of later windows */
        block++;
    }
}

void cursor_mark(struct cursor *c, uint32_t low, uint64_t *bits, uint32_t *frequencies)
{
    uint32_t docs = c->segment->foot->docs - low, span = docs < WINDOW ? docs : WINDOW;

    for (uint32_t block = c->shallow; !c->ended && block <= c->blocks; block++) {
        if (block == c->blocks && c->entry.df > 1 && c->entry.df % BLOCK == 0)
            return;
        if (c->block != block)
            load(c, block);
        move(c, low);
        if (c->at < c->n && c->docs[c->at] - low < WINDOW && !c->frequencies_there)
            load_frequencies(c);
        uint32_t at = c->at, n = c->n;
        for (; at < n; at++) {
            uint32_t place = c->docs[at] - low;
            if (place >= span)
                break;
            bits[place / 64] |= UINT64_C(1) << place % 64;
            frequencies[place] = c->frequencies[at];
        }
        if (at < n)
            return;
    }
}

uint32_t cursor_worth(const struct cursor *c, uint32_t doc, uint32_t frequency)
{
    return score_of(c, frequency, length_at(c->lengths, c->length_size, doc));
}

uint32_t cursor_score(struct cursor *c, uint32_t doc, uint32_t needed)
{
    uint32_t block = c->block != NONE && c->block > c->shallow ? c->block : c->shallow;

    if (c->ended)
        return 0;
    while (block < c->blocks && last_of(c, block) < doc)
        block++;
    if (block == c->blocks && c->entry.df > 1 && c->entry.df % BLOCK == 0)
        return 0;
    if (c->block != block) {
        uint8_t impact =
            block < c->blocks
                ? c->base[(size_t)block * BLOCK_HEAD + offsetof(struct block_head, impact)]
                : c->entry.tail_impact;
        if (bound_of(c, impact) < needed)
            return 0;
        load(c, block);
    }
    move(c, doc);
    if (c->at >= c->n || c->docs[c->at] != doc)
        return 0;
    if (!c->frequencies_there)
        load_frequencies(c);
    return score_of(c, c->frequencies[c->at], length_at(c->lengths, c->length_size, doc));
}
