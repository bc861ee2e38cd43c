/*
 * procedure_private.h - what the files that read a procedure share.
 *
 *   procedure_parts.c   the file and its parts become one tree; what nobody uses of a part is left
 * out procedure_read.c    the tree becomes struct procedure: head, duties, steps procedure_action.c
 * actions and their asks procedure_check.c   what cannot work
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

/* procedure_action.c */
void read_form(struct reader *r, const struct node *list, struct str name, struct form *ret_form);
void read_action(struct reader *r, const struct node *node, struct str form_name,
                 struct action_rule *ret_action);
const struct ask *form_ask(const struct form *form, struct str name);

/* procedure_check.c */
void procedure_check(struct reader *r);

#endif
