#include "modules/access/staff.h"

#include "modules/access/staff_private.h"
#include "modules/org/keys.h"
#include "modules/org/org.h"
#include "modules/audit/audit.h"
#include "staff_sql.h"
#include "core/text.h"
#include "store/store.h"

#define STAFF(member, type, title) FIELD(struct staff, member, type, title)

static const struct field staff_fields[] = {
    STAFF(id, F_ID, "人员编号"),          STAFF(login, F_STR, "登录名"),
    STAFF(name, F_STR, "姓名"),           STAFF(state, F_STR, "状态"),
    STAFF(state_why, F_STR, "停用理由"),  STAFF(must_change, F_BOOL, "下次登录须改密码"),
    STAFF(totp, F_BOOL, "已开两步验证"),  STAFF(password_at, F_MOMENT, "密码设置时间"),
    STAFF(made_at, F_MOMENT, "建账时间"), {0},
};
const struct shape staff_shape = {"staff", sizeof(struct staff), staff_fields};

#define SECRET(member, type) FIELD(struct secrets, member, type, NULL)

static const struct field secret_fields[] = {
    SECRET(id, F_ID),
    SECRET(password, F_STR),
    SECRET(state, F_STR),
    SECRET(wrapped_key, F_STR),
    SECRET(facts, F_STR),
    SECRET(totp, F_STR),
    SECRET(totp_next, F_STR),
    SECRET(totp_last, F_INT),
    SECRET(last_grant, F_INT),
    SECRET(last_window, F_INT),
    {0},
};
const struct shape secrets_shape = {"secrets", sizeof(struct secrets), secret_fields};

enum { LEAVING_MOST = 8 };

static staff_leaving_fn *leaving_fns[LEAVING_MOST];

void staff_when_leaving(staff_leaving_fn *fn)
{
    for (size_t i = 0; i < LEAVING_MOST; i++) {
        if (leaving_fns[i] == fn)
            return;
        if (!leaving_fns[i]) {
            leaving_fns[i] = fn;
            return;
        }
    }
}

enum err tell_leaving(struct task *t, const struct actor *actor, const struct leaving *leaving)
{
    enum err e = OK;

    for (size_t i = 0; !e && i < LEAVING_MOST && leaving_fns[i]; i++)
        e = leaving_fns[i](t, actor, leaving);
    return e;
}

struct str staff_place(struct task *t, int64_t staff, const char *what)
{
    return str_format(t, "staff/%lld/%s", (long long)staff, what);
}

struct str login_fold(struct task *t, struct str login)
{
    char *folded = str_terminated(t, str_trim(login));
    size_t len = 0;

    for (; folded[len]; len++) {
        if (folded[len] >= 'A' && folded[len] <= 'Z')
            folded[len] = (char)(folded[len] + 'a' - 'A');
    }
    return (struct str){folded, len};
}

static const char *login_fault(struct str login)
{
    if (login.len < 2 || login.len > 32)
        return "登录名要 2 到 32 个字符";
    for (size_t i = 0; i < login.len; i++) {
        char c = login.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

        if (!plain && !(i && (c == '.' || c == '_' || c == '-')))
            return "登录名只能用小写字母、数字和 . _ -，以字母或数字开头";
    }
    return NULL;
}

#define JUST_NOW_MS ((int64_t)15 * 60 * 1000)

/* Whoever asks again because the first answer did not come has not seen the password in it.  They
 * are told where to give another, with a proof and on record: here it would end what somebody else
 * has just handed over. */
static enum err login_taken(struct task *t, const struct staff_new *staff, struct str login)
{
    struct staff there;
    enum err e = staff_by_login(t, login, &there);

    if (e)
        return e;
    int64_t age = t->now - there.made_at;
    if (!there.must_change || !str_eq(there.name, staff->name) || age < 0 || age >= JUST_NOW_MS) {
        task_field_error(t, S("login"), "这个登录名已有人用");
        return task_fail(t, ERR_CONFLICT, "这个登录名已有人用");
    }
    task_field_error(t, S("login"),
                     "这个账号在 %lld 分钟内刚建好；没有看到初始密码，请打开此人的页面，重设密码",
                     (long long)(age / 60000 + 1));
    return task_fail(t, ERR_CONFLICT, "这个账号刚建好");
}

enum err staff_create(struct task *t, const struct actor *actor, const struct staff_new *staff,
                      int64_t *ret_id)
{
    struct str login = login_fold(t, staff->login);
    const char *fault = login_fault(login);
    struct str wrapped;
    struct key key;

    if (fault)
        task_field_error(t, S("login"), "%s", tr(t, fault));
    if (!staff->name.len)
        task_field_error(t, S("name"), "请填写姓名");
    enum err e = task_input_verdict(t);
    if (e)
        return e;

    int64_t id = store_new_id(t);
    e = row_key_make(t, staff_place(t, id, "key"), &key, &wrapped);
    if (e)
        return e;
    key_clear(&key);
    e = store_run(t, &q_staff_add,
                  ARGS(INT("tenant", t->tenant), INT("id", id), TEXT("login", login),
                       TEXT("name", staff->name), TEXT("password", staff->password_hash),
                       INT("now", t->now), INT("must_change", staff->must_change),
                       BYTES("wrapped_key", wrapped)),
                  NULL);
    if (e)
        return e;
    if (!store_changed(t))
        return login_taken(t, staff, login);
    *ret_id = id;
    return record_about(t, actor, "staff", id, S("新建账号"));
}

static enum err named(struct task *t, enum err e)
{
    return e == ERR_NOT_FOUND ? task_fail(t, e, "没有这个人员") : e;
}

enum err staff_by_id(struct task *t, int64_t id, struct staff *ret_staff)
{
    return named(t, store_one(t, &q_staff_by_id, ARGS(INT("tenant", t->tenant), INT("id", id)),
                              &staff_shape, ret_staff));
}

enum err staff_by_login(struct task *t, struct str login, struct staff *ret_staff)
{
    return named(t, store_one(t, &q_staff_by_login,
                              ARGS(INT("tenant", t->tenant), TEXT("login", login_fold(t, login))),
                              &staff_shape, ret_staff));
}

enum err staff_all(struct task *t, struct list *ret_staff)
{
    return store_list(t, &q_staff_all, ARGS(INT("tenant", t->tenant)), &staff_shape, ret_staff);
}

enum err staff_first_until(struct task *t, const struct staff *staff, int64_t *ret_until)
{
    int64_t days;
    enum err e = access_first_days(t, &days);

    if (!e)
        *ret_until = staff->must_change ? staff->password_at + days * DAY_MS : 0;
    return e;
}

enum err staff_name(struct task *t, int64_t id, struct str *ret_name)
{
    struct staff staff = {0};

    if (id) {
        enum err e = store_one(t, &q_staff_by_id, ARGS(INT("tenant", t->tenant), INT("id", id)),
                               &staff_shape, &staff);
        if (e && e != ERR_NOT_FOUND)
            return e;
    }
    *ret_name = staff.name;
    return OK;
}

enum err record_about(struct task *t, const struct actor *actor, const char *word, int64_t staff,
                      struct str detail)
{
    struct staff about;
    enum err e = staff_by_id(t, staff, &about);

    if (e)
        return e;
    struct str subject = str_format(t, "%.*s（%.*s）", STR_ARG(about.name), STR_ARG(about.login));
    e = actor_record(t, actor, word, 0, 0, subject, detail);
    return e ? e
             : power_tell(t, actor, staff, subject,
                          detail.len ? str_format(t, "%s：%.*s", audit_title(word), STR_ARG(detail))
                                     : str_of(audit_title(word)));
}

enum err staff_secrets(struct task *t, int64_t staff, struct secrets *ret_secrets)
{
    return named(t, store_one(t, &q_staff_secrets, ARGS(INT("tenant", t->tenant), INT("id", staff)),
                              &secrets_shape, ret_secrets));
}

enum err staff_key(struct task *t, const struct secrets *secrets, struct key *ret_key)
{
    return row_key_open(t, staff_place(t, secrets->id, "key"), secrets->wrapped_key, ret_key);
}

struct new_password {
    const struct actor *actor;
    int64_t staff, spared;
    struct str login, name, before, hash;
    bool must_change;
};

static enum err read_login(struct task *t, void *arg)
{
    struct new_password *change = arg;
    struct secrets secrets;
    struct staff staff;
    enum err e = staff_by_id(t, change->staff, &staff);

    if (!e)
        e = staff_secrets(t, change->staff, &secrets);
    if (!e) {
        change->login = staff.login;
        change->name = staff.name;
        change->before = secrets.password;
    }
    return e;
}

/* Who changes their own gets another one: whoever gave the first would go on knowing it. */
static enum err check_another(struct task *t, const struct new_password *change,
                              struct str password)
{
    if (change->actor->kind != ACTOR_STAFF || change->actor->staff != change->staff)
        return OK;
    enum err e = password_verify(t, change->before, password);
    if (e)
        return e == ERR_UNAUTHENTICATED ? OK : e;
    task_field_error(t, S("password"), "新密码不能和现在的一样");
    return task_input_verdict(t);
}

static enum err write_password(struct task *t, void *arg)
{
    const struct new_password *change = arg;
    bool own = change->actor->kind == ACTOR_STAFF && change->actor->staff == change->staff;
    struct str ended = {0};
    enum err e = session_stands(t, change->actor);

    if (!e)
        e = store_run(t, &q_staff_set_password,
                      ARGS(INT("tenant", t->tenant), INT("id", change->staff),
                           TEXT("password", change->hash), INT("now", t->now),
                           INT("must_change", change->must_change)),
                      NULL);
    if (!e)
        e = sessions_end(t, change->staff, change->spared);
    /* Reset, because nobody knows in whose hands the old one is, or what they made with it. */
    if (!e && !own)
        e = tokens_revoke(t, change->staff, &ended);
    if (!e)
        e = try_forget(t, change->login, NULL);
    if (!e)
        e = record_about(t, change->actor, "password", change->staff, ended);
    return e;
}

enum err staff_set_password(struct task *t, const struct actor *actor, int64_t staff,
                            struct str password, bool must_change, int64_t spared)
{
    struct new_password change = {actor, staff, spared, .must_change = must_change};
    enum err e = store_read(t, read_login, &change);

    if (e)
        return e;
    const char *fault = password_fault(t, password, change.login, change.name);
    if (fault) {
        task_field_error(t, S("password"), "%s", tr(t, fault));
        return task_input_verdict(t);
    }
    e = check_another(t, &change, password);
    if (!e)
        e = password_hash(t, password, &change.hash);
    return e ? e : store_write(t, write_password, &change);
}

struct own_password {
    const struct actor *actor;
    struct guess guess;
    struct secrets secrets;
    int64_t wait_s;
};

/* Counted before it is looked at, like every other try. */
static enum err begin_check(struct task *t, void *arg)
{
    struct own_password *own = arg;
    enum err e = try_count(t, &own->guess, &own->wait_s);

    return e || own->wait_s ? e : staff_secrets(t, own->actor->staff, &own->secrets);
}

static enum err check_right(struct task *t, void *arg)
{
    const struct own_password *own = arg;

    return try_right(t, &own->guess);
}

static enum err check_wrong(struct task *t, void *arg)
{
    const struct own_password *own = arg;

    return actor_record(t, own->actor, "proof", 0, 0, S(""), S("不对"));
}

enum err staff_check_password(struct task *t, const struct actor *actor, struct str password,
                              const char *field, int64_t *ret_wait_s)
{
    struct own_password own = {.actor = actor, .guess = {actor->login, actor->remote, true}};
    enum err e = store_write(t, begin_check, &own);

    *ret_wait_s = own.wait_s;
    if (!e && own.wait_s)
        return fail_locked(t, own.wait_s);
    if (e)
        return e;
    e = password_verify(t, own.secrets.password, password);
    if (e == ERR_UNAUTHENTICATED) {
        e = store_write(t, check_wrong, &own);
        if (e)
            return e;
        task_field_error(t, str_of(field), "密码不对");
        return task_input_verdict(t);
    }
    if (!e)
        e = store_write(t, check_right, &own);
    return e ? try_not_wrong(t, e, &own.guess) : OK;
}

enum err staff_may_work(struct task *t, const struct actor *actor)
{
    int64_t suspended = 0;

    if (actor->kind != ACTOR_STAFF)
        return OK;
    enum err e = store_number(t, &q_staff_is_suspended,
                              ARGS(INT("tenant", t->tenant), INT("id", actor->staff)), &suspended);

    if (e)
        return e;
    return suspended ? task_fail(t, ERR_FORBIDDEN, "您的账号已停用") : OK;
}

enum err staff_unlock(struct task *t, const struct actor *actor, int64_t staff)
{
    struct staff there;
    bool any = false;
    enum err e = staff_by_id(t, staff, &there);

    if (!e)
        e = try_forget(t, there.login, &any);
    return e || !any ? e : record_about(t, actor, "unlock", staff, S(""));
}

/* Keys of staff in a rotation of the tenant's key. */
static enum err rewrap_keys(struct task *t, int64_t after, int64_t limit, int64_t *ret_last,
                            int64_t *ret_seen)
{
    int64_t seen = 0, last = after;
    struct rows *rows;
    enum err e =
        store_run(t, &q_staff_keys_after,
                  ARGS(INT("tenant", t->tenant), INT("after", after), INT("most", limit)), &rows);

    while (!e && rows_next(rows)) {
        struct str wrapped;

        last = row_int(rows, "id");
        seen++;
        e = row_key_rewrap(t, staff_place(t, last, "key"), row_str(rows, "wrapped_key"), &wrapped);
        if (!e)
            e = store_run(
                t, &q_staff_set_key,
                ARGS(INT("tenant", t->tenant), INT("id", last), BYTES("wrapped_key", wrapped)),
                NULL);
    }
    if (e)
        return e;
    *ret_last = last;
    *ret_seen = seen;
    return OK;
}

const struct key_holder staff_key_holder = {"staff", rewrap_keys};
