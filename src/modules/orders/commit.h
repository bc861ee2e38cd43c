/*
 * commit.h - rows of an order and how they follow from its state; shared with rebuild and verify.
 */
#ifndef ORDERS_COMMIT_H
#define ORDERS_COMMIT_H

#include "core/pack.h"
#include "modules/orders/state.h"

/* Added to due_sort of what waits for somebody else: after everything that runs. */
#define DUE_SORT_WAITING INT64_C(100000000000000)

struct counted; /* change.h */

struct event_row {
    int64_t seq, id;
    struct str action;
    int64_t actor_kind, staff;
    struct str post;
    int64_t unit, occurred_at, recorded_at, cause_order, cause_seq;
    struct str effects, packed; /* one of them: JSON, or packed (core/pack.h) */
    struct str body, hash;
};
extern const struct shape event_row_shape;

/* What an event decided. */
MUST_USE enum err event_effects(struct task *t, const struct event_row *event,
                                struct json **ret_effects);
/* Over the stored bytes; `order_id` is "tenant/order". */
void event_hash(const struct event_row *event, struct str previous, struct str order_id,
                unsigned char ret_hash[HASH_BYTES]);
void order_columns(const struct json *state, struct order *order);
void order_dates(struct task *t, const struct json *state, const struct calendar *calendar,
                 struct order *order);
/* It was recorded as overdue, and by this calendar and its pauses it is not. */
bool duty_no_longer_overdue(struct task *t, const struct calendar *calendar,
                            const struct duty_facts *duty);
MUST_USE enum err duty_row_put(struct task *t, int64_t order, const struct duty_facts *duty,
                               const struct due *due);
/* Its text and the same packed, as the row will hold them. */
void order_keep_state(struct task *t, const struct json *state, struct order *order);
MUST_USE enum err order_row_update(struct task *t, const struct order *order, int64_t seen_version);
/* Counters of open orders: take away what was counted before (unit 0: nothing), add what holds now.
 */
MUST_USE enum err counts_move(struct task *t, const struct procedure *procedure,
                              const struct counted *before, const struct json *state);
/* What the names of an order's counters begin with: empty, or "for:POST,POST|" where only these
 * posts may read it (`readers:`). */
struct str counted_for(struct task *t, const struct procedure *procedure);

#endif
