/* Tokens for programs: named, with the reach of one grant, with an end. */
#include "modules/access/access.h"

#include "modules/access/session.h"
#include "modules/access/staff_private.h"
#include "session_sql.h"
#include "store/store.h"

#define DAY ((int64_t)24 * 3600 * 1000)

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
    struct list grants;
    struct str hash;
    bool own = false, administers = false;
    enum err e = staff_grants(t, new->staff, true, &grants);

    if (e)
        return e;
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
                       INT("expires_at", t->now + new->days *DAY)),
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

static enum err revoke(struct task *t, void *arg)
{
    const struct new_token *token = arg;
    int64_t own = 0;
    enum err e = store_number(
        t, &q_session_token_is_of,
        ARGS(INT("tenant", t->tenant), INT("id", token->id), INT("staff", token->staff)), &own);

    if (!e && !own)
        e = task_fail(t, ERR_NOT_FOUND, "没有这个令牌");
    if (!e)
        e = store_run(t, &q_session_token_revoke,
                      ARGS(INT("tenant", t->tenant), INT("id", token->id),
                           INT("staff", token->staff), INT("now", t->now)),
                      NULL);
    /* Whoever asks again because the first answer did not come has what they want. */
    if (e || !store_changed(t))
        return e;
    return record_about(t, token->actor, "token", token->staff, S("撤销"));
}

enum err access_revoke_token(struct task *t, const struct actor *actor, int64_t staff, int64_t id)
{
    struct new_token token = {.actor = actor, .staff = staff, .id = id};

    return store_write(t, revoke, &token);
}

enum err tokens_revoke(struct task *t, int64_t staff)
{
    return store_run(t, &q_session_token_revoke_all,
                     ARGS(INT("tenant", t->tenant), INT("staff", staff), INT("now", t->now)), NULL);
}
