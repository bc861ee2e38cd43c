/* Tokens for programs: named, with the reach of one grant, with an end. */
#include "modules/access/access.h"

#include "core/time.h"
#include "modules/access/session.h"
#include "modules/access/staff_private.h"
#include "session_sql.h"
#include "store/store.h"

/* A token is one secret that lasts for months and is asked for nothing else: whoever administers
 * the others comes with two factors and proves it again, each time. */
bool token_never_for(const struct post *post)
{
    return post && post->administers;
}

struct new_token {
    const struct actor *actor;
    struct str name;
    int64_t staff, grant, days, id;
    struct str token;
};

static enum err create(struct task *t, void *arg)
{
    struct new_token *new = arg;
    struct list grants, others;
    struct str hash;
    bool own = false, administers = false;
    enum err e = session_stands(t, new->actor);

    if (!e)
        e = staff_grants(t, new->staff, true, &grants);
    if (!e)
        e = tokens_in_force(t, new->staff, TOKENS_MOST, &others);
    if (e)
        return e;
    if (others.count >= TOKENS_MOST)
        return task_fail(t, ERR_CONFLICT, "有效的令牌已有 %d 个，请先撤销不用的", TOKENS_MOST);
    LIST_EACH (struct grant, grant, grants) {
        if (grant->id != new->grant)
            continue;
        own = true;
        administers = token_never_for(post_find(grant->post));
    }
    if (!own)
        task_field_error(t, S("grant"), "请选择今天有效的岗位");
    else if (administers)
        task_field_error(t, S("grant"), "三个管理岗不用接口令牌：每次都要本人登录");
    e = task_input_verdict(t);
    if (e)
        return e;
    new->token = credential_make(t, TOKEN_PREFIX, &hash);
    new->id = store_new_id(t);
    e = store_run(t, &q_session_token_add,
                  ARGS(INT("tenant", t->tenant), INT("id", new->id), BYTES("hash", hash),
                       TEXT("name", new->name), INT("staff", new->staff),
                       INT("grant_id", new->grant), INT("now", t->now),
                       INT("expires_at", t->now + new->days *DAY_MS)),
                  NULL);
    return e ? e
             : record_about(t, new->actor, "token", new->staff,
                            str_format(t, "新建：%.*s", STR_ARG(new->name)));
}

enum err access_create_token(struct task *t, const struct actor *actor, int64_t staff,
                             struct str name, int64_t grant, int64_t days, int64_t *ret_id,
                             struct str *ret_token)
{
    struct new_token new = {actor, str_trim(name), staff, grant, days};

    if (!new.name.len)
        task_field_error(t, S("name"), "请写明令牌给谁用");
    if (days < 1 || days > 366)
        task_field_error(t, S("days"), "有效期 1 到 366 天");
    enum err e = task_input_verdict(t);
    if (!e)
        e = store_write(t, create, &new);
    if (e)
        return e;
    *ret_id = new.id;
    *ret_token = new.token;
    return OK;
}

struct token_named {
    int64_t id, staff;
    struct str name;
};

static const struct field named_fields[] = {
    FIELD(struct token_named, id, F_ID, NULL),
    FIELD(struct token_named, staff, F_ID, NULL),
    FIELD(struct token_named, name, F_STR, NULL),
    {0},
};
static const struct shape named_shape = {"token-named", sizeof(struct token_named), named_fields};

struct ending {
    const struct actor *actor;
    int64_t id, staff; /* staff 0: whoever's it is */
};

static enum err end_token(struct task *t, void *arg)
{
    const struct ending *ending = arg;
    struct token_named token;
    enum err e =
        store_one(t, &q_session_token_named, ARGS(INT("tenant", t->tenant), INT("id", ending->id)),
                  &named_shape, &token);

    if (e == ERR_NOT_FOUND || (!e && ending->staff && token.staff != ending->staff))
        e = task_fail(t, ERR_NOT_FOUND, "没有这个令牌");
    if (!e)
        e = store_run(t, &q_session_token_revoke,
                      ARGS(INT("tenant", t->tenant), INT("id", token.id), INT("staff", token.staff),
                           INT("now", t->now)),
                      NULL);
    /* Whoever asks again because the first answer did not come has what they want. */
    if (e || !store_changed(t))
        return e;
    return record_about(t, ending->actor, "token", token.staff,
                        str_format(t, "撤销：%.*s", STR_ARG(token.name)));
}

enum err access_revoke_token(struct task *t, const struct actor *actor, int64_t staff, int64_t id)
{
    return store_write(t, end_token, &(struct ending){actor, id, staff});
}

enum err access_end_token(struct task *t, const struct actor *actor, int64_t id)
{
    return store_write(t, end_token, &(struct ending){.actor = actor, .id = id});
}

enum err tokens_revoke(struct task *t, int64_t staff, struct str *ret_detail)
{
    enum err e =
        store_run(t, &q_session_token_revoke_all,
                  ARGS(INT("tenant", t->tenant), INT("staff", staff), INT("now", t->now)), NULL);
    int64_t ended = e ? 0 : store_changed(t);

    if (!e)
        *ret_detail =
            ended ? str_format(t, "撤销接口令牌 %lld 个", (long long)ended) : (struct str){0};
    return e;
}

#define IN_FORCE(member, type) FIELD(struct token_in_force, member, type, NULL)

static const struct field in_force_fields[] = {
    IN_FORCE(id, F_ID),
    IN_FORCE(staff, F_ID),
    IN_FORCE(unit, F_ID),
    IN_FORCE(name, F_STR),
    IN_FORCE(owner, F_STR),
    IN_FORCE(login, F_STR),
    IN_FORCE(post, F_STR),
    IN_FORCE(made_at, F_INT),
    IN_FORCE(expires_at, F_INT),
    IN_FORCE(seen_at, F_INT),
    {0},
};
static const struct shape in_force_shape = {"token-in-force", sizeof(struct token_in_force),
                                            in_force_fields};

enum err tokens_in_force(struct task *t, int64_t staff, int64_t most, struct list *ret_tokens)
{
    return store_list(t, &q_session_tokens_in_force,
                      ARGS(INT("tenant", t->tenant), INT("staff", staff), INT("now", t->now),
                           TEXT("today", day_text(t, day_of(t->now))), INT("most", most)),
                      &in_force_shape, ret_tokens);
}
