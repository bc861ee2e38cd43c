/*
 * The end of a build: one block of memory is laid out as the file will be, filled part by part, and
 * written.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "search/files.h"
#include "search/rank_write.h"

static const float k1 = 1.2F, b_length = 0.75F;

static void free_block(void *thing)
{
    free(thing);
}

void *rank_room(struct task *t, size_t n, size_t width)
{
    void *at = calloc(n + 1, width);

    if (at)
        task_defer(t, free_block, at);
    return at;
}

static int by_key(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* --- Layout ------------------------------------------------------------------------------------
 */

/* Different terms of all past questions, ascending; and how many stand in which question. */
static bool past_vocabulary(struct task *t, struct rank_writing *w, uint64_t **ret_terms)
{
    struct rank_builder *b = w->b;
    size_t n_past = b->past_fold.n;
    const uint32_t *first = b->past_first.at, *parts = b->past_parts.at;
    uint64_t *all = rank_room(t, b->past_term.n, 8), *one = rank_room(t, b->past_term.n, 8);

    if (!all || !one)
        return false;
    if (b->past_term.n)
        memcpy(all, b->past_term.at, b->past_term.n * 8);
    w->head.n_past_terms = (uint32_t)rank_unique(all, b->past_term.n);
    for (size_t i = 0; i < n_past; i++) {
        size_t n = parts[2 * i] + parts[2 * i + 1];
        if (n)
            memcpy(one, (uint64_t *)b->past_term.at + first[i], n * 8);
        w->head.n_past_postings += (uint32_t)rank_unique(one, n);
    }
    w->terms = one;
    *ret_terms = all;
    return true;
}

static bool lay_out(struct task *t, struct rank_writing *w, int64_t mark)
{
    struct rank_builder *b = w->b;
    struct rank_head *h = &w->head;
    uint64_t at = (sizeof *h + 63) / 64 * 64;

    h->magic = RANK_MAGIC;
    h->version = RANK_VERSION;
    h->tokens = TOKENS_VERSION;
    h->mark = mark;
    h->n_docs = (uint32_t)b->ids.keys.n;
    h->n_groups = (uint32_t)b->groups.keys.n;
    h->n_sections = (uint32_t)b->sections.keys.n;
    h->n_terms = (uint32_t)b->terms.keys.n;
    h->n_postings = (uint32_t)b->occurrence.n;
    h->n_past = (uint32_t)b->past_fold.n;
    h->n_past_links = (uint32_t)b->past_doc.n;
    h->rarest_past = logf(((float)h->n_past + 1) / .5F);
    for (int i = 0; i < RANK_PARTS; i++) {
        h->part[i].at = at;
        h->part[i].count = rank_part_count(h, i);
        at = (at + h->part[i].count * rank_part_width[i] + 63) / 64 * 64;
    }
    w->block = rank_room(t, at, 1);
    w->ground = (struct rank_ground){.map = w->block, .size = at, .head = *h};
    if (w->block)
        rank_point(&w->ground);
    return w->block != NULL;
}

/* --- Documents ---------------------------------------------------------------------------------
 */

static void put_columns(struct rank_writing *w)
{
    struct rank_builder *b = w->b;
    size_t docs = w->head.n_docs;
    uint32_t *sizes = RANK_PUT(w, section_size), *groups = RANK_PUT(w, group_first);
    const uint32_t *section = b->section.at;

    if (!docs)
        return;
    memcpy(RANK_PUT(w, id), b->ids.keys.at, docs * 8);
    memcpy(RANK_PUT(w, group), b->group.at, docs * 4);
    memcpy(RANK_PUT(w, section), b->section.at, docs * 4);
    memcpy(RANK_PUT(w, length), b->bigrams.at, docs * 4);
    memcpy(RANK_PUT(w, trait), b->trait.at, docs * RANK_TRAITS * 4);
    memcpy(RANK_PUT(w, group_key), b->groups.keys.at, w->head.n_groups * 8);
    memcpy(groups, b->group_first.at, w->head.n_groups * 4);
    groups[w->head.n_groups] = (uint32_t)docs;
    for (size_t i = 0; i < docs; i++)
        sizes[section[i]]++;
}

/* Numbers of terms in the order of their keys. */
static bool put_terms(struct task *t, struct rank_writing *w)
{
    struct rank_builder *b = w->b;
    uint64_t *terms = RANK_PUT(w, term);
    const uint64_t *keys = b->terms.keys.at;

    w->order = rank_room(t, w->head.n_terms, 4);
    if (!w->order)
        return false;
    if (w->head.n_terms) {
        memcpy(terms, keys, w->head.n_terms * 8);
        qsort(terms, w->head.n_terms, 8, by_key);
    }
    for (uint32_t i = 0; i < w->head.n_terms; i++)
        w->order[i] = (uint32_t)rank_term_at(terms, w->head.n_terms, keys[i]);
    return true;
}

uint32_t rank_weight(uint32_t times, uint32_t length, float mean)
{
    float tf = (float)times;
    float weight = tf * (k1 + 1) / (tf + k1 * (1 - b_length + b_length * (float)length / mean));
    int level = (int)(weight * 255 / POSTING_TOP + .5F);

    return (uint32_t)(level < 1 ? 1 : level > 255 ? 255 : level);
}

static float mean_of(const struct rank_array *lengths)
{
    double sum = 0;

    for (size_t i = 0; i < lengths->n; i++)
        sum += ((const uint32_t *)lengths->at)[i];
    return sum > 0 ? (float)(sum / (double)lengths->n) : 1;
}

static bool put_postings(struct task *t, struct rank_writing *w)
{
    struct rank_builder *b = w->b;
    const struct rank_occurrence *occurrence = b->occurrence.at;
    const uint32_t *doc_first = b->doc_first.at;
    uint32_t *first = RANK_PUT(w, term_first), *posting = RANK_PUT(w, posting);
    uint32_t *next = rank_room(t, w->head.n_terms, 4);

    if (!next)
        return false;
    for (size_t i = 0; i < b->occurrence.n; i++)
        first[w->order[occurrence[i].term] + 1]++;
    for (uint32_t i = 0; i < w->head.n_terms; i++) {
        first[i + 1] += first[i];
        next[i] = first[i];
    }
    for (uint32_t doc = 0; doc < w->head.n_docs; doc++) {
        size_t end = doc + 1 < w->head.n_docs ? doc_first[doc + 1] : b->occurrence.n;
        for (size_t i = doc_first[doc]; i < end; i++) {
            uint32_t term = w->order[occurrence[i].term];
            bool single = rank_is_unigram(w->ground.term[term]);
            uint32_t length = ((uint32_t *)(single ? b->unigrams.at : b->bigrams.at))[doc];
            posting[next[term]++] =
                doc << 8 | rank_weight(occurrence[i].times, length,
                                       single ? w->mean_unigrams : w->mean_bigrams);
        }
    }
    return true;
}

/* --- Past questions ----------------------------------------------------------------------------
 */

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static size_t unique_docs(uint32_t *docs, size_t n)
{
    size_t kept = 0;

    if (n)
        qsort(docs, n, 4, by_number);
    for (size_t i = 0; i < n; i++)
        if (!i || docs[i] != docs[kept - 1])
            docs[kept++] = docs[i];
    return kept;
}

static void put_links(struct rank_writing *w, const uint32_t *linked)
{
    struct rank_builder *b = w->b;
    uint32_t *link = RANK_PUT(w, link), *first = RANK_PUT(w, past_first),
             *past_link = RANK_PUT(w, past_link);
    const uint32_t *docs = b->past_doc.at, *fold = b->past_fold.at;
    uint8_t *folds = RANK_PUT(w, past_fold);

    if (!w->head.n_past)
        return;
    memcpy(RANK_PUT(w, linked), linked, w->head.n_linked * 4);
    for (uint32_t i = 0; i < w->head.n_linked; i++)
        link[linked[i]] = i + 1;
    for (size_t i = 0; i < b->past_doc.n; i++)
        past_link[i] = link[docs[i]] - 1;
    memcpy(first, b->past_doc_first.at, w->head.n_past * 4);
    first[w->head.n_past] = (uint32_t)b->past_doc.n;
    for (uint32_t i = 0; i < w->head.n_past; i++)
        folds[i] = (uint8_t)fold[i];
}

/* How often it stands in the first or in all of the terms of a past question: 1 + ln(times). */
static float times_of(const uint64_t *terms, size_t n, uint64_t term)
{
    int times = 0;

    for (size_t i = 0; i < n; i++)
        times += terms[i] == term;
    return times ? 1 + logf((float)times) : 0;
}

float rank_doc_idf(const struct rank_ground *g, uint64_t term)
{
    size_t at = rank_term_at(g->term, g->head.n_terms, term);
    uint32_t df = at < g->head.n_terms ? g->term_first[at + 1] - g->term_first[at] : 0;

    return rank_idf(g->head.n_docs, df) * (rank_is_unigram(term) ? UNIGRAM_PART : 1);
}

/* The part of past questions that hold a term in the question itself. */
static void put_past_idf(struct rank_writing *w)
{
    struct rank_builder *b = w->b;
    const uint32_t *first = b->past_first.at, *parts = b->past_parts.at;
    float *idf = RANK_PUT(w, past_idf);
    uint64_t *terms = w->terms;

    for (uint32_t i = 0; i < w->head.n_past; i++) {
        if (parts[2 * i])
            memcpy(terms, (uint64_t *)b->past_term.at + first[i], parts[2 * i] * 8);
        size_t n = rank_unique(terms, parts[2 * i]);
        for (size_t j = 0; j < n; j++)
            idf[rank_term_at(w->ground.past_term, w->head.n_past_terms, terms[j])]++;
    }
    for (uint32_t i = 0; i < w->head.n_past_terms; i++) {
        float rare = logf(((float)w->head.n_past + 1) / (idf[i] + .5F));
        idf[i] =
            (rare > 0 ? rare : 0) * (rank_is_unigram(w->ground.past_term[i]) ? UNIGRAM_PART : 1);
    }
}

/* One question's unit vectors; with `out` they go into its terms' postings. */
static void past_vectors(struct rank_writing *w, uint32_t i, uint32_t *next)
{
    struct rank_builder *b = w->b;
    const struct rank_ground *g = &w->ground;
    const uint32_t *first = b->past_first.at, *parts = b->past_parts.at;
    const uint64_t *all = (uint64_t *)b->past_term.at + first[i];
    size_t asked = parts[2 * i], both = asked + parts[2 * i + 1];
    uint64_t *terms = w->terms;
    struct past_posting *out = RANK_PUT(w, past_posting);
    double like = 0, told = 0;

    if (both)
        memcpy(terms, all, both * 8);
    size_t n = rank_unique(terms, both);
    for (size_t j = 0; j < n; j++) {
        size_t at = rank_term_at(g->past_term, g->head.n_past_terms, terms[j]);
        struct past_posting *p = out + next[at]++;
        *p = (struct past_posting){i, times_of(all, asked, terms[j]) * g->past_idf[at],
                                   times_of(all, both, terms[j]) * rank_doc_idf(g, terms[j])};
        like += p->like * p->like;
        told += p->told * p->told;
    }
    float like_one = like > 0 ? (float)(1 / sqrt(like)) : 0;
    float told_one = told > 0 ? (float)(1 / sqrt(told)) : 0;
    for (size_t j = 0; j < n; j++) {
        size_t at = rank_term_at(g->past_term, g->head.n_past_terms, terms[j]);
        out[next[at] - 1].like *= like_one;
        out[next[at] - 1].told *= told_one;
    }
}

static bool put_past(struct task *t, struct rank_writing *w)
{
    struct rank_builder *b = w->b;
    const uint32_t *past_first = b->past_first.at, *parts = b->past_parts.at;
    uint32_t *first = RANK_PUT(w, past_term_first);
    uint32_t *next = rank_room(t, w->head.n_past_terms, 4);

    if (!next)
        return false;
    for (uint32_t i = 0; i < w->head.n_past; i++) {
        size_t both = parts[2 * i] + parts[2 * i + 1];
        if (both)
            memcpy(w->terms, (uint64_t *)b->past_term.at + past_first[i], both * 8);
        size_t n = rank_unique(w->terms, both);
        for (size_t j = 0; j < n; j++)
            first[rank_term_at(w->ground.past_term, w->head.n_past_terms, w->terms[j]) + 1]++;
    }
    for (uint32_t i = 0; i < w->head.n_past_terms; i++) {
        first[i + 1] += first[i];
        next[i] = first[i];
    }
    put_past_idf(w);
    for (uint32_t i = 0; i < w->head.n_past; i++)
        past_vectors(w, i, next);
    return true;
}

/* --- All of it ---------------------------------------------------------------------------------
 */

static enum err out_of_memory(struct task *t)
{
    return task_fail(t, ERR_NO_MEMORY, "内存不足");
}

static enum err fill(struct task *t, struct rank_writing *w, const uint32_t *linked,
                     const uint64_t *past_vocabulary_terms)
{
    w->mean_bigrams = mean_of(&w->b->bigrams);
    w->mean_unigrams = mean_of(&w->b->unigrams);
    put_columns(w);
    if (!put_terms(t, w) || !put_postings(t, w))
        return out_of_memory(t);
    put_links(w, linked);
    memcpy(RANK_PUT(w, past_term), past_vocabulary_terms, w->head.n_past_terms * 8);
    return put_past(t, w) && rank_put_like(t, w) ? OK : out_of_memory(t);
}

enum err rank_build_end(struct task *t, struct rank_builder *b, const char *path, int64_t mark)
{
    struct rank_writing w = {.b = b};
    uint64_t *vocabulary;
    uint32_t *linked = rank_room(t, b->past_doc.n, 4);

    if (b->failed || !linked || !past_vocabulary(t, &w, &vocabulary))
        return out_of_memory(t);
    if (b->past_doc.n)
        memcpy(linked, b->past_doc.at, b->past_doc.n * 4);
    w.head.n_linked = (uint32_t)unique_docs(linked, b->past_doc.n);
    if (!lay_out(t, &w, mark))
        return out_of_memory(t);
    enum err e = fill(t, &w, linked, vocabulary);
    if (e)
        return e;
    w.head.body_sum = XXH3_64bits(w.block + sizeof w.head, w.ground.size - sizeof w.head);
    w.head.head_sum = rank_head_sum(&w.head);
    memcpy(w.block, &w.head, sizeof w.head);
    if (!file_replace(path, w.block, w.ground.size))
        return task_fail(t, ERR_STORE, "排序资料写不进去");
    return OK;
}
