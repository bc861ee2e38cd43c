/*
 * Handing in.  Two presses of the button, or two tabs, make one order: the draft is marked before
 * the order is made, under its version, and holds number and code afterwards.
 */
#include "apply_private.h"

#include "core/text.h"
#include "modules/org/org.h"

enum { SUBMITTING_MS = 60 * 1000 };

struct answer_line {
    struct str text;
};
struct answer_row {
    struct str id, question, href;
    struct list lines;
};
struct check_view {
    struct portal_form form;
    struct str matter, back, limit, tell, fee, submit_word;
    int64_t step, steps;
    struct list answers;
};

static const struct field line_fields[] = {FIELD(struct answer_line, text, F_STR, "回答"), {0}};
static const struct shape line_shape = {"ApplyAnswerLine", sizeof(struct answer_line), line_fields};
static const struct field row_fields[] = {
    FIELD(struct answer_row, id, F_STR, NULL),
    FIELD(struct answer_row, question, F_STR, "问题"),
    FIELD(struct answer_row, href, F_STR, "改"),
    FIELD_OF(struct answer_row, lines, F_LIST, &line_shape, "回答"),
    {0},
};
static const struct shape row_shape = {"ApplyAnswer", sizeof(struct answer_row), row_fields};
static const struct field check_fields[] = {
    PORTAL_FORM_FIELDS(struct check_view),
    FIELD(struct check_view, matter, F_STR, "事项"),
    FIELD(struct check_view, back, F_STR, NULL),
    FIELD(struct check_view, limit, F_STR, "多久"),
    FIELD(struct check_view, tell, F_STR, "告诉什么"),
    FIELD(struct check_view, fee, F_STR, "收费"),
    FIELD(struct check_view, submit_word, F_STR, NULL),
    FIELD(struct check_view, step, F_INT, "第几步"),
    FIELD(struct check_view, steps, F_INT, "共几步"),
    FIELD_OF(struct check_view, answers, F_LIST, &row_shape, "填的内容"),
    {0},
};
const struct shape apply_check_shape = {"ApplyCheck", sizeof(struct check_view), check_fields};

/* --- Check answers ------------------------------------------------------------------------- */

static void add_line(struct task *t, struct answer_row *row, struct str text)
{
    if (text.len)
        ((struct answer_line *)list_add(t, &row->lines, sizeof(struct answer_line)))->text = text;
}

/* As it stands on a screen that others may see: numbers masked, what happened in full. */
static struct str shown(struct task *t, const struct ask *ask, const struct json *value)
{
    struct str text = portal_answer(t, ask, value), normal;

    if (!text.len)
        return text;
    if (ask->type == ASK_PHONE)
        return mask_phone(t, check_phone(t, text, &normal) ? text : normal);
    if (ask->type == ASK_ID_NUMBER)
        return mask_id_number(t, check_id_number(t, text, &normal) ? text : normal);
    if (str_is(str_of(ask->name), "paper_number"))
        return mask_id_number(t, text);
    if (ask->type == ASK_LONG || str_starts(str_of(ask->name), S("f_")))
        return ask->type == ASK_LONG
                   ? text
                   : str_format(t, tr(t, "%s：%.*s"), tr(t, ask->title), STR_ARG(text));
    return text;
}

static void answer_rows(struct task *t, const struct wizard *wizard, struct check_view *view)
{
    const struct json *answers = wizard_answers(t, wizard);

    for (int i = 0; i < wizard->count; i++) {
        const struct wizard_step *step = &wizard->steps[i];
        struct answer_row *row;

        if (step->kind == STEP_CHECK)
            continue;
        row = list_add(t, &view->answers, sizeof *row);
        row->id = str_format(t, "a%d", i + 1);
        row->question = str_of(step->answer_title);
        row->href = str_join(t, wizard_address(t, wizard, i + 1), S("?from=check"));
        bool alone = step->kind == STEP_MORE && step->form.asks[0].name && !step->form.asks[1].name;
        if (alone) {
            row->question = str_of(step->form.asks[0].title);
            add_line(t, row,
                     portal_answer(t, step->form.asks, json_get(answers, step->form.asks->name)));
        }
        for (const struct ask *ask = step->form.asks; !alone && ask && ask->name; ask++)
            add_line(t, row, shown(t, ask, json_get(answers, ask->name)));
        if (step->kind == STEP_MATERIALS) {
            LIST_EACH (const struct material, material, wizard->materials) {
                bool done;
                struct str state = apply_material_state(t, wizard, material, &done);

                if (done || material->required)
                    add_line(t, row,
                             str_format(t, tr(t, "%.*s：%.*s"), STR_ARG(tr_str(t, material->title)),
                                        STR_ARG(tr_str(t, state))));
            }
        }
        if (!row->lines.count)
            add_line(
                t, row,
                tr_str(t, step->kind == STEP_MATERIALS ? S("都没有传，可以以后补") : S("没有填")));
    }
}

/* The page that a refused field stands on. */
static int step_of_error(const struct wizard *wizard, struct str path)
{
    if (str_starts(path, S("parties[1]")) && wizard_find(wizard, STEP_AGENT))
        return wizard_find(wizard, STEP_AGENT);
    if (str_starts(path, S("parties[1]")) || str_starts(path, S("parties[2]")))
        return wizard_find(wizard, STEP_OTHER);
    if (str_find(path, S("phone")) != SIZE_MAX || str_find(path, S("address")) != SIZE_MAX)
        return wizard_find(wizard, STEP_REACH);
    if (str_starts(path, S("parties")))
        return wizard_find(wizard, STEP_WHO);
    if (str_starts(path, S("materials")))
        return wizard_find(wizard, STEP_MATERIALS);
    if (str_starts(path, S("fields."))) {
        struct str name = str_from(path, 7);

        for (int i = 0; i < wizard->count; i++)
            for (const struct ask *ask = wizard->steps[i].form.asks; ask && ask->name; ask++)
                if (str_starts(str_of(ask->name), S("f_")) &&
                    str_eq(str_from(str_of(ask->name), 2), name))
                    return i + 1;
    }
    return 1;
}

/* What the first promise is: read from the step where an order begins. */
static void read_promise(struct task *t, const struct wizard *wizard, struct check_view *view)
{
    const struct procedure *p = wizard->procedure;
    const struct step_rule *first = &p->steps[0];
    struct str law;

    for (size_t i = 0; i < first->owe_count && !view->limit.len; i++) {
        const struct duty_rule *duty = &p->duties[first->owes[i]];

        if (!duty->tell.len || duty->owed_by == OWED_PARTY)
            continue;
        view->limit = portal_within(t, portal_longest(duty, &law));
        view->tell = duty->tell;
    }
}

enum err apply_check(struct task *t, struct request *request, struct response *response)
{
    struct check_view *view = NEW(t, struct check_view, 1);
    struct wizard wizard;
    enum err e = wizard_open(t, request, response, &wizard);

    if (e)
        return e;
    int64_t unfinished = request->errors ? 0 : wizard_unfinished(t, &wizard);
    bool cut_off = str_is(json_get_str(wizard.draft.body, "state"), "submitting");
    if (json_get_str(wizard.draft.body, "state").len && !cut_off)
        response->redirect = S("/apply/done");
    else if (unfinished)
        response->redirect = wizard_address(t, &wizard, unfinished);
    *view = (struct check_view){
        .form = portal_form(t, NULL, NULL, request->errors),
        .matter = wizard.matter.title,
        .back = wizard_address(t, &wizard, wizard.count - 1),
        .fee = wizard.matter.fee.len ? wizard.matter.fee : S("不收费"),
        .submit_word =
            str_is(wizard.matter.nature, "consultation") ? S("交上去，等答复") : S("交申请"),
        .step = wizard.count,
        .steps = wizard.count,
    };
    LIST_EACH (struct portal_error, error, view->form.errors)
        error->field = str_format(t, "a%d", step_of_error(&wizard, error->field));
    answer_rows(t, &wizard, view);
    read_promise(t, &wizard, view);
    response->view = view;
    return OK;
}

/* --- Handing in ---------------------------------------------------------------------------- */

static enum err files_of_draft(struct task *t, const struct wizard *wizard, struct list *ret_files)
{
    struct list files = {0};

    JSON_EACH (file, json_get(wizard->draft.body, "files")) {
        struct file_in *in = list_add(t, &files, sizeof *in);
        enum err e;

        *in = (struct file_in){
            .name = json_get_str(file, "name"),
            .type = json_get_str(file, "type"),
            .material = json_get_str(file, "material"),
            .size = json_get_int(file, "size"),
        };
        if ((e = draft_get_file(t, &wizard->draft, json_get_str(file, "blob"), &in->content)))
            return e;
    }
    if (files.count) {
        enum err e = order_store_files(t, files);

        if (e)
            return e;
    }
    *ret_files = files;
    return OK;
}

/* A citizen who has no order yet. */
static struct actor newcomer(const struct task *t)
{
    return (struct actor){.kind = ACTOR_PARTY, .tenant = t->tenant, .name = S("当事人")};
}

static enum err make_order(struct task *t, const struct wizard *wizard, struct act_done *ret_done)
{
    struct actor actor = newcomer(t);
    struct intake intake = {
        .input = wizard_intake(t, wizard),
        .key = str_format(t, "draft-%.*s", STR_ARG(wizard->draft.id)),
    };
    enum err e = files_of_draft(t, wizard, &intake.files);

    return e ? e : order_create(t, &actor, &intake, ret_done);
}

static void keep_done(struct task *t, struct wizard *wizard, const struct act_done *done)
{
    struct json *kept = json_object(t);

    json_put_id(t, kept, "order", done->order);
    json_put_str(t, kept, "no", done->no);
    json_put_str(t, kept, "code", done->code);
    json_put(t, wizard->draft.body, S("done"), kept);
    json_put_str(t, wizard->draft.body, "state", S("done"));
    JSON_EACH (file, json_get(wizard->draft.body, "files"))
        *(struct str *)list_add(t, &wizard->draft.remove, sizeof(struct str)) =
            json_get_str(file, "blob");
    json_put(t, wizard->draft.body, S("files"), NULL);
    json_put(t, wizard->draft.body, S("answers"), NULL);
}

/* Not made: the draft is open again, so that what is wrong can be put right. */
static enum err reopen(struct task *t, struct wizard *wizard, enum err e)
{
    struct field_error *errors = t->field_errors, *last = t->last_field_error;
    struct str note = t->note;

    task_clear_error(t);
    json_put(t, wizard->draft.body, S("state"), NULL);
    if (draft_save(t, &wizard->draft))
        task_clear_error(t);
    t->err = e;
    t->note = note;
    t->field_errors = errors;
    t->last_field_error = last;
    return e;
}

/* Somebody else is handing in this draft, unless that one was cut off. */
static bool under_way(const struct task *t, const struct wizard *wizard)
{
    return str_is(json_get_str(wizard->draft.body, "state"), "submitting") &&
           t->now - json_get_int(wizard->draft.body, "since") < SUBMITTING_MS;
}

/* --- Done ---------------------------------------------------------------------------------- */

struct done_view {
    struct str received_word, number, code, told_day, told_word, unit_name, unit_phone, unit_dial;
};
static const struct field done_fields[] = {
    FIELD(struct done_view, received_word, F_STR, NULL),
    FIELD(struct done_view, number, F_STR, "工单号"),
    FIELD(struct done_view, code, F_STR, "查询码"),
    FIELD(struct done_view, told_day, F_STR, "最晚哪一天"),
    FIELD(struct done_view, told_word, F_STR, "那一天做什么"),
    FIELD(struct done_view, unit_name, F_STR, "受理单位"),
    FIELD(struct done_view, unit_phone, F_STR, "电话"),
    FIELD(struct done_view, unit_dial, F_STR, NULL),
    {0},
};
const struct shape apply_done_shape = {"ApplyDone", sizeof(struct done_view), done_fields};

struct done_question {
    int64_t order;
    struct done_view *view;
};

static enum err read_done(struct task *t, void *arg)
{
    const struct done_question *q = arg;
    struct actor actor = newcomer(t);
    const struct duty_view *first = NULL;
    struct order order;
    struct list duties;
    struct unit unit;

    actor.order = q->order;
    enum err e = order_load(t, &actor, q->order, &order);
    if (e || (e = order_duties(t, &order, false, &duties)) || (e = org_unit(t, order.unit, &unit)))
        return e;
    LIST_EACH (const struct duty_view, duty, duties)
        if (duty->open && duty->tell.len && !duty->paused && !str_is(duty->owed_by, "party") &&
            (!first || duty->legal_at < first->legal_at))
            first = duty;
    if (first) {
        q->view->told_day =
            first->by_hour ? portal_moment(t, first->legal_at) : portal_day(t, first->legal_day);
        q->view->told_word = first->tell;
    }
    q->view->unit_name = unit.name;
    q->view->unit_phone = portal_glue(t, unit.phone);
    q->view->unit_dial = portal_dial(t, unit.phone);
    return OK;
}

/* The number and the code, as the draft keeps them. */
static enum err show_done(struct task *t, const struct wizard *wizard, struct response *response)
{
    const struct json *done = json_get(wizard->draft.body, "done");
    struct done_view *view = NEW(t, struct done_view, 1);

    *view = (struct done_view){
        .received_word = str_is(wizard->matter.nature, "consultation") ? S("收到了，会有人答复您")
                                                                       : S("申请收到了"),
        .number = json_get_str(done, "no"),
        .code = json_get_str(done, "code"),
    };
    response->view = view;
    return store_read(t, read_done, &(struct done_question){json_get_id(done, "order"), view});
}

/* The order is made and the draft could not be told: its code stands nowhere else, so it is shown
 * now, whatever may be missing beside it. */
static void show_done_now(struct task *t, const struct wizard *wizard, struct response *response)
{
    response->redirect = (struct str){0};
    response->template = "portal/done";
    response->shape = &apply_done_shape;
    if (show_done(t, wizard, response))
        task_clear_error(t);
}

static enum err hand_in(struct task *t, struct request *request, struct response *response,
                        struct wizard *wizard)
{
    struct act_done done = {0};
    struct signed_in session;
    enum err e;

    json_put_str(t, wizard->draft.body, "state", S("submitting"));
    json_put_int(t, wizard->draft.body, "since", t->now);
    if ((e = draft_save(t, &wizard->draft)))
        return e;
    e = make_order(t, wizard, &done);
    if (e)
        return reopen(t, wizard, e);
    keep_done(t, wizard, &done);
    if (access_open_party_session(t, done.order, 1, &session) == OK) {
        response->set_cookie = access_cookie(t, session.cookie, request->secure);
        if (access_end_before(t, request))
            task_clear_error(
                t); /* the application is in: what the browser forgets ends by itself */
    } else {
        task_clear_error(t);
    }
    response->id = done.order;
    response->redirect = S("/apply/done");
    if (draft_save(t, &wizard->draft)) {
        task_clear_error(t);
        show_done_now(t, wizard, response);
    }
    return OK;
}

enum err apply_check_post(struct task *t, struct request *request, struct response *response)
{
    struct wizard wizard;
    enum err e = wizard_open(t, request, response, &wizard);

    if (e)
        return e;
    if (str_is(json_get_str(wizard.draft.body, "state"), "done")) {
        response->redirect = S("/apply/done");
        return OK;
    }
    if (under_way(t, &wizard))
        return task_fail(t, ERR_CONFLICT, "正在交，请稍等一会儿再刷新，不要重复交");
    if (json_get_str(request->body, "_save").len) {
        response->redirect = S("/apply/saved");
        json_put_bool(t, wizard.draft.body, "saved", true);
        return draft_save(t, &wizard.draft);
    }
    int64_t unfinished = wizard_unfinished(t, &wizard);
    if (unfinished) {
        response->redirect = wizard_address(t, &wizard, unfinished);
        return OK;
    }
    return hand_in(t, request, response, &wizard);
}

enum err apply_done(struct task *t, struct request *request, struct response *response)
{
    struct wizard wizard;
    enum err e = wizard_open(t, request, response, &wizard);

    if (e)
        return e;
    if (!json_get(wizard.draft.body, "done")) {
        response->redirect = S("/apply/check");
        return OK;
    }
    return show_done(t, &wizard, response);
}

/* --- All at once, for programs ------------------------------------------------------------- */

struct at_once_view {
    int64_t order;
    struct str no, code;
};
static const struct field at_once_fields[] = {
    FIELD(struct at_once_view, order, F_ID, "工单"),
    FIELD(struct at_once_view, no, F_STR, "工单号"),
    FIELD(struct at_once_view, code, F_STR, "查询码；同一个键一天内再交，再给一次"),
    {0},
};
const struct shape apply_at_once_shape = {"Applied", sizeof(struct at_once_view), at_once_fields};

enum { UNKNOWN_NAMED = 20, NAME_SHOWN = 60 };

/* The intake form, of which a citizen may not fill everything: channel and matter are given, what
 * the counter states (window, source, difficulty) is not his to state. */
enum err apply_at_once(struct task *t, struct request *request, struct response *response)
{
    static const char *const theirs[] = {"content",   "parties", "fields",
                                         "materials", "amount",  "limitation_from"};
    struct at_once_view *view = NEW(t, struct at_once_view, 1);
    struct actor actor = newcomer(t);
    struct act_done done = {0};
    struct wizard wizard;
    enum err e = wizard_begin(t, json_get_str(request->params, "matter"), &wizard);

    if (e)
        return e;
    struct json *input = json_object(t), *next;
    int unknown = 0;
    for (struct json *member = request->body->first; member; member = next) {
        bool known = str_starts(member->name, S("_"));

        next = member->next;
        for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
            known = known || str_is(member->name, theirs[i]);
        if (!known && unknown++ < UNKNOWN_NAMED) /* what a stranger makes up fills no answer */
            task_field_error(t, str_first(member->name, utf8_prefix(member->name, NAME_SHOWN)),
                             "没有这个字段");
        else if (!known)
            continue;
        else if (!str_starts(member->name, S("_")))
            json_put(t, input, member->name, member);
    }
    if ((e = task_input_verdict(t)))
        return e;
    json_put_str(t, input, "matter", wizard.matter.code);
    json_put_str(t, input, "channel", S("web"));
    json_put_str(t, input, "subject", wizard.matter.title);
    struct intake intake = {.input = input, .key = request->idempotency_key};
    if ((e = order_create(t, &actor, &intake, &done)))
        return e;
    *view = (struct at_once_view){done.order, done.no, done.code};
    response->id = done.order;
    response->view = view;
    return OK;
}
