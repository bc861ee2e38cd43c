/*
 * act.h - pieces of the engine that intake, timers and reading share.  Inside the orders module
 * only.
 */
#ifndef ORDERS_ACT_H
#define ORDERS_ACT_H

#include "modules/orders/change.h"
#include "modules/orders/commit.h"

/* Back-entry (P2): so many days are free; beyond a reason; beyond the second number the head. */
enum { BACK_ENTRY_FREE_DAYS = 3, BACK_ENTRY_MOST_DAYS = 30 };

struct act_cause {
    int64_t order, seq;
    int depth;
};

MUST_USE enum err act_run(struct task *t, const struct actor *actor, const struct act *act,
                          const struct act_cause *cause, struct act_done *ret_done);
/* The row alone, no question asked. */
MUST_USE enum err order_row(struct task *t, int64_t id, struct order *ret_order);
MUST_USE enum err change_begin(struct task *t, const struct actor *actor, const struct order *order,
                               struct change *c);
MUST_USE enum err change_apply_action(struct change *c);
/* OK, or why the actor may not do c->rule here and now. */
MUST_USE enum err action_refused(struct change *c);
/* The same of one effect alone: its guard. */
MUST_USE enum err effect_refused(struct change *c, enum effect effect);
bool action_given_to(const struct action_rule *rule, const struct actor *actor,
                     const struct order *order);
bool order_within(const struct actor *actor, const struct order *order);
/* Of those who reach it: does its procedure let the actor see it (`readers:`)? */
MUST_USE enum err order_readable(struct task *t, const struct actor *actor,
                                 const struct order *order, bool *ret_readable);
bool order_recused(const struct json *state, int64_t staff);
void check_occurred(struct task *t, const struct actor *actor, int64_t occurred_at,
                    int64_t not_before, struct str back_reason);
/* What the counters hold of an order in this state. */
struct counted counted_of(const struct json *state);
MUST_USE enum err count_add(struct task *t, int64_t unit, struct str what, int64_t n);

/* --- replay.c: requests that come twice --- */

struct once {
    const struct actor *actor;
    struct str key, what; /* the key as it was sent, empty: none; what it stands for */
    const struct json *input;
    struct list files;
    task_fn *run; /* does it, inside the transaction, and fills `done` */
    void *arg;
    struct act_done *done;
    bool ahead;                /* store_write_ahead(): it takes no number */
    bool beside;               /* store_write_beside(): it locks what others may change */
    struct str full_key, hash; /* replay.c's own */
};
/*
 * The one way in for everything that people and programs ask the engine to do: inside one
 * store_write(), a known key gives the answer of the first time; else the person must still be
 * allowed to work, the deed is done, and the key kept.  ERR_CONFLICT: the key came with other
 * input.
 */
MUST_USE enum err do_once(struct task *t, struct once *once);
/* Number, version and step of `done->order` as it is now.  ERR_NOT_FOUND: out of the actor's reach.
 */
MUST_USE enum err answer_as_now(struct task *t, const struct actor *actor, struct act_done *done);

#endif
