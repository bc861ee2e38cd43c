/* heap.c - who comes next: walkers in order of their moments. */
#include <string.h>

#include "simulate/simulate_private.h"

/* Two at one moment: the older order first, the people who wait behind them. */
static bool before(const struct sim_walker *a, const struct sim_walker *b)
{
    if (a->next != b->next)
        return a->next < b->next;
    if (a->order != b->order)
        return a->order < b->order;
    return a->arrival < b->arrival;
}

static void swap(struct sim_walker *a, struct sim_walker *b)
{
    struct sim_walker kept = *a;

    *a = *b;
    *b = kept;
}

void sim_push(struct sim *sim, const struct sim_walker *w)
{
    if (sim->head->walker_count == SIM_WALKERS) { /* told when the slice ends */
        sim->too_many = true;
        return;
    }
    size_t n = (size_t)sim->head->walker_count++;

    sim->walkers[n] = *w;
    while (n && before(&sim->walkers[n], &sim->walkers[(n - 1) / 2])) {
        swap(&sim->walkers[n], &sim->walkers[(n - 1) / 2]);
        n = (n - 1) / 2;
    }
}

int64_t sim_next(const struct sim *sim)
{
    return sim->head->walker_count ? sim->walkers[0].next : INT64_MAX;
}

bool sim_pop_before(struct sim *sim, int64_t moment, struct sim_walker *ret_walker)
{
    if (sim_next(sim) >= moment)
        return false;
    *ret_walker = sim->walkers[0];
    size_t n = (size_t)--sim->head->walker_count;

    sim->walkers[0] = sim->walkers[n];
    for (size_t i = 0;;) {
        size_t least = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
            if (before(&sim->walkers[child], &sim->walkers[least]))
                least = child;
        if (least == i)
            return true;
        swap(&sim->walkers[i], &sim->walkers[least]);
        i = least;
    }
}
