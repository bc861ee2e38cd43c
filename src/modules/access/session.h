/* session.h - credentials: random bytes that a client keeps and of which the store has the hash. */
#ifndef ACCESS_SESSION_H
#define ACCESS_SESSION_H

#include "core/crypto.h"
#include "core/task.h"

enum { CREDENTIAL_BYTES = 32 };
#define SESSION_LONGEST_MS ((int64_t)8 * 3600 * 1000)
#define SESSION_IDLE_MS    ((int64_t)30 * 60 * 1000)
#define TOKEN_PREFIX       "yt_"

/* "<prefix><tenant>.<base64url>" of fresh random bytes, and the hash to keep. */
struct str credential_make(struct task *t, const char *prefix, struct str *ret_hash);
struct str credential_hash(struct task *t, struct str bytes);
bool credential_read(struct task *t, const char *prefix, struct str text, int64_t *ret_tenant,
                     struct str *ret_hash);
/* The token that POSTs of the session carry: derived, so nothing more is kept. */
MUST_USE enum err session_csrf(struct task *t, struct str hash, struct str *ret_csrf);

#endif
