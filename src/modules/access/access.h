/*
 * access.h - who is asking: posts, sessions, tokens.  Accounts stand in staff.h.
 *
 * Passwords are argon2id (libsodium).  Wrong passwords lock with growing pauses: 5 tries are free
 * per account and 20 per address, then 1, 2, 4 ... minutes, at most 60, counted in the store before
 * the password is looked at, so that tries at one time count too; one that was right, or could not
 * be judged because the store failed, is given back.  A session id is 256 random bits in an
 * HttpOnly SameSite=Lax cookie; the store keeps only its hash.  A session ends after 8 hours, or 30
 * minutes without a request.  One person may hold several posts and switch.  The id is another one
 * after the second factor, a proof, a new password and a change of post.
 *
 * Who must have a second factor is the tenant's setting: by default the administrators.  Who must
 * and has none yet can do nothing but set it up (/sign-in/enrol).  Dangerous acts (ROUTE_PROVE) ask
 * for the password or a code when the last proof is older than 15 minutes.  A token is its own
 * proof: neither concerns it, and so none has the post of an administrator.
 *
 * A cookie and a token begin with the tenant's id, so two tenants can share one address.
 */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "core/buf.h"
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
    struct str unit_path; /* "/1/4/": the unit's subtree is the range of paths that start so */
    struct str unit_name;
    int64_t window; /* 0: none */
    struct str window_name;
    int64_t order,
        order_party; /* ACTOR_PARTY: the order the session is for, and which party of it */
    int64_t session;
    struct str csrf;        /* token of the session */
    bool token;             /* came with a bearer token: no CSRF check */
    bool second_factor_due; /* signed in with the password, TOTP still to come */
    bool must_change;       /* the password was given by somebody else */
    bool totp;              /* has a second factor */
    bool must_enrol;        /* the tenant asks for one and there is none yet */
    int64_t proved_at;      /* of a session: when the person last proved who they are */
    int64_t grant;
    struct str login, remote;
};

extern const struct actor system_actor; /* tenant 0: copy and set the tenant */

bool actor_may(const struct actor *actor, const char *permission);
/* Is a row of this unit within reach?  Owner and registrar matter for SCOPE_OWN; who owns an order
 * reaches it wherever it stands.  Posts without order.read reach nothing. */
bool actor_reaches(const struct actor *actor, struct str unit_path, int64_t owner,
                   int64_t registrar);

/* Put on record that the actor did or saw something: audit_record() with the actor's name, post,
 * unit. `word` as in audit.h.  Inside store_write(). */
MUST_USE enum err actor_record(struct task *t, const struct actor *actor, const char *word,
                               int64_t order, int64_t party, struct str subject, struct str detail);

/* From now on what the pages of org change stands on record.  At start. */
void access_watch_org(void);

/* --- The hooks of the web face (http/site.h) --- */

struct request;
struct response;
struct route;

MUST_USE enum err access_authenticate(struct task *t, struct request *request);
MUST_USE enum err access_admit(struct task *t, const struct request *request);
struct str access_csrf(const struct actor *actor);
/* ERR_PROVE, with a field error at PROOF_FIELD when what came along was wrong or the account is
 * locked.  Wrong proofs count like wrong passwords. */
MUST_USE enum err access_prove(struct task *t, struct request *request, struct response *response);
struct str access_sign_in_address(struct task *t, const struct request *request);

/* --- Signing in: outside any transaction --- */

struct signed_in {
    struct str cookie; /* value of the session cookie: access_cookie() makes the header of it */
    struct str csrf;
    int64_t session, staff;
    const struct post *post;
    bool second_factor_due, must_change;
};

/*
 * Open a session for who knows the password.  t->tenant is set; `marks` is what this browser kept
 * (access_marks(); may be empty): where this login signed in before, strangers do not lock it out.
 *
 * ERR_UNAUTHENTICATED  wrong login or password, alike in words and in time; or suspended, without a
 * post, with a first password that waited too long
 * ERR_TOO_MANY         locked; the note says for how long; *ret_wait_s too
 */
MUST_USE enum err access_sign_in(struct task *t, struct str login, struct str password,
                                 struct str remote, struct str marks,
                                 struct signed_in *ret_signed_in, int64_t *ret_wait_s);
/* Six digits of the device, or a recovery code.  Wrong codes count and lock like wrong passwords.
 */
MUST_USE enum err access_second_factor(struct task *t, const struct actor *actor, struct str code,
                                       int64_t *ret_wait_s);
MUST_USE enum err access_sign_out(struct task *t, const struct actor *actor);
/* Another session takes the place of the one that this request came with: that one ends, so that
 * nobody else can be left in it.  Nothing when it came with none. */
MUST_USE enum err access_end_before(struct task *t, const struct request *request);
/* Another secret for the same session: sets its cookie, and request->actor with the new CSRF token;
 * the old ones are worth nothing.  Nothing for who came without a session. */
MUST_USE enum err access_renew(struct task *t, struct request *request, struct response *response);
/*
 * The mark of a browser in which a login came in: a MAC over the account and the moment of its
 * password, in a cookie with those of others who work at the same counter.  It opens nothing; it is
 * worth tries that are counted apart from those of strangers (OWASP: device cookies).
 */
struct str access_marks(const struct request *request);
/* After a full sign-in and a new password: the answer brings the mark.  Where the store fails the
 * browser has none. */
void access_remember(struct task *t, const struct request *request, struct response *response,
                     int64_t staff);
/* Another of one's own posts, at a window of its unit (0: none).  ERR_FORBIDDEN, ERR_NOT_FOUND. */
MUST_USE enum err access_switch_post(struct task *t, const struct actor *actor, int64_t grant,
                                     int64_t window);

/* A citizen who gave a number and a code: a session for one order.  Ends like any other. */
MUST_USE enum err access_open_party_session(struct task *t, int64_t order, int64_t party_n,
                                            struct signed_in *ret_signed_in);
/* --- The tenant's rules for signing in --- */

enum second_factor_rule { FACTOR_CHOICE, FACTOR_ADMINISTRATORS, FACTOR_EVERYBODY };
/* "choice", "administrators", "everybody"; false: none of them. */
bool second_factor_rule(struct str word, enum second_factor_rule *ret_rule);
/* Inside store_read(); store_write() for setting.  A tenant that never set it: administrators. */
MUST_USE enum err access_factor_rule(struct task *t, enum second_factor_rule *ret_rule);
MUST_USE enum err access_set_factor_rule(struct task *t, const struct actor *actor,
                                         enum second_factor_rule rule);
/* For how many days a password that somebody else gave opens the way to one's own, and to nothing
 * else; a tenant that never set it: 7. */
enum { FIRST_DAYS_USUAL = 7, FIRST_DAYS_MOST = 30 };
MUST_USE enum err access_first_days(struct task *t, int64_t *ret_days);
MUST_USE enum err access_set_first_days(struct task *t, const struct actor *actor, int64_t days);
/* Does the rule ask it of this post? */
bool factor_required(enum second_factor_rule rule, const struct post *post);

/* A complete Set-Cookie value; an empty value takes the cookie away. */
struct str access_cookie(struct task *t, struct str value, bool secure);

/* --- Tokens for programs: outside any transaction ---
 *
 * They end by themselves, with their grant, and when the account came or may have come into other
 * hands: suspended, removed, password or second factor reset by an administrator.  One's own new
 * password ends none: a program does not stop because its owner is careful. */

enum { TOKENS_MOST = 20 };

/* `grant` is one of the staff's own, and no administrator's; *ret_token is shown this once.  days
 * 1..366.  ERR_BAD_INPUT, ERR_CONFLICT (they have TOKENS_MOST in force), ERR_UNAUTHENTICATED (the
 * actor's session was ended meanwhile). */
MUST_USE enum err access_create_token(struct task *t, const struct actor *actor, int64_t staff,
                                      struct str name, int64_t grant, int64_t days, int64_t *ret_id,
                                      struct str *ret_token);
/* Once revoked it stays so: again is OK and leaves no second record.  ERR_NOT_FOUND: not theirs. */
MUST_USE enum err access_revoke_token(struct task *t, const struct actor *actor, int64_t staff,
                                      int64_t id);

/* By the security administrator, whose it is. */
MUST_USE enum err access_end_token(struct task *t, const struct actor *actor, int64_t id);

/* Who comes with these credentials?  What the hook uses; an actor for commands and tests.
 * *ret_actor is NULL for nobody. */
MUST_USE enum err access_actor_of_session(struct task *t, struct str cookie,
                                          const struct actor **ret_actor);
MUST_USE enum err access_actor_of_token(struct task *t, struct str token,
                                        const struct actor **ret_actor);
/* The actor that a grant makes, as if signed in with it: for commands, the demo and tests.  Inside
 * store_read() or store_write().  ERR_NOT_FOUND. */
MUST_USE enum err access_actor_of_grant(struct task *t, int64_t grant, struct actor *ret_actor);
/* The same also of a grant that ended or of somebody suspended, as it was: for a simulated city
 * that goes on after a stop. */
MUST_USE enum err access_actor_as_granted(struct task *t, int64_t grant, struct actor *ret_actor);

/* --- The permission matrix --- */

/* May a person in this post use the route at all? */
bool post_may_use(const struct post *post, const struct route *route);
/* A Markdown table: each route, who may call it, each post.  `routes` is a list of tables ended by
 * NULL. */
void access_matrix(struct buf *out, const struct route *const *routes);

/* Where a person in this post begins the day: the worklist, the people, the record. */
struct str post_home(const struct post *post);

struct module;
extern const struct module access_module;

#endif
