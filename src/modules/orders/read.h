/*
 * read.h - opening what events hold.  Inside the orders module only.
 */
#ifndef ORDERS_READ_H
#define ORDERS_READ_H

#include "modules/orders/act.h"

/* The sealed input of one event. */
MUST_USE enum err order_event_body(struct task *t, const struct order *order, const struct key *key,
                                   int64_t seq, struct json **ret_body);
MUST_USE enum err event_rows(struct task *t, int64_t order, int64_t after, int64_t most,
                             struct list *ret_rows);

/* Does the procedure let this staff member's post read its orders (`readers:`)? */
bool post_reads(const struct procedure *procedure, const struct actor *actor);

#endif
