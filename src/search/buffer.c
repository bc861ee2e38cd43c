#include "search/buffer.h"

#include <stdlib.h>
#include <string.h>

enum { TERMS_AHEAD = 16 };

static inline uint32_t hash_of(uint64_t key)
{
    key ^= key >> 29;
    key *= UINT64_C(0xBF58476D1CE4E5B9);
    return (uint32_t)(key >> 32);
}

void buffer_begin(struct buffer *b, const struct index_schema *schema)
{
    memset(b, 0, sizeof *b);
    b->schema = schema;
}

void buffer_end(struct buffer *b)
{
    for (int i = 0; i < INDEX_FIELDS; i++) {
        free(b->fields[i].at);
        bytes_free(&b->lengths[i]);
    }
    for (int i = 0; i < INDEX_COLUMNS; i++)
        bytes_free(&b->columns[i]);
    bytes_free(&b->chunks);
    bytes_free(&b->records);
    bytes_free(&b->record_at);
    bytes_free(&b->ids);
    bytes_free(&b->terms);
    free(b->by_id);
    memset(b, 0, sizeof *b);
}

size_t buffer_bytes(const struct buffer *b)
{
    size_t all = b->chunks.n + b->records.n + b->record_at.n + b->ids.n +
                 b->by_id_capacity * sizeof *b->by_id;

    for (int i = 0; i < b->schema->n_fields; i++)
        all += b->lengths[i].n + b->fields[i].capacity * sizeof(struct slot);
    for (int i = 0; i < b->schema->n_columns; i++)
        all += b->columns[i].n;
    return all;
}

/* ---- slots ---- */

static bool slots_grow(struct slots *slots)
{
    uint32_t capacity = slots->capacity ? slots->capacity * 2 : 1024;
    struct slot *at = calloc(capacity, sizeof *at);

    if (!at)
        return false;
    for (uint32_t i = 0; i < slots->capacity; i++) {
        if (!slots->at[i].term)
            continue;
        uint32_t place = hash_of(slots->at[i].term) & (capacity - 1);
        while (at[place].term)
            place = (place + 1) & (capacity - 1);
        at[place] = slots->at[i];
    }
    free(slots->at);
    slots->at = at;
    slots->capacity = capacity;
    return true;
}

static struct slot *slot_of(struct slots *slots, uint64_t term)
{
    uint32_t mask = slots->capacity - 1, place = hash_of(term) & mask;

    while (slots->at[place].term && slots->at[place].term != term)
        place = (place + 1) & mask;
    if (!slots->at[place].term) {
        slots->at[place].term = term;
        slots->used++;
    }
    return &slots->at[place];
}

/* ---- chunks: bytes, then where the next chunk begins ---- */

static uint32_t chunk_size(uint32_t df)
{
    return df < 2 ? 12 : df < 16 ? 28 : df < 256 ? 124 : df < 8192 ? 508 : 4092;
}

static uint32_t chunk_new(struct buffer *b, uint32_t size)
{
    uint8_t *room = bytes_room(&b->chunks, size + 4);

    if (!room || b->chunks.n > UINT32_MAX - size - 8) {
        b->failed = true;
        return 0;
    }
    b->chunks.n += size + 4;
    return (uint32_t)(b->chunks.n - size - 4);
}

static void slot_bytes(struct buffer *b, struct slot *slot, const uint8_t *at, int n)
{
    for (int i = 0; i < n; i++) {
        if (slot->write == slot->end) {
            uint32_t size = chunk_size(slot->df), next = chunk_new(b, size);
            if (b->failed)
                return;
            if (slot->end)
                memcpy(b->chunks.at + slot->end, &next, 4);
            else
                slot->head = next;
            slot->write = next;
            slot->end = next + size;
        }
        b->chunks.at[slot->write++] = at[i];
    }
}

/* What follows a document is its frequency, known when the next one comes: gap to the next << 1 |
 * frequency is one, then the frequency when it is not. */
static void slot_add(struct buffer *b, struct slot *slot, uint32_t doc)
{
    uint8_t code[16];
    int n;

    if (slot->df && slot->last == doc) {
        slot->frequency++;
        return;
    }
    if (slot->df == 0) {
        n = varint_put(code, doc);
    } else {
        n = varint_put(code, (doc - slot->last) << 1 | (slot->frequency == 1));
        if (slot->frequency != 1)
            n += varint_put(code + n, slot->frequency);
    }
    slot_bytes(b, slot, code, n);
    slot->last = doc;
    slot->frequency = 1;
    slot->df++;
}

/* ---- documents by id ---- */

static struct id_slot *id_place(struct buffer *b, uint64_t id)
{
    uint32_t mask = b->by_id_capacity - 1,
             place = hash_of(id * UINT64_C(0x9E3779B97F4A7C15)) & mask;

    while (b->by_id[place].doc && b->by_id[place].id != id)
        place = (place + 1) & mask;
    return &b->by_id[place];
}

static bool id_grow(struct buffer *b)
{
    uint32_t old = b->by_id_capacity;
    struct id_slot *slots = b->by_id;

    b->by_id_capacity = old ? old * 2 : 1024;
    b->by_id = calloc(b->by_id_capacity, sizeof *b->by_id);
    if (!b->by_id) {
        b->by_id = slots;
        b->by_id_capacity = old;
        return false;
    }
    for (uint32_t i = 0; i < old; i++)
        if (slots[i].doc)
            *id_place(b, slots[i].id) = slots[i];
    free(slots);
    return true;
}

/* A dead document keeps its place and has UINT32_MAX instead of where its record begins. */
static void kill(struct buffer *b, uint32_t doc)
{
    uint64_t *record_at = (void *)b->record_at.at;

    if (record_at[doc] != UINT64_MAX) {
        record_at[doc] = UINT64_MAX;
        b->dead++;
    }
}

bool buffer_delete(struct buffer *b, uint64_t id)
{
    if (!b->by_id_capacity)
        return false;
    struct id_slot *slot = id_place(b, id);
    if (!slot->doc)
        return false;
    uint32_t dead = b->dead;
    kill(b, slot->doc - 1);
    return b->dead > dead;
}

uint32_t buffer_delete_where(struct buffer *b, int column, int64_t value)
{
    const int64_t *values = (const void *)b->columns[column].at;
    uint32_t dead = b->dead;

    for (uint32_t i = 0; i < b->docs; i++)
        if (values[i] == value)
            kill(b, i);
    return b->dead - dead;
}

/* ---- putting ---- */

static uint32_t put_text(struct buffer *b, int field, struct units text, unsigned kinds)
{
    struct slots *slots = &b->fields[field];
    size_t most = terms_most(text, kinds);

    b->terms.n = 0;
    uint64_t *terms = (void *)bytes_room(&b->terms, most * sizeof *terms + 8);
    if (!terms)
        return 0;
    size_t n = terms_of(text, kinds, terms, most);
    while (slots->used + n > slots->capacity / 2 && !b->failed)
        if (!slots_grow(slots))
            b->failed = true;
    for (size_t i = 0; i < n && !b->failed; i++) {
        if (i + TERMS_AHEAD < n)
            __builtin_prefetch(&slots->at[hash_of(terms[i + TERMS_AHEAD]) & (slots->capacity - 1)],
                               1);
        if (i + TERMS_AHEAD / 2 < n) {
            const struct slot *soon =
                &slots->at[hash_of(terms[i + TERMS_AHEAD / 2]) & (slots->capacity - 1)];
            __builtin_prefetch(b->chunks.at + soon->write, 1);
        }
        slot_add(b, slot_of(slots, terms[i]), b->docs);
    }
    return (uint32_t)n;
}

static void put_record(struct buffer *b, const struct index_doc *doc)
{
    uint32_t head[INDEX_TEXTS + 1];
    int n = b->schema->n_texts;
    uint64_t at = b->records.n;

    for (int i = 0; i < n; i++)
        head[i] = (uint32_t)doc->texts[i].n;
    head[n] = (uint32_t)doc->payload.len;
    bytes_add(&b->record_at, &at, sizeof at);
    bytes_add(&b->records, head, ((size_t)n + 1) * sizeof *head);
    for (int i = 0; i < n; i++)
        bytes_add(&b->records, doc->texts[i].at, doc->texts[i].n * 2);
    bytes_add(&b->records, doc->payload.at, doc->payload.len);
    bytes_add(&b->records, "\0\0\0\0\0\0\0", (8 - b->records.n % 8) % 8);
}

bool buffer_put(struct buffer *b, const struct index_doc *doc)
{
    if (b->by_id_used + 1 > b->by_id_capacity / 2 && !id_grow(b))
        return false;
    struct id_slot *slot = id_place(b, doc->id);
    if (slot->doc)
        kill(b, slot->doc - 1);
    else
        b->by_id_used++;
    *slot = (struct id_slot){doc->id, b->docs + 1};
    for (int f = 0; f < b->schema->n_fields; f++) {
        uint32_t length = 0;

        for (int i = 0; i < b->schema->n_texts; i++)
            if (b->schema->fields[f].texts >> i & 1)
                length += put_text(b, f, doc->texts[i], b->schema->fields[f].kinds);
        bytes_add(&b->lengths[f], &length, sizeof length);
        b->failed = b->failed || b->lengths[f].failed;
    }
    put_record(b, doc);
    bytes_add(&b->ids, &doc->id, sizeof doc->id);
    for (int i = 0; i < b->schema->n_columns; i++) {
        bytes_add(&b->columns[i], &doc->columns[i], sizeof doc->columns[i]);
        b->failed = b->failed || b->columns[i].failed;
    }
    b->docs++;
    b->failed = b->failed || b->chunks.failed || b->records.failed || b->record_at.failed ||
                b->ids.failed || b->terms.failed;
    return !b->failed;
}

/* ---- writing ---- */

static int by_term(const void *a, const void *b)
{
    uint64_t x = ((const struct slot *)a)->term, y = ((const struct slot *)b)->term;

    return (x > y) - (x < y);
}

struct chunk_reader {
    const struct buffer *b;
    uint32_t at, end, df;
};

static uint32_t chunk_byte(struct chunk_reader *r)
{
    if (r->at == r->end) {
        memcpy(&r->at, r->b->chunks.at + r->end, 4);
        r->end = r->at + chunk_size(r->df);
    }
    return r->b->chunks.at[r->at++];
}

static uint32_t chunk_varint(struct chunk_reader *r)
{
    uint32_t number = 0;

    for (int shift = 0;; shift += 7) {
        uint32_t byte = chunk_byte(r);
        number |= (byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return number;
    }
}

/* `places`: the new number of a document, UINT32_MAX for a dead one. */
static void write_slot(struct buffer *b, struct maker *m, const struct slot *slot,
                       const uint32_t *places)
{
    struct chunk_reader r = {b, slot->head, slot->head + chunk_size(0), 0};
    uint32_t doc = chunk_varint(&r);

    maker_term_begin(m, slot->term);
    for (uint32_t i = 1; i <= slot->df; i++) {
        uint32_t code = 0, frequency = slot->frequency;

        /* The size of a chunk follows from how many documents there were when it was begun. */
        r.df = i;
        if (i < slot->df) {
            code = chunk_varint(&r);
            frequency = code & 1 ? 1 : chunk_varint(&r);
        }
        if (places[doc] != UINT32_MAX)
            maker_posting(m, places[doc], frequency);
        doc += code >> 1;
    }
    maker_term_end(m);
}

static void write_field(struct buffer *b, struct maker *m, int field, const uint32_t *places,
                        uint32_t *scratch)
{
    struct slots *slots = &b->fields[field];
    const uint32_t *lengths = (const void *)b->lengths[field].at;
    uint32_t n = 0;

    for (uint32_t i = 0; i < b->docs; i++)
        if (places[i] != UINT32_MAX)
            scratch[places[i]] = lengths[i];
    maker_field_begin(m, field, scratch);
    /* The table is not needed as a table any more. */
    for (uint32_t i = 0; i < slots->capacity; i++)
        if (slots->at[i].term)
            slots->at[n++] = slots->at[i];
    if (n)
        qsort(slots->at, n, sizeof *slots->at, by_term);
    for (uint32_t i = 0; i < n && !m->out.failed; i++)
        write_slot(b, m, &slots->at[i], places);
    maker_field_end(m);
}

static void write_docs(struct buffer *b, struct maker *m, const uint32_t *places, int64_t *scratch)
{
    const uint64_t *record_at = (const void *)b->record_at.at;
    const uint64_t *ids = (const void *)b->ids.at;
    uint64_t *living = (void *)scratch;

    for (uint32_t i = 0; i < b->docs; i++)
        if (places[i] != UINT32_MAX)
            living[places[i]] = ids[i];
    maker_ids(m, living);
    for (int c = 0; c < b->schema->n_columns; c++) {
        const int64_t *values = (const void *)b->columns[c].at;
        for (uint32_t i = 0; i < b->docs; i++)
            if (places[i] != UINT32_MAX)
                scratch[places[i]] = values[i];
        maker_column(m, c, scratch);
    }
    maker_records_begin(m);
    for (uint32_t i = 0; i < b->docs; i++) {
        if (places[i] == UINT32_MAX)
            continue;
        /* It ends where the next one begins, which may be dead: then its own head tells. */
        const uint8_t *record = b->records.at + record_at[i];
        size_t head = ((size_t)b->schema->n_texts + 1) * 4, bytes = head;
        for (int k = 0; k <= b->schema->n_texts; k++) {
            uint32_t n;
            memcpy(&n, record + 4 * k, 4);
            bytes += k < b->schema->n_texts ? (size_t)n * 2 : n;
        }
        maker_record(m, record, (bytes + 7) / 8 * 8);
    }
}

bool buffer_write(struct buffer *b, const char *path, uint64_t schema_hash)
{
    const uint64_t *record_at = (const void *)b->record_at.at;
    uint32_t *places = malloc((size_t)b->docs * sizeof *places + 8), living = 0;
    int64_t *scratch = malloc((size_t)b->docs * sizeof *scratch + 8);
    struct maker *m = malloc(sizeof *m);
    bool fine = places && scratch && m && !b->failed;

    if (fine) {
        for (uint32_t i = 0; i < b->docs; i++)
            places[i] = record_at[i] == UINT64_MAX ? UINT32_MAX : living++;
        maker_begin(m, path, b->schema, schema_hash, living);
        for (int f = 0; f < b->schema->n_fields; f++)
            write_field(b, m, f, places, (uint32_t *)(void *)scratch);
        write_docs(b, m, places, scratch);
        fine = maker_end(m, path, true);
    }
    free(m);
    free(scratch);
    free(places);
    return fine;
}
