#include "search/segment.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

/* ---- opening ---- */

static bool within(const struct footer *f, struct section section, uint64_t bytes)
{
    uint64_t all = f->pages * PAGE;

    return section.bytes == bytes && section.at % 8 == 0 && section.at <= all &&
           bytes <= all - section.at;
}

static bool field_within(const struct footer *f, const struct segment_field *field)
{
    uint64_t n = field->terms;

    return (field->length_size == 2 || field->length_size == 4) && field->average >= 0 &&
           within(f, field->postings, field->postings.bytes) &&
           within(f, field->entries, field->entries.bytes) && n <= field->entries.bytes &&
           within(f, field->groups, (n + GROUP - 1) / GROUP * sizeof(struct group)) &&
           within(f, field->lengths, (uint64_t)f->docs * field->length_size);
}

static bool footer_fine(const struct segment *s, uint64_t schema_hash)
{
    const struct footer *f = s->foot;
    uint64_t docs = f->docs;

    if (f->magic != SEGMENT_MAGIC || f->format != SEGMENT_FORMAT || f->schema != schema_hash ||
        f->hash != XXH3_64bits(f, offsetof(struct footer, hash)))
        return false;
    if (f->pages > (s->size - sizeof *f) / PAGE ||
        f->pages * (PAGE + sizeof(uint32_t)) + f->pages % 2 * 4 + sizeof *f != s->size ||
        docs >= UINT32_MAX / 2)
        return false;
    if (!within(f, f->ids, docs * 8) || (f->order.bytes && !within(f, f->order, docs * 4)) ||
        !within(f, f->stored_at, (docs + 1) * 4) || !within(f, f->stored, f->stored.bytes))
        return false;
    for (int i = 0; i < s->n_fields; i++)
        if (!field_within(f, &f->fields[i]))
            return false;
    for (int i = 0; i < s->n_columns; i++) {
        uint32_t size = f->columns[i].size;
        if ((size != 0 && size != 1 && size != 2 && size != 4 && size != 8) ||
            !within(f, f->columns[i].values, docs * size))
            return false;
    }
    return XXH3_64bits(s->sums, f->pages * sizeof *s->sums) == f->sums_hash;
}

static bool map_file(struct segment *s, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;

    if (fd < 0)
        return false;
    if (fstat(fd, &status) == 0 && (size_t)status.st_size >= sizeof(struct footer) &&
        status.st_size % 8 == 0) {
        s->size = (size_t)status.st_size;
        void *map = mmap(NULL, s->size, PROT_READ, MAP_SHARED, fd, 0);
        s->map = map == MAP_FAILED ? NULL : map;
    }
    close(fd);
    return s->map != NULL;
}

struct segment *segment_open(const char *path, uint64_t number, const struct index_schema *schema,
                             uint64_t schema_hash)
{
    struct segment *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    *s = (struct segment){.references = 1,
                          .number = number,
                          .schema = schema,
                          .n_texts = schema->n_texts,
                          .n_fields = schema->n_fields,
                          .n_columns = schema->n_columns};
    if (map_file(s, path)) {
        const uint8_t *foot = s->map + s->size - sizeof(struct footer);

        s->foot = (const void *)foot;
        /* The checksums end where the footer begins; footer_fine() compares sizes before it reads
         * them. */
        if (s->foot->pages <= s->size / PAGE) {
            s->sums = (const void *)(s->map + s->foot->pages * PAGE);
            s->checked = calloc(s->foot->pages / 64 + 1, sizeof *s->checked);
        }
    }
    if (!s->checked || !footer_fine(s, schema_hash)) {
        segment_release(s);
        return NULL;
    }
    return s;
}

void segment_release(struct segment *s)
{
    if (!s || atomic_fetch_sub(&s->references, 1) > 1)
        return;
    if (s->map)
        munmap((void *)(uintptr_t)s->map, s->size);
    free(s->checked);
    free(s);
}

/* ---- checking ---- */

bool segment_check_slow(struct segment *s, uint64_t at, uint64_t bytes)
{
    uint64_t all = s->foot->pages * PAGE;

    if (at > all || bytes > all - at) {
        atomic_store(&s->damaged, true);
        return false;
    }
    if (bytes == 0)
        return true;
    for (uint64_t page = at / PAGE; page <= (at + bytes - 1) / PAGE; page++) {
        uint64_t bit = UINT64_C(1) << page % 64;

        if (atomic_load_explicit(&s->checked[page / 64], memory_order_acquire) & bit)
            continue;
        if (page_sum(s->map + page * PAGE, PAGE) != s->sums[page]) {
            atomic_store(&s->damaged, true);
            return false;
        }
        atomic_fetch_or_explicit(&s->checked[page / 64], bit, memory_order_release);
    }
    return true;
}

const void *segment_section(struct segment *s, struct section section)
{
    return segment_check_slow(s, section.at, section.bytes) ? s->map + section.at : NULL;
}

/* ---- looking up ---- */

static bool read_id(struct segment *s, uint32_t doc, uint64_t *ret_id)
{
    uint64_t at = s->foot->ids.at + (uint64_t)doc * 8;

    if (doc >= s->foot->docs || !segment_holds(s, at, 8))
        return false;
    *ret_id = *(const uint64_t *)(const void *)(s->map + at);
    return true;
}

uint64_t segment_id(struct segment *s, uint32_t doc)
{
    uint64_t id = 0;

    (void)read_id(s, doc, &id);
    return id;
}

/* The document of a place in the order of ids, and its id.  Asks for the pages of these two only:
 * most of what is looked for is new and lies behind all of an older segment. */
static bool at_rank(struct segment *s, uint32_t rank, uint32_t *ret_doc, uint64_t *ret_id)
{
    const struct footer *f = s->foot;
    uint64_t at = f->order.at + (uint64_t)rank * 4;

    *ret_doc = rank;
    if (f->order.bytes) {
        if (!segment_holds(s, at, 4))
            return false;
        *ret_doc = *(const uint32_t *)(const void *)(s->map + at);
    }
    return read_id(s, *ret_doc, ret_id);
}

uint32_t segment_find(struct segment *s, uint64_t id)
{
    uint32_t low = 0, high = s->foot->docs, doc;
    uint64_t found;

    if (!high || !at_rank(s, high - 1, &doc, &found) || id > found)
        return UINT32_MAX;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (!at_rank(s, middle, &doc, &found))
            return UINT32_MAX;
        if (found == id)
            return doc;
        if (found < id)
            low = middle + 1;
        else
            high = middle;
    }
    return UINT32_MAX;
}

int64_t segment_value(struct segment *s, int column, uint32_t doc)
{
    const struct segment_column *c = &s->foot->columns[column];
    uint64_t at = c->values.at + (uint64_t)doc * c->size, value = 0;

    if (doc >= s->foot->docs || (c->size && !segment_holds(s, at, c->size)))
        return 0;
    memcpy(&value, s->map + at, c->size);
    return (int64_t)((uint64_t)c->base + value);
}

uint32_t segment_length(struct segment *s, int field, uint32_t doc)
{
    const struct segment_field *f = &s->foot->fields[field];

    if (doc >= s->foot->docs ||
        !segment_holds(s, f->lengths.at + (uint64_t)doc * f->length_size, f->length_size))
        return 0;
    return length_at(s->map + f->lengths.at, f->length_size, doc);
}

/* A record: the units of every text, the bytes of the payload, then these. */
bool segment_stored(struct segment *s, uint32_t doc, struct units *texts, struct str *payload)
{
    const struct footer *f = s->foot;
    uint32_t head[INDEX_TEXTS + 1];
    size_t head_bytes = ((size_t)s->n_texts + 1) * sizeof *head;
    uint64_t at = f->stored_at.at + (uint64_t)doc * 4;

    if (doc >= f->docs || !segment_holds(s, at, 8))
        return false;
    uint32_t edges[2];
    memcpy(edges, s->map + at, sizeof edges);
    uint64_t begin = (uint64_t)edges[0] * 8, end = (uint64_t)edges[1] * 8;
    if (begin > end || end > f->stored.bytes || end - begin < head_bytes ||
        !segment_holds(s, f->stored.at + begin, end - begin)) {
        atomic_store(&s->damaged, true);
        return false;
    }
    const uint8_t *record = s->map + f->stored.at + begin;
    uint64_t left = end - begin - head_bytes;
    memcpy(head, record, head_bytes);
    record += head_bytes;
    for (int i = 0; i < s->n_texts; i++) {
        if ((uint64_t)head[i] * 2 > left)
            return false;
        texts[i] = (struct units){(const void *)record, head[i]};
        record += (uint64_t)head[i] * 2;
        left -= (uint64_t)head[i] * 2;
    }
    if (head[s->n_texts] > left)
        return false;
    *payload = (struct str){(const char *)record, head[s->n_texts]};
    return true;
}
