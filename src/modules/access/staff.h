/*
 * staff.h - the people who work here: accounts, posts they hold, what keeps them from a matter.
 *
 * Functions run inside store_read() or store_write() unless they say that they hash a password:
 * those open their own transaction.  `actor` is who does it, for the record.
 */
#ifndef ACCESS_STAFF_H
#define ACCESS_STAFF_H

#include "core/json.h"
#include "core/shape.h"
#include "core/task.h"
#include "core/time.h"
#include "modules/access/access.h"

struct staff {
    int64_t id;
    struct str login, name;
    struct str state, state_why; /* active, suspended */
    bool must_change, totp;
    int64_t password_at, made_at;
};
extern const struct shape staff_shape;

struct grant {
    int64_t id, staff;
    struct str post;
    int64_t unit;
    int32_t from_day, to_day; /* both included; the last day that ISO can write is an open end */
};
extern const struct shape grant_shape;

enum { PASSWORD_LEAST = 10, PASSWORD_MOST = 200 }; /* characters */

/* What is wrong with a new password, in Chinese; NULL: nothing.  Whose it is - either may be empty
 * - counts among what is guessed first. */
const char *password_fault(struct task *t, struct str password, struct str login, struct str name);
/* A password that nobody chose, for a first sign-in: must be changed then. */
struct str password_random(struct task *t);
/* argon2id; outside any transaction, it takes tens of milliseconds.  ERR_BUSY when too many wait.
 */
MUST_USE enum err password_hash(struct task *t, struct str password, struct str *ret_hash);
/* Comparisons made by this process: the same work for a login that is unknown. */
uint64_t password_comparisons(void);
/* ERR_UNAUTHENTICATED; an empty hash costs the same time and is always wrong. */
MUST_USE enum err password_verify(struct task *t, struct str hash, struct str password);

struct staff_new {
    struct str login; /* 2-32 of a-z 0-9 . _ -, kept in lower case */
    struct str name;
    struct str password_hash; /* password_hash() made it */
    bool must_change;
};
/* ERR_BAD_INPUT, ERR_CONFLICT (login taken; its note tells who asks again, because the first answer
 * with the password did not come, where to give another). */
MUST_USE enum err staff_create(struct task *t, const struct actor *actor,
                               const struct staff_new *staff, int64_t *ret_id);
MUST_USE enum err staff_by_id(struct task *t, int64_t id,
                              struct staff *ret_staff); /* ERR_NOT_FOUND */
MUST_USE enum err staff_by_login(struct task *t, struct str login,
                                 struct staff *ret_staff); /* ERR_NOT_FOUND */
MUST_USE enum err staff_all(struct task *t, struct list *ret_staff);
/* Until when the password that somebody else gave opens the way to one's own; 0: it is the person's
 * own. */
MUST_USE enum err staff_first_until(struct task *t, const struct staff *staff, int64_t *ret_until);
/* Name of a person for display; empty for 0 and for unknown ids. */
MUST_USE enum err staff_name(struct task *t, int64_t id, struct str *ret_name);

/* A post at a unit; from_day DAY_NONE is today, to_day DAY_NONE is open.  Nobody grants to
 * themselves.  The same for the same days is there once. */
MUST_USE enum err staff_grant(struct task *t, const struct actor *actor, const struct grant *grant,
                              int64_t *ret_id);
/* Its last day is yesterday from now on; the orders go back to their queue.  When it ended already
 * nothing happens.  ERR_CONFLICT (by one of the staff: the last one who can use an administrator's
 * post). */
MUST_USE enum err staff_end_grant(struct task *t, const struct actor *actor, int64_t grant);
MUST_USE enum err staff_grants(struct task *t, int64_t staff, bool now_only,
                               struct list *ret_grants);

/* Checks the rules, hashes, ends all other sessions (spared: 0 or the one that asks), and the
 * tokens when it is not one's own.  One's own new password differs from the old one.  Outside any
 * transaction.  ERR_BAD_INPUT at "password", ERR_UNAUTHENTICATED (the actor's session was ended
 * meanwhile). */
MUST_USE enum err staff_set_password(struct task *t, const struct actor *actor, int64_t staff,
                                     struct str password, bool must_change, int64_t spared);
/* Is this the actor's own password?  For what an unlocked screen must not allow: wrong ones count,
 * lock and stand on record like those of a sign-in.  Outside any transaction.  ERR_BAD_INPUT at
 * `field`; ERR_TOO_MANY with *ret_wait_s above 0. */
MUST_USE enum err staff_check_password(struct task *t, const struct actor *actor,
                                       struct str password, const char *field, int64_t *ret_wait_s);
/*
 * Why somebody may not work.  An account is suspended while any bar stands: the administrator's
 * (order 0), or the decision of an accountability order (K18), which ends by itself after its last
 * day.  Setting one ends sessions and tokens and hands the orders back, in one transaction.
 */
struct staff_bar {
    int64_t staff, order;
    int32_t until; /* the last day, included; DAY_NONE: an open end */
    struct str why;
};
/* ERR_BAD_INPUT (no reason), ERR_FORBIDDEN (oneself), ERR_CONFLICT (this one stands already; by one
 * of the staff and without an order: the last one who can use an administrator's post). */
MUST_USE enum err staff_bar(struct task *t, const struct actor *actor, const struct staff_bar *bar);
/* The administrator's bar, with an open end; again with the same words is OK and changes nothing.
 */
MUST_USE enum err staff_suspend(struct task *t, const struct actor *actor, int64_t staff,
                                struct str why);
/* For good: a bar with an open end, and every post ends. */
MUST_USE enum err staff_remove(struct task *t, const struct actor *actor, int64_t staff,
                               int64_t order, struct str why);
/* Lift one bar; posts that the decision took are given again from today.  *ret_lifted is false when
 * there was none: nothing happens then. */
MUST_USE enum err staff_unbar(struct task *t, const struct actor *actor, int64_t staff,
                              int64_t order, bool *ret_lifted);
/* Lift the administrator's bar; nothing happens when there is none.  ERR_FORBIDDEN while a decision
 * alone bars. */
MUST_USE enum err staff_resume(struct task *t, const struct actor *actor, int64_t staff);
MUST_USE enum err staff_is_removed(struct task *t, int64_t staff, bool *ret_removed);
/* struct staff_bar: of a person, the longest first; those whose last day has passed (at most 100).
 */
MUST_USE enum err staff_bars(struct task *t, int64_t staff, struct list *ret_bars);
MUST_USE enum err staff_bars_ended(struct task *t, struct list *ret_bars);
/* ERR_FORBIDDEN for who was suspended since they were recognised: for acts, in their transaction.
 */
MUST_USE enum err staff_may_work(struct task *t, const struct actor *actor);
/* Forget the failed tries of this account. */
MUST_USE enum err staff_unlock(struct task *t, const struct actor *actor, int64_t staff);

/* Modules after this one hear of people who leave, in the same transaction: at most 8, set at
 * start. */
struct leaving {
    int64_t staff;
    int64_t unit;    /* 0: all units */
    struct str post; /* empty: all posts */
    struct str why;
};
typedef enum err staff_leaving_fn(struct task *t, const struct actor *actor,
                                  const struct leaving *leaving);
void staff_when_leaving(staff_leaving_fn *fn);

struct staff_at { /* a person in a post */
    int64_t id, grant;
    struct str login, name;
    struct str post;
    int64_t unit;
};
/* Who holds the post (empty: any) at the unit today and is not suspended. */
MUST_USE enum err staff_find(struct task *t, int64_t unit, struct str post,
                             struct list *ret_people);

/* What keeps a person from a matter (K11).  Sealed with the person's key. */
struct relative {
    struct str relation, name, id_number; /* 配偶; number may be empty */
};
struct staff_facts {
    struct str id_number, phone, household, employer;
    struct list relatives; /* struct relative */
    struct list interests; /* struct str: names or credit codes declared */
};
MUST_USE enum err staff_facts(struct task *t, int64_t staff, struct staff_facts *ret_facts);
MUST_USE enum err staff_set_facts(struct task *t, const struct actor *actor, int64_t staff,
                                  const struct staff_facts *facts);
/* At start: whoever gives people work looks at it again, in the transaction of staff_set_facts().
 * One function. */
typedef enum err staff_declaring_fn(struct task *t, const struct actor *actor, int64_t staff,
                                    const struct staff_facts *facts);
void staff_when_declaring(staff_declaring_fn *fn);

/* The second factor.  begin keeps a secret aside, confirm puts it in force and gives ten recovery
 * codes; confirm and off end the person's other sessions. */
MUST_USE enum err staff_totp_begin(struct task *t, int64_t staff, struct str *ret_secret,
                                   struct str *ret_address);
MUST_USE enum err staff_totp_confirm(
    struct task *t, const struct actor *actor, int64_t staff, struct str code,
    struct list *ret_codes); /* struct str; ERR_BAD_INPUT at "code" */
MUST_USE enum err staff_totp_off(struct task *t, const struct actor *actor, int64_t staff);
struct factor_reset { /* what a reset found, and took away */
    bool device;
    bool begun; /* a new device waited for its first code */
    int64_t sessions, tokens;
};
static inline bool factor_reset_any(const struct factor_reset *taken)
{
    return taken->device || taken->begun || taken->sessions || taken->tokens;
}
/* For who lost the device and the recovery codes: by the security administrator, who has made sure
 * who is asking; `why` stands on record.  The password stays, and only the system administrator can
 * give another, so that nobody takes over an account alone.  Codes, sessions and tokens end, also
 * where there is no device: whoever asks for this doubts in whose hands the account is.  Where
 * there is nothing of it nothing happens, and nothing stands on record.  ERR_BAD_INPUT (no reason),
 * ERR_FORBIDDEN (one's own), ERR_NOT_FOUND. */
MUST_USE enum err staff_totp_reset(struct task *t, const struct actor *actor, int64_t staff,
                                   struct str why, struct factor_reset *ret_taken);
/* Out everywhere at once; spared: 0 or the session that asks.  Tokens stay. */
MUST_USE enum err staff_sign_out(struct task *t, const struct actor *actor, int64_t staff,
                                 int64_t spared);

struct key_holder;
extern const struct key_holder staff_key_holder;

#endif
