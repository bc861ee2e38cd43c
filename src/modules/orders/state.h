/*
 * state.h - what an order is, as the fold of its events.  Inside the orders module only.
 *
 * The state is one JSON object without personal data, kept on the order row.  An event's effects
 * are
 * {"set": {...}, "duties": {...}}: each member of "set" replaces the member of that name (null
 * removes it), each member of "duties" replaces that duty.  Replaying evaluates no rule of today.
 *
 *   step back owner owner_post desk unit status outcome     where it stands, who has it
 *   matter subject nature channel green difficulty amount   what it is
 *   party_masked party_count emergency
 *   moments {name: ms}        named moments that duties start from
 *   materials {code: in|promised|missing}
 *   notice {seq, items}       the one-time notice that was given
 *   result {seq, outcome}  told  rated {matter, handler, void}  calls
 *   tries [{at, step}]        calls that reached nobody
 *   transfer_from transfer_refused unit_decided  recused [staff]
 *   related [mark]            what is known of households and employers shared with owners
 * (related.c) person sanction {seq, kind, staff, until}   of an accountability order parent
 * children_open children_all  archive {no, keep} duties {n: {...}}         see struct duty_facts
 */
#ifndef ORDERS_STATE_H
#define ORDERS_STATE_H

#include "core/json.h"
#include "core/legal_time.h"
#include "modules/orders/orders.h"

struct json *json_copy(struct task *t, const struct json *json);
bool json_same(const struct json *a, const struct json *b);
void state_fold(struct task *t, struct json *state, const struct json *effects);

struct duty_facts {
    int64_t n;
    struct str name; /* of the duty rule */
    enum owed_by owed_by;
    bool by_action; /* opened by an action: only an action closes it */
    int64_t opened_seq, closed_seq;
    struct str how; /* done, lapsed, void */
    int64_t start_at;
    struct limit limit;
    struct str law;
    struct str otherwise; /* what the timer does */
    int64_t overdue_at;   /* when the fact was recorded; 0 */
    struct pause *pauses;
    size_t pause_count;
    struct str paused_by; /* the step whose `pauses:` holds it now; empty: an action did */
    struct extension *extensions;
    size_t extension_count;
};

bool duty_is_open(const struct duty_facts *duty);
bool duty_is_paused(const struct duty_facts *duty);
struct json *duty_json(struct task *t, const struct duty_facts *duty);
struct duty_facts duty_from_json(struct task *t, const struct json *json);
/* All duties of a state, by number. */
struct list state_duties(struct task *t, const struct json *state);

/* The dates of a duty under a calendar, as of `today`. */
struct due_question duty_question(const struct duty_facts *duty, int32_t today);

#endif
