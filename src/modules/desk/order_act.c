/* Acting on an order, and handing out its files. */
#include "core/task.h"
#include "modules/desk/order_page.h"
#include "modules/orders/read_page.h"

#define FIELDS(...) ((const struct field[]){__VA_ARGS__, {0}})

struct act_view {
    int64_t order, seq, version;
    struct str number, step;
    bool replayed;
    struct list papers, made; /* struct act_id */
};
struct act_id {
    int64_t id;
};
static const struct shape act_id_shape = {"MadeId", sizeof(struct act_id),
                                          FIELDS(FIELD(struct act_id, id, F_ID, "编号"))};
const struct shape desk_act_shape = {
    "OrderActDone", sizeof(struct act_view),
    FIELDS(FIELD(struct act_view, order, F_ID, "工单"),
           FIELD(struct act_view, number, F_STR, "工单号"),
           FIELD(struct act_view, seq, F_INT, "留痕的序号"),
           FIELD(struct act_view, version, F_INT, "版本"),
           FIELD(struct act_view, step, F_STR, "现在的环节"),
           FIELD(struct act_view, replayed, F_BOOL, "同一个键已经做过，这次没有再做"),
           FIELD_OF(struct act_view, papers, F_LIST, &act_id_shape, "出具的文书"),
           FIELD_OF(struct act_view, made, F_LIST, &act_id_shape, "开出的工单"))};

int64_t desk_occurred_at(struct task *t, const struct json *body, const char *name)
{
    struct str typed = str_trim(json_get_str(body, name));
    int64_t moment = 0;

    if (typed.len && !moment_parse(typed, &moment))
        task_field_error(t, str_of(name), "时间写成 2026-10-14 09:42 的样子");
    return moment;
}

struct list desk_files(struct task *t, const struct request *request, const char *field)
{
    struct list files = {0};

    LIST_EACH (struct upload, upload, request->uploads) {
        if (!str_is(upload->field, field))
            continue;
        *(struct file_in *)list_add(t, &files, sizeof(struct file_in)) = (struct file_in){
            .name = upload->filename, .type = upload->type, .content = upload->content};
    }
    return files;
}

/* The body without `_csrf`, `_key` and the like: those belong to the request, and a repeated
 * request from a later session must still be the same request. */
static struct json *answers_of(struct task *t, const struct json *body)
{
    struct json *answers = json_object(t);

    JSON_EACH (member, body) {
        if (member->name.len && member->name.at[0] == '_')
            continue;
        struct json *copy = NEW(t, struct json, 1);
        *copy = *member;
        json_append(answers, copy); /* no name comes twice, and there may be very many */
    }
    return answers;
}

static struct list ids_of(struct task *t, struct list ids)
{
    struct list rows = {0};

    LIST_EACH (int64_t, id, ids) {
        ((struct act_id *)list_add(t, &rows, sizeof(struct act_id)))->id = *id;
    }
    return rows;
}

enum err desk_order_act(struct task *t, struct request *request, struct response *response)
{
    struct act_view *view = NEW(t, struct act_view, 1);
    struct act act = {
        .order = json_get_id(request->params, "id"),
        .action = json_get_str(request->params, "action"),
        .input = answers_of(t, request->body),
        .seen_version = json_get_int(request->body, "_version"),
        .key = request->idempotency_key,
        .occurred_at = desk_occurred_at(t, request->body, "_occurred_at"),
        .back_reason = json_get_str(request->body, "_back_reason"),
        .files = desk_files(t, request, "files"),
    };
    struct act_done done = {0};
    enum err e = task_input_verdict(t);

    if (e)
        return e;
    if (act.files.count && (e = order_store_files(t, act.files)))
        return e;
    e = order_act(t, request->actor, &act, &done);
    if (e)
        return e;
    *view = (struct act_view){
        .order = act.order,
        .number = done.no,
        .seq = done.seq,
        .version = done.version,
        .step = done.step,
        .replayed = done.replayed,
        .papers = ids_of(t, done.papers),
        .made = ids_of(t, done.made),
    };
    response->view = view;
    response->redirect =
        str_format(t, "/orders/%lld?done=%lld", (long long)act.order, (long long)done.seq);
    return OK;
}

const struct form *desk_act_asked(struct task *t, const struct request *request)
{
    return order_act_form(t, request->actor, json_get_id(request->params, "id"),
                          json_get_str(request->params, "action"),
                          json_get_str(request->body, "_procedure"));
}

/* The order as it is now is the answer. */
static enum err notice_done(struct task *t, struct request *request, struct response *response)
{
    struct act_view *view = NEW(t, struct act_view, 1);

    view->order = json_get_id(request->params, "id");
    response->view = view;
    response->redirect = str_format(t, "/orders/%lld", (long long)view->order);
    return OK;
}

enum err desk_notice_told(struct task *t, struct request *request, struct response *response)
{
    enum err e = order_notice_told(t, request->actor, json_get_id(request->params, "id"),
                                   json_get_id(request->params, "notice"), request->body);

    return e ? e : notice_done(t, request, response);
}

enum err desk_notice_seen(struct task *t, struct request *request, struct response *response)
{
    enum err e = order_notice_seen(t, request->actor, json_get_id(request->params, "id"),
                                   json_get_id(request->params, "notice"));

    return e ? e : notice_done(t, request, response);
}

enum err desk_attachment(struct task *t, struct request *request, struct response *response)
{
    struct attachment_view view;
    struct str content;
    enum err e = order_attachment_content(t, request->actor, json_get_id(request->params, "id"),
                                          json_get_id(request->params, "file"), &view, &content);

    if (e)
        return e;
    /* Never shown inside the site, whatever it says it is. */
    response->file = content;
    response->file_type = view.type.len ? view.type : S("application/octet-stream");
    response->file_name = view.name;
    return OK;
}

enum err desk_paper(struct task *t, struct request *request, struct response *response)
{
    struct str pdf, name;
    enum err e = order_paper_pdf(t, request->actor, json_get_id(request->params, "id"),
                                 json_get_id(request->params, "paper"), &pdf, &name);

    if (e)
        return e;
    response->file = pdf;
    response->file_type = S("application/pdf");
    response->file_name = name;
    response->file_inline = true;
    return OK;
}
