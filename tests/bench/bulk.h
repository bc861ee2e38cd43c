/*
 * bulk.h - many orders quickly, for benchmarks of growth only.
 *
 * A few hundred orders are made by the engine at moments of the last months; each is copied many
 * times.  A copy is an order of its own: its id and number, its key under the tenant's data key,
 * everything sealed again with that key at its place, its chain of hashes, its duties, tracking
 * code, notices and paper (of whose file there is one for all copies), a party with a record, key
 * and look-ups of its own, and its share of the counters.  `yimen verify` finds nothing wrong with
 * it.  95 of 100 are closed, with eight events.
 */
#ifndef BENCH_BULK_H
#define BENCH_BULK_H

#include "city.h"

/* Fills *ret_open with the ids of at most `open_most` copies that are open, spread over all. */
void bulk_load(struct city *city, int64_t n, int64_t *ret_open, int64_t open_most,
               int64_t *ret_open_count);
/* Ends the program when verify finds anything. */
void bulk_verify(struct city *city, int64_t *ret_orders, int64_t *ret_events);

#endif
