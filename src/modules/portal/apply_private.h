/*
 * apply_private.h - an application under way: the draft, the matter it is for, and its steps.
 *
 * The body of a draft:
 *   matter   code                         answers {name: as typed}   papers {material:
 * promised|later} files    [{material, name, type, size, blob}] state    "" | "submitting" | "done"
 * since  moment of it        done {order, no, code}
 *
 * Answers stay as they were typed, so that what is shown again is what was written; every step is
 * checked again before the application is handed in.
 */
#ifndef PORTAL_APPLY_PRIVATE_H
#define PORTAL_APPLY_PRIVATE_H

#include "modules/catalog/catalog.h"
#include "portal_private.h"

enum step_kind {
    STEP_MATTER,
    STEP_MORE,
    STEP_WHO,
    STEP_AGENT,
    STEP_REACH,
    STEP_OTHER,
    STEP_MATERIALS,
    STEP_CHECK
};
enum { STEPS_MOST = 24, FIELDS_IN_STEP = 3, WEIGHT_OF_STEP = 3 };

struct wizard_step {
    enum step_kind kind;
    const char *question, *answer_title, *lead;
    const char *variant; /* of STEP_WHO: card, paper, other, firm */
    struct form form;
};

struct wizard {
    struct draft draft; /* `body` is there even before the draft is kept */
    bool kept;          /* there is a draft row */
    struct matter matter;
    const struct procedure *procedure;
    struct list materials; /* struct material: those the citizen brings */
    struct wizard_step steps[STEPS_MOST];
    int count;
};

/* For a new application; nothing is kept yet. */
MUST_USE enum err wizard_begin(struct task *t, struct str matter, struct wizard *ret_wizard);
/* The one of this device; the answer is for its eyes only.  ERR_NOT_FOUND with a note that says
 * what to do. */
MUST_USE enum err wizard_open(struct task *t, const struct request *request,
                              struct response *response, struct wizard *ret_wizard);
struct json *wizard_answers(struct task *t, const struct wizard *wizard);
/* STEP_WHO in one of its variants (wizard_people.c); an unknown word is "card". */
void wizard_who(struct task *t, struct wizard *wizard, const char *word);
void wizard_take_who(struct task *t, struct wizard *wizard, struct str word);
struct wizard_way {
    struct str title, href;
};
/* The other variants: struct wizard_way; empty for other steps. */
struct list wizard_other_ways(struct task *t, const struct wizard_step *step, struct str address);
void wizard_add_people(struct task *t, struct wizard *wizard);
struct json *wizard_parties(struct task *t, const struct json *answers);
/* wizard.c, for wizard_people.c */
struct ask *wizard_step_asks(struct task *t, struct wizard_step *step);
struct wizard_step *wizard_add_step(struct wizard *wizard, enum step_kind kind,
                                    const char *question, const char *answer_title);
bool wizard_consults(const struct wizard *wizard);
bool wizard_asks_opponent(const struct procedure *procedure, bool *ret_required);
/* Step of the address, 1 ...; NULL: no such step. */
const struct wizard_step *wizard_step(const struct wizard *wizard, int64_t n);
int wizard_find(const struct wizard *wizard,
                enum step_kind kind); /* 1 ...; 0: not among the steps */
/* First step whose answers are not right yet; 0: all are. */
int64_t wizard_unfinished(struct task *t, const struct wizard *wizard);
/* Put what came from a page into the draft, unchecked. */
void wizard_take(struct task *t, struct wizard *wizard, const struct form *form,
                 const struct json *body);
/* What order_create() is given. */
struct json *wizard_intake(struct task *t, const struct wizard *wizard);
struct str wizard_address(struct task *t, const struct wizard *wizard, int64_t step);
/* The page of STEP_MATERIALS (apply_files.c). */
MUST_USE enum err apply_materials(struct task *t, struct request *request,
                                  struct response *response, const struct wizard *wizard,
                                  int64_t n);
struct str apply_material_state(struct task *t, const struct wizard *wizard,
                                const struct material *material, bool *ret_done);
struct str portal_grouped(struct task *t, struct str code); /* 7Q4M-9KXD-2HVP-6T3W */

#endif
