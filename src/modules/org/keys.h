/*
 * keys.h - three layers of keys: the installation's key file, the keys of a tenant, the keys of
 * rows.
 *
 * The key file lies apart from the data and is never in a backup.  It wraps two keys of each
 * tenant: the data key, which wraps the random key of every order, party and person and can be
 * rotated, and the lasting key, from which the keys of look-up hashes are derived and which
 * therefore never changes, only its wrapping does.
 *
 * A wrapped row key begins with the version of the data key that wrapped it, so one column of a row
 * holds all that is needed, and rows wrapped before and during a rotation open alike.
 *
 * A process has one key file open.  keys_open() and keys_close() are called at start and end,
 * before and after all threads; everything else is safe from any thread.
 */
#ifndef ORG_KEYS_H
#define ORG_KEYS_H

#include "core/crypto.h"
#include "core/task.h"

/* The key file.  Outside store functions: they touch files. */

/* Make it, readable by its owner alone.  ERR_CONFLICT: a file stands there already. */
MUST_USE enum err keys_make_file(struct task *t, const char *path, enum crypto_suite suite);
/* Read it, and set the suite of the program from it.  ERR_NOT_FOUND; ERR_FORBIDDEN: others may read
 * it; ERR_INTERNAL: it is not a key file. */
MUST_USE enum err keys_open(struct task *t, const char *path);
void keys_close(void);
/* Sixteen hexadecimal digits that name the key in force without telling it: for backups and
 * restore. */
struct str keys_name(struct task *t);
bool keys_knows(struct str name);

/* Rotation.  Both can be repeated after a crash and go on where they stopped. */

/* A new key in the file wraps the tenants' keys again; then the old one leaves the file.  Servers
 * that run read the file again when they meet a name they do not know. */
MUST_USE enum err keys_rotate_installation(struct task *t);

/* Who holds row keys.  `rewrap` runs inside store_write(): takes the next at most `limit` rows with
 * an id above `after`, gives each key to row_key_rewrap(), keeps what comes back, and says how many
 * rows it saw and the last id among them. */
struct key_holder {
    const char *name;
    enum err (*rewrap)(struct task *t, int64_t after, int64_t limit, int64_t *ret_last,
                       int64_t *ret_seen);
};
/* A new data key for t->tenant; every holder's keys are wrapped again in chunks.  `holders` ends
 * with NULL; progress may be NULL. */
MUST_USE enum err keys_rotate_tenant(struct task *t, const struct key_holder *const *holders,
                                     void (*progress)(const char *holder, int64_t done));
/* Forget data keys that no row needs since `before`; keys_rotate_tenant() only retires them,
 * because a write that began before the rotation may still have used one. */
MUST_USE enum err keys_forget_retired(struct task *t, int64_t before);

/* Inside store_read() or store_write(), for t->tenant. */

/* A new random key for a row that stands at `place` ("party/123"). */
MUST_USE enum err row_key_make(struct task *t, struct str place, struct key *ret_key,
                               struct str *ret_wrapped);
/* ERR_STORE: damaged, moved or made under another tenant.  An empty text was erased: ERR_NOT_FOUND.
 */
MUST_USE enum err row_key_open(struct task *t, struct str place, struct str wrapped,
                               struct key *ret_key);
/* The same key under the data key in force; *ret_new is `wrapped` itself when nothing is to be
 * done: it is current already, or was erased. */
MUST_USE enum err row_key_rewrap(struct task *t, struct str place, struct str wrapped,
                                 struct str *ret_new);

/* A key for a stated purpose ("look-up", "csrf", "audit"), the same for the tenant's whole life. */
MUST_USE enum err lasting_key(struct task *t, const char *purpose, struct key *ret_key);

/* For org_create_tenant(): the two keys of a new tenant. */
MUST_USE enum err keys_make_tenant(struct task *t);

#endif
