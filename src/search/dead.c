/*
 * Dead documents of a segment: a bit each, and how often each term stood in them.
 */
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "search/make_segment.h"
#include "search/state.h"

#define DEAD_MAGIC UINT64_C(0x31646165646d6979) /* "yimdead1" */

struct dead_head {
    uint64_t magic, segment;
    uint32_t docs, dead, fields, zero;
};

/* Point into the blob; false when it does not hold what its head says. */
static bool dead_bind(struct dead *dead, const struct segment *s)
{
    const uint8_t *at = dead->blob;
    size_t left = dead->blob_bytes, bits = ((size_t)s->foot->docs + 63) / 64 * 8;
    struct dead_head head;

    if (left < sizeof head + 8 || left % 8)
        return false;
    memcpy(&head, at, sizeof head);
    uint64_t hash;
    memcpy(&hash, at + left - 8, 8);
    if (head.magic != DEAD_MAGIC || head.segment != s->number || head.docs != s->foot->docs ||
        head.fields != (uint32_t)s->n_fields || head.dead > head.docs ||
        hash != XXH3_64bits(at, left - 8))
        return false;
    at += sizeof head;
    left -= sizeof head + 8;
    if (left < bits)
        return false;
    dead->docs = head.dead;
    dead->bits = (const void *)at;
    at += bits;
    left -= bits;
    for (int i = 0; i < s->n_fields; i++) {
        struct dead_field *f = &dead->fields[i];

        if (left < 16)
            return false;
        memcpy(&f->length, at, 8);
        memcpy(&f->n, at + 8, 8);
        at += 16;
        left -= 16;
        if (f->n > left / 12 || f->n * 8 + (f->n + 1) / 2 * 8 > left)
            return false;
        f->terms = (const void *)at;
        f->counts = (const void *)(at + f->n * 8);
        at += f->n * 8 + (f->n + 1) / 2 * 8;
        left -= f->n * 8 + (f->n + 1) / 2 * 8;
    }
    return left == 0;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Each term of a document once, behind the others. */
static bool add_terms(struct segment *s, const struct index_schema *schema, int field, uint32_t doc,
                      struct bytes *all)
{
    struct units texts[INDEX_TEXTS];
    struct str payload;
    size_t begin = all->n / 8, n = begin, kept = begin;

    if (!segment_stored(s, doc, texts, &payload))
        return false;
    for (int i = 0; i < s->n_texts; i++) {
        if (!(schema->fields[field].texts >> i & 1))
            continue;
        size_t most = terms_most(texts[i], schema->fields[field].kinds);
        uint64_t *room = (void *)bytes_room(all, most * 8 + 8);
        if (!room)
            return false;
        n += terms_of(texts[i], schema->fields[field].kinds, room, most);
        all->n = n * 8;
    }
    uint64_t *terms = (void *)all->at;
    if (n > begin)
        qsort(terms + begin, n - begin, sizeof *terms, by_number);
    for (size_t i = begin; i < n; i++)
        if (i == begin || terms[i] != terms[kept - 1])
            terms[kept++] = terms[i];
    all->n = kept * 8;
    return true;
}

static void add_row(struct bytes *terms, struct bytes *counts, uint64_t term, uint32_t count)
{
    bytes_add(terms, &term, 8);
    bytes_add(counts, &count, 4);
}

/* What the field had before and the new terms, both ascending, into one list. */
static void merge_rows(const struct dead_field *old, const uint64_t *fresh, size_t n,
                       struct bytes *terms, struct bytes *counts)
{
    size_t i = 0, k = 0, olds = old ? old->n : 0;

    while (i < olds || k < n) {
        uint64_t term =
            i < olds && (k == n || old->terms[i] <= fresh[k]) ? old->terms[i] : fresh[k];
        uint32_t count = 0;

        if (i < olds && old->terms[i] == term)
            count = old->counts[i++];
        for (; k < n && fresh[k] == term; k++)
            count++;
        add_row(terms, counts, term, count);
    }
}

/* What is gathered is counted before it grows beyond this. */
enum { FRESH_MOST = 64 * 1024 * 1024 };

struct rows {
    struct bytes terms, counts;
};

static void count_fresh(struct rows *rows, struct bytes *fresh)
{
    struct dead_field before = {0, rows->terms.n / 8, (const void *)rows->terms.at,
                                (const void *)rows->counts.at};
    struct rows after = {0};

    if (fresh->n)
        qsort(fresh->at, fresh->n / 8, 8, by_number);
    merge_rows(&before, (const void *)fresh->at, fresh->n / 8, &after.terms, &after.counts);
    after.terms.failed = after.terms.failed || rows->terms.failed || rows->counts.failed;
    bytes_free(&rows->terms);
    bytes_free(&rows->counts);
    *rows = after;
    fresh->n = 0;
}

static bool add_field(struct segment *s, const struct index_schema *schema, int field,
                      const struct dead *old, const uint32_t *docs, uint32_t n, struct bytes *blob)
{
    struct bytes fresh = {0};
    struct rows rows = {0};
    uint64_t length = old ? old->fields[field].length : 0;
    bool fine = true;

    if (old) {
        bytes_add(&rows.terms, old->fields[field].terms, old->fields[field].n * 8);
        bytes_add(&rows.counts, old->fields[field].counts, old->fields[field].n * 4);
    }
    for (uint32_t i = 0; i < n && fine; i++) {
        length += segment_length(s, field, docs[i]);
        fine = add_terms(s, schema, field, docs[i], &fresh);
        if (fresh.n > FRESH_MOST)
            count_fresh(&rows, &fresh);
    }
    count_fresh(&rows, &fresh);
    uint64_t count = rows.terms.n / 8;
    if (count % 2)
        bytes_add(&rows.counts, "\0\0\0", 4);
    bytes_add(blob, &length, 8);
    bytes_add(blob, &count, 8);
    bytes_add(blob, rows.terms.at, rows.terms.n);
    bytes_add(blob, rows.counts.at, rows.counts.n);
    fine = fine && !fresh.failed && !rows.terms.failed && !rows.counts.failed;
    bytes_free(&fresh);
    bytes_free(&rows.terms);
    bytes_free(&rows.counts);
    return fine;
}

struct dead *dead_with(struct segment *s, const struct dead *old, const uint32_t *docs, uint32_t n)
{
    struct dead *dead = calloc(1, sizeof *dead);
    struct dead_head head = {.magic = DEAD_MAGIC,
                             .segment = s->number,
                             .docs = s->foot->docs,
                             .dead = (old ? old->docs : 0) + n,
                             .fields = (uint32_t)s->n_fields};
    size_t words = ((size_t)s->foot->docs + 63) / 64;
    struct bytes blob = {0};
    bool fine = dead != NULL;

    bytes_add(&blob, &head, sizeof head);
    uint64_t *bits = (void *)bytes_room(&blob, words * 8);
    if (bits) {
        if (old)
            memcpy(bits, old->bits, words * 8);
        else
            memset(bits, 0, words * 8);
        for (uint32_t i = 0; i < n; i++)
            bits[docs[i] / 64] |= UINT64_C(1) << docs[i] % 64;
        blob.n += words * 8;
    }
    for (int i = 0; i < s->n_fields && fine; i++)
        fine = add_field(s, s->schema, i, old, docs, n, &blob);
    if (fine && !blob.failed) {
        uint64_t hash = XXH3_64bits(blob.at, blob.n);
        bytes_add(&blob, &hash, 8);
    }
    if (!fine || blob.failed) {
        bytes_free(&blob);
        free(dead);
        return NULL;
    }
    *dead = (struct dead){
        .references = 1, .number = number_new(), .blob = blob.at, .blob_bytes = blob.n};
    if (!dead_bind(dead, s)) {
        dead_release(dead);
        return NULL;
    }
    return dead;
}

bool dead_write(const struct dead *dead, const char *folder)
{
    char path[PATH_BYTES];

    return number_path(path, folder, "dead", dead->number) &&
           file_replace(path, dead->blob, dead->blob_bytes);
}

struct dead *dead_read(const char *folder, uint64_t number, const struct segment *s)
{
    struct dead *dead = calloc(1, sizeof *dead);
    char path[PATH_BYTES];

    if (!dead)
        return NULL;
    dead->references = 1;
    dead->number = number;
    if (number_path(path, folder, "dead", number))
        dead->blob = file_read(path, (size_t)1 << 32, &dead->blob_bytes);
    if (!dead->blob || !dead_bind(dead, s)) {
        dead_release(dead);
        return NULL;
    }
    return dead;
}

void dead_release(struct dead *dead)
{
    if (!dead || atomic_fetch_sub(&dead->references, 1) > 1)
        return;
    free(dead->blob);
    free(dead);
}

uint32_t dead_df(const struct dead *dead, int field, uint64_t term)
{
    const struct dead_field *f = dead ? &dead->fields[field] : NULL;
    uint64_t low = 0, high = f ? f->n : 0;

    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (f->terms[middle] < term)
            low = middle + 1;
        else
            high = middle;
    }
    return f && low < f->n && f->terms[low] == term ? f->counts[low] : 0;
}
