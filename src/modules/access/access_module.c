/* What access offers to the rest of the program: its table, its routes, its jobs. */
#include "modules/module.h"

#include "modules/access/access.h"
#include "modules/access/pages.h"
#include "modules/access/staff_private.h"
#include "session_sql.h"
#include "staff_sql.h"

#define HOUR_MS ((int64_t)3600 * 1000)

static enum err sweep(struct task *t, void *arg)
{
    enum err e = store_run(t, &q_session_sweep,
                           ARGS(INT("tenant", t->tenant), INT("made_before", t->now - 8 * HOUR_MS),
                                INT("seen_before", t->now - HOUR_MS)),
                           NULL);

    (void)arg;
    return e ? e
             : store_run(t, &q_session_try_sweep,
                         ARGS(INT("tenant", t->tenant), INT("before", t->now - 24 * HOUR_MS),
                              INT("now", t->now)),
                         NULL);
}

static enum err run_sweep(struct task *t, const struct setup *setup)
{
    (void)setup;
    return store_write(t, sweep, NULL);
}

static enum err settle(struct task *t, void *arg)
{
    enum err e = staff_part_grants(t);

    (void)arg;
    return e ? e : staff_settle_grants(t);
}

static enum err run_settle(struct task *t, const struct setup *setup)
{
    (void)setup;
    return store_write(t, settle, NULL);
}

static const struct job jobs[] = {
    {"access.sweep", 600, run_sweep},
    {"access.settle", 600, run_settle},
    {0},
};

static const struct permission permissions[] = {
    {"account.own", "管理自己的账号"},
    {"access.read", "查看人员和授权"},
    {"access.manage", "建账号、重设密码"},
    {"access.grant", "给人员授予和收回岗位"},
    {"access.suspend", "停用和恢复账号"},
    {"access.unlock", "解除登录锁定"},
    {"access.secure", "安全设置、重设两步验证、撤销令牌"},
    {0},
};

#define ACCOUNT(method_, path_, handler_, form_, flags_, summary_)                                 \
    {                                                                                              \
        method_, path_, ACCESS_STAFF, "account.own", handler_,                                     \
            .page = "access/account", .view = &account_shape, .form = form_,                       \
            .on_bad_input = method_ == POST ? access_get_account : NULL, .summary = summary_,      \
            .flags = flags_                                                                        \
    }
#define PERSON(path_, permission_, handler_, form_, flags_, summary_)                              \
    {                                                                                              \
        POST, path_, ACCESS_STAFF, permission_, handler_,                                          \
            .page = "access/staff-one", .view = &staff_one_shape, .form = form_,                   \
            .on_bad_input = access_get_staff, .summary = summary_, .flags = flags_                 \
    }

enum { WAY_IN = ROUTE_PAGE_ONLY };

const struct route access_routes[] = {
    {GET, "/sign-in/enrol", ACCESS_STAFF, "account.own", access_get_enrol, "access/enrol",
     &enrol_shape, .summary = "设置两步验证页", .flags = WAY_IN},
    {POST, "/sign-in/enrol", ACCESS_STAFF, "account.own", access_post_enrol, "access/enrol",
     &enrol_shape, .on_bad_input = access_get_enrol, .summary = "开始设置两步验证",
     .flags = WAY_IN | ROUTE_PROVE},
    {POST, "/sign-in/enrol/confirm", ACCESS_STAFF, "account.own", access_post_enrol_confirm,
     "access/enrol", &enrol_shape, &enrol_form, access_get_enrol, "启用两步验证",
     WAY_IN | ROUTE_SECRET | ROUTE_PROVE},
    ACCOUNT(GET, "/account", access_get_account, NULL, 0, "我的账号"),
    ACCOUNT(POST, "/account/facts", access_post_facts, &account_facts_form, 0, "申报回避信息"),
    ACCOUNT(POST, "/account/totp", access_post_totp, NULL, ROUTE_PROVE, "取得两步验证的新密钥"),
    ACCOUNT(POST, "/account/totp/confirm", access_post_totp_confirm, &account_code_form, 0,
            "开启两步验证"),
    ACCOUNT(POST, "/account/totp/off", access_post_totp_off, &account_confirm_form, ROUTE_SECRET,
            "关闭两步验证"),
    ACCOUNT(POST, "/account/tokens", access_post_token, &account_token_form, ROUTE_PROVE,
            "新建接口令牌"),
    ACCOUNT(POST, "/account/tokens/{id}/revoke", access_post_token_revoke, NULL, 0, "撤销接口令牌"),
    ACCOUNT(POST, "/account/sessions/end", access_post_sessions_end, NULL, ROUTE_PROVE,
            "退出其他登录"),
    {GET, "/admin/security", ACCESS_STAFF, "access.secure", access_get_security,
     .page = "access/security", .view = &security_shape, .summary = "安全设置"},
    {POST, "/admin/security", ACCESS_STAFF, "access.secure", access_post_security,
     .page = "access/security", .view = &security_shape, .form = &security_form,
     .on_bad_input = access_get_security, .summary = "改安全设置", .flags = ROUTE_PROVE},
    {GET, "/admin/tokens", ACCESS_STAFF, "access.secure", access_get_tokens,
     .page = "access/tokens", .view = &tokens_shape, .form = &tokens_form,
     .summary = "有效的接口令牌，所有人的"},
    {POST, "/admin/tokens/{id}/end", ACCESS_STAFF, "access.secure", access_post_token_end,
     .page = "access/tokens", .view = &tokens_shape, .on_bad_input = access_get_tokens,
     .summary = "撤销别人的接口令牌"},
    {GET, "/admin/staff", ACCESS_STAFF, "access.read", access_get_staff_list,
     .page = "access/staff", .view = &staff_list_shape, .summary = "人员"},
    {POST, "/admin/staff", ACCESS_STAFF, "access.manage", access_post_staff,
     .page = "access/staff-one", .view = &staff_one_shape, .form = &staff_new_form,
     .on_bad_input = access_get_staff_list, .summary = "新建账号，返回初始密码"},
    {GET, "/admin/staff/{id}", ACCESS_STAFF, "access.read", access_get_staff,
     .page = "access/staff-one", .view = &staff_one_shape, .summary = "一个人员"},
    PERSON("/admin/staff/{id}/grants", "access.grant", access_post_grant, &staff_grant_form,
           ROUTE_PROVE, "授予岗位"),
    PERSON("/admin/staff/{id}/grants/{grant}/end", "access.grant", access_post_grant_end, NULL,
           ROUTE_PROVE, "收回岗位"),
    PERSON("/admin/staff/{id}/suspend", "access.suspend", access_post_suspend, &staff_why_form, 0,
           "停用账号"),
    PERSON("/admin/staff/{id}/resume", "access.suspend", access_post_resume, NULL, ROUTE_PROVE,
           "恢复账号"),
    PERSON("/admin/staff/{id}/sign-out", "access.suspend", access_post_staff_out, NULL, 0,
           "让此人在各处退出登录"),
    PERSON("/admin/staff/{id}/password", "access.manage", access_post_reset, NULL, ROUTE_PROVE,
           "重设密码，返回新的初始密码"),
    PERSON("/admin/staff/{id}/factor", "access.secure", access_post_factor_reset, &staff_why_form,
           ROUTE_PROVE, "重设两步验证"),
    PERSON("/admin/staff/{id}/unlock", "access.unlock", access_post_unlock, NULL, 0,
           "解除登录锁定"),
    {0},
};

const struct module access_module = {
    .name = "access",
    .permissions = permissions,
    .routes = access_routes,
    .migrations = access_migrations,
    .jobs = jobs,
};
