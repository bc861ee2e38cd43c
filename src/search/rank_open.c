/*
 * The file of a ground: mapped, its head checked.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "search/rank_private.h"

const uint8_t rank_part_width[RANK_PARTS] = {
    [PART_ID] = 8,
    [PART_GROUP] = 4,
    [PART_SECTION] = 4,
    [PART_LENGTH] = 4,
    [PART_TRAIT] = 4,
    [PART_LINK] = 4,
    [PART_GROUP_KEY] = 8,
    [PART_GROUP_FIRST] = 4,
    [PART_SECTION_SIZE] = 4,
    [PART_TERM] = 8,
    [PART_TERM_FIRST] = 4,
    [PART_POSTING] = 4,
    [PART_LINKED] = 4,
    [PART_PAST_FOLD] = 1,
    [PART_PAST_FIRST] = 4,
    [PART_PAST_LINK] = 4,
    [PART_PAST_TERM] = 8,
    [PART_PAST_IDF] = 4,
    [PART_PAST_TERM_FIRST] = 4,
    [PART_PAST_POSTING] = sizeof(struct past_posting),
    [PART_NEAR] = 4,
    [PART_TOLD] = 4,
};

uint64_t rank_part_count(const struct rank_head *h, enum rank_part part)
{
    switch (part) {
    case PART_TRAIT:
        return (uint64_t)h->n_docs * RANK_TRAITS;
    case PART_GROUP_KEY:
        return h->n_groups;
    case PART_GROUP_FIRST:
        return (uint64_t)h->n_groups + 1;
    case PART_SECTION_SIZE:
        return h->n_sections;
    case PART_TERM:
        return h->n_terms;
    case PART_TERM_FIRST:
        return (uint64_t)h->n_terms + 1;
    case PART_POSTING:
        return h->n_postings;
    case PART_LINKED:
        return h->n_linked;
    case PART_PAST_FOLD:
        return h->n_past;
    case PART_PAST_FIRST:
        return (uint64_t)h->n_past + 1;
    case PART_PAST_LINK:
        return h->n_past_links;
    case PART_PAST_TERM:
        return h->n_past_terms;
    case PART_PAST_IDF:
        return h->n_past_terms;
    case PART_PAST_TERM_FIRST:
        return (uint64_t)h->n_past_terms + 1;
    case PART_PAST_POSTING:
        return h->n_past_postings;
    case PART_NEAR:
        return (uint64_t)h->n_linked * RANK_NEAR;
    case PART_TOLD:
        return (uint64_t)h->n_past * RANK_NEAR;
    default:
        return h->n_docs;
    }
}

void rank_point(struct rank_ground *g)
{
    const void *at[RANK_PARTS];

    for (int i = 0; i < RANK_PARTS; i++)
        at[i] = g->map + g->head.part[i].at;
    g->id = at[PART_ID];
    g->group = at[PART_GROUP];
    g->section = at[PART_SECTION];
    g->length = at[PART_LENGTH];
    g->trait = at[PART_TRAIT];
    g->link = at[PART_LINK];
    g->group_key = at[PART_GROUP_KEY];
    g->group_first = at[PART_GROUP_FIRST];
    g->section_size = at[PART_SECTION_SIZE];
    g->term = at[PART_TERM];
    g->term_first = at[PART_TERM_FIRST];
    g->posting = at[PART_POSTING];
    g->linked = at[PART_LINKED];
    g->past_fold = at[PART_PAST_FOLD];
    g->past_first = at[PART_PAST_FIRST];
    g->past_link = at[PART_PAST_LINK];
    g->past_term = at[PART_PAST_TERM];
    g->past_idf = at[PART_PAST_IDF];
    g->past_term_first = at[PART_PAST_TERM_FIRST];
    g->past_posting = at[PART_PAST_POSTING];
    g->near = at[PART_NEAR];
    g->told = at[PART_TOLD];
}

uint64_t rank_head_sum(const struct rank_head *head)
{
    struct rank_head copy = *head;

    copy.head_sum = 0;
    return XXH3_64bits(&copy, sizeof copy);
}

size_t rank_term_at(const uint64_t *terms, size_t n, uint64_t term)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (terms[middle] < term)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && terms[low] == term ? low : n;
}

static int by_term(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

size_t rank_unique(uint64_t *terms, size_t n)
{
    size_t kept = 0;

    if (n)
        qsort(terms, n, sizeof *terms, by_term);
    for (size_t i = 0; i < n; i++)
        if (!i || terms[i] != terms[kept - 1])
            terms[kept++] = terms[i];
    return kept;
}

/* --- Opening -----------------------------------------------------------------------------------
 */

static bool head_fits(const struct rank_head *h, size_t size)
{
    if (h->magic != RANK_MAGIC || h->version != RANK_VERSION || h->tokens != TOKENS_VERSION ||
        h->n_docs > RANK_DOCS_MAX || h->n_past > RANK_PAST_MAX || h->head_sum != rank_head_sum(h))
        return false;
    for (int i = 0; i < RANK_PARTS; i++) {
        uint64_t count = rank_part_count(h, i), at = h->part[i].at;

        if (h->part[i].count != count || at % 64 || at > size || at < sizeof *h ||
            count > (size - at) / rank_part_width[i])
            return false;
    }
    return true;
}

enum err rank_open(struct task *t, const char *path, struct rank_ground **ret_ground)
{
    struct rank_head head;
    struct stat stat;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return ERR_NOT_FOUND;
    if (fstat(fd, &stat) || stat.st_size < (off_t)sizeof head ||
        read(fd, &head, sizeof head) != (ssize_t)sizeof head ||
        !head_fits(&head, (size_t)stat.st_size)) {
        close(fd);
        return task_fail(t, ERR_CONFLICT, "排序资料损坏或版本不同，需要重建");
    }
    void *map = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_SHARED, fd, 0);
    struct rank_ground *g = map == MAP_FAILED ? NULL : calloc(1, sizeof *g);
    close(fd);
    if (!g) {
        if (map != MAP_FAILED)
            munmap(map, (size_t)stat.st_size);
        return task_fail(t, ERR_STORE, "排序资料读不出来");
    }
    g->map = map;
    g->size = (size_t)stat.st_size;
    g->head = head;
    rank_point(g);
    *ret_ground = g;
    return OK;
}

enum err rank_verify(struct task *t, const struct rank_ground *g)
{
    if (XXH3_64bits(g->map + sizeof g->head, g->size - sizeof g->head) != g->head.body_sum)
        return task_fail(t, ERR_CONFLICT, "排序资料损坏，需要重建");
    return OK;
}

void rank_close(struct rank_ground *g)
{
    if (!g)
        return;
    munmap((void *)(uintptr_t)g->map, g->size);
    free(g);
}

int64_t rank_mark(const struct rank_ground *g)
{
    return g->head.mark;
}

size_t rank_docs(const struct rank_ground *g)
{
    return g->head.n_docs;
}
