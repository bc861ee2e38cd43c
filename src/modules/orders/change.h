/*
 * change.h - one act under way, between its checks and its rows.  Inside the orders module only.
 *
 * The engine (act.c) makes a change, effects and the step machine write what they decide into it
 * with change_set_*() and change_duty(), and change_commit() (commit.c) appends the event and
 * writes rows. What must happen after the event is written (papers, notices, acts on other orders)
 * is queued and done by the engine in the same transaction.
 */
#ifndef ORDERS_CHANGE_H
#define ORDERS_CHANGE_H

#include "core/pack.h"
#include "modules/catalog/catalog.h"
#include "modules/orders/orders.h"
#include "modules/orders/state.h"
#include "modules/org/org.h"

struct counted { /* what the counters hold of an order; unit 0: nothing */
    int64_t unit;
    struct str step, desk;
    bool green, emergency, queue;
};

struct change {
    struct task *t;
    const struct actor *actor;
    struct order order; /* as loaded; `order.version` is what was seen */
    struct json *state; /* as it will be */
    const struct procedure *procedure;
    const struct step_rule *step;   /* where it stood before */
    const struct action_rule *rule; /* NULL for the engine's own events (register, overdue ...) */
    struct str action;
    const struct json *input;  /* clean */
    struct json *body;         /* what the event keeps, sealed */
    struct json *set, *duties; /* the effects */
    struct key key;            /* of the order */
    int64_t seq;
    int64_t occurred_at;
    int64_t cause_order, cause_seq;
    struct list files; /* struct file_in, stored already */
    struct act_done *done;
    bool new_order;
    int depth;                     /* of acts that cause acts */
    struct counted counted_before; /* what the counters held of this order */
    struct list assignees;         /* change_assignees() of the rule below */
    const struct action_rule *assignees_of;
    struct list compared; /* struct identity: the parties, for recusal_interest() */
};

/* Decide a member of the state; both the effects and the state to come hold it. */
void change_set(struct change *c, const char *name, struct json *value); /* NULL removes */
void change_set_str(struct change *c, const char *name, struct str value);
void change_set_int(struct change *c, const char *name, int64_t value);
void change_set_id(struct change *c, const char *name, int64_t id);
/* Put one member of an object of the state (moments, materials ...). */
void change_set_in(struct change *c, const char *object, struct str name, struct json *value);
void change_duty(struct change *c, const struct duty_facts *duty);

/* duties.c: opening, closing, pausing; the step machine. */
MUST_USE enum err change_open_duty(struct change *c, int rule_index, bool by_action,
                                   struct limit instead);
MUST_USE enum err change_close_duty(struct change *c, struct str name, const char *how);
/* Any open duty of this name; NULL. */
struct duty_facts *change_find_duty(struct change *c, struct str name);
MUST_USE enum err change_pause_duty(struct change *c, struct duty_facts *duty, struct str reason,
                                    struct str law);
/* As the step's `pauses:` says; nothing when it does not. */
MUST_USE enum err change_pause_by_step(struct change *c, struct duty_facts *duty,
                                       const struct step_rule *step);
MUST_USE enum err change_resume_duty(struct change *c, struct duty_facts *duty);
MUST_USE enum err change_enter_step(struct change *c, int step_index);

/* conditions.c */
MUST_USE enum err condition_holds(struct change *c, enum condition condition, bool *ret_holds);
/* Calls in this step that reached nobody, so far apart that each counts (`after-tries`). */
int64_t tries_made(struct change *c, struct limit apart);
/* ERR_CONFLICT with what is still to be tried before c->rule may be done. */
MUST_USE enum err tries_missing(struct change *c);
/* effects_*.c: one row each. */
typedef enum err effect_fn(struct change *c, const struct action_effect *effect);
extern effect_fn *const effect_table[EFFECT_COUNT];
/* What must be so before anybody is asked anything; NULL: nothing.  An action is offered only when
 * the guards of its effects let it, and done only then: the effect itself does not ask again. */
typedef enum err effect_guard_fn(struct change *c);
extern effect_guard_fn *const effect_guards[EFFECT_COUNT];

/* commit.c: event, order row, duty rows, counters. */
MUST_USE enum err change_commit(struct change *c);
struct str order_key_place(struct task *t, int64_t order);
struct str event_place(struct task *t, int64_t tenant, int64_t order, int64_t seq);

/* act.c: an event of the engine itself on another order (child-closed, linked), in the same
 * transaction and with the cause on record: `fill` decides effects. */
typedef enum err engine_event_fn(struct change *c, void *arg);
MUST_USE enum err change_engine_event(struct change *c, int64_t order, const char *action,
                                      engine_event_fn *fill, void *arg);
/* The same from outside an act (timers, suspension of staff). */
MUST_USE enum err order_engine_event(struct task *t, const struct actor *actor, int64_t order,
                                     const char *action, int64_t occurred_at, engine_event_fn *fill,
                                     void *arg);

/* intake.c: open a child or linked order (EFFECT_SPAWN). */
struct spawn {
    struct str procedure, matter,
        link; /* link: child, complaint, accountability, rating-loop, chain */
    struct str subject;
    int64_t unit;
};
MUST_USE enum err change_spawn(struct change *c, const struct spawn *spawn, int64_t *ret_order);

/* tell.c: papers and notices that an action or a step names. */
MUST_USE enum err change_tell(struct change *c);
struct moved_date {
    int64_t n;       /* of the duty */
    int64_t was, is; /* its legal moment */
};
/* A calendar was loaded: say in the event which dates moved, tell the party those it was told, and
 * the owner those that the house owes. */
MUST_USE enum err change_tell_moved(struct change *c, const struct list *moved);
/* A notice of the event to one member of staff; `why` is the {why} of its text, which nobody but
 * who is told reads.  The other: to the heads of the unit, or of the nearest above it that has one
 * besides `but`. */
MUST_USE enum err change_tell_staff(struct change *c, int64_t staff, struct str kind,
                                    struct str why);
MUST_USE enum err change_tell_heads(struct change *c, int64_t but, struct str kind, struct str why);

/* engine events: their titles for the timeline */
struct engine_action {
    const char *name, *title, *citizen;
};
extern const struct engine_action engine_actions[];
const struct engine_action *engine_action_find(struct str name);

#endif
