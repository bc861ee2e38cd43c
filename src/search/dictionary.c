/*
 * The dictionary of a field: finding a term, and going through all of them.
 */
#include <string.h>

#include "search/make_segment.h"

static uint64_t long_get(const uint8_t **at, const uint8_t *end)
{
    uint64_t number = 0;

    for (int shift = 0; *at < end && shift < 64; shift += 7) {
        uint8_t byte = *(*at)++;
        number |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return number;
    }
    return 0;
}

static void long_put(struct bytes *b, uint64_t number)
{
    uint8_t code[10];
    size_t n = 0;

    while (number >= 0x80) {
        code[n++] = (uint8_t)(number | 0x80);
        number >>= 7;
    }
    code[n++] = (uint8_t)number;
    bytes_add(b, code, n);
}

void entry_put(struct bytes *b, const struct entry *entry, uint64_t before)
{
    if (before)
        long_put(b, entry->term - before);
    long_put(b, entry->df);
    if (entry->df == 1) {
        uint64_t frequency = entry->at >> 32;

        long_put(b, (entry->at & UINT32_MAX) << 1 | (frequency == 1));
        if (frequency != 1)
            long_put(b, frequency);
        bytes_add(b, &entry->impact, 1);
        return;
    }
    long_put(b, entry->bytes);
    bytes_add(b, &entry->impact, 1);
    if (entry->df > BLOCK && entry->df % BLOCK) {
        long_put(b, entry->tail_bytes);
        bytes_add(b, &entry->tail_impact, 1);
    }
}

static uint8_t byte_get(const uint8_t **at, const uint8_t *end)
{
    return *at < end ? *(*at)++ : 0;
}

/* The next entry; `e` holds the one before of the same group: its term, and where its postings
 * end. */
static void entry_get(struct entry *e, bool first, const uint8_t **at, const uint8_t *end,
                      uint64_t *postings_at)
{
    if (!first)
        e->term += long_get(at, end);
    e->df = (uint32_t)long_get(at, end);
    e->tail_bytes = 0;
    if (e->df <= 1) {
        uint64_t code = long_get(at, end);
        uint64_t frequency = code & 1 ? 1 : long_get(at, end);

        e->at = (code >> 1 & UINT32_MAX) | frequency << 32;
        e->bytes = 0;
        e->impact = e->tail_impact = byte_get(at, end);
        return;
    }
    e->at = *postings_at;
    e->bytes = long_get(at, end);
    *postings_at += e->bytes;
    e->impact = e->tail_impact = byte_get(at, end);
    if (e->df < BLOCK) {
        e->tail_bytes = (uint16_t)e->bytes;
    } else if (e->df % BLOCK) {
        e->tail_bytes = (uint16_t)long_get(at, end);
        e->tail_impact = byte_get(at, end);
    }
}

bool segment_entry(struct segment *s, int field, uint64_t term, struct entry *ret)
{
    const struct segment_field *f = &s->foot->fields[field];
    const struct group *groups = segment_section(s, f->groups);
    uint64_t low = 0, n = f->groups.bytes / sizeof *groups, high = n;
    struct entry e = {0};

    if (!groups)
        return false;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (groups[middle].term <= term)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    uint64_t first = (low - 1) * GROUP, last = first + GROUP < f->terms ? first + GROUP : f->terms;
    uint64_t begin = groups[low - 1].at, end = low < n ? groups[low].at : f->entries.bytes;
    if (begin > end || end > f->entries.bytes ||
        !segment_holds(s, f->entries.at + begin, end - begin)) {
        atomic_store(&s->damaged, true);
        return false;
    }
    const uint8_t *at = s->map + f->entries.at + begin, *stop = s->map + f->entries.at + end;
    uint64_t postings_at = groups[low - 1].postings_at;
    e.term = groups[low - 1].term;
    for (uint64_t i = first; i < last && e.term <= term; i++) {
        entry_get(&e, i == first, &at, stop, &postings_at);
        if (e.term == term && e.df > 0) {
            *ret = e;
            return true;
        }
    }
    return false;
}

bool entries_begin(struct entry_reader *r, struct segment *s, int field)
{
    const struct segment_field *f = &s->foot->fields[field];

    *r = (struct entry_reader){.s = s, .n = f->terms};
    r->groups = segment_section(s, f->groups);
    r->entries = segment_section(s, f->entries);
    r->at = r->entries;
    r->end = r->entries ? r->entries + f->entries.bytes : NULL;
    return r->groups && r->entries;
}

bool entries_next(struct entry_reader *r)
{
    uint64_t before = r->entry.term;

    if (r->next == r->n)
        return false;
    if (r->next % GROUP == 0) {
        const struct group *group = &r->groups[r->next / GROUP];

        if (group->at != (uint64_t)(r->at - r->entries)) {
            atomic_store(&r->s->damaged, true);
            return false;
        }
        r->entry.term = group->term;
        r->postings_at = group->postings_at;
    }
    entry_get(&r->entry, r->next % GROUP == 0, &r->at, r->end, &r->postings_at);
    if (r->next++ > 0 && r->entry.term <= before) {
        atomic_store(&r->s->damaged, true);
        return false;
    }
    return true;
}
