/* What one does to one's own account: the second factor, tokens for programs, sessions elsewhere.
 */
#include "modules/access/account_page.h"

#include "modules/access/qr.h"
#include "modules/access/staff_private.h"
#include "store/store.h"

/* ---- the second factor ---- */

struct totp_change {
    const struct actor *actor;
    struct str secret, address, code;
    struct list codes;
    enum second_factor_rule rule;
};

static enum err begin_totp(struct task *t, void *arg)
{
    struct totp_change *change = arg;

    return staff_totp_begin(t, change->actor->staff, &change->secret, &change->address);
}

enum err access_post_totp(struct task *t, struct request *request, struct response *response)
{
    struct account_view *view = NEW(t, struct account_view, 1);
    struct totp_change change = {.actor = request->actor};
    enum err e = store_write(t, begin_totp, &change);

    if (e)
        return e;
    view->secret = change.secret;
    view->secret_address = change.address;
    view->secret_code = qr_svg(t, change.address);
    return account_show(t, request, response, view);
}

static const struct ask code_asks[] = {
    {"code", "验证码", ASK_TEXT, true, .max = 20},
    {NULL},
};
const struct form account_code_form = {"account-code", code_asks};

static enum err confirm_totp(struct task *t, void *arg)
{
    struct totp_change *change = arg;

    return staff_totp_confirm(t, change->actor, change->actor->staff, change->code, &change->codes);
}

enum err access_post_totp_confirm(struct task *t, struct request *request,
                                  struct response *response)
{
    struct account_view *view = NEW(t, struct account_view, 1);
    struct totp_change change = {.actor = request->actor};
    struct json *input;
    enum err e = form_check(t, &account_code_form, request->body, S(""), &input);

    if (e)
        return e;
    change.code = json_get_str(input, "code");
    e = store_write(t, confirm_totp, &change);
    if (!e)
        e = access_renew(t, request, response);
    if (e)
        return e;
    LIST_EACH (struct str, code, change.codes) {
        struct code_row *row = list_add(t, &view->codes, sizeof *row);

        row->code = *code;
    }
    return account_show(t, request, response, view);
}

static const struct ask confirm_asks[] = {
    {"password", "现在的密码", ASK_TEXT, true, .max = PASSWORD_MOST},
    {NULL},
};
const struct form account_confirm_form = {"account-confirm", confirm_asks};

static enum err read_rule(struct task *t, void *arg)
{
    struct totp_change *change = arg;

    return access_factor_rule(t, &change->rule);
}

static enum err turn_totp_off(struct task *t, void *arg)
{
    const struct totp_change *change = arg;

    return staff_totp_off(t, change->actor, change->actor->staff);
}

enum err access_post_totp_off(struct task *t, struct request *request, struct response *response)
{
    struct totp_change change = {.actor = request->actor};
    struct json *input;
    enum err e = form_check(t, &account_confirm_form, request->body, S(""), &input);

    if (!e)
        e = store_read(t, read_rule, &change);
    if (!e && factor_required(change.rule, request->actor->post))
        e = task_fail(t, ERR_FORBIDDEN, "您的岗位要用两步验证，不能关闭；换手机请用“换一部手机”");

    /* Whoever finds an unlocked screen must not take the second factor away. */
    if (!e)
        e = staff_check_password(t, request->actor, json_get_str(request->body, "password"),
                                 "password", &response->retry_after_s);
    if (!e)
        e = store_write(t, turn_totp_off, &change);
    if (e)
        return e;
    response->redirect = S("/account");
    return account_show(t, request, response, NEW(t, struct account_view, 1));
}

/* ---- tokens ---- */

static const struct ask token_asks[] = {
    {"name", "给谁用", ASK_TEXT, true, .max = 60},
    {"grant", "岗位", ASK_ID, true},
    {"days", "有效天数", ASK_INT, true, .min = 1, .max = 366},
    {NULL},
};
const struct form account_token_form = {"account-token", token_asks};

enum err access_post_token(struct task *t, struct request *request, struct response *response)
{
    struct account_view *view = NEW(t, struct account_view, 1);
    struct json *input;
    int64_t id;
    enum err e = form_check(t, &account_token_form, request->body, S(""), &input);

    if (!e)
        e = access_create_token(t, request->actor, request->actor->staff,
                                json_get_str(input, "name"), json_get_id(input, "grant"),
                                json_get_int(input, "days"), &id, &view->new_token);
    return e ? e : account_show(t, request, response, view);
}

enum err access_post_token_revoke(struct task *t, struct request *request,
                                  struct response *response)
{
    enum err e = access_revoke_token(t, request->actor, request->actor->staff,
                                     json_get_id(request->params, "id"));

    if (e)
        return e;
    response->redirect = S("/account");
    return account_show(t, request, response, NEW(t, struct account_view, 1));
}

/* ---- where one is signed in ---- */

static enum err end_others(struct task *t, void *arg)
{
    const struct actor *actor = arg;

    return staff_sign_out(t, actor, actor->staff, actor->session);
}

enum err access_post_sessions_end(struct task *t, struct request *request,
                                  struct response *response)
{
    struct actor actor = *request->actor;
    enum err e = store_write(t, end_others, &actor);

    if (e)
        return e;
    response->redirect = S("/account");
    return account_show(t, request, response, NEW(t, struct account_view, 1));
}
