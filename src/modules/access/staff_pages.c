/* The account of somebody else: made and suspended by the administrator, given posts by the
 * security officer. */
#include "modules/access/pages.h"

#include "modules/access/staff_private.h"
#include "modules/org/org.h"
#include "core/text.h"
#include "store/store.h"

struct staff_one_view {
    struct str page_title;
    struct page_errors errors;
    int64_t id, staff_id; /* the same: rows of a list hide `id` by their own */
    struct str login, name, state, state_title, state_why;
    bool suspended, decided, totp, must_change;
    int64_t password_at, made_at;
    int64_t first_until; /* of a password that somebody else gave; 0: it is the person's own */
    bool first_over;
    int64_t tokens;                                     /* in force */
    struct list held;                                   /* struct grant_row */
    struct list why_fields, reset_fields, grant_fields; /* struct page_field */
    bool may_manage, may_suspend, may_grant, may_unlock, may_reset;
    struct str password; /* a new one, shown once */
    struct str told;     /* what was found and done just now */
};

#define ONE(member, type, title) FIELD(struct staff_one_view, member, type, title)

static const struct field one_fields[] = {
    ONE(page_title, F_STR, "页名"),
    PAGE_ERROR_FIELDS(struct staff_one_view),
    ONE(id, F_ID, "人员编号"),
    ONE(staff_id, F_ID, "人员编号"),
    ONE(login, F_STR, "登录名"),
    ONE(name, F_STR, "姓名"),
    ONE(state, F_STR, "状态代码"),
    ONE(state_title, F_STR, "状态"),
    ONE(state_why, F_STR, "停用理由"),
    ONE(suspended, F_BOOL, "已停用"),
    ONE(decided, F_BOOL, "停用出自责任追究的决定：期满或者撤销时自动恢复"),
    ONE(totp, F_BOOL, "已开两步验证"),
    ONE(must_change, F_BOOL, "下次登录须改密码"),
    ONE(password_at, F_MOMENT, "密码设置时间"),
    ONE(made_at, F_MOMENT, "建账时间"),
    ONE(first_until, F_MOMENT, "初始密码有效到"),
    ONE(first_over, F_BOOL, "初始密码已过期"),
    ONE(tokens, F_INT, "有效的接口令牌"),
    FIELD_OF(struct staff_one_view, held, F_LIST, &grant_row_shape, "岗位"),
    FIELD_OF(struct staff_one_view, why_fields, F_LIST, &page_field_shape, NULL),
    FIELD_OF(struct staff_one_view, reset_fields, F_LIST, &page_field_shape, NULL),
    FIELD_OF(struct staff_one_view, grant_fields, F_LIST, &page_field_shape, NULL),
    ONE(may_manage, F_BOOL, "可以管理"),
    ONE(may_grant, F_BOOL, "可以授权"),
    ONE(may_suspend, F_BOOL, "可以停用"),
    ONE(may_unlock, F_BOOL, "可以解锁"),
    ONE(may_reset, F_BOOL, "可以重设两步验证"),
    ONE(password, F_STR, "新密码，只显示这一次"),
    ONE(told, F_STR, "刚才查到和做了什么"),
    {0},
};
const struct shape staff_one_shape = {"staff-one", sizeof(struct staff_one_view), one_fields};

static enum err read_one(struct task *t, void *arg)
{
    struct staff_one_view *view = arg;
    struct list grants, units, bars, tokens;
    struct staff staff;
    enum err e = staff_by_id(t, view->id, &staff);

    if (!e)
        e = staff_grants(t, staff.id, false, &grants);
    if (!e)
        e = grant_rows(t, &grants, 0, &view->held);
    if (!e)
        e = org_units(t, S(""), &units);
    if (!e)
        e = staff_bars(t, staff.id, &bars);
    if (!e)
        e = staff_first_until(t, &staff, &view->first_until);
    if (!e)
        e = tokens_in_force(t, staff.id, TOKENS_MOST, &tokens);
    if (e)
        return e;
    LIST_EACH (struct staff_bar, bar, bars)
        view->decided = view->decided || bar->order;
    view->login = staff.login;
    view->name = staff.name;
    view->state = staff.state;
    view->state_title = staff_state_title(staff.state);
    view->state_why = staff.state_why;
    view->suspended = !str_is(staff.state, "active");
    view->totp = staff.totp;
    view->must_change = staff.must_change;
    view->password_at = staff.password_at;
    view->made_at = staff.made_at;
    view->tokens = (int64_t)tokens.count;
    view->first_over = view->first_until && t->now >= view->first_until;
    LIST_EACH (struct unit, unit, units)
        page_field_add_option(t, &view->grant_fields, "unit",
                              str_format(t, "%lld", (long long)unit->id), unit->name);
    return OK;
}

static const struct ask reset_asks[] = {
    {"why", "怎样核对了是本人", ASK_TEXT, true, .max = 200},
    {NULL},
};
static const struct form reset_form = {"staff-factor", reset_asks};

static void draw_forms(struct task *t, const struct request *request, struct staff_one_view *view)
{
    view->why_fields =
        page_fields(t, &staff_why_form, request, NULL, page_refused(request, "/suspend"));
    view->reset_fields =
        page_fields(t, &reset_form, request, NULL, page_refused(request, "/factor"));
    view->grant_fields =
        page_fields(t, &staff_grant_form, request, NULL, page_refused(request, "/grants"));
    for (const struct post *post = posts; post->code; post++)
        page_field_add_option(t, &view->grant_fields, "post", str_of(post->code),
                              str_of(post->title));
}

struct shown {
    int64_t id;
    struct str password, told; /* in this answer alone */
};

static enum err show(struct task *t, struct request *request, struct response *response,
                     const struct shown *shown)
{
    struct staff_one_view *view = NEW(t, struct staff_one_view, 1);

    view->id = view->staff_id = shown->id;
    view->password = shown->password;
    view->told = shown->told;
    view->errors = page_errors(t, request);
    view->may_manage = actor_may(request->actor, "access.manage");
    view->may_grant = actor_may(request->actor, "access.grant");
    view->may_unlock = actor_may(request->actor, "access.unlock");
    view->may_suspend = actor_may(request->actor, "access.suspend");
    view->may_reset = actor_may(request->actor, "access.secure");
    draw_forms(t, request, view);
    response->view = view;
    if (request->method == POST)
        response->id = shown->id;
    enum err e = store_read(t, read_one, view);
    view->page_title = view->name;
    return e;
}

static int64_t id_of(const struct request *request)
{
    return json_get_id(request->params, "id");
}

enum err access_get_staff(struct task *t, struct request *request, struct response *response)
{
    return show(t, request, response, &(struct shown){id_of(request)});
}

/* Done: pages go back to the person, the API gets the person. */
static enum err done(struct task *t, struct request *request, struct response *response)
{
    response->redirect = str_format(t, "/admin/staff/%lld", (long long)id_of(request));
    return show(t, request, response, &(struct shown){id_of(request)});
}

static const struct ask new_asks[] = {
    {"login", "登录名", ASK_TEXT, true, .max = 32, .hint = "小写字母、数字和 . _ -"},
    {"name", "姓名", ASK_TEXT, true, .max = 60},
    {NULL},
};
const struct form staff_new_form = {"new-staff", new_asks};

struct creating {
    const struct actor *actor;
    struct staff_new staff;
    int64_t id;
};

static enum err create(struct task *t, void *arg)
{
    struct creating *creating = arg;

    return staff_create(t, creating->actor, &creating->staff, &creating->id);
}

enum err access_post_staff(struct task *t, struct request *request, struct response *response)
{
    struct creating creating = {.actor = request->actor};
    struct str password = password_random(t);
    struct json *input;
    enum err e = form_check(t, &staff_new_form, request->body, S(""), &input);

    if (!e)
        e = password_hash(t, password, &creating.staff.password_hash);
    if (e)
        return e;
    creating.staff.login = json_get_str(input, "login");
    creating.staff.name = json_get_str(input, "name");
    creating.staff.must_change = true;
    e = store_write(t, create, &creating);
    return e ? e : show(t, request, response, &(struct shown){creating.id, password});
}

static const struct ask grant_asks[] = {
    {"post", "岗位", ASK_TEXT, true, .max = 20},
    {"unit", "机构", ASK_ID, true},
    {"from_day", "起", ASK_DAY, false, .hint = "不填就是今天"},
    {"to_day", "止", ASK_DAY, false, .hint = "含当天；不填就是长期"},
    {NULL},
};
const struct form staff_grant_form = {"new-grant", grant_asks};

struct granting {
    const struct actor *actor;
    struct grant grant;
    int64_t id, staff;
    struct str why;
    struct factor_reset taken;
};

static enum err give(struct task *t, void *arg)
{
    struct granting *granting = arg;

    return staff_grant(t, granting->actor, &granting->grant, &granting->id);
}

static int32_t day_or_none(struct str text)
{
    int32_t day;

    return day_parse(text, &day) ? day : DAY_NONE;
}

enum err access_post_grant(struct task *t, struct request *request, struct response *response)
{
    struct granting granting = {.actor = request->actor};
    struct json *input;
    enum err e = form_check(t, &staff_grant_form, request->body, S(""), &input);

    if (e)
        return e;
    granting.grant = (struct grant){
        .staff = id_of(request),
        .post = json_get_str(input, "post"),
        .unit = json_get_id(input, "unit"),
        .from_day = day_or_none(json_get_str(input, "from_day")),
        .to_day = day_or_none(json_get_str(input, "to_day")),
    };
    e = store_write(t, give, &granting);
    return e ? e : done(t, request, response);
}

static enum err end_grant(struct task *t, void *arg)
{
    struct granting *granting = arg;
    struct list grants;
    bool own = false;
    enum err e = staff_grants(t, granting->staff, false, &grants);

    if (e)
        return e;
    LIST_EACH (struct grant, grant, grants)
        own = own || grant->id == granting->id;
    if (!own)
        return task_fail(t, ERR_NOT_FOUND, "没有这项授权");
    return staff_end_grant(t, granting->actor, granting->id);
}

enum err access_post_grant_end(struct task *t, struct request *request, struct response *response)
{
    struct granting granting = {.actor = request->actor,
                                .staff = id_of(request),
                                .id = json_get_id(request->params, "grant")};
    enum err e = store_write(t, end_grant, &granting);

    e = power_tried(t, request->actor, granting.staff, granting.id, e);
    return e ? e : done(t, request, response);
}

static const struct ask why_asks[] = {
    {"why", "理由", ASK_TEXT, true, .max = 200},
    {NULL},
};
const struct form staff_why_form = {"staff-why", why_asks};

static enum err suspend(struct task *t, void *arg)
{
    const struct granting *what = arg;

    return staff_suspend(t, what->actor, what->staff, what->why);
}

enum err access_post_suspend(struct task *t, struct request *request, struct response *response)
{
    struct granting what = {.actor = request->actor, .staff = id_of(request)};
    struct json *input;
    enum err e = form_check(t, &staff_why_form, request->body, S(""), &input);

    if (e)
        return e;
    what.why = json_get_str(input, "why");
    e = power_tried(t, request->actor, what.staff, 0, store_write(t, suspend, &what));
    return e ? e : done(t, request, response);
}

static enum err resume(struct task *t, void *arg)
{
    const struct granting *what = arg;

    return staff_resume(t, what->actor, what->staff);
}

enum err access_post_resume(struct task *t, struct request *request, struct response *response)
{
    struct granting what = {.actor = request->actor, .staff = id_of(request)};
    enum err e = store_write(t, resume, &what);

    return e ? e : done(t, request, response);
}

static enum err sign_out(struct task *t, void *arg)
{
    const struct granting *what = arg;

    return staff_sign_out(t, what->actor, what->staff, what->actor->session);
}

enum err access_post_staff_out(struct task *t, struct request *request, struct response *response)
{
    struct granting what = {.actor = request->actor, .staff = id_of(request)};
    enum err e = store_write(t, sign_out, &what);

    return e ? e : done(t, request, response);
}

static enum err reset_factor(struct task *t, void *arg)
{
    struct granting *what = arg;

    return staff_totp_reset(t, what->actor, what->staff, what->why, &what->taken);
}

static struct str reset_told(struct task *t, const struct factor_reset *taken)
{
    if (!factor_reset_any(taken))
        return tr_str(t, S("此人没有两步验证，也没有登录和接口令牌：什么都没有改"));
    return str_format(
        t,
        taken->device ? tr(t, "两步验证已重设；退出登录 %lld 处，撤销接口令牌 %lld 个")
                      : tr(t, "此人没有两步验证可以重设；退出登录 %lld 处，撤销接口令牌 %lld 个"),
        (long long)taken->sessions, (long long)taken->tokens);
}

enum err access_post_factor_reset(struct task *t, struct request *request,
                                  struct response *response)
{
    struct granting what = {.actor = request->actor, .staff = id_of(request)};
    struct json *input;
    enum err e = form_check(t, &staff_why_form, request->body, S(""), &input);

    if (e)
        return e;
    what.why = json_get_str(input, "why");
    e = store_write(t, reset_factor, &what);
    if (e)
        return e;
    /* The page of the person says that the device is gone, not that there was none. */
    if (what.taken.device)
        response->redirect = str_format(t, "/admin/staff/%lld", (long long)what.staff);
    return show(t, request, response,
                &(struct shown){.id = what.staff, .told = reset_told(t, &what.taken)});
}

static enum err unlock(struct task *t, void *arg)
{
    const struct granting *what = arg;

    return staff_unlock(t, what->actor, what->staff);
}

enum err access_post_unlock(struct task *t, struct request *request, struct response *response)
{
    struct granting what = {.actor = request->actor, .staff = id_of(request)};
    enum err e = store_write(t, unlock, &what);

    return e ? e : done(t, request, response);
}

/* A new password for somebody else is a way into their account: not into those that watch. */
static enum err watches(struct task *t, void *arg)
{
    struct granting *what = arg;
    struct list grants;
    enum err e = staff_grants(t, what->staff, false, &grants);

    if (e)
        return e;
    LIST_EACH (struct grant, grant, grants) {
        /* Also one that begins tomorrow: the password would still be known then. */
        if (grant->to_day >= day_of(t->now) &&
            (str_is(grant->post, "secadmin") || str_is(grant->post, "auditor")))
            return task_fail(t, ERR_FORBIDDEN, "安全管理岗和审计岗的密码只能在主机上用命令重设");
    }
    return OK;
}

enum err access_post_reset(struct task *t, struct request *request, struct response *response)
{
    struct granting what = {.actor = request->actor, .staff = id_of(request)};
    struct str password = password_random(t);
    enum err e = store_read(t, watches, &what);

    if (!e)
        e = staff_set_password(t, request->actor, what.staff, password, true, 0);
    return e ? e : show(t, request, response, &(struct shown){what.staff, password});
}
