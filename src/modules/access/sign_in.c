/* Opening, changing and ending sessions. */
#include "modules/access/access.h"

#include "core/time.h"
#include "http/http.h"
#include "modules/access/session.h"
#include "modules/access/staff_private.h"
#include "modules/org/org.h"
#include "session_sql.h"
#include "staff_sql.h"
#include "store/store.h"

enum { LOGIN_TYPED = 64 }; /* characters that are looked at: no login is longer than 32 */

struct sign_in {
    struct str login, remote, marks;
    struct guess guess;
    int64_t wait_s;
    struct staff staff; /* id 0: there is nobody with this login */
    struct secrets secrets;
    struct str verified; /* the hash that the password was compared with */
    struct signed_in *done;
    bool no_post;
    int64_t first_until; /* of a password that somebody else gave; 0: it is the person's own */
    struct str why;      /* of a failure, for the record */
};

static enum err find_person(struct task *t, struct sign_in *in)
{
    struct str mark;
    enum err e = staff_by_login(t, in->login, &in->staff);

    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        in->staff = (struct staff){0};
        e = OK;
    }
    if (e || !in->marks.len)
        return e;
    /* Also of nobody: the time that it takes does not tell which logins there are. */
    e = known_mark(t, &in->staff, &mark);
    in->guess.known = !e && known_among(in->marks, mark) && in->staff.id;
    return e;
}

/* The try is counted before the password is looked at, so that many at one time all count. */
static enum err begin_try(struct task *t, void *arg)
{
    struct sign_in *in = arg;

    in->secrets = (struct secrets){0};
    in->guess = (struct guess){in->login, in->remote, false};
    enum err e = find_person(t, in);
    if (!e)
        e = try_count(t, &in->guess, &in->wait_s);
    if (e || in->wait_s || !in->staff.id)
        return e;
    e = staff_secrets(t, in->staff.id, &in->secrets);
    return e ? e : staff_first_until(t, &in->staff, &in->first_until);
}

static enum err record_failure(struct task *t, void *arg)
{
    const struct sign_in *in = arg;
    const struct actor actor = {
        .staff = in->staff.id, .name = in->staff.name, .remote = in->remote};

    return actor_record(t, &actor, "sign-in-failed", 0, 0, S(""), in->why);
}

/* The grant used last when it still stands, else the first that does. */
static enum err choose_post(struct task *t, const struct secrets *secrets, struct grant *ret_grant,
                            int64_t *ret_window)
{
    struct list grants;
    struct window window;
    enum err e = staff_grants(t, secrets->id, true, &grants);

    if (e)
        return e;
    *ret_grant = grants.count ? *(struct grant *)grants.at : (struct grant){0};
    *ret_window = 0;
    LIST_EACH (struct grant, grant, grants) {
        if (grant->id == secrets->last_grant)
            *ret_grant = *grant;
    }
    if (ret_grant->id != secrets->last_grant || !secrets->last_window)
        return OK;
    e = org_window(t, secrets->last_window, &window);
    if (!e && window.unit == ret_grant->unit)
        *ret_window = window.id;
    return e;
}

struct new_session {
    int64_t staff, grant, window, order, party_n;
    bool second_due;
};

static enum err open_session(struct task *t, const struct new_session *new, struct signed_in *ret)
{
    struct str hash;
    struct signed_in done = {.staff = new->staff, .second_factor_due = new->second_due};

    done.cookie = credential_make(t, "", &hash);
    done.session = store_new_id(t);
    enum err e = session_csrf(t, hash, &done.csrf);
    if (!e)
        e = store_run(t, &q_session_add,
                      ARGS(INT("tenant", t->tenant), INT("id", done.session), BYTES("hash", hash),
                           INT("staff", new->staff), INT("grant_id", new->grant),
                           INT("window_id", new->window), INT("order_id", new->order),
                           INT("party_n", new->party_n), INT("second_due", new->second_due),
                           INT("now", t->now)),
                      NULL);
    if (!e)
        *ret = done;
    return e;
}

/* Comparing takes its time: whoever suspended the account or gave it another password meanwhile has
 * ended the sessions that there were, and this would be one more. */
static enum err read_again(struct task *t, struct sign_in *in)
{
    enum err e = staff_secrets(t, in->staff.id, &in->secrets);

    if (e || (str_eq(in->secrets.password, in->verified) && str_is(in->secrets.state, "active")))
        return e;
    return task_fail(t, ERR_UNAUTHENTICATED, "账号刚刚有变动，请重新登录");
}

static enum err finish_sign_in(struct task *t, void *arg)
{
    struct sign_in *in = arg;
    struct grant grant;
    struct unit unit = {0};
    int64_t window;
    enum err e = read_again(t, in);

    if (!e)
        e = choose_post(t, &in->secrets, &grant, &window);
    if (e)
        return e;
    bool second = in->secrets.totp.len > 0;
    in->no_post = !grant.id;
    if (in->no_post)
        return OK;
    e = org_unit(t, grant.unit, &unit);
    /* With a second factor to come the account is not yet through: its tries still count. */
    if (!e)
        e = second ? try_half_right(t, &in->guess) : try_right(t, &in->guess);
    if (!e)
        e = open_session(
            t,
            &(struct new_session){
                .staff = in->staff.id, .grant = grant.id, .window = window, .second_due = second},
            in->done);
    if (e)
        return e;
    in->done->post = post_find(grant.post);
    in->done->must_change = in->staff.must_change;
    const struct actor actor = {.kind = ACTOR_STAFF,
                                .staff = in->staff.id,
                                .name = in->staff.name,
                                .post = in->done->post,
                                .unit_name = unit.name,
                                .remote = in->remote};
    return actor_record(t, &actor, "sign-in", 0, 0, S(""),
                        in->staff.must_change ? S("用初始密码") : S(""));
}

static enum err record_expired(struct task *t, void *arg)
{
    struct sign_in *in = arg;

    in->why = S("初始密码已过期");
    enum err e = record_failure(t, in);
    return e ? e : try_no_guess(t, &in->guess);
}

/* The password is right. */
static enum err let_in(struct task *t, struct sign_in *in)
{
    if (!str_is(in->secrets.state, "active"))
        return task_fail(t, ERR_UNAUTHENTICATED, "账号已停用，请找本机构主任");
    /* It was written on a slip of paper, and whoever gave it knows it still. */
    if (in->first_until && t->now >= in->first_until) {
        enum err e = store_write(t, record_expired, in);
        return e ? e
                 : task_fail(t, ERR_UNAUTHENTICATED,
                             "初始密码过期了，没有及时换成自己的。请找系统管理员重设");
    }
    in->verified = in->secrets.password;
    enum err e = store_write(t, finish_sign_in, in);
    if (e)
        return e;
    return in->no_post ? task_fail(t, ERR_UNAUTHENTICATED, "账号今天没有岗位，请找安全管理员授权")
                       : OK;
}

enum err access_sign_in(struct task *t, struct str login, struct str password, struct str remote,
                        struct str marks, struct signed_in *ret_signed_in, int64_t *ret_wait_s)
{
    struct signed_in done = {0};
    struct str typed = login_fold(t, login);
    struct sign_in in = {.login = str_first(typed, utf8_prefix(typed, LOGIN_TYPED)),
                         .remote = remote,
                         .marks = marks,
                         .done = &done};

    *ret_wait_s = 0;
    enum err e = store_write(t, begin_try, &in);
    if (e)
        return e;
    if (in.wait_s) {
        *ret_wait_s = in.wait_s;
        return fail_locked(t, in.wait_s);
    }
    e = password_verify(t, in.secrets.password, password);
    if (e == ERR_UNAUTHENTICATED) {
        e = store_write(t, record_failure, &in);
        return e ? e : task_fail(t, ERR_UNAUTHENTICATED, "登录名或密码不对");
    }
    if (!e)
        e = let_in(t, &in);
    /* What ran out stands on record each time: these tries count for the account, or there would
     * be no end to it. */
    if (e == ERR_UNAUTHENTICATED && in.why.len)
        return e;
    if (e)
        return try_not_wrong(t, e, &in.guess);
    *ret_signed_in = done;
    return OK;
}

static enum err end_session(struct task *t, void *arg)
{
    const struct actor *actor = arg;
    enum err e = store_run(t, &q_session_end,
                           ARGS(INT("tenant", t->tenant), INT("id", actor->session)), NULL);

    if (e || actor->kind != ACTOR_STAFF)
        return e;
    return actor_record(t, actor, "sign-out", 0, 0, S(""), S(""));
}

enum err access_sign_out(struct task *t, const struct actor *actor)
{
    struct actor copy = *actor;

    return actor->session ? store_write(t, end_session, &copy) : OK;
}

enum err access_end_before(struct task *t, const struct request *request)
{
    return request->actor ? access_sign_out(t, request->actor) : OK;
}

struct switching {
    const struct actor *actor;
    int64_t grant, window;
};

static enum err switch_post(struct task *t, void *arg)
{
    const struct switching *to = arg;
    struct grant *chosen = NULL;
    struct list grants;
    struct window window;
    enum err e = staff_grants(t, to->actor->staff, true, &grants);

    if (e)
        return e;
    LIST_EACH (struct grant, grant, grants) {
        if (grant->id == to->grant)
            chosen = grant;
    }
    if (!chosen)
        return task_fail(t, ERR_FORBIDDEN, "您今天没有这个岗位");
    if (to->window) {
        e = org_window(t, to->window, &window);
        if (e)
            return e;
        if (window.unit != chosen->unit)
            return task_fail(t, ERR_FORBIDDEN, "这个窗口不在岗位所在的机构");
    }
    e = store_run(t, &q_session_set_post,
                  ARGS(INT("tenant", t->tenant), INT("id", to->actor->session),
                       INT("grant_id", to->grant), INT("window_id", to->window)),
                  NULL);
    if (!e)
        e = store_run(t, &q_staff_set_last,
                      ARGS(INT("tenant", t->tenant), INT("id", to->actor->staff),
                           INT("grant_id", to->grant), INT("window_id", to->window)),
                      NULL);
    return e ? e
             : actor_record(t, to->actor, "post-switch", 0, 0, S(""),
                            str_of(post_find(chosen->post)->title));
}

enum err access_switch_post(struct task *t, const struct actor *actor, int64_t grant,
                            int64_t window)
{
    struct switching to = {actor, grant, window};

    if (!actor->session)
        return task_fail(t, ERR_FORBIDDEN, "接口令牌不能切换岗位");
    return store_write(t, switch_post, &to);
}

struct party_session {
    struct new_session new;
    struct signed_in *done;
};

static enum err open_party_session(struct task *t, void *arg)
{
    struct party_session *session = arg;

    return open_session(t, &session->new, session->done);
}

enum err access_open_party_session(struct task *t, int64_t order, int64_t party_n,
                                   struct signed_in *ret_signed_in)
{
    struct signed_in done;
    struct party_session session = {{.order = order, .party_n = party_n}, &done};
    enum err e = store_write(t, open_party_session, &session);

    if (!e)
        *ret_signed_in = done;
    return e;
}

struct str access_cookie(struct task *t, struct str value, bool secure)
{
    return str_format(t, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s%s",
                      secure ? HOST_PREFIX SESSION_COOKIE : SESSION_COOKIE, STR_ARG(value),
                      secure ? "; Secure" : "", value.len ? "" : "; Max-Age=0");
}

enum err staff_sign_out(struct task *t, const struct actor *actor, int64_t staff, int64_t spared)
{
    enum err e = sessions_end(t, staff, spared);

    return e || !store_changed(t) ? e
                                  : record_about(t, actor, "sign-out", staff, S("退出其他登录"));
}

enum err session_stands(struct task *t, const struct actor *actor)
{
    int64_t n = 1;
    enum err e = actor->session
                     ? store_number(t, &q_session_stands,
                                    ARGS(INT("tenant", t->tenant), INT("id", actor->session),
                                         INT("staff", actor->staff)),
                                    &n)
                     : OK;

    return e || n ? e : task_fail(t, ERR_UNAUTHENTICATED, "登录已经结束，请重新登录");
}

enum err sessions_end(struct task *t, int64_t staff, int64_t spared)
{
    return store_run(t, &q_session_end_all,
                     ARGS(INT("tenant", t->tenant), INT("staff", staff), INT("spared", spared)),
                     NULL);
}
