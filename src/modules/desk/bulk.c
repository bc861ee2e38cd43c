/* What is done to several orders at once, and what changed since a list was drawn. */
#include "core/task.h"
#include "modules/desk/worklist.h"
#include "core/text.h"
#include "modules/orders/read_page.h"

#define FIELDS(...) ((const struct field[]){__VA_ARGS__, {0}})

enum { BULK_MOST = 100 };

/* --- Changes --------------------------------------------------------------------------------- */

const struct form desk_changes_form = {
    "OrderChangesQuery",
    (const struct ask[]){
        {.name = "newest", .title = "页面上最新的编号", .type = ASK_ID, .required = true},
        {.name = "since",
         .title = "页面是什么时候画的（毫秒）",
         .type = ASK_INT,
         .required = true,
         .min = 0,
         .max = INT64_MAX},
        {.name = "ids", .title = "页面上的工单，用逗号连接", .type = ASK_TEXT, .max = 3000},
        {.name = "seen",
         .title = "已经知道的 fresh.changed；没有更多就等到有（Prefer: wait=秒）",
         .type = ASK_TEXT,
         .max = 50},
        {0},
    },
};

struct changes_view {
    int64_t fresh, changed;
    struct str text;
};
const struct shape desk_changes_shape = {
    "OrderChanges", sizeof(struct changes_view),
    FIELDS(FIELD(struct changes_view, fresh, F_INT, "新登记的件数"),
           FIELD(struct changes_view, changed, F_INT, "页面上有变化的件数"),
           FIELD(struct changes_view, text, F_STR, "一句话"))};

struct changes_work {
    const struct actor *actor;
    int64_t newest, since;
    struct list ids;
    struct order_changes changes;
};

static enum err read_changes(struct task *t, void *arg)
{
    struct changes_work *w = arg;

    return order_changes(t, w->actor, w->newest, w->since, w->ids, &w->changes);
}

static struct list ids_of(struct task *t, struct str text)
{
    struct list ids = {0};
    struct str part;

    while (ids.count < BULK_MOST && str_cut(&text, ',', &part)) {
        int64_t id = store_id_at(part);
        if (id)
            *(int64_t *)list_add(t, &ids, sizeof id) = id;
    }
    return ids;
}

enum err desk_list_changes(struct task *t, struct request *request, struct response *response)
{
    struct json *clean;
    struct changes_view *view = NEW(t, struct changes_view, 1);
    enum err e = form_check(t, &desk_changes_form, request->query, S(""), &clean);

    if (e)
        return e;
    struct changes_work w = {
        .actor = request->actor,
        .newest = json_get_id(clean, "newest"),
        .since = json_get_int(clean, "since"),
        .ids = ids_of(t, json_get_str(clean, "ids")),
    };
    e = store_read(t, read_changes, &w);
    if (e)
        return e;
    *view = (struct changes_view){w.changes.fresh, w.changes.changed, {0}};
    if (view->fresh && view->changed)
        view->text = str_format(t, tr(t, "有 %lld 件新工单、%lld 件有变化"), (long long)view->fresh,
                                (long long)view->changed);
    else if (view->fresh)
        view->text = str_format(t, tr(t, "有 %lld 件新工单"), (long long)view->fresh);
    else if (view->changed)
        view->text = str_format(t, tr(t, "有 %lld 件有变化"), (long long)view->changed);
    response->view = view;
    struct str seen = str_format(t, "%lld.%lld", (long long)view->fresh, (long long)view->changed);
    if (str_eq(seen, json_get_str(clean, "seen")))
        response->live = "order";
    return OK;
}

/* --- Bulk actions ---------------------------------------------------------------------------- */

static const struct choice bulk_actions[] = {{"assign", "分派"}, {"note", "记一笔"}, {NULL, NULL}};

const struct form desk_bulk_form = {
    "OrderBulk",
    (const struct ask[]){
        {.name = "action",
         .title = "操作",
         .type = ASK_CHOICE,
         .required = true,
         .choices = bulk_actions},
        {.name = "staff", .title = "承办人", .type = ASK_ID},
        {.name = "text", .title = "记什么", .type = ASK_LONG, .max = 2000},
        {0},
    },
};

struct bulk_row {
    int64_t order;
    bool done;
    struct str why;
};
static const struct shape bulk_row_shape = {
    "OrderBulkRow", sizeof(struct bulk_row),
    FIELDS(FIELD(struct bulk_row, order, F_ID, "工单"),
           FIELD(struct bulk_row, done, F_BOOL, "做成了"),
           FIELD(struct bulk_row, why, F_STR, "没有做成的原因"))};
struct bulk_view {
    struct list rows;
};
const struct shape desk_bulk_shape = {
    "OrderBulkResult", sizeof(struct bulk_view),
    FIELDS(FIELD_OF(struct bulk_view, rows, F_LIST, &bulk_row_shape, "逐件的结果"))};

static struct list chosen_ids(struct task *t, const struct json *ids)
{
    struct list list = {0};

    if (ids && ids->kind != JSON_LIST)
        return ids_of(t, json_as_str(ids));
    JSON_EACH (child, ids) {
        int64_t id = store_id_at(json_as_str(child));
        if (id && list.count < BULK_MOST)
            *(int64_t *)list_add(t, &list, sizeof id) = id;
    }
    return list;
}

/* The body without what belongs to the request as a whole. */
static struct json *bulk_input(struct task *t, const struct json *clean, struct str action)
{
    struct json *input = json_object(t);

    if (str_is(action, "assign"))
        json_put_id(t, input, "staff", json_get_id(clean, "staff"));
    else
        json_put_str(t, input, "text", json_get_str(clean, "text"));
    return input;
}

/* Each order is an act of its own: what cannot be done to one does not keep the others waiting.
 * *ret_later: what may work a moment later. */
static struct bulk_row act_on(struct task *t, const struct request *request, int64_t order,
                              struct str action, const struct json *input, enum err *ret_later)
{
    struct act act = {
        .order = order,
        .action = action,
        .input = input,
        .key = str_format(t, "%.*s-%lld", STR_ARG(request->idempotency_key), (long long)order),
    };
    struct bulk_row row = {.order = order};
    enum err e = order_act(t, request->actor, &act, NULL);

    row.done = e == OK;
    if (e == ERR_STORE || e == ERR_BUSY || e == ERR_UNCERTAIN)
        *ret_later = e;
    if (e) {
        row.why = t->field_errors ? t->field_errors->message
                  : t->note.len   ? t->note
                                  : str_of(err_sentence(e));
        task_clear_error(t);
    }
    return row;
}

static struct str back_to(struct task *t, const struct request *request, size_t done, size_t all,
                          struct str why)
{
    struct str back = json_get_str(request->body, "_back");
    struct json *query = json_object(t);
    struct desk_list_state state = desk_list_state(query);
    struct buf b = buf_new(t, LIMIT_TARGET);

    if (!str_starts(back, S("/orders")))
        back = desk_list_href(t, &state, NULL, S(""));
    buf_add(&b, back);
    buf_add_char(&b, str_find(back, S("?")) == SIZE_MAX ? '?' : '&');
    buf_add(&b, done == all ? S("result=") : S("trouble="));
    struct str text = done == all ? str_format(t, tr(t, "%zu 件都做好了"), all)
                                  : str_format(t, tr(t, "做好 %zu 件，%zu 件没有做成：%.*s"), done,
                                               all - done, STR_ARG(why));
    text = str_first(text, utf8_prefix(text, 90));
    for (size_t i = 0; i < text.len; i++)
        buf_format(&b, "%%%02X", (unsigned char)text.at[i]);
    return buf_str(&b);
}

enum err desk_bulk(struct task *t, struct request *request, struct response *response)
{
    struct json *body = json_object(t), *clean;
    struct list ids = chosen_ids(t, json_get(request->body, "ids"));
    struct bulk_view *view = NEW(t, struct bulk_view, 1);
    static const char *const names[] = {"action", "staff", "text"};
    size_t done = 0;
    struct str why = {0};
    enum err later = OK;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (json_get(request->body, names[i]))
            json_put_str(t, body, names[i], json_as_str(json_get(request->body, names[i])));
    enum err e = form_check(t, &desk_bulk_form, body, S(""), &clean);
    struct str action = json_get_str(clean, "action");
    if (!ids.count)
        task_field_error(t, S("ids"), "先在列表里选中工单");
    if (str_is(action, "assign") && !json_get_id(clean, "staff"))
        task_field_error(t, S("staff"), "请选择承办人");
    if (str_is(action, "note") && !json_get_str(clean, "text").len)
        task_field_error(t, S("text"), "请写要记的内容");
    e = task_input_verdict(t);
    if (e)
        return e;
    struct json *input = bulk_input(t, clean, action);
    LIST_EACH (int64_t, id, ids) {
        struct bulk_row *row = list_add(t, &view->rows, sizeof *row);
        *row = act_on(t, request, *id, action, input, &later);
        done += row->done;
        if (!row->done && !why.len)
            why = row->why;
    }
    /* A page: what was typed stays there, and sent again it is done to the others only. */
    if (later && !request->api)
        return task_fail(t, done ? ERR_UNCERTAIN : later, "做好 %zu 件，%zu 件没有做成：%.*s", done,
                         ids.count - done, STR_ARG(why));
    response->view = view;
    response->redirect = back_to(t, request, done, ids.count, why);
    return OK;
}
