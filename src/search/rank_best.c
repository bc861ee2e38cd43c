/*
 * The best of many: those above a bar are gathered, and whenever twice as many as wanted are
 * there, the better half stays and the bar rises to the worst of it.  Most of what follows is below
 * the bar, so it costs one comparison.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/rank_private.h"

/* The larger key is the better one: bits of a score above 0 are in the order of the scores, and of
 * equal ones the earlier place is better. */
static uint64_t key_of(float score, uint32_t place)
{
    uint32_t bits;

    memcpy(&bits, &score, sizeof bits);
    return (uint64_t)bits << 32 | (uint32_t)~place;
}

/* Put the `most` largest of n keys, all different, first, in any order. */
static void keep_largest(uint64_t *at, size_t n, size_t most)
{
    size_t low = 0, high = n;

    while (high - low > 1) {
        /* Never the last: so both sides have something (Hoare). */
        uint64_t pivot = at[low + (high - low - 1) / 2];
        size_t i = low, j = high - 1;

        for (;; i++, j--) {
            while (at[i] > pivot)
                i++;
            while (at[j] < pivot)
                j--;
            if (i >= j)
                break;
            uint64_t swap = at[i];
            at[i] = at[j];
            at[j] = swap;
        }
        /* What stands up to j is no smaller than the pivot, what follows no larger. */
        if (most <= j + 1)
            high = j + 1;
        else
            low = j + 1;
    }
}

static int largest_first(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left < right) - (left > right);
}

size_t rank_best(const float *score, size_t n, size_t most, uint32_t *at)
{
    uint64_t best[2 * RANK_BEST_MAX];
    size_t kept = 0;
    float bar = 0;

    if (most > RANK_BEST_MAX)
        most = RANK_BEST_MAX;
    for (size_t i = 0; i < n && most; i++) {
        if (!(score[i] > bar))
            continue;
        best[kept++] = key_of(score[i], (uint32_t)i);
        if (kept < 2 * most)
            continue;
        keep_largest(best, kept, most);
        kept = most;
        bar = INFINITY;
        for (size_t k = 0; k < kept; k++) {
            float worst = score[(uint32_t)~best[k]];
            bar = worst < bar ? worst : bar;
        }
    }
    qsort(best, kept, sizeof *best, largest_first);
    kept = kept < most ? kept : most;
    for (size_t i = 0; i < kept; i++)
        at[i] = (uint32_t)~best[i];
    return kept;
}
