#include "search/best.h"

static void sink(struct found *at, size_t n, size_t i)
{
    struct found moving = at[i];

    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= n)
            break;
        if (child + 1 < n && found_worse(&at[child + 1], &at[child]))
            child++;
        if (!found_worse(&at[child], &moving))
            break;
        at[i] = at[child];
        i = child;
    }
    at[i] = moving;
}

void best_add(struct best *best, struct found found)
{
    if (best->n == best->most) {
        if (best->most == 0 || !found_worse(&best->at[0], &found))
            return;
        best->at[0] = found;
        sink(best->at, best->n, 0);
        return;
    }
    size_t i = best->n++;
    while (i > 0 && found_worse(&found, &best->at[(i - 1) / 2])) {
        best->at[i] = best->at[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    best->at[i] = found;
}

void best_sort(struct best *best)
{
    for (size_t n = best->n; n > 1; n--) {
        struct found worst = best->at[0];

        best->at[0] = best->at[n - 1];
        best->at[n - 1] = worst;
        sink(best->at, n - 1, 0);
    }
}
