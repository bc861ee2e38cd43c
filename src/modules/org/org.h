/*
 * org.h - tenants, the tree of units, their windows.
 */
#ifndef ORG_ORG_H
#define ORG_ORG_H

#include "core/crypto.h"
#include "core/shape.h"
#include "core/task.h"

struct unit {
    int64_t id, parent;
    struct str path;     /* "/<id>/<id>/", so that a subtree is one indexed range */
    struct str kind;     /* city, town, village, park, industry, department */
    struct str code;     /* LJ01: begins the numbers of its orders */
    struct str name, short_name;
    struct str division; /* code of the administrative division it serves (GB/T 2260) */
    struct str address, phone, hours;
    bool open;
};
extern const struct shape unit_shape;

struct window {
    int64_t id, unit;
    struct str name;     /* 3 号窗 */
    struct str kind;     /* mediation, legal-aid, consultation, comprehensive */
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

/* All inside store_read() or store_write(), for t->tenant. */
MUST_USE enum err org_tenant(struct task *t, struct tenant *ret_tenant);
MUST_USE enum err org_unit(struct task *t, int64_t id, struct unit *ret_unit);   /* ERR_NOT_FOUND */
MUST_USE enum err org_units(struct task *t, struct str under_path, struct list *ret_units);
MUST_USE enum err org_windows(struct task *t, int64_t unit, struct list *ret_windows);
/* The key of the tenant, unwrapped with the installation's key file. */
MUST_USE enum err org_tenant_key(struct task *t, struct key *ret_key);

#endif
