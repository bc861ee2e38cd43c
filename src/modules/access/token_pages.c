/*
 * /admin/tokens: which programs come in, as whom, and the end of one.  A token is asked for no
 * second factor and lasts for months: somebody beside its owner must see that it is there.
 */
#include "modules/access/pages.h"

#include "core/text.h"
#include "modules/access/staff_private.h"
#include "modules/org/org.h"
#include "store/store.h"

enum { SHOWN = 500 };

struct admin_token {
    int64_t id, staff;
    struct str name, owner, login, post_title, unit_name;
    int64_t made_at, seen_at, expires_at;
};

#define TOKEN(member, type, title) FIELD(struct admin_token, member, type, title)

static const struct field token_fields[] = {
    TOKEN(id, F_ID, "令牌编号"),
    TOKEN(staff, F_ID, "人员编号"),
    TOKEN(owner, F_STR, "谁的"),
    TOKEN(login, F_STR, "登录名"),
    TOKEN(name, F_STR, "给谁用"),
    TOKEN(post_title, F_STR, "岗位"),
    TOKEN(unit_name, F_STR, "机构"),
    TOKEN(made_at, F_MOMENT, "建立"),
    TOKEN(seen_at, F_MOMENT, "上次使用"),
    TOKEN(expires_at, F_MOMENT, "到期"),
    {0},
};
static const struct shape token_shape = {"admin-token", sizeof(struct admin_token), token_fields};

struct tokens_view {
    struct str page_title;
    struct page_errors errors;
    struct list tokens; /* struct admin_token */
    struct str of;      /* only this person's; empty: everybody's */
    bool more;
};

#define VIEW(member, type, title) FIELD(struct tokens_view, member, type, title)

static const struct field view_fields[] = {
    VIEW(page_title, F_STR, "页名"),
    PAGE_ERROR_FIELDS(struct tokens_view),
    FIELD_OF(struct tokens_view, tokens, F_LIST, &token_shape, "有效的接口令牌"),
    VIEW(of, F_STR, "只看谁的"),
    VIEW(more, F_BOOL, "还有没列出的"),
    {0},
};
const struct shape tokens_shape = {"admin-tokens", sizeof(struct tokens_view), view_fields};

static const struct ask query_asks[] = {
    {"staff", "人员编号", ASK_ID, false},
    {NULL},
};
const struct form tokens_form = {"admin-tokens-query", query_asks};

struct reading {
    struct tokens_view *view;
    int64_t staff;
};

static enum err read_tokens(struct task *t, void *arg)
{
    const struct reading *reading = arg;
    struct tokens_view *view = reading->view;
    struct list found;
    enum err e = tokens_in_force(t, reading->staff, SHOWN + 1, &found);

    if (!e)
        e = staff_name(t, reading->staff, &view->of);
    if (e)
        return e;
    view->tokens = (struct list){0};
    LIST_EACH (struct token_in_force, token, found) {
        const struct post *post = post_find(token->post);
        struct unit unit;

        view->more = view->tokens.count == SHOWN;
        if (view->more)
            break;
        e = org_unit(t, token->unit, &unit);
        if (e)
            return e;
        *(struct admin_token *)list_add(t, &view->tokens, sizeof(struct admin_token)) =
            (struct admin_token){token->id,      token->staff,
                                 token->name,    token->owner,
                                 token->login,   str_of(post ? post->title : NULL),
                                 unit.name,      token->made_at,
                                 token->seen_at, token->expires_at};
    }
    return OK;
}

static enum err show(struct task *t, struct request *request, struct response *response,
                     int64_t staff)
{
    struct reading reading = {NEW(t, struct tokens_view, 1), staff};
    enum err e = store_read(t, read_tokens, &reading);

    if (e)
        return e;
    reading.view->page_title = S("接口令牌");
    reading.view->errors = page_errors(t, request);
    response->view = reading.view;
    return OK;
}

enum err access_get_tokens(struct task *t, struct request *request, struct response *response)
{
    struct json *input;
    enum err e = form_check(t, &tokens_form, request->query, S(""), &input);

    return e ? e : show(t, request, response, json_get_id(input, "staff"));
}

enum err access_post_token_end(struct task *t, struct request *request, struct response *response)
{
    enum err e = access_end_token(t, request->actor, json_get_id(request->params, "id"));

    if (e)
        return e;
    response->redirect = S("/admin/tokens");
    return show(t, request, response, 0);
}
