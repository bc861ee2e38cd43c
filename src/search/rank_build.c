/*
 * Building a ground: documents and past questions are gathered in memory as numbered terms, then
 * weighed, turned into postings and written at once.
 *
 * Memory comes from malloc, for what is gathered is larger than a task's arena; it hangs on the
 * task.  grow() notes a failure in the builder and the end says so.
 */
#include <stdlib.h>
#include <string.h>

#include "search/rank_build.h"

/* --- Arrays that grow --------------------------------------------------------------------------
 */

bool rank_grow(struct rank_builder *b, struct rank_array *a, size_t width, size_t n)
{
    if (a->n + n > a->capacity) {
        size_t capacity = (a->n + n) * 3 / 2 + 1024;
        void *at = realloc(a->at, capacity * width);

        if (!at) {
            b->failed = true;
            return false;
        }
        a->at = at;
        a->capacity = capacity;
    }
    return true;
}

static void push32(struct rank_builder *b, struct rank_array *a, uint32_t number)
{
    if (rank_grow(b, a, 4, 1))
        ((uint32_t *)a->at)[a->n++] = number;
}

static void push64(struct rank_builder *b, struct rank_array *a, uint64_t number)
{
    if (rank_grow(b, a, 8, 1))
        ((uint64_t *)a->at)[a->n++] = number;
}

/* --- Numbers of keys ---------------------------------------------------------------------------
 */

static bool rehash(struct rank_numbers *numbers)
{
    size_t size = numbers->size ? numbers->size * 2 : 4096;
    uint32_t *slots = calloc(size, sizeof *slots);
    const uint64_t *keys = numbers->keys.at;

    if (!slots)
        return false;
    for (size_t i = 0; i < numbers->keys.n; i++) {
        size_t at = (keys[i] * UINT64_C(0x9E3779B97F4A7C15)) >> 20;
        while (slots[at & (size - 1)])
            at++;
        slots[at & (size - 1)] = (uint32_t)i + 1;
    }
    free(numbers->slots);
    numbers->slots = slots;
    numbers->size = size;
    return true;
}

uint32_t rank_number(struct rank_builder *b, struct rank_numbers *numbers, uint64_t key, bool add)
{
    if (numbers->keys.n * 2 >= numbers->size && !rehash(numbers)) {
        b->failed = true;
        return RANK_NONE;
    }
    const uint64_t *keys = numbers->keys.at;
    size_t at = (key * UINT64_C(0x9E3779B97F4A7C15)) >> 20;

    for (;; at++) {
        uint32_t slot = numbers->slots[at & (numbers->size - 1)];
        if (!slot)
            break;
        if (keys[slot - 1] == key)
            return slot - 1;
    }
    if (!add)
        return RANK_NONE;
    push64(b, &numbers->keys, key);
    if (b->failed)
        return RANK_NONE;
    numbers->slots[at & (numbers->size - 1)] = (uint32_t)numbers->keys.n;
    return (uint32_t)numbers->keys.n - 1;
}

/* --- Gathering ---------------------------------------------------------------------------------
 */

static void builder_free(void *thing)
{
    struct rank_builder *b = thing;
    struct rank_array *arrays[] = {&b->group,      &b->section,    &b->trait,    &b->group_first,
                                   &b->occurrence, &b->doc_first,  &b->bigrams,  &b->unigrams,
                                   &b->past_term,  &b->past_first, &b->past_doc, &b->past_doc_first,
                                   &b->past_fold,  &b->stamp,      &b->place,    &b->past_parts};
    struct rank_numbers *numbers[] = {&b->ids, &b->groups, &b->sections, &b->terms};

    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]->at);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        free(numbers[i]->keys.at);
        free(numbers[i]->slots);
    }
    free(b);
}

struct rank_builder *rank_build_begin(struct task *t)
{
    struct rank_builder *b = calloc(1, sizeof *b);

    if (!b)
        return NULL;
    task_defer(t, builder_free, b);
    return b;
}

/* The terms of some units go behind what is there; b->stamp knows where a term of this document
 * stands already. */
static void add_terms(struct task *t, struct rank_builder *b, struct units units, uint32_t stamp,
                      uint32_t *bigrams, uint32_t *unigrams)
{
    struct task_mark mark = task_mark(t);
    size_t most = terms_most(units, RANK_KINDS);
    uint64_t *terms = NEW(t, uint64_t, most + 1);
    size_t n = terms_of(units, RANK_KINDS, terms, most);

    for (size_t i = 0; i < n; i++) {
        uint32_t term = rank_number(b, &b->terms, terms[i], true);

        if (term == RANK_NONE)
            break;
        while (b->stamp.n <= term && !b->failed) {
            push32(b, &b->stamp, 0);
            push32(b, &b->place, 0);
        }
        if (b->failed || !rank_grow(b, &b->occurrence, sizeof(struct rank_occurrence), 1))
            break;
        ++*(rank_is_unigram(terms[i]) ? unigrams : bigrams);
        uint32_t *stamps = b->stamp.at, *places = b->place.at;
        struct rank_occurrence *occurrence = b->occurrence.at;
        if (stamps[term] == stamp) {
            occurrence[places[term]].times++;
            continue;
        }
        stamps[term] = stamp;
        places[term] = (uint32_t)b->occurrence.n;
        occurrence[b->occurrence.n++] = (struct rank_occurrence){term, 1};
    }
    task_reset(t, mark);
}

static enum err add_group(struct task *t, struct rank_builder *b, uint64_t key, uint32_t doc,
                          uint32_t *ret_group)
{
    uint32_t known = rank_number(b, &b->groups, key, false);

    if (known == RANK_NONE) {
        known = rank_number(b, &b->groups, key, true);
        push32(b, &b->group_first, doc);
    } else if (known + 1 != b->groups.keys.n) {
        return task_fail(t, ERR_BAD_INPUT, "同一组的文件没有排在一起");
    }
    *ret_group = known;
    return OK;
}

enum err rank_build_doc(struct task *t, struct rank_builder *b, const struct rank_doc *doc)
{
    uint32_t at = (uint32_t)b->ids.keys.n, group = 0, bigrams = 0, unigrams = 0;

    if (at >= RANK_DOCS_MAX - 1 || b->occurrence.n > UINT32_MAX - 1000000)
        return task_fail(t, ERR_TOO_LARGE, "文件太多");
    if (rank_number(b, &b->ids, doc->id, true) != at)
        return task_fail(t, b->failed ? ERR_NO_MEMORY : ERR_BAD_INPUT, "文件的编号重复");
    enum err e = add_group(t, b, doc->group, at, &group);
    if (e)
        return e;
    push32(b, &b->group, group);
    push32(b, &b->section, rank_number(b, &b->sections, doc->section, true));
    for (int i = 0; i < RANK_TRAITS; i++) {
        uint32_t bits;
        memcpy(&bits, &doc->traits[i], 4);
        push32(b, &b->trait, bits);
    }
    push32(b, &b->doc_first, (uint32_t)b->occurrence.n);
    add_terms(t, b, doc->title, at + 1, &bigrams, &unigrams);
    add_terms(t, b, doc->heading, at + 1, &bigrams, &unigrams);
    add_terms(t, b, doc->text, at + 1, &bigrams, &unigrams);
    push32(b, &b->bigrams, bigrams);
    push32(b, &b->unigrams, unigrams);
    return b->failed ? task_fail(t, ERR_NO_MEMORY, "内存不足") : OK;
}

/* Terms of a past question by their key: most are of documents, too, but not all. */
static void past_terms(struct task *t, struct rank_builder *b, struct units units)
{
    struct task_mark mark = task_mark(t);
    size_t most = terms_most(units, RANK_KINDS);
    uint64_t *terms = NEW(t, uint64_t, most + 1);
    size_t n = terms_of(units, RANK_KINDS, terms, most);

    push32(b, &b->past_parts, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        push64(b, &b->past_term, terms[i]);
    task_reset(t, mark);
}

enum err rank_build_past(struct task *t, struct rank_builder *b, const struct rank_past *past)
{
    uint32_t n = 0;

    if (b->past_fold.n >= RANK_PAST_MAX)
        return task_fail(t, ERR_TOO_LARGE, "问题太多");
    if (past->fold >= RANK_FOLDS)
        return task_fail(t, ERR_BAD_INPUT, "没有这样的分组");
    for (size_t i = 0; i < past->n_docs; i++)
        n += rank_number(b, &b->ids, past->docs[i], false) != RANK_NONE;
    if (!n) /* it teaches nothing */
        return b->failed ? task_fail(t, ERR_NO_MEMORY, "内存不足") : OK;
    push32(b, &b->past_fold, past->fold);
    push32(b, &b->past_doc_first, (uint32_t)b->past_doc.n);
    for (size_t i = 0; i < past->n_docs; i++) {
        uint32_t doc = rank_number(b, &b->ids, past->docs[i], false);
        if (doc != RANK_NONE)
            push32(b, &b->past_doc, doc);
    }
    push32(b, &b->past_first, (uint32_t)b->past_term.n);
    past_terms(t, b, past->question);
    past_terms(t, b, past->answer);
    return b->failed ? task_fail(t, ERR_NO_MEMORY, "内存不足") : OK;
}
