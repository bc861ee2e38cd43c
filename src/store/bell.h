/*
 * bell.h - where those sleep that wait for the answer of one group of writes.
 *
 * Waking sixty sleepers one after the other would cost the writer a fifth of its time.  So the
 * writer wakes one, and that one wakes the others (Linux futex: waking all is one call).
 */
#ifndef STORE_BELL_H
#define STORE_BELL_H

#include <stdatomic.h>
#include <stdbool.h>

struct bell {
    atomic_uint strokes;
    atomic_bool wake_others;
};

/* Sleep until *done; whoever sets it rings afterwards. */
void bell_wait(struct bell *bell, const atomic_bool *done);
void bell_ring(struct bell *bell);

#endif
