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
bool action_given_to(const struct action_rule *rule, const struct actor *actor,
                     const struct order *order);
bool order_within(const struct actor *actor, const struct order *order);
bool order_recused(const struct json *state, int64_t staff);
void check_occurred(struct task *t, const struct actor *actor, int64_t occurred_at,
                    int64_t not_before, struct str back_reason);
/* What the counters hold of an order in this state. */
struct counted counted_of(const struct json *state);

/* Idempotency */
struct replay_args {
    const struct actor *actor;
    struct act_done *done;
};
struct str request_key(struct task *t, const struct actor *actor, struct str key);
struct str input_hash(struct task *t, struct str what, const struct json *input, struct list files);
MUST_USE enum err key_known(struct task *t, struct str key, struct str input_hash,
                            struct act_done *ret_done);
MUST_USE enum err key_keep(struct task *t, struct str key, struct str input_hash,
                           const struct act_done *done);
MUST_USE enum err refresh_replayed(struct task *t, void *arg);

#endif
