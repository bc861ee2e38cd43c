/*
 * catalog_private.h - what the files of the catalogue share.
 *
 *   matter_read.c     data/matters.yaml and data/routing.yaml become structs, with faults
 *   catalog.c         rows, versions, and the shelf: what is kept in memory
 *   catalog_search.c  finding matters, routing
 *   catalog_load.c    a folder of files becomes rows
 *   catalog_http.c    routes
 */
#ifndef CATALOG_CATALOG_PRIVATE_H
#define CATALOG_CATALOG_PRIVATE_H

#include "modules/catalog/catalog.h"
#include "modules/catalog/node.h"

struct route_rule {
    struct list matters, kinds, tiers, difficulties; /* struct tag; empty: any */
    bool place, park; /* only when the place is known; lies in a park */
    struct str to, reason, basis;
};

struct catalogue {
    struct matter *matters;
    struct str *texts; /* each matter spelled out, as stored */
    const struct node **nodes;
    size_t count;
    struct str routing; /* as stored; empty: leave it */
};

/* What one tenant has now, in memory for good. */
struct shelf {
    struct matter *matters;
    bool *active;
    size_t count;
    struct route_rule *rules;
    size_t rule_count;
};

/* matter_read.c.  False when a fault was added. */
bool matter_read(struct task *t, struct list *faults, const struct node *node,
                 struct matter *ret_matter);
/* Materials named by a word become those of `shared`. */
void matter_spell(struct task *t, struct list *faults, struct node *node,
                  const struct node *shared);
bool routing_read(struct task *t, struct list *faults, const struct node *root,
                  struct route_rule **ret_rules, size_t *ret_count);
bool tags_have(struct list tags, struct str code);

/* catalog.c */
MUST_USE enum err catalog_shelf(struct task *t, const struct shelf **ret_shelf);

extern const struct shape matter_list_shape, procedure_list_shape;

#endif
