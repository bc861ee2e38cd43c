/*
 * party.h - citizens and firms: one record per tenant, identity under its own key.
 *
 * Identity fields (name, papers, phones, address) are sealed with the party's key, which is wrapped
 * by the tenant's key.  Look-up is by keyed hashes of the whole normalised name, the full phone,
 * its last four digits and the full id number; the same kind of hash finds who shares a household
 * or an employer.  A masked name (王*) is all that stands in the clear.  Erasure destroys the key
 * and the look-up rows; what an order froze of the identity is under that order's key.
 */
#ifndef PARTY_PARTY_H
#define PARTY_PARTY_H

#include "core/form.h"
#include "core/json.h"
#include "core/shape.h"
#include "core/task.h"
#include "core/time.h"

struct identity {    /* in the clear: only inside a task */
    struct str kind; /* person, firm, other */
    struct str name;
    struct str paper; /* id-card, passport, residence-permit, household-book, hk-mo-tw-permit,
                         credit-code, none */
    struct str paper_number; /* id number in its normal form */
    struct str phone, address;
    struct str contact;             /* firm: who speaks for it */
    struct str sex;                 /* 男 女 or empty */
    int32_t birth;                  /* DAY_NONE: unknown */
    struct str household, employer; /* for recusal warnings (K11) */
    struct str green;               /* words of green-channel classes, joined by "," */
    bool no_message;                /* safe contact: leave no message (P8) */
};
extern const struct shape identity_shape;

/* Words and Chinese titles, ended by a NULL value. */
extern const struct choice party_kinds[], party_papers[], party_green_classes[];
struct str party_paper_title(struct str paper); /* 居民身份证; the word itself when unknown */
struct str party_green_title(struct str word);

/* The one form for a person or firm in the page, the API and the import. */
extern const struct form party_form;
/* What the form cannot say: the number against its kind of paper, what a firm needs.  Errors go to
 * "<prefix>paper_number" and so on; numbers in `clean` become normal; NULL, when the
 * form has said already that nothing is there, is no error.  For a party inside a list give its
 * prefix ("parties[1]."). */
void party_check(struct task *t, struct str prefix, struct json *clean);
/* From a checked input of party_form, with what the id number says filled in. */
struct identity party_identity(struct task *t, const struct json *clean);
struct json *identity_json(struct task *t, const struct identity *identity);
struct identity identity_from_json(struct task *t, const struct json *json);
/* Neither name nor paper nor phone: advice without a name (K4). */
bool identity_is_anonymous(const struct identity *identity);

struct str mask_name(struct task *t, struct str name);        /* of a person: 王*, 欧阳* */
struct str mask_id_number(struct task *t, struct str number); /* 990101********4021 */
struct str mask_phone(struct task *t, struct str phone);      /* 139****2675 */
struct str mask_address(struct task *t, struct str address);  /* 双塔街道枣园社区 *** */
/* What lists show: a firm keeps its name. */
struct str identity_masked_name(struct task *t, const struct identity *identity);

/* Inside store_write(): find by paper number (or phone and name) or make a record; updates what is
 * newer.  `vouched`: somebody of the staff saw or heard the person; else - said on the web - a
 * record that is there keeps what it holds, gets what it lacks, and is found by both.  *ret_party
 * is its id; 0 for an anonymous identity. */
MUST_USE enum err party_keep(struct task *t, const struct identity *identity, bool vouched,
                             int64_t *ret_party);
/* Inside store_read(), as all below but party_erase().  ERR_NOT_FOUND: unknown or erased. */
MUST_USE enum err party_identity_of(struct task *t, int64_t party, struct identity *ret_identity);
/* Masked name of a record; empty when unknown. */
MUST_USE enum err party_masked(struct task *t, int64_t party, struct str *ret_masked);
/* What a person typed: a name, 11 digits, 4 digits, an id number or credit code; ids (int64_t) of
 * at most `max` parties, newest first. */
MUST_USE enum err party_look_up(struct task *t, struct str typed, size_t max, struct list *ret_ids);
/* Other records of the same household, or employer (K12, J2): ids, newest first. */
MUST_USE enum err party_household(struct task *t, int64_t party, size_t max, struct list *ret_ids);
MUST_USE enum err party_colleagues(struct task *t, int64_t party, size_t max, struct list *ret_ids);
/* Inside store_write(): destroy the key and the look-up rows. */
MUST_USE enum err party_erase(struct task *t, int64_t party);

/* What keeps a member of staff from a matter of this party (K11). */
enum interest { INTEREST_NONE, INTEREST_WARNS, INTEREST_BLOCKS };
struct staff_facts;
/* *ret_why says it in Chinese, without names, as events keep it; untouched for INTEREST_NONE. */
enum interest party_interest(struct task *t, const struct staff_facts *facts,
                             const struct identity *identity, struct str *ret_why);
/* Such a sentence for who reads it now, in their language. */
struct str party_interest_text(struct task *t, struct str why);
/* What of it warns, as bits, and all of them said together; `ties` is not 0 there. */
enum {
    TIE_HOUSEHOLD = 1,
    TIE_EMPLOYER = 2, /* the party works there, too */
    TIE_PHONE = 4,
    TIE_FIRM = 8 /* the party is the employer */
};
unsigned party_ties(struct task *t, const struct staff_facts *facts,
                    const struct identity *identity);
struct str party_ties_why(unsigned ties);

struct key_holder;
extern const struct key_holder party_key_holder;
struct module;
extern const struct module party_module;

#endif
