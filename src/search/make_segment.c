#include "search/make_segment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

/* ---- bytes that grow ---- */

uint8_t *bytes_room(struct bytes *b, size_t n)
{
    if (b->failed)
        return NULL;
    if (b->capacity - b->n < n) {
        size_t capacity = b->capacity + b->capacity / 2 + n + 256;
        uint8_t *at = realloc(b->at, capacity);
        if (!at) {
            b->failed = true;
            return NULL;
        }
        b->at = at;
        b->capacity = capacity;
    }
    return b->at + b->n;
}

void bytes_add(struct bytes *b, const void *at, size_t n)
{
    uint8_t *room = bytes_room(b, n);

    if (room && n) {
        memcpy(room, at, n);
        b->n += n;
    }
}

void bytes_free(struct bytes *b)
{
    free(b->at);
    *b = (struct bytes){0};
}

/* ---- fields ---- */

float norm_of(const struct index_field *field, double average, uint32_t length)
{
    double ratio = average > 0 ? length / average : 0;

    return (float)(field->k1 * (1 - field->b + field->b * ratio));
}

bool maker_begin(struct maker *m, const char *path, const struct index_schema *schema,
                 uint64_t schema_hash, uint32_t docs)
{
    memset(m, 0, sizeof *m);
    m->schema = schema;
    m->foot = (struct footer){
        .magic = SEGMENT_MAGIC, .schema = schema_hash, .format = SEGMENT_FORMAT, .docs = docs};
    return out_begin(&m->out, path);
}

static void section_begin(struct maker *m, struct section *section)
{
    out_align(&m->out, 8);
    section->at = m->out.at;
}

static void section_end(struct maker *m, struct section *section)
{
    section->bytes = m->out.at - section->at;
}

static void write_section(struct maker *m, struct section *section, const void *at, size_t bytes)
{
    section_begin(m, section);
    out_bytes(&m->out, at, bytes);
    section_end(m, section);
}

void maker_field_begin(struct maker *m, int field, const uint32_t *lengths)
{
    struct segment_field *f = &m->foot.fields[field];
    uint32_t longest = 0;

    for (uint32_t i = 0; i < m->foot.docs; i++) {
        f->length += lengths[i];
        longest = lengths[i] > longest ? lengths[i] : longest;
    }
    f->length_size = longest > UINT16_MAX ? 4 : 2;
    f->average = m->foot.docs ? (float)((double)f->length / m->foot.docs) : 0;
    for (uint32_t i = 0; i < sizeof m->norms / sizeof *m->norms; i++)
        m->norms[i] = norm_of(&m->schema->fields[field], f->average, i);
    m->field = field;
    m->lengths = lengths;
    m->entries.n = m->groups.n = 0;
    section_begin(m, &f->postings);
}

void maker_term_begin(struct maker *m, uint64_t term)
{
    m->entry = (struct entry){.term = term};
    m->heads.n = m->tail.n = m->blocks.n = 0;
    m->n = 0;
    m->last = UINT32_MAX;
    m->block_best = m->best = 0;
}

static uint8_t impact_of(float best)
{
    /* A little more than it is: what is reckoned with other averages rounds differently. */
    double impact = ceil((double)best * 255 * 1.0001);

    return (uint8_t)(impact > 255 ? 255 : impact);
}

static void gaps_of(const struct maker *m, uint32_t *gaps)
{
    uint32_t last = m->last;

    for (uint32_t i = 0; i < m->n; i++) {
        gaps[i] = m->docs[i] - last - 1;
        last = m->docs[i];
    }
}

static void end_block(struct maker *m)
{
    uint32_t gaps[BLOCK], less[BLOCK];

    gaps_of(m, gaps);
    for (int i = 0; i < BLOCK; i++)
        less[i] = m->frequencies[i] - 1;
    struct block_head head = {.last = m->docs[BLOCK - 1],
                              .at = (uint32_t)m->blocks.n,
                              .doc_bits = (uint8_t)pack_width(gaps),
                              .frequency_bits = (uint8_t)pack_width(less),
                              .impact = impact_of(m->block_best)};
    bytes_add(&m->heads, &head, BLOCK_HEAD);
    uint8_t *room = bytes_room(&m->blocks, (size_t)2 * PACK_MOST);
    if (room) {
        pack(gaps, head.doc_bits, room);
        pack(less, head.frequency_bits, room + head.doc_bits * 16);
        m->blocks.n += ((size_t)head.doc_bits + head.frequency_bits) * 16;
    }
    m->last = head.last;
    m->n = 0;
    m->block_best = 0;
}

void maker_posting(struct maker *m, uint32_t doc, uint32_t frequency)
{
    uint32_t length = m->lengths[doc];
    float norm = length < sizeof m->norms / sizeof *m->norms
                     ? m->norms[length]
                     : norm_of(&m->schema->fields[m->field],
                               (double)m->foot.fields[m->field].average, length);
    float impact = (float)frequency / ((float)frequency + norm);

    if (impact > m->block_best)
        m->block_best = impact;
    if (impact > m->best)
        m->best = impact;
    m->docs[m->n] = doc;
    m->frequencies[m->n] = frequency;
    m->entry.df++;
    if (++m->n == BLOCK)
        end_block(m);
}

static void make_tail(struct maker *m)
{
    uint32_t gaps[BLOCK];

    gaps_of(m, gaps);
    for (uint32_t i = 0; i < m->n; i++) {
        uint8_t *room = bytes_room(&m->tail, 16);
        if (!room)
            return;
        int used = varint_put(room, gaps[i] << 1 | (m->frequencies[i] == 1));
        if (m->frequencies[i] != 1)
            used += varint_put(room + used, m->frequencies[i]);
        m->tail.n += (size_t)used;
    }
    m->entry.tail_bytes = (uint16_t)m->tail.n;
    m->entry.tail_impact = impact_of(m->block_best);
}

void maker_term_end(struct maker *m)
{
    struct segment_field *f = &m->foot.fields[m->field];

    if (m->entry.df == 0)
        return;
    m->entry.impact = impact_of(m->best);
    uint64_t begin = m->out.at - f->postings.at;
    if (m->entry.df == 1) {
        m->entry.at = m->docs[0] | (uint64_t)m->frequencies[0] << 32;
    } else {
        make_tail(m);
        m->entry.at = begin;
        m->entry.bytes = m->heads.n + m->tail.n + m->blocks.n;
        for (size_t i = 0; i < m->heads.n; i += BLOCK_HEAD) {
            uint32_t at;
            memcpy(&at, m->heads.at + i + offsetof(struct block_head, at), sizeof at);
            at += (uint32_t)(m->heads.n + m->tail.n);
            memcpy(m->heads.at + i + offsetof(struct block_head, at), &at, sizeof at);
        }
        out_bytes(&m->out, m->heads.at, m->heads.n);
        out_bytes(&m->out, m->tail.at, m->tail.n);
        out_bytes(&m->out, m->blocks.at, m->blocks.n);
    }
    if (f->terms++ % GROUP == 0) {
        struct group group = {m->entry.term, begin, m->entries.n};
        bytes_add(&m->groups, &group, sizeof group);
        m->before = 0;
    }
    entry_put(&m->entries, &m->entry, m->before);
    m->before = m->entry.term;
}

void maker_field_end(struct maker *m)
{
    struct segment_field *f = &m->foot.fields[m->field];

    section_end(m, &f->postings);
    write_section(m, &f->entries, m->entries.at, m->entries.n);
    write_section(m, &f->groups, m->groups.at, m->groups.n);
    section_begin(m, &f->lengths);
    for (uint32_t i = 0; i < m->foot.docs; i++) {
        uint16_t small = (uint16_t)m->lengths[i];
        out_bytes(&m->out, f->length_size == 2 ? (const void *)&small : &m->lengths[i],
                  f->length_size);
    }
    section_end(m, &f->lengths);
}

/* ---- documents ---- */

static int by_id(const void *a, const void *b, void *ids)
{
    const uint64_t *at = ids;
    uint64_t x = at[*(const uint32_t *)a], y = at[*(const uint32_t *)b];

    return (x > y) - (x < y);
}

void maker_ids(struct maker *m, const uint64_t *ids)
{
    uint32_t docs = m->foot.docs;
    bool ascend = true;

    write_section(m, &m->foot.ids, ids, (size_t)docs * 8);
    for (uint32_t i = 1; i < docs; i++)
        ascend = ascend && ids[i - 1] < ids[i];
    if (ascend)
        return;
    uint32_t *order = malloc((size_t)docs * sizeof *order);
    uint64_t *copy = malloc((size_t)docs * sizeof *copy);
    if (order && copy) {
        memcpy(copy, ids, (size_t)docs * sizeof *copy);
        for (uint32_t i = 0; i < docs; i++)
            order[i] = i;
        qsort_r(order, docs, sizeof *order, by_id, copy);
        write_section(m, &m->foot.order, order, (size_t)docs * sizeof *order);
    } else {
        m->out.failed = true;
    }
    free(copy);
    free(order);
}

void maker_column(struct maker *m, int column, const int64_t *values)
{
    struct segment_column *c = &m->foot.columns[column];
    int64_t low = m->foot.docs ? values[0] : 0, high = low;

    for (uint32_t i = 0; i < m->foot.docs; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    uint64_t span = (uint64_t)high - (uint64_t)low;
    c->base = low;
    c->size = span == 0            ? 0
              : span <= UINT8_MAX  ? 1
              : span <= UINT16_MAX ? 2
              : span <= UINT32_MAX ? 4
                                   : 8;
    section_begin(m, &c->values);
    for (uint32_t i = 0; i < m->foot.docs; i++) {
        uint64_t value = (uint64_t)values[i] - (uint64_t)low;
        out_bytes(&m->out, &value, c->size); /* little-endian: the lower bytes */
    }
    section_end(m, &c->values);
}

void maker_records_begin(struct maker *m)
{
    section_begin(m, &m->foot.stored);
    m->stored_at.n = 0;
    m->records = 0;
}

void maker_record(struct maker *m, const void *record, size_t bytes)
{
    uint32_t at = (uint32_t)m->records;

    bytes_add(&m->stored_at, &at, sizeof at);
    out_bytes(&m->out, record, bytes);
    m->records += bytes / 8;
    if (m->records > UINT32_MAX)
        m->out.failed = true;
}

bool maker_end(struct maker *m, const char *path, bool sync)
{
    uint32_t end = (uint32_t)m->records;
    struct footer *f = &m->foot;

    section_end(m, &f->stored);
    bytes_add(&m->stored_at, &end, sizeof end);
    write_section(m, &f->stored_at, m->stored_at.at, m->stored_at.n);
    out_page_end(&m->out);
    f->pages = m->out.n_sums;
    if (!m->out.failed) {
        size_t bytes = m->out.n_sums * sizeof *m->out.sums;
        uint32_t *sums = malloc(bytes + 1);

        /* Writing goes on in the same pages, whose sums are of no use any more. */
        if (sums) {
            memcpy(sums, m->out.sums, bytes);
            f->sums_hash = XXH3_64bits(sums, bytes);
            out_bytes(&m->out, sums, bytes);
            out_align(&m->out, 8);
        } else {
            m->out.failed = true;
        }
        free(sums);
    }
    f->hash = XXH3_64bits(f, offsetof(struct footer, hash));
    out_bytes(&m->out, f, sizeof *f);
    if (m->entries.failed || m->groups.failed || m->heads.failed || m->tail.failed ||
        m->blocks.failed || m->stored_at.failed)
        m->out.failed = true;
    bytes_free(&m->entries);
    bytes_free(&m->groups);
    bytes_free(&m->heads);
    bytes_free(&m->tail);
    bytes_free(&m->blocks);
    bytes_free(&m->stored_at);
    bool fine = out_end(&m->out, sync);
    if (!fine)
        file_remove(path);
    return fine;
}
