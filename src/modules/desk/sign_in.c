#include "modules/desk/sign_in.h"

#include "core/form.h"
#include "core/task.h"
#include "modules/access/access.h"
#include "modules/access/staff.h"
#include "modules/desk/draw.h"

struct sign_in_view {
    struct desk_errors errors;
    struct str page_title, hint, address, next, login, label;
    bool is_password, is_code, is_new_password, asks_current;
};

static const struct field sign_in_fields[] = {
    DESK_ERROR_FIELDS(struct sign_in_view),
    FIELD(struct sign_in_view, page_title, F_STR, NULL),
    FIELD(struct sign_in_view, hint, F_STR, NULL),
    FIELD(struct sign_in_view, address, F_STR, NULL),
    FIELD(struct sign_in_view, next, F_STR, NULL),
    FIELD(struct sign_in_view, login, F_STR, NULL),
    FIELD(struct sign_in_view, label, F_STR, NULL),
    FIELD(struct sign_in_view, is_password, F_BOOL, NULL),
    FIELD(struct sign_in_view, is_code, F_BOOL, NULL),
    FIELD(struct sign_in_view, is_new_password, F_BOOL, NULL),
    FIELD(struct sign_in_view, asks_current, F_BOOL, NULL),
    {0},
};
const struct shape desk_sign_in_shape = {"SignInPage", sizeof(struct sign_in_view), sign_in_fields};

const struct form desk_sign_in_form = {
    "SignIn",
    (const struct ask[]){
        {.name = "login", .title = "账号", .type = ASK_TEXT, .required = true, .max = 64},
        {.name = "password",
         .title = "密码",
         .type = ASK_TEXT,
         .required = true,
         .max = PASSWORD_MOST},
        {.name = "next", .title = "登录后去哪里", .type = ASK_TEXT, .max = 500},
        {0},
    },
};

const struct form desk_code_form = {
    "SignInCode",
    (const struct ask[]){
        {.name = "code", .title = "验证码", .type = ASK_TEXT, .required = true, .max = 40},
        {.name = "next", .title = "登录后去哪里", .type = ASK_TEXT, .max = 500},
        {0},
    },
};

const struct form desk_password_form = {
    "NewPassword",
    (const struct ask[]){
        {.name = "current", .title = "现在的密码", .type = ASK_TEXT, .max = PASSWORD_MOST},
        {.name = "new_password",
         .title = "新密码",
         .type = ASK_TEXT,
         .required = true,
         .max = PASSWORD_MOST},
        {.name = "again",
         .title = "再输一遍",
         .type = ASK_TEXT,
         .required = true,
         .max = PASSWORD_MOST},
        {.name = "next", .title = "之后去哪里", .type = ASK_TEXT, .max = 500},
        {0},
    },
};

const struct form desk_post_form = {
    "SwitchPost",
    (const struct ask[]){
        {.name = "grant", .title = "岗位", .type = ASK_ID, .required = true},
        {.name = "window", .title = "窗口", .type = ASK_ID},
        {0},
    },
};

/* Only a path of this site: never where somebody else's link says.  Else where the post begins. */
static struct str safe_next(struct str next, const struct post *post)
{
    next = site_path(next);
    return next.len > 1 ? next : post_home(post);
}

static struct sign_in_view *view_of(struct task *t, struct request *request,
                                    struct response *response)
{
    struct sign_in_view *view = NEW(t, struct sign_in_view, 1);
    struct str typed = json_get_str(request->body, "next");

    view->errors = desk_errors(t, request);
    view->next = typed.len ? typed : json_get_str(request->query, "next");
    response->view = view;
    return view;
}

enum err desk_sign_in_page(struct task *t, struct request *request, struct response *response)
{
    struct sign_in_view *view = view_of(t, request, response);
    const struct actor *actor = request->actor;

    view->page_title = S("工作人员登录");
    view->address = S("/sign-in");
    view->label = S("登录");
    view->is_password = true;
    view->login = json_get_str(request->body, "login");
    if (!request->error && actor && actor->kind == ACTOR_STAFF && !actor->second_factor_due)
        response->redirect = safe_next(view->next, actor->post);
    return OK;
}

enum err desk_sign_in(struct task *t, struct request *request, struct response *response)
{
    struct signed_in done;
    struct json *clean;
    enum err e = form_check(t, &desk_sign_in_form, request->body, S(""), &clean);

    if (e)
        return e;
    /* A password may begin and end with blanks: it is taken as typed. */
    e = access_sign_in(t, json_get_str(clean, "login"), json_get_str(request->body, "password"),
                       request->remote, access_marks(request), &done, &response->retry_after_s);
    if (!e)
        e = access_end_before(t, request);
    if (e)
        return e;
    struct str next = safe_next(json_get_str(clean, "next"), done.post);
    response->set_cookie = access_cookie(t, done.cookie, request->secure);
    if (!done.second_factor_due)
        access_remember(t, request, response, done.staff);
    response->redirect = done.second_factor_due
                             ? str_format(t, "/sign-in/code?next=%.*s", STR_ARG(next))
                         : done.must_change ? S("/account/password")
                                            : next;
    return OK;
}

enum err desk_code_page(struct task *t, struct request *request, struct response *response)
{
    struct sign_in_view *view = view_of(t, request, response);

    view->page_title = S("再核对一步");
    view->address = S("/sign-in/code");
    view->label = S("继续");
    view->is_code = true;
    return OK;
}

enum err desk_code(struct task *t, struct request *request, struct response *response)
{
    struct json *clean;
    enum err e = form_check(t, &desk_code_form, request->body, S(""), &clean);

    if (e)
        return e;
    e = access_second_factor(t, request->actor, json_get_str(clean, "code"),
                             &response->retry_after_s);
    if (!e)
        e = access_renew(t, request, response);
    if (e)
        return e;
    access_remember(t, request, response, request->actor->staff);
    response->redirect = request->actor->must_change
                             ? S("/account/password")
                             : safe_next(json_get_str(clean, "next"), request->actor->post);
    return OK;
}

enum err desk_password_page(struct task *t, struct request *request, struct response *response)
{
    struct sign_in_view *view = view_of(t, request, response);

    view->page_title = S("换密码");
    view->address = S("/account/password");
    view->label = S("换成新密码");
    view->is_new_password = true;
    view->asks_current = !request->actor->must_change;
    if (request->actor->must_change)
        view->hint = S("现在的密码是别人给的，换成自己的再开始工作。");
    return OK;
}

enum err desk_password(struct task *t, struct request *request, struct response *response)
{
    struct json *clean;
    enum err e = form_check(t, &desk_password_form, request->body, S(""), &clean);
    struct str password = json_get_str(request->body, "new_password");

    if (e)
        return e;
    if (!str_eq(password, json_get_str(request->body, "again"))) {
        task_field_error(t, S("again"), "两次输入的不一样，请再输一遍");
        return task_input_verdict(t);
    }
    /* A password that was just given by somebody else was typed a minute ago. */
    if (!request->actor->must_change)
        e = staff_check_password(t, request->actor, json_get_str(request->body, "current"),
                                 "current", &response->retry_after_s);
    if (e)
        return e;
    e = staff_set_password(t, request->actor, request->actor->staff, password, false,
                           request->actor->session);
    /* The rules speak of the field "password"; here it has another name. */
    for (struct field_error *error = t->field_errors; error; error = error->next)
        if (str_is(error->field, "password"))
            error->field = S("new_password");
    if (!e)
        e = access_renew(t, request, response);
    if (e)
        return e;
    access_remember(t, request, response, request->actor->staff);
    response->redirect = safe_next(json_get_str(clean, "next"), request->actor->post);
    return OK;
}

enum err desk_sign_out(struct task *t, struct request *request, struct response *response)
{
    enum err e = request->actor ? access_sign_out(t, request->actor) : OK;

    if (e)
        return e;
    response->set_cookie = access_cookie(t, S(""), request->secure);
    response->clear_site_data = S("\"storage\"");
    response->redirect = S("/sign-in");
    return OK;
}

struct going {
    int64_t grant;
    struct actor actor;
};

static enum err read_post(struct task *t, void *arg)
{
    struct going *going = arg;

    return access_actor_of_grant(t, going->grant, &going->actor);
}

enum err desk_switch_post(struct task *t, struct request *request, struct response *response)
{
    struct going going;
    struct json *clean;
    enum err e = form_check(t, &desk_post_form, request->body, S(""), &clean);

    if (e)
        return e;
    going.grant = json_get_id(clean, "grant");
    e = access_switch_post(t, request->actor, going.grant, json_get_id(clean, "window"));
    if (!e)
        e = store_read(t, read_post, &going);
    /* Other rights, another secret: what was open in the post before cannot act in this one. */
    if (!e)
        e = access_renew(t, request, response);
    if (e)
        return e;
    response->redirect = post_home(going.actor.post);
    return OK;
}
