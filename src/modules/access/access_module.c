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
    (void)arg;
    return staff_settle_grants(t);
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
    {"account.own", "管理自己的账号"},           {"access.read", "查看人员和授权"},
    {"access.manage", "建账号、停用、重设密码"}, {"access.grant", "给人员授予和收回岗位"},
    {"access.unlock", "解除登录锁定"},           {0},
};

#define ACCOUNT(method_, path_, handler_, form_, summary_)                                         \
    {                                                                                              \
        method_, path_, ACCESS_STAFF, "account.own", handler_,                                     \
            .page = "access/account", .view = &account_shape, .form = form_,                       \
            .on_bad_input = method_ == POST ? access_get_account : NULL, .summary = summary_       \
    }
#define PERSON(path_, permission_, handler_, form_, summary_)                                      \
    {                                                                                              \
        POST, path_, ACCESS_STAFF, permission_, handler_,                                          \
            .page = "access/staff-one", .view = &staff_one_shape, .form = form_,                   \
            .on_bad_input = access_get_staff, .summary = summary_                                  \
    }

const struct route access_routes[] = {
    ACCOUNT(GET, "/account", access_get_account, NULL, "我的账号"),
    ACCOUNT(POST, "/account/facts", access_post_facts, &account_facts_form, "申报回避信息"),
    ACCOUNT(POST, "/account/totp", access_post_totp, NULL, "取得两步验证的新密钥"),
    ACCOUNT(POST, "/account/totp/confirm", access_post_totp_confirm, &account_code_form,
            "开启两步验证"),
    ACCOUNT(POST, "/account/totp/off", access_post_totp_off, &account_confirm_form, "关闭两步验证"),
    ACCOUNT(POST, "/account/tokens", access_post_token, &account_token_form, "新建接口令牌"),
    ACCOUNT(POST, "/account/tokens/{id}/revoke", access_post_token_revoke, NULL, "撤销接口令牌"),
    {GET, "/admin/staff", ACCESS_STAFF, "access.read", access_get_staff_list,
     .page = "access/staff", .view = &staff_list_shape, .summary = "人员"},
    {POST, "/admin/staff", ACCESS_STAFF, "access.manage", access_post_staff,
     .page = "access/staff-one", .view = &staff_one_shape, .form = &staff_new_form,
     .on_bad_input = access_get_staff_list, .summary = "新建账号，返回初始密码"},
    {GET, "/admin/staff/{id}", ACCESS_STAFF, "access.read", access_get_staff,
     .page = "access/staff-one", .view = &staff_one_shape, .summary = "一个人员"},
    PERSON("/admin/staff/{id}/grants", "access.grant", access_post_grant, &staff_grant_form,
           "授予岗位"),
    PERSON("/admin/staff/{id}/grants/{grant}/end", "access.grant", access_post_grant_end, NULL,
           "收回岗位"),
    PERSON("/admin/staff/{id}/suspend", "access.manage", access_post_suspend, &staff_why_form,
           "停用账号"),
    PERSON("/admin/staff/{id}/resume", "access.manage", access_post_resume, NULL, "恢复账号"),
    PERSON("/admin/staff/{id}/password", "access.manage", access_post_reset, NULL,
           "重设密码，返回新的初始密码"),
    PERSON("/admin/staff/{id}/unlock", "access.unlock", access_post_unlock, NULL, "解除登录锁定"),
    {0},
};

const struct module access_module = {
    .name = "access",
    .permissions = permissions,
    .routes = access_routes,
    .migrations = access_migrations,
    .jobs = jobs,
};
