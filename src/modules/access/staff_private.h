/* staff_private.h - what the files of access share. */
#ifndef ACCESS_STAFF_PRIVATE_H
#define ACCESS_STAFF_PRIVATE_H

#include "core/crypto.h"
#include "modules/access/staff.h"

#define OPEN_END "9999-12-31"

struct secrets { /* of one account; never leaves the module */
    int64_t id;
    struct str password, state;
    struct str wrapped_key, facts, totp, totp_next;
    int64_t totp_last, last_grant, last_window;
};
extern const struct shape secrets_shape;

struct str staff_place(struct task *t, int64_t staff, const char *what);
MUST_USE enum err staff_secrets(struct task *t, int64_t staff, struct secrets *ret_secrets);
MUST_USE enum err staff_key(struct task *t, const struct secrets *secrets, struct key *ret_key);
MUST_USE enum err recovery_hash(struct task *t, int64_t staff, struct str code,
                                struct str *ret_hash);

/* What was done to a person's account, named as people know it. */
MUST_USE enum err record_about(struct task *t, const struct actor *actor, const char *word,
                               int64_t staff, struct str detail);

/* Logins compare in lower case. */
struct str login_fold(struct task *t, struct str login);

/* lock.c: failed tries.  Inside store_write().  `remote` counts as http/address.h says. */
struct guess {
    struct str login, remote;
    /* From inside a session, or from a browser in which this login signed in before (known.c): it
     * is counted apart, and strangers' tries do not hold it up. */
    bool known;
};

/* Count a try before it is checked.  *ret_wait_s is above 0 when it may not be made at all. */
MUST_USE enum err try_count(struct task *t, const struct guess *guess, int64_t *ret_wait_s);
/* The try was right: the account begins anew - for whoever is known, without what strangers tried
 * -, the address has its try back. */
MUST_USE enum err try_right(struct task *t, const struct guess *guess);
/* The password was right, and a code is to come: the try counts among those of who knows the
 * password, the address has its own back - else a whole office behind one address would lock itself
 * by signing in with two factors. */
MUST_USE enum err try_half_right(struct task *t, const struct guess *guess);
/* The password was right and lets nobody in any more: the try stays with the account, the address
 * has its own back. */
MUST_USE enum err try_no_guess(struct task *t, const struct guess *guess);
/* Outside any transaction, with `e` and its note, which stay: what was tried was right, or could
 * not be judged because the store or the memory failed.  Nobody was guessing, so both have their
 * try back; where even that fails it stays counted. */
MUST_USE enum err try_not_wrong(struct task *t, enum err e, const struct guess *guess);
/* All of a login; *ret_any (may be NULL): there were some. */
MUST_USE enum err try_forget(struct task *t, struct str login, bool *ret_any);
enum err fail_locked(struct task *t, int64_t wait_s);

/* known.c: what a browser keeps of a login that signed in there, until its password changes. Inside
 * store_read() or store_write(). */
MUST_USE enum err known_mark(struct task *t, const struct staff *staff, struct str *ret_mark);
bool known_among(struct str marks, struct str mark);

/* Posts that no token may have. */
bool token_never_for(const struct post *post);

/* sign_in.c, token.c.  Inside store_write(). */
MUST_USE enum err sessions_end(struct task *t, int64_t staff, int64_t spared);
/* For what outlasts a session (a password, a device, a token): whoever made an end of the session
 * while the request was under way must not find that it left one behind.  ERR_UNAUTHENTICATED. */
MUST_USE enum err session_stands(struct task *t, const struct actor *actor);
/* All that one person has.  *ret_detail: "撤销接口令牌 2 个", for the record; empty: there was
 * none. */
MUST_USE enum err tokens_revoke(struct task *t, int64_t staff, struct str *ret_detail);

struct token_in_force {
    int64_t id, staff, unit;
    struct str name, owner, login, post;
    int64_t made_at, expires_at, seen_at;
};
/* struct token_in_force: of one person, or of all (0), by login.  Inside store_read(). */
MUST_USE enum err tokens_in_force(struct task *t, int64_t staff, int64_t most,
                                  struct list *ret_tokens);

/* powers.c */

/* May this person be suspended (grant 0) or lose this grant, by one of the staff?  ERR_CONFLICT: it
 * is the last one who can use one of the three administrators' posts.  Inside store_write(), before
 * anything is changed. */
MUST_USE enum err power_stays(struct task *t, const struct actor *actor, int64_t staff,
                              int64_t grant);
/* Outside any transaction, with what came of staff_suspend() or staff_end_grant(): a refusal by
 * power_stays() is put on record, and stays the refusal that it was. */
MUST_USE enum err power_tried(struct task *t, const struct actor *actor, int64_t staff,
                              int64_t grant, enum err refused);
/* What somebody else did to an administrator, for the auditor (the word "power"). */
MUST_USE enum err power_tell(struct task *t, const struct actor *actor, int64_t staff,
                             struct str subject, struct str what);
struct power {
    struct str title;   /* 审计岗 */
    struct str able;    /* names of those who could use it now, 、 between */
    struct str waiting; /* of those who hold it and could not: suspended, no own password yet */
    int64_t count;      /* of the able */
    bool only;          /* one, or none */
};
MUST_USE enum err powers_read(struct task *t, struct list *ret_powers); /* inside store_read() */

/* Ended grants whose orders have not been handed back yet; a job. */
MUST_USE enum err staff_settle_grants(struct task *t);
/* Posts that one person may not hold together, given before that was the rule; a job. */
MUST_USE enum err staff_part_grants(struct task *t);
/* The secret that waits for its first code, as staff_totp_begin() gave it; empty: there is none.
 * Inside store_read(). */
MUST_USE enum err staff_totp_waiting(struct task *t, int64_t staff, struct str *ret_secret,
                                     struct str *ret_address);
MUST_USE enum err tell_leaving(struct task *t, const struct actor *actor,
                               const struct leaving *leaving);

#endif
