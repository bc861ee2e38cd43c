/*
 * procedure_private.h - what the files that read a procedure share.
 *
 *   procedure_parts.c   the file and its parts become one tree; what nobody uses of a part is
 *                       left out
 *   procedure_read.c    the tree becomes struct procedure: head, duties, steps
 *   procedure_action.c  actions; procedure_ask.c their questions
 *   procedure_check.c   what cannot work; procedure_check_names.c what is named and is not there
 */
#ifndef CATALOG_PROCEDURE_PRIVATE_H
#define CATALOG_PROCEDURE_PRIVATE_H

#include "modules/access/posts.h"
#include "modules/catalog/node.h"
#include "modules/catalog/procedure.h"

struct reader {
    struct task *t;
    struct list *faults;
    struct str file;
    procedure_part_fn *part;
    void *part_arg;
    struct node *root; /* merged */
    struct procedure *p;
    /* Nodes by index of what was read from them, for faults found later. */
    const struct node **duty_nodes, **step_nodes;
    /* Shared actions: built once, copied into each step that has them. */
    struct action_rule *shared;
    const struct node **shared_nodes;
    size_t shared_count;
};

/* procedure_parts.c */
bool procedure_merge(struct reader *r, struct str text);

/* procedure_duty.c: small readers add a fault and go on */
bool read_keys(struct reader *r, const struct node *map, const char *what, const char *allowed);
bool read_is_map(struct reader *r, const struct node *node, const char *what);
struct str read_text(struct reader *r, const struct node *map, const char *key, bool required);
bool read_bool(struct reader *r, const struct node *map, const char *key);
struct limit read_limit(struct reader *r, const struct node *node);
/* The items of a list, or one text as a list of one. */
size_t read_items(struct reader *r, const struct node *node, const struct node ***ret_items);
struct str read_basis(struct reader *r, const struct node *map, const char *what);

void read_duties(struct reader *r);

/* procedure_step.c */
bool name_is_sound(struct str name);
/* Names first: actions lead to steps that stand further down. */
bool read_step_names(struct reader *r);
void read_shared_actions(struct reader *r);
void read_step(struct reader *r, const struct node *node, struct step_rule *step);
void refuse_unused_actions(struct reader *r);

/* procedure_ask.c: questions; what an effect needs comes before what the file asks. */
enum { MAX_ASKS = 40 };
const struct ask *ask_named(const struct ask *asks, size_t count, struct str name);
void read_asks(struct reader *r, const struct node *list, const struct ask *needed,
               size_t needed_count, struct form *form);
void read_form(struct reader *r, const struct node *list, struct str name, struct form *ret_form);
const struct ask *form_ask(const struct form *form, struct str name);

/* procedure_action.c */
void read_action(struct reader *r, const struct node *node, struct str form_name,
                 struct action_rule *ret_action);

/* procedure_check.c */
void procedure_check(struct reader *r);
/* The node of an action, for its line: the step's own, else the shared one. */
const struct node *action_node(struct reader *r, size_t step, struct str name);
/* A member, or the map itself when it is not there. */
const struct node *member_or(const struct node *map, const char *key);
bool has_effect(const struct action_rule *action, enum effect effect);
bool moment_is_set(const struct procedure *p, struct str moment);

/* procedure_check_names.c */
void check_law(struct reader *r, const struct node *node, struct str law);
void check_duty_laws(struct reader *r, size_t d);
void check_step_laws(struct reader *r, size_t s);
void check_limit_table(struct reader *r, size_t d);
void check_action(struct reader *r, size_t s, const struct action_rule *action);
/* Every step that has a shared action would repeat its faults: only the first that has it is asked.
 */
bool met_before(const struct procedure *p, size_t s, const struct action_rule *action);

#endif
