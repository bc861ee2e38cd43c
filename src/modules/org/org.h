/*
 * org.h - tenants, the tree of units, their windows.
 *
 * A tenant is one city's platform.  Its units form a tree; every unit carries its path, so "the
 * unit and all below it" is one range of one index.  Keys stand in keys.h.
 *
 * All functions run inside store_read() or store_write(), for t->tenant unless they say otherwise;
 * those that create or change need store_write().
 */
#ifndef ORG_ORG_H
#define ORG_ORG_H

#include "core/crypto.h"
#include "core/shape.h"
#include "core/task.h"

struct unit {
    int64_t id, parent;
    struct str path; /* "/<id>/<id>/", so that a subtree is one indexed range */
    struct str kind; /* city, town, village, park, industry, department */
    struct str code; /* LJ01: begins the numbers of its orders */
    struct str name, short_name;
    struct str division; /* code of the administrative division it serves (GB/T 2260) */
    struct str address, phone, hours;
    bool open;
};
extern const struct shape unit_shape;

struct window {
    int64_t id, unit;
    struct str name; /* 3 号窗 */
    struct str kind; /* mediation, legal-aid, consultation, comprehensive */
};
extern const struct shape window_shape;

struct tenant {
    int64_t id;
    struct str code, name; /* lanjiang, 岚江市公共法律服务中心 */
    struct str city;       /* 岚江市 */
    struct str hotline;    /* 12348 */
    struct str host;       /* the address by which its pages are reached; empty: the default */
    int64_t centre;        /* the city centre's unit */
    int64_t own_days;      /* version of its own calendar days; 0: none */
};
extern const struct shape tenant_shape;

MUST_USE enum err org_tenant(struct task *t, struct tenant *ret_tenant);
MUST_USE enum err org_unit(struct task *t, int64_t id, struct unit *ret_unit); /* ERR_NOT_FOUND */
MUST_USE enum err org_unit_by_code(struct task *t, struct str code,
                                   struct unit *ret_unit); /* the same */
/* The unit whose path is given and all below it; an empty path gives all units.  In order of the
 * tree. */
MUST_USE enum err org_units(struct task *t, struct str under_path, struct list *ret_units);
MUST_USE enum err org_windows(struct task *t, int64_t unit,
                              struct list *ret_windows); /* 0: of all units */
MUST_USE enum err org_window(struct task *t, int64_t id,
                             struct window *ret_window); /* ERR_NOT_FOUND */

/* Of the whole installation: t->tenant does not matter. */
MUST_USE enum err org_tenants(struct task *t, struct list *ret_tenants);
MUST_USE enum err org_tenant_by_code(struct task *t, struct str code, struct tenant *ret_tenant);
/* Which tenant answers at this Host (a port is ignored): the one with that host, else the oldest
 * without one, else the oldest.  0 when there is no tenant at all. */
MUST_USE enum err org_tenant_of_host(struct task *t, struct str host, int64_t *ret_tenant);

/* Make a tenant with its keys and set t->tenant to it.  `id` and `centre` of the argument are not
 * read.  ERR_BAD_INPUT (code, name), ERR_CONFLICT (code or host taken). */
MUST_USE enum err org_create_tenant(struct task *t, const struct tenant *tenant, int64_t *ret_id);
/* Make a unit below `parent` (0: a root); the path follows from it.  The first root becomes the
 * tenant's centre.  ERR_BAD_INPUT, ERR_CONFLICT (code taken). */
MUST_USE enum err org_create_unit(struct task *t, const struct unit *unit, int64_t *ret_id);
/* Name, short name, division, address, phone, hours, open.  The tree and the code stay. */
MUST_USE enum err org_change_unit(struct task *t, const struct unit *unit);
MUST_USE enum err org_create_window(struct task *t, const struct window *window, int64_t *ret_id);
/* The tenant's own calendar days have a new version. */
MUST_USE enum err org_set_own_days(struct task *t, int64_t version);

/* The key of the tenant, unwrapped with the installation's key file.  For keys of rows use
 * row_key_make() and row_key_open() of keys.h, which survive a rotation. */
MUST_USE enum err org_tenant_key(struct task *t, struct key *ret_key);

/* The pages that change units and windows tell a module after this one, which puts it on record in
 * the same transaction.  `subject`: the unit, as people know it.  Set once, at start. */
struct actor;
typedef enum err org_changed_fn(struct task *t, const struct actor *actor, struct str subject,
                                struct str detail);
void org_when_changed(org_changed_fn *fn);

const char *unit_kind_title(struct str kind); /* 市级中心 ...; NULL: no such kind */
const char *window_kind_title(struct str kind);

struct module;
extern const struct module org_module;

#endif
