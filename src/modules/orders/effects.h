/*
 * effects.h - the rows of `effect:`, one function each.  Inside the orders module only.
 *
 * An effect reads the clean input, writes what it decides with change_set_*(), and reports bad
 * values with task_field_error() at the field (the engine gathers the errors of all effects of an
 * action).
 */
#ifndef ORDERS_EFFECTS_H
#define ORDERS_EFFECTS_H

#include "modules/orders/act.h"

enum { PAUSE_MOST_DAYS = 366, PARTIES_COMPARED = 200 };

/* effects_file.c */
effect_fn effect_materials, effect_one_time_notice, effect_correct, effect_add_party, effect_note,
    effect_attach, effect_change_phone, effect_archive;
/* effects_people.c */
effect_fn effect_assign, effect_take, effect_release, effect_recuse, effect_transfer,
    effect_return_transfer, effect_decide_unit;
/* effects_staff.c */
effect_fn effect_name_person, effect_suspend_staff, effect_remove_staff, effect_resume_staff;
/* effects_time.c */
effect_fn effect_pause, effect_resume, effect_ask_extension, effect_grant_extension;
/* effects_result.c */
effect_fn effect_result, effect_tell, effect_call, effect_rate, effect_contest_rating,
    effect_void_rating, effect_emergency, effect_calm, effect_guide, effect_reopen;
/* effects_links.c */
effect_fn effect_spawn, effect_link, effect_merge, effect_void;

/* The guards of effects (effect_guards): why it cannot be done now, whatever is typed. */
effect_guard_fn may_tell_missing, may_assign, may_recuse, may_return_transfer, may_pause,
    may_ask_extension, may_grant_extension, may_rate, may_contest_rating, no_child_open;

/* effects_people.c: struct staff_at; whom c->rule may give the order to. */
MUST_USE enum err change_assignees(struct change *c, struct list *ret_people);
/* effects_time.c: struct str; the open duties that `effect` (pause, ask-extension) may be about. */
struct list change_duties_for(struct change *c, enum effect effect);

/* effects_file.c: pieces that intake uses too. */
MUST_USE enum err materials_mark(struct change *c, const struct json *marks, const char *prefix);
MUST_USE enum err attach_files(struct change *c);

/* effects_people.c: nobody has it; the desk of the step it stands in does. */
void give_to_queue(struct change *c);
/* The owner withdraws, `why` (they have a near relation ...) in the event: to the queue, and never
 * back to them. */
void recuse_owner(struct change *c, struct str why);

/* related.c: what keeps a member of staff from the order (K11); *ret_why only when something does.
 */
MUST_USE enum err recusal_interest(struct change *c, int64_t staff, enum interest *ret_interest,
                                   struct str *ret_why);
/* They get it although they share a household or an employer with a party: whoever gave it to them
 * has answered for that; where they took it themselves the head hears of it. */
MUST_USE enum err note_despite(struct change *c, int64_t staff);
/* Somebody has just come to the order: an owner who may not have it now goes, as by `recuse`, and
 * the event says why; where it only has to be looked into, they are warned. */
MUST_USE enum err recuse_related_owner(struct change *c, const struct identity *identity);
/* What warns of a member of staff in an order and nobody has answered for or was told of. */
struct relations {
    int64_t staff;
    const struct staff_facts *facts;
    const struct json *state;
    const struct key *key; /* of the order */
    unsigned ties;         /* 0: nothing new */
    struct list marks;     /* struct str: as the state keeps them */
};
/* What party `n` adds to it. */
void relations_add(struct task *t, struct relations *relations, const struct identity *identity,
                   int64_t n);
/* The owner and the head are told, once; the event says nothing of it. */
MUST_USE enum err warn_of_owner(struct change *c, const struct relations *relations);

/* effects_links.c: both orders keep the link, each with an event of its own. */
MUST_USE enum err link_orders(struct change *c, int64_t other, struct str kind);

#endif
