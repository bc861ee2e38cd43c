/*
 * feed.h - what changed, in the order in which it was committed; what is owed.  API only.
 */
#ifndef ORDERS_FEED_H
#define ORDERS_FEED_H

#include "http/http.h"
#include "modules/orders/orders.h"

struct fed_event {
    int64_t n, order_id, seq, unit;
    struct str number, action, matter;
    int64_t occurred_at, recorded_at;
};
struct feed_view {
    struct list events; /* struct fed_event */
    int64_t next;
};
extern const struct shape feed_view_shape;

struct owed_duty {
    int64_t order_id, n, unit, owner, start_at, legal_at;
    struct str number, name, title, owed_by, subject, matter, legal_day, safe_day;
    bool provisional, paused, overdue;
};
struct owed_view {
    struct list duties; /* struct owed_duty */
    bool more;
};
extern const struct shape owed_view_shape;

/* GET /events?after=N&most=M: events within reach behind number N; ask again with `next`. */
handler_fn orders_get_events;
/* The orders behind number `after`, one int64_t id for each event, in that order; *ret_next is what
 * to go on with.  Of all orders: for an index that follows the store, not for a person.  Inside
 * store_read(). */
MUST_USE enum err orders_fed_after(struct task *t, int64_t after, int64_t most,
                                   struct list *ret_ids, int64_t *ret_next);
/* The number of the newest event that has one. */
MUST_USE enum err orders_fed_last(struct task *t, int64_t *ret_n);
/* GET /duties?mine=1&most=M */
handler_fn orders_get_duties;
/* The sequencer: a job, leased, so that one server numbers at a time. */
MUST_USE enum err orders_number_events(struct task *t);

#endif
