/*
 * match.h - sets of documents of a segment, one bit each: what `match` and filters allow.
 */
#ifndef SEARCH_MATCH_H
#define SEARCH_MATCH_H

#include "search/view.h"

struct set {
    uint64_t *bits;
    uint32_t docs;
};

struct set set_new(struct task *t, uint32_t docs);
uint64_t set_count(struct set set);
static inline bool set_has(struct set set, uint32_t doc)
{
    return set.bits[doc / 64] >> doc % 64 & 1;
}

/* False: the column's value does not pass. */
bool filter_passes(struct segment *s, const struct index_filter *filter, uint32_t doc);
/* Documents of a part that match; dead ones, too. */
struct set match_set(struct task *t, const struct index_view *view, uint32_t part,
                     const struct index_match *match);
void set_add_term(struct set set, struct segment *s, int field, uint64_t term);
/* Only those that pass and live remain. */
void set_filter(struct set set, const struct part *part, const struct index_filter *filters,
                size_t n);
/* ERR_BAD_INPUT: a field or column that is not there, or too deep. */
enum err match_check(struct task *t, const struct index_schema *schema,
                     const struct index_match *match, int depth);
enum err filter_check(struct task *t, const struct index_schema *schema,
                      const struct index_filter *filter);

#endif
