/* From a cookie or a token to the actor. */
#include "modules/access/access.h"

#include "core/time.h"
#include "http/http.h"
#include "modules/access/session.h"
#include "modules/access/staff_private.h"
#include "modules/org/keys.h"
#include "modules/org/org.h"
#include "session_sql.h"
#include "store/store.h"

#define MINUTE_MS ((int64_t)60 * 1000)
#define TOUCH_MS  MINUTE_MS /* the last use is written at most so often */

struct seen { /* one row of session_by_hash or session_token_by_hash */
    int64_t id, staff, grant_id, window_id, order_id, party_n;
    bool second_due, must_change, totp;
    int64_t made_at, seen_at, proved_at, expires_at, revoked_at;
    struct str name, login, state, post, second_factor;
    int64_t unit;
    struct str from_day, to_day;
};

#define SEEN(member, type) FIELD(struct seen, member, type, NULL)

static const struct field seen_fields[] = {
    SEEN(id, F_ID),
    SEEN(staff, F_ID),
    SEEN(grant_id, F_ID),
    SEEN(window_id, F_ID),
    SEEN(order_id, F_ID),
    SEEN(party_n, F_INT),
    SEEN(second_due, F_BOOL),
    SEEN(must_change, F_BOOL),
    SEEN(made_at, F_INT),
    SEEN(seen_at, F_INT),
    SEEN(expires_at, F_INT),
    SEEN(revoked_at, F_INT),
    SEEN(name, F_STR),
    SEEN(login, F_STR),
    SEEN(state, F_STR),
    SEEN(post, F_STR),
    SEEN(unit, F_ID),
    SEEN(from_day, F_STR),
    SEEN(to_day, F_STR),
    SEEN(totp, F_BOOL),
    SEEN(proved_at, F_INT),
    SEEN(second_factor, F_STR),
    {0},
};
static const struct shape seen_shape = {"seen", sizeof(struct seen), seen_fields};

struct str credential_make(struct task *t, const char *prefix, struct str *ret_hash)
{
    unsigned char bytes[CREDENTIAL_BYTES];

    random_bytes(bytes, sizeof bytes);
    *ret_hash = credential_hash(t, (struct str){(const char *)bytes, sizeof bytes});
    return str_format(t, "%s%lld.%.*s", prefix, (long long)t->tenant,
                      STR_ARG(base64url(t, bytes, sizeof bytes)));
}

struct str credential_hash(struct task *t, struct str bytes)
{
    unsigned char hash[HASH_BYTES];

    crypto_digest(&bytes, 1, hash);
    return str_copy(t, (struct str){(const char *)hash, sizeof hash});
}

bool credential_read(struct task *t, const char *prefix, struct str text, int64_t *ret_tenant,
                     struct str *ret_hash)
{
    struct str head, bytes;
    int64_t tenant;

    if (text.len > 128 || !str_starts(text, str_of(prefix)))
        return false;
    text = str_from(text, str_of(prefix).len);
    if (!str_cut(&text, '.', &head) || !str_int(head, &tenant) || tenant <= 0)
        return false;
    if (!base64url_decode(t, text, &bytes) || bytes.len != CREDENTIAL_BYTES)
        return false;
    *ret_tenant = tenant;
    *ret_hash = credential_hash(t, bytes);
    return true;
}

enum err session_csrf(struct task *t, struct str hash, struct str *ret_csrf)
{
    unsigned char mac[HASH_BYTES];
    struct key key;
    enum err e = lasting_key(t, "csrf", &key);

    if (e)
        return e;
    crypto_hmac(&key, &hash, 1, mac);
    key_clear(&key);
    *ret_csrf = base64url(t, mac, sizeof mac);
    return OK;
}

/* Unit and window of an actor, from their ids. */
static enum err fill_place(struct task *t, struct actor *actor)
{
    struct window window;
    struct unit unit;
    enum err e = org_unit(t, actor->unit, &unit);

    if (e)
        return e;
    actor->unit_path = unit.path;
    actor->unit_name = unit.name;
    if (!actor->window)
        return OK;
    e = org_window(t, actor->window, &window);
    if (!e)
        actor->window_name = window.name;
    return e;
}

static bool works_today(const struct task *t, const struct seen *seen, struct task *arena)
{
    struct str today = day_text(arena, day_of(t->now));

    return str_is(seen->state, "active") && seen->post.len &&
           str_compare(seen->from_day, today) <= 0 && str_compare(seen->to_day, today) >= 0;
}

static enum err staff_actor(struct task *t, const struct seen *seen, struct actor *ret_actor)
{
    struct actor actor = {
        .kind = ACTOR_STAFF,
        .tenant = t->tenant,
        .staff = seen->staff,
        .name = seen->name,
        .login = seen->login,
        .post = post_find(seen->post),
        .unit = seen->unit,
        .window = seen->window_id,
        .grant = seen->grant_id,
        .second_factor_due = seen->second_due,
        .must_change = seen->must_change,
        .totp = seen->totp,
        .proved_at = seen->proved_at,
    };

    if (!actor.post)
        return task_fail(t, ERR_INTERNAL, "未知的岗位：%.*s", STR_ARG(seen->post));
    enum err e = fill_place(t, &actor);
    if (!e)
        *ret_actor = actor;
    return e;
}

struct asking {
    struct str hash;
    bool token;
    struct actor *actor; /* NULL: nobody */
    int64_t touch;       /* session or token whose last use is to be written; 0: none */
};

static bool still_open(const struct task *t, const struct asking *asking, const struct seen *seen)
{
    if (asking->token)
        return !seen->revoked_at && seen->expires_at > t->now;
    return t->now - seen->made_at < SESSION_LONGEST_MS && t->now - seen->seen_at < SESSION_IDLE_MS;
}

/* A rule that is set now holds for sessions that are open already. */
static bool must_enrol(const struct seen *seen, const struct post *post)
{
    enum second_factor_rule rule = FACTOR_ADMINISTRATORS;

    if (!seen->staff || seen->totp)
        return false;
    (void)second_factor_rule(seen->second_factor, &rule);
    return factor_required(rule, post);
}

static enum err recognise(struct task *t, void *arg)
{
    struct asking *asking = arg;
    struct seen seen = {0};
    struct actor *actor = NEW(t, struct actor, 1);

    asking->actor = NULL;
    asking->touch = 0;
    enum err e =
        store_one(t, asking->token ? &q_session_token_by_hash : &q_session_by_hash,
                  ARGS(INT("tenant", t->tenant), BYTES("hash", asking->hash)), &seen_shape, &seen);
    if (e == ERR_NOT_FOUND)
        return OK;
    if (e)
        return e;
    if (!still_open(t, asking, &seen))
        return OK;
    if (seen.staff) {
        if (!works_today(t, &seen, t))
            return OK;
        e = staff_actor(t, &seen, actor);
        if (e)
            return e;
        if (asking->token && token_never_for(actor->post)) /* made before that was the rule */
            return OK;
    } else {
        *actor = (struct actor){
            .kind = ACTOR_PARTY,
            .tenant = t->tenant,
            .name = S("当事人"),
            .order = seen.order_id,
            .order_party = seen.party_n,
        };
    }
    actor->token = asking->token;
    if (!asking->token) {
        actor->session = seen.id;
        actor->must_enrol = must_enrol(&seen, actor->post);
        e = session_csrf(t, asking->hash, &actor->csrf);
        if (e)
            return e;
    }
    if (t->now - seen.seen_at >= TOUCH_MS)
        asking->touch = seen.id;
    asking->actor = actor;
    return OK;
}

static enum err touch(struct task *t, void *arg)
{
    const struct asking *asking = arg;

    return store_run(t, asking->token ? &q_session_token_seen : &q_session_seen,
                     ARGS(INT("tenant", t->tenant), INT("id", asking->touch), INT("now", t->now)),
                     NULL);
}

static enum err ask(struct task *t, struct asking *asking)
{
    enum err e = store_read(t, recognise, asking);

    if (e || !asking->touch)
        return e;
    /* A full disk must not keep people from reading: the last use is only bookkeeping. */
    if (store_write(t, touch, asking))
        task_clear_error(t);
    return OK;
}

enum err access_actor_of_session(struct task *t, struct str cookie, const struct actor **ret_actor)
{
    struct asking asking = {0};
    int64_t tenant;

    *ret_actor = NULL;
    if (!credential_read(t, "", cookie, &tenant, &asking.hash))
        return OK;
    t->tenant = tenant;
    enum err e = ask(t, &asking);
    if (!e)
        *ret_actor = asking.actor;
    return e;
}

enum err access_actor_of_token(struct task *t, struct str token, const struct actor **ret_actor)
{
    struct asking asking = {.token = true};
    int64_t tenant;

    *ret_actor = NULL;
    if (!credential_read(t, TOKEN_PREFIX, token, &tenant, &asking.hash))
        return OK;
    t->tenant = tenant;
    enum err e = ask(t, &asking);
    if (!e)
        *ret_actor = asking.actor;
    return e;
}

enum err access_actor_of_grant(struct task *t, int64_t grant, struct actor *ret_actor)
{
    struct str today = day_text(t, day_of(t->now));
    struct seen seen = {0};
    enum err e =
        store_one(t, &q_session_as_grant, ARGS(INT("tenant", t->tenant), INT("grant_id", grant)),
                  &seen_shape, &seen);

    if (e == ERR_NOT_FOUND || (!e && str_compare(seen.to_day, today) < 0))
        return task_fail(t, ERR_NOT_FOUND, "没有这项授权");
    return e ? e : staff_actor(t, &seen, ret_actor);
}

enum err access_actor_as_granted(struct task *t, int64_t grant, struct actor *ret_actor)
{
    struct seen seen = {0};
    enum err e =
        store_one(t, &q_session_as_granted, ARGS(INT("tenant", t->tenant), INT("grant_id", grant)),
                  &seen_shape, &seen);

    return e ? e : staff_actor(t, &seen, ret_actor);
}

struct host {
    struct str name;
    int64_t tenant;
};

static enum err find_tenant(struct task *t, void *arg)
{
    struct host *host = arg;

    return org_tenant_of_host(t, host->name, &host->tenant);
}

enum err access_authenticate(struct task *t, struct request *request)
{
    const struct actor *known = NULL;
    enum err e = OK;

    if (request->bearer.len) {
        e = access_actor_of_token(t, request->bearer, &known);
        if (!e && !known)
            return task_fail(t, ERR_UNAUTHENTICATED, "接口令牌无效、已过期或已撤销");
    } else if (request->cookie_session.len) {
        e = access_actor_of_session(t, request->cookie_session, &known);
    }
    if (e)
        return e;
    if (!known) {
        struct host host = {.name = request->host};

        e = store_read(t, find_tenant, &host);
        if (e)
            return e;
        t->tenant = host.tenant;
        return OK;
    }
    struct actor *actor = NEW(t, struct actor, 1);
    *actor = *known;
    actor->remote = request->remote;
    request->actor = actor;
    return OK;
}
