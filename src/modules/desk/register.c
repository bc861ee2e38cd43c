/* Registering a visitor: the page, the look at suggestions without registering, and the deed. */
#include "modules/desk/register.h"

#include <string.h>

#include "core/task.h"
#include "modules/desk/order_page.h"
#include "modules/knowledge/triage.h"
#include "modules/notices/notices.h"
#include "modules/orders/orders.h"
#include "modules/orders/read_page.h"
#include "core/text.h"
#include "modules/org/org.h"

static const char *const channels[] = {"window", "phone", "hotline", "transfer",
                                       "grid",   "paper", NULL};

static struct desk_field common(struct task *t, struct register_work *w, const char *name)
{
    const struct ask *ask = desk_ask(&intake_form, name);

    return ask ? desk_draw_ask(t, &w->drawing, ask, S(""), w->input) : (struct desk_field){0};
}

static void draw_common(struct task *t, struct register_work *w)
{
    struct register_page *page = w->page;
    struct str channel = json_get_str(w->input, "channel");

    page->anonymous = common(t, w, "anonymous");
    page->anonymous_reason = common(t, w, "anonymous_reason");
    page->content = common(t, w, "content");
    page->amount = common(t, w, "amount");
    page->subject = common(t, w, "subject");
    page->remark = common(t, w, "remark");
    page->limitation_from = common(t, w, "limitation_from");
    page->is_anonymous = page->anonymous.value.len > 0;
    page->receipt = !w->input->count || json_get_bool(w->input, "receipt") ||
                    json_get_str(w->input, "receipt").len;
    page->occurred_at = json_get_str(w->input, "occurred_at");
    page->back_reason = (struct desk_field){
        .id = S("back_reason"),
        .name = S("back_reason"),
        .label = S("补录原因"),
        .value = json_get_str(w->input, "back_reason"),
        .error = request_error(w->request, "back_reason"),
        .input = S("text"),
        .is_box = true,
        .is_line = true,
    };
    page->asks_back_reason = page->back_reason.value.len || page->back_reason.error.len;
    page->matter_error = request_error(w->request, "matter");
    for (const char *const *word = channels; *word; word++)
        *(struct desk_option *)list_add(t, &page->channels, sizeof(struct desk_option)) =
            (struct desk_option){str_of(*word), desk_channel(str_of(*word)),
                                 channel.len ? str_is(channel, *word) : word == channels};
}

static struct register_group *group_named(struct task *t, struct register_page *page,
                                          struct str title)
{
    LIST_EACH (struct register_group, group, page->matter_groups) {
        if (str_eq(group->title, title))
            return group;
    }
    struct register_group *group = list_add(t, &page->matter_groups, sizeof *group);
    group->title = title;
    return group;
}

static enum err draw_matters(struct task *t, struct register_work *w)
{
    struct list matters = {0};
    struct str chosen = json_get_str(w->input, "matter");
    enum err e = catalog_matters(t, w->tier, S(""), &matters);

    if (e)
        return e;
    LIST_EACH (struct matter, matter, matters) {
        struct register_group *group = group_named(t, w->page, matter->kind_title);
        struct register_matter *option = list_add(t, &group->options, sizeof *option);
        struct buf words = buf_new(t, 2048);
        buf_add(&words, matter->initials);
        LIST_EACH (struct tag, word, matter->words) {
            buf_add_char(&words, ' ');
            buf_add(&words, word->code);
        }
        *option = (struct register_matter){
            .value = matter->code,
            .title = matter->title,
            .words = buf_str(&words),
            .chosen = str_eq(chosen, matter->code),
        };
    }
    return OK;
}

static enum err find_matter(struct task *t, struct register_work *w)
{
    struct str code = json_get_str(w->input, "matter");
    enum err e = code.len ? catalog_matter(t, code, &w->matter) : ERR_NOT_FOUND;

    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        return OK;
    }
    if (e)
        return e;
    w->matter_known = true;
    e = catalog_procedure(t, w->matter.procedure, 0, &w->procedure);
    if (e)
        return e;
    w->page->fields =
        desk_draw(t, &w->drawing, &w->procedure->form, S("fields."), json_get(w->input, "fields"));
    w->page->has_fields = w->page->fields.count > 0;
    return OK;
}

/* Materials of the matter for an action that marks them at once. */
static void materials_for_thens(struct task *t, struct register_work *w)
{
    LIST_EACH (struct material, material, w->matter.materials) {
        *(struct material_view *)list_add(t, &w->drawing.materials, sizeof(struct material_view)) =
            (struct material_view){
                .code = material->code,
                .title = material->title,
                .where = material->where,
                .state = S("missing"),
                .required = material->required,
                .promise = material->promise,
            };
    }
}

static enum err fill_page(struct task *t, void *arg)
{
    struct register_work *w = arg;
    struct str roster_text = w->page->roster_text, roster_error = w->page->roster_error;
    struct unit unit;
    enum err e = org_unit(t, w->actor->unit, &unit);

    if (e)
        return e;
    *w->page = (struct register_page){
        .page_title = S("登记来访"), .roster_text = roster_text, .roster_error = roster_error};
    w->tier = unit.kind;
    w->matter_known = false;
    w->procedure = NULL;
    w->drawing = (struct desk_drawing){.request = w->request};
    draw_common(t, w);
    e = find_matter(t, w);
    if (e)
        return e;
    if (w->matter_known) {
        materials_for_thens(t, w);
        e = desk_staff_options(t, w->actor->unit, &w->drawing.staff);
        if (e == OK)
            e = desk_unit_options(t, &w->drawing.units);
    }
    if (e == OK)
        e = draw_matters(t, w);
    if (e == OK)
        e = register_people(t, w);
    if (e == OK)
        e = register_side(t, w);
    return e ? e : register_thens(t, w);
}

static enum err show(struct task *t, struct request *request, struct response *response,
                     const struct json *input, struct str roster_text, struct str roster_error)
{
    struct register_work *w = NEW(t, struct register_work, 1);

    *w = (struct register_work){.request = request,
                                .actor = request->actor,
                                .input = input,
                                .page = NEW(t, struct register_page, 1)};
    w->page->roster_text = roster_text;
    w->page->roster_error = roster_error;
    enum err e = store_read(t, fill_page, w);
    if (!e)
        e = register_law(t, request, input, w->page);
    if (!e)
        e = register_alike(t, request, input, w->page);
    if (e)
        return e;
    w->page->errors = desk_errors(t, request);
    response->view = w->page;
    response->template = "desk/register";
    response->shape = &desk_register_shape;
    return OK;
}

enum err desk_register(struct task *t, struct request *request, struct response *response)
{
    return show(t, request, response, request->method == POST ? request->body : json_object(t),
                S(""), S(""));
}

/* --- A look, nothing registered --- */

static struct json *parties_of(struct task *t, struct json *body)
{
    struct json *parties = json_get(body, "parties");

    if (!parties || parties->kind != JSON_LIST) {
        parties = json_list(t);
        json_put(t, body, S("parties"), parties);
        parties = json_get(body, "parties");
    }
    if (!parties->count) {
        struct json *first = json_object(t);
        json_put_str(t, first, "role", S("applicant"));
        json_append(parties, first);
    }
    return parties;
}

static void remove_party(struct json *parties, int64_t index)
{
    struct json *before = parties->first;

    for (int64_t i = 1; before && i < index; i++)
        before = before->next;
    if (index < 1 || !before || !before->next)
        return;
    if (before->next == parties->last)
        parties->last = before;
    before->next = before->next->next;
    parties->count--;
}

static struct str read_roster(struct task *t, struct request *request, struct json *parties,
                              struct str *ret_text)
{
    int64_t count = 0;

    LIST_EACH (struct upload, upload, request->uploads) {
        if (!str_is(upload->field, "roster"))
            continue;
        if (roster_read(t, upload->filename, upload->content, parties, &count)) {
            struct str note = t->note;
            task_clear_error(t);
            return note;
        }
        *ret_text = str_format(t, tr(t, "从 %.*s 读入 %lld 人，列在下面，请核对后再登记。"),
                               STR_ARG(upload->filename), (long long)count);
        return (struct str){0};
    }
    return S("请先选名册文件");
}

enum err desk_register_check(struct task *t, struct request *request, struct response *response)
{
    struct json *body = request->body;
    struct str more = json_get_str(body, "_more"), pick = json_get_str(body, "_pick");
    struct str text = {0}, error = {0};

    if (str_is(more, "party"))
        json_append(parties_of(t, body), json_object(t));
    if (str_is(more, "roster"))
        error = read_roster(t, request, parties_of(t, body), &text);
    if (json_get_str(body, "_less").len)
        remove_party(parties_of(t, body), json_get_int(body, "_less"));
    if (pick.len)
        json_put_str(t, body, "matter", pick);
    register_cite(t, body);
    return show(t, request, response, body, text, error);
}

/* --- The deed --- */

struct registered_paper {
    int64_t id, order;
    struct str title, no;
};
struct registered_view {
    int64_t id, version, seq;
    struct str page_title, number, code, step, step_title, told;
    bool replayed, has_papers;
    struct list papers; /* struct registered_paper */
};

#define FIELDS(...) ((const struct field[]){__VA_ARGS__, {0}})
static const struct shape registered_paper_shape = {
    "RegisteredPaper", sizeof(struct registered_paper),
    FIELDS(FIELD(struct registered_paper, id, F_ID, "编号"),
           FIELD(struct registered_paper, order, F_ID, NULL),
           FIELD(struct registered_paper, title, F_STR, "文书"),
           FIELD(struct registered_paper, no, F_STR, "文号"))};
const struct shape desk_registered_shape = {
    "OrderRegistered", sizeof(struct registered_view),
    FIELDS(FIELD(struct registered_view, id, F_ID, "编号"),
           FIELD(struct registered_view, number, F_STR, "工单号"),
           FIELD(struct registered_view, code, F_STR, "查询码，只给这一次"),
           FIELD(struct registered_view, version, F_INT, "版本"),
           FIELD(struct registered_view, seq, F_INT, "留痕的序号"),
           FIELD(struct registered_view, step, F_STR, "环节代码"),
           FIELD(struct registered_view, step_title, F_STR, "环节"),
           FIELD(struct registered_view, told, F_STR, "告诉当事人的话"),
           FIELD(struct registered_view, replayed, F_BOOL, "同一个键已经登记过"),
           FIELD(struct registered_view, has_papers, F_BOOL, NULL),
           FIELD(struct registered_view, page_title, F_STR, NULL),
           FIELD_OF(struct registered_view, papers, F_LIST, &registered_paper_shape, "文书"))};

struct registered_work {
    const struct actor *actor;
    const struct act_done *done;
    struct registered_view *view;
};

static enum err read_registered(struct task *t, void *arg)
{
    struct registered_work *w = arg;
    struct registered_view *view = w->view;
    const struct procedure *procedure;
    struct order order;
    struct list papers = {0}, duties = {0};
    enum err e = order_load(t, w->actor, w->done->order, &order);

    view->papers = (struct list){0};
    if (e)
        return e;
    e = order_procedure(t, &order, &procedure);
    if (e == OK)
        e = order_papers(t, &order, &papers);
    if (e == OK)
        e = order_duties(t, &order, false, &duties);
    if (e)
        return e;
    const struct step_rule *step = procedure_step(procedure, order.step);
    view->number = order.no;
    view->version = order.version;
    view->step = order.step;
    view->step_title = step ? step->title : order.step;
    LIST_EACH (struct paper_view, paper, papers) {
        *(struct registered_paper *)list_add(t, &view->papers, sizeof(struct registered_paper)) =
            (struct registered_paper){paper->id, order.id, paper->title, paper->no};
    }
    view->has_papers = papers.count > 0;
    LIST_EACH (struct duty_view, duty, duties) {
        if (duty->open && duty->tell.len && !view->told.len)
            view->told = str_format(t, tr(t, "最晚 %.*s %.*s"), STR_ARG(duty->legal_zh),
                                    STR_ARG(duty->tell));
    }
    return OK;
}

/* The body as the engine takes it: without what belongs to the request. */
static struct json *intake_input(struct task *t, const struct json *body)
{
    static const char *const others[] = {"occurred_at", "back_reason"};
    struct json *input = json_object(t);

    JSON_EACH (member, body) {
        bool other = member->name.len && member->name.at[0] == '_';
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
            other = other || str_is(member->name, others[i]);
        if (other)
            continue;
        struct json *copy = NEW(t, struct json, 1);
        *copy = *member;
        json_append(input, copy); /* no name comes twice, and there may be very many */
    }
    return input;
}

const struct form *desk_intake_asked(struct task *t, const struct request *request)
{
    return order_intake_form(t, request->body);
}

enum err desk_create(struct task *t, struct request *request, struct response *response)
{
    struct registered_view *view = NEW(t, struct registered_view, 1);
    struct act_done done = {0};
    struct intake intake = {
        .input = intake_input(t, request->body),
        .key = request->idempotency_key,
        .occurred_at = desk_occurred_at(t, request->body, "occurred_at"),
        .back_reason = json_get_str(request->body, "back_reason"),
        .files = desk_files(t, request, "files"),
        .linked_to = json_get_id(request->body, "linked_to"),
        .unit = json_get_id(request->body, "unit"),
    };
    enum err e = task_input_verdict(t);

    if (e)
        return e;
    if (intake.files.count && (e = order_store_files(t, intake.files)))
        return e;
    e = order_create(t, request->actor, &intake, &done);
    if (e)
        return e;
    /* From here on it is registered, and the code stands nowhere else: nothing may take the answer
     * away. */
    if (!done.replayed && register_note_offers(t, request))
        task_clear_error(t);
    *view = (struct registered_view){
        .id = done.order,
        .number = done.no,
        .version = done.version,
        .step = done.step,
        .step_title = done.step,
        .code = done.code,
        .seq = done.seq,
        .replayed = done.replayed,
        .page_title = S("已登记"),
    };
    if (!done.replayed)
        triage_note_taken(t, json_get_str(request->body, "content"),
                          json_get_str(request->body, "matter"));
    struct registered_work w = {request->actor, &done, view};
    e = store_read(t, read_registered, &w);
    if (e && !done.code.len)
        return e;
    task_clear_error(t);
    response->view = view;
    response->template = "desk/registered";
    response->shape = &desk_registered_shape;
    response->id = done.order;
    return OK;
}
