/*
 * access.h - who is asking: staff, posts, passwords, sessions, tokens.
 *
 * Passwords are argon2id (libsodium).  Wrong passwords lock with growing pauses (5 tries free, then
 * 1, 2, 4 ... minutes, at most 60, per account and per address), counted in the store.  A session id
 * is 256 random bits in an HttpOnly SameSite=Lax cookie; the store keeps only its hash.  A session
 * ends after 8 hours, or 30 minutes without a request.  One person may hold several posts and switch.
 */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "core/task.h"
#include "modules/access/posts.h"

enum actor_kind { ACTOR_STAFF, ACTOR_PARTY, ACTOR_SYSTEM };

struct actor {
    enum actor_kind kind;
    int64_t tenant;
    int64_t staff;           /* 0 for parties and the system */
    struct str name;         /* of the person; "系统", "当事人" */
    const struct post *post; /* NULL for parties and the system */
    int64_t unit;
    struct str unit_path;    /* "/1/4/": the unit's subtree is the range of paths that start so */
    struct str unit_name;
    int64_t window;          /* 0: none */
    struct str window_name;
    int64_t order, order_party; /* ACTOR_PARTY: the order the session is for, and which party of it */
    int64_t session;
    struct str csrf;         /* token of the session */
    bool token;              /* came with a bearer token: no CSRF check */
    bool second_factor_due;  /* signed in with the password, TOTP still to come */
};

extern const struct actor system_actor; /* tenant 0: copy and set the tenant */

bool actor_may(const struct actor *actor, const char *permission);
/* Is a row of this unit within reach?  `owner` and `registrar` matter for SCOPE_OWN. */
bool actor_reaches(const struct actor *actor, struct str unit_path, int64_t owner, int64_t registrar);

#endif
