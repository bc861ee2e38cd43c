/*
 * rules.h - the closed tables that a procedure file may name: conditions, effects, who owes, who
 * acts.
 *
 * A procedure names a row, it never computes.  A row is added here, implemented in
 * modules/orders/ (conditions.c, effects_*.c), and described here in one sentence for the manual.
 */
#ifndef CATALOG_RULES_H
#define CATALOG_RULES_H

#include <stdbool.h>

#include "core/form.h"
#include "core/str.h"

/*
 * Duties that effects open by name; a procedure that uses the effect must define them (the part
 * `common` does): pause -> `check-pause` (its limit is replaced by the stated day), ask-extension
 * -> `approve-extension`, emergency -> `answer-emergency`.
 *
 * `to: back` returns to `state.back`: the last step left that has itself no `to: back` action, so a
 * detour (correcting, receiving a transfer, deciding the unit) never becomes the place to return
 * to.
 */

enum condition {                          /* `when:` */
                 COND_MATERIALS_COMPLETE, /* every required material of the matter is in or promised
                                           */
                 COND_MATERIALS_MISSING,  /* at least one is not */
                 COND_IDENTIFIED,         /* the applicant is not anonymous */
                 COND_NOT_OWN_WORK,       /* the actor did not handle this order (K9) */
                 COND_RESULT_RECORDED,    /* a result stands on the order */
                 COND_RESULT_TOLD,        /* the party was told the result */
                 COND_TRANSFER_NOT_REFUSED, /* no transfer of this order was refused yet */
                 COND_TRANSFER_REFUSED,     /* one was */
                 COND_NOTICE_NOT_SENT,      /* no one-time notice was given yet */
                 COND_NOTICE_SENT,          /* one was */
                 COND_CHILDREN_CLOSED,      /* every child order is closed */
                 COND_RATED,                /* the matter was rated */
                 COND_RATED_BADLY, /* a rating is "dissatisfied" or worse and its loop is not closed
                                    */
                 COND_FILE_COMPLETE, /* what K31 asks for is in the file */
                 COND_PAUSED,        /* a duty is paused by an action */
                 COND_NOT_PAUSED,
                 COND_MAIN,           /* the order is not a child of another */
                 COND_CHILD,          /* it is */
                 COND_MATERIALS_IN,   /* every required material is in hand, none merely promised */
                 COND_CHILDREN_EXIST, /* at least one child order (link kind `child`) was opened */
                 COND_UNIT_NOT_DECIDED, /* the centre has not decided whose order this is (K7) */
                 COND_IS_THE_PERSON,    /* the actor is whom the accountability concerns (K18) */
                 COND_NOT_THE_PERSON,   /* the actor is not: nobody judges themselves */
                 COND_WAS_RATED,        /* the actor did the work that the rating order is about */
                 COND_EXTENSION_ASKED,  /* a request for more time waits for an answer */
                 COND_RECUSAL_ASKED,    /* a request for recusal does */
                 COND_COUNT
};

enum effect {                   /* `effect:` ; the asks each needs are checked with the procedure */
              EFFECT_MATERIALS, /* mark materials received, promised, missing: asks `materials` */
              EFFECT_ONE_TIME_NOTICE, /* list everything missing; a later one only repeats unmet
                                         items */
              EFFECT_ASSIGN,          /* asks `staff` */
              EFFECT_TAKE,            /* the actor becomes the owner */
              EFFECT_RELEASE,         /* back to the queue of the step's desk */
              EFFECT_RECUSE, /* the owner withdraws; asks `reason`; blocks the person for this order
                              */
              EFFECT_TRANSFER,        /* asks `unit`, `reason`; the order waits there to be taken */
              EFFECT_RETURN_TRANSFER, /* back where it came from, once */
              EFFECT_DECIDE_UNIT, /* the centre decides; cannot be refused: asks `unit`, `reason` */
              EFFECT_PAUSE,  /* asks `duty`, `ground`, `until`; grounds: the duty's `pause-grounds`
                              */
              EFFECT_RESUME, /* ends what PAUSE began */
              EFFECT_ASK_EXTENSION,   /* asks `duty`, `amount`, `reason`: opens the duty
                                         `approve-extension` */
              EFFECT_GRANT_EXTENSION, /* asks `granted`, which must be ticked */
              EFFECT_RESULT,          /* asks `result`, `outcome` */
              EFFECT_TELL,            /* asks `told_how`, `told_what` */
              EFFECT_CALL,            /* an attempt to reach: asks `reached`, `note` */
              EFFECT_RATE,            /* asks `rate_matter`, `rate_handler`, `opinion`: 1..5 */
              EFFECT_CONTEST_RATING,  /* of the order that this one is about: asks `reason` */
              EFFECT_SPAWN, /* child or linked order: params procedure, matter, link, each-unit, if
                             */
              EFFECT_LINK,  /* asks `other` (number of an order), `kind` (word of link_rules) */
              EFFECT_MERGE, /* into another order: asks `into` (its number), `reason` */
              EFFECT_VOID,  /* registered by mistake: asks `reason` */
              EFFECT_CORRECT,       /* corrects recorded facts: asks `subject`, `facts`, `reason` */
              EFFECT_ADD_PARTY,     /* asks `party` */
              EFFECT_EMERGENCY,     /* flag, alarm to the head: asks `what`, `first_actions` */
              EFFECT_CALM,          /* ends the emergency */
              EFFECT_GUIDE,         /* another body: asks `body`, `reason`, `remedies` */
              EFFECT_REOPEN,        /* asks `reason` */
              EFFECT_ARCHIVE,       /* archive number, shelf, retention */
              EFFECT_NOTE,          /* asks `text`; `internal` */
              EFFECT_ATTACH,        /* uploads */
              EFFECT_CHANGE_PHONE,  /* the party's contact: asks `phone` */
              EFFECT_NAME_PERSON,   /* whom an accountability order concerns: asks `staff` (K18) */
              EFFECT_SUSPEND_STAFF, /* until a day, then lifted by itself: asks `staff`, `until`,
                                       `reason` (K18) */
              EFFECT_REMOVE_STAFF,  /* ends every post for good: asks `staff`, `reason` (K18) */
              EFFECT_RESUME_STAFF,  /* undoes what this order's decision did to the person */
              EFFECT_VOID_RATING,   /* a contested rating counts no more on the order rated */
              EFFECT_COUNT
};

enum owed_by {
    OWED_OWNER,
    OWED_UNIT,
    OWED_PARTY,
    OWED_HEAD,
    OWED_CENTRE,
    OWED_BUREAU,
    OWED_CALLER,
    OWED_COUNT
};

/* Who may act, besides the posts of modules/access/posts.h. */
enum acting { ACTING_POST, ACTING_OWNER, ACTING_STAFF, ACTING_PARTY, ACTING_SYSTEM, ACTING_COUNT };

/* How two orders hang together.  Only LINK_CHILD makes the first wait for the second. */
enum link_kind {
    LINK_CHILD,     /* part of the same work: counts for children-closed and `joined:` */
    LINK_CHAIN,     /* the next business of the same matter (W5) */
    LINK_COMPLAINT, /* complains of */
    LINK_RATING,    /* closed loop of a bad rating */
    LINK_ACCOUNT,   /* accountability clue from */
    LINK_SUPERVISE, /* supervises */
    LINK_RELATED,   /* has to do with; also bundles */
    LINK_COUNT
};

struct rule {
    const char *word;  /* as written in a procedure: "materials-complete" */
    const char *title; /* Chinese: what it means; for conditions, why it is refused when false */
};

extern const struct rule condition_rules[COND_COUNT];
extern const struct rule effect_rules[EFFECT_COUNT];
extern const struct rule owed_by_rules[OWED_COUNT];
extern const struct rule acting_rules[ACTING_COUNT]; /* [ACTING_POST] has no word */
extern const struct rule link_rules[LINK_COUNT];
extern const struct rule outcome_rules[]; /* of an end; ended by a NULL word */
extern const struct rule paper_rules[];   /* what `paper:` may name; ended by a NULL word */
extern const struct rule notice_rules[];  /* what `notice:` may name; ended by a NULL word */

/*
 * What an effect asks of the actor, ended by a NULL name; NULL: nothing.  procedure_read() adds
 * these to the action's form unless the action writes an ask of the same name itself (to give
 * another title, hint or `required`; the type must be the same).  The choices of `duty` and
 * `ground` (pause, ask-extension) and of `staff`, `unit` are not in the table: the first two come
 * from the procedure, the others are ids that the page offers.
 */
extern const struct ask *const effect_asks[EFFECT_COUNT];
/* One material and whether it is in, promised or missing; at intake and in `materials`. */
extern const struct form material_mark_form;
/* The duty that an effect opens and the procedure must define; NULL: none. */
extern const char *const effect_duty[EFFECT_COUNT];

/* Index of the word, or -1. */
int rule_find(const struct rule *rules, int count, struct str word);
/* Is the word in a table that ends with a NULL word? */
bool rule_listed(const struct rule *rules, struct str word);

#endif
