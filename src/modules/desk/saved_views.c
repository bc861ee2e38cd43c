/*
 * saved_views.c - lists that a person keeps under a name: the filters, never what was searched for.
 */
#include "core/task.h"
#include "core/text.h"
#include "modules/desk/worklist.h"
#include "saved_views_sql.h"

#define FIELDS(...) ((const struct field[]){__VA_ARGS__, {0}})

enum { VIEWS_MOST = 12, TITLE_MOST = 12 };

const struct shape desk_saved_view_shape = {
    "SavedView", sizeof(struct saved_view),
    FIELDS(FIELD(struct saved_view, id, F_ID, "编号"),
           FIELD(struct saved_view, title, F_STR, "名称"),
           FIELD(struct saved_view, href, F_STR, "列表的地址"),
           FIELD(struct saved_view, current, F_BOOL, NULL))};

struct views_page {
    struct list views;
};
const struct shape desk_views_shape = {
    "SavedViews", sizeof(struct views_page),
    FIELDS(FIELD_OF(struct views_page, views, F_LIST, &desk_saved_view_shape, "自己保存的视图"))};

const struct form desk_view_form = {
    "SaveView",
    (const struct ask[]){
        {.name = "title", .title = "名称", .type = ASK_TEXT, .required = true, .max = TITLE_MOST},
        {.name = "view", .title = "范围", .type = ASK_TEXT, .max = 20},
        {.name = "status", .title = "在办还是办结", .type = ASK_TEXT, .max = 20},
        {.name = "due", .title = "时限", .type = ASK_TEXT, .max = 20},
        {.name = "green", .title = "只看绿色通道", .type = ASK_BOOL},
        {.name = "emergency", .title = "只看紧急", .type = ASK_BOOL},
        {.name = "step", .title = "环节", .type = ASK_TEXT, .max = 60},
        {.name = "matter", .title = "事项", .type = ASK_TEXT, .max = 60},
        {.name = "channel", .title = "渠道", .type = ASK_TEXT, .max = 20},
        {.name = "owner", .title = "承办人", .type = ASK_ID},
        {0},
    },
};

enum err desk_saved_views(struct task *t, const struct actor *actor,
                          const struct desk_list_state *state, struct list *ret_views)
{
    struct list views = {0};
    struct str here = state ? desk_list_href(t, state, NULL, S("")) : S("");
    struct rows *rows;
    enum err e = store_run(t, &q_views_of_staff,
                           ARGS(INT("tenant", t->tenant), INT("staff", actor->staff)), &rows);

    if (e)
        return e;
    while (rows_next(rows)) {
        struct saved_view *view = list_add(t, &views, sizeof *view);

        view->id = row_int(rows, "id");
        view->title = row_str(rows, "title");
        view->href = row_str(rows, "filters");
        view->current = str_eq(view->href, here);
    }
    *ret_views = views;
    return OK;
}

struct reading {
    const struct actor *actor;
    struct list views;
};

static enum err read_views(struct task *t, void *arg)
{
    struct reading *r = arg;

    return desk_saved_views(t, r->actor, NULL, &r->views);
}

enum err desk_views(struct task *t, struct request *request, struct response *response)
{
    struct reading r = {.actor = request->actor};
    struct views_page *page = NEW(t, struct views_page, 1);
    enum err e = store_read(t, read_views, &r);

    page->views = r.views;
    response->view = page;
    return e;
}

struct saving {
    const struct actor *actor;
    struct str title, filters;
};

static enum err save(struct task *t, void *arg)
{
    const struct saving *s = arg;
    struct list views;
    bool known = false;
    enum err e = desk_saved_views(t, s->actor, NULL, &views);

    if (e)
        return e;
    LIST_EACH (struct saved_view, view, views)
        known = known || str_eq(view->title, s->title);
    if (!known && views.count >= VIEWS_MOST) {
        task_field_error(t, S("title"), tr(t, "已经保存了 %d 个，先删掉一个再保存"), VIEWS_MOST);
        return task_input_verdict(t);
    }
    return store_run(t, &q_views_put,
                     ARGS(INT("tenant", t->tenant), INT("staff", s->actor->staff),
                          INT("id", store_new_id(t)), TEXT("title", s->title),
                          TEXT("filters", s->filters), INT("made_at", t->now)),
                     NULL);
}

/* A program sends true, a page "1": an address has "1" or nothing. */
static struct desk_list_state state_of(const struct json *clean)
{
    struct desk_list_state state = desk_list_state(clean);

    state.green = json_get_bool(clean, "green") ? S("1") : S("");
    state.emergency = json_get_bool(clean, "emergency") ? S("1") : S("");
    state.q = state.after = S("");
    return state;
}

enum err desk_view_save(struct task *t, struct request *request, struct response *response)
{
    struct saving s = {.actor = request->actor};
    struct json *clean;
    enum err e = form_check(t, &desk_view_form, request->body, S(""), &clean);

    if (e)
        return e;
    struct desk_list_state state = state_of(clean);
    s.title = json_get_str(clean, "title");
    s.filters = desk_list_href(t, &state, NULL, S(""));
    e = store_write(t, save, &s);
    response->redirect = s.filters;
    return e;
}

struct dropping {
    const struct actor *actor;
    int64_t id;
};

static enum err drop(struct task *t, void *arg)
{
    const struct dropping *d = arg;
    enum err e = store_run(
        t, &q_views_drop,
        ARGS(INT("tenant", t->tenant), INT("staff", d->actor->staff), INT("id", d->id)), NULL);

    if (!e && !store_changed(t))
        return task_fail(t, ERR_NOT_FOUND, "没有这个视图，可能已经删掉了");
    return e;
}

enum err desk_view_drop(struct task *t, struct request *request, struct response *response)
{
    struct dropping d = {request->actor, json_get_id(request->params, "id")};
    enum err e = store_write(t, drop, &d);

    response->redirect = S("/orders");
    return e;
}
