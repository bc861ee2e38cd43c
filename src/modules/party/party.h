/*
 * party.h - citizens and firms: one record per tenant, identity under its own key.
 *
 * Identity fields (name, papers, phones, address) are sealed with the party's key, which is wrapped by
 * the tenant's key.  Look-up is by keyed hashes of the whole normalised name, the full phone, its last
 * four digits and the full id number.  A masked name (王*) is all that stands in the clear.  Erasure
 * destroys the key and the look-up rows.
 */
#ifndef PARTY_PARTY_H
#define PARTY_PARTY_H

#include "core/json.h"
#include "core/shape.h"
#include "core/task.h"
#include "core/time.h"

struct identity {            /* in the clear: only inside a task */
    struct str kind;         /* person, firm, other */
    struct str name;
    struct str paper;        /* id-card, passport, residence-permit, household-book, hk-mo-tw-permit, credit-code, none */
    struct str paper_number; /* id number in its normal form */
    struct str phone, address;
    struct str contact;      /* firm: who speaks for it */
    struct str sex;          /* 男 女 or empty */
    int32_t birth;           /* DAY_NONE: unknown */
    struct str household, employer; /* for recusal warnings (K11) */
    struct str green;        /* words of green-channel classes, joined by "," */
    bool no_message;         /* safe contact: leave no message (P8) */
};
extern const struct shape identity_shape;

/* The one form for a person or firm in the page, the API and the import. */
struct form;
extern const struct form party_form;
/* From a checked input of party_form, with what the id number says filled in. */
struct identity party_identity(struct task *t, const struct json *clean);
struct json *identity_json(struct task *t, const struct identity *identity);
struct identity identity_from_json(struct task *t, const struct json *json);

struct str mask_name(struct task *t, struct str name);     /* 王*; a firm keeps its name */
struct str mask_id_number(struct task *t, struct str number); /* 990101********4021 */
struct str mask_phone(struct task *t, struct str phone);   /* 139****2675 */
struct str mask_address(struct task *t, struct str address); /* 双塔街道 枣园社区 *** */

/* Inside store_write(): find by paper number (or phone and name) or make a record; updates what is
 * newer.  *ret_party is its id; 0 for an anonymous identity. */
MUST_USE enum err party_keep(struct task *t, const struct identity *identity, int64_t *ret_party);
/* Inside store_read(). */
MUST_USE enum err party_identity_of(struct task *t, int64_t party, struct identity *ret_identity);
/* What a person typed: a name, 11 digits, 4 digits, an id number; ids of at most `max` parties. */
MUST_USE enum err party_look_up(struct task *t, struct str typed, size_t max, struct list *ret_ids);
MUST_USE enum err party_erase(struct task *t, int64_t party);

#endif
