/*
 * Applying, one thing per page.  Nothing is kept before the first page was sent; from then on each
 * page saves, so a lost connection loses one page at most.
 */
#include "apply_private.h"

enum { CONTENT_MOST = 3000 }; /* characters that are taken over */

struct step_view {
    struct portal_form form;
    struct str matter, question, lead, back, action, who;
    int64_t step, steps;
    bool changing, has_ways;
    struct list ways; /* struct wizard_way */
};
static const struct field way_fields[] = {
    FIELD(struct wizard_way, title, F_STR, "说法"),
    FIELD(struct wizard_way, href, F_STR, NULL),
    {0},
};
static const struct shape way_shape = {"ApplyWay", sizeof(struct wizard_way), way_fields};
static const struct field step_fields[] = {
    PORTAL_FORM_FIELDS(struct step_view),
    FIELD(struct step_view, matter, F_STR, "事项"),
    FIELD(struct step_view, question, F_STR, "问题"),
    FIELD(struct step_view, lead, F_STR, NULL),
    FIELD(struct step_view, back, F_STR, NULL),
    FIELD(struct step_view, action, F_STR, NULL),
    FIELD(struct step_view, step, F_INT, "第几步"),
    FIELD(struct step_view, steps, F_INT, "共几步"),
    FIELD(struct step_view, changing, F_BOOL, NULL),
    FIELD(struct step_view, who, F_STR, "谁申请"),
    FIELD(struct step_view, has_ways, F_BOOL, NULL),
    FIELD_OF(struct step_view, ways, F_LIST, &way_shape, "换一种申请人"),
    {0},
};
const struct shape apply_step_shape = {"ApplyStep", sizeof(struct step_view), step_fields};

static void show_step(struct task *t, struct request *request, struct response *response,
                      struct wizard *wizard, int64_t n)
{
    const struct wizard_step *step = wizard_step(wizard, n);
    struct step_view *view = NEW(t, struct step_view, 1);
    bool typed = request->method == POST;

    *view = (struct step_view){
        .form = portal_form(t, &step->form, typed ? request->body : wizard_answers(t, wizard),
                            request->errors),
        .matter = wizard->matter.title,
        .question = str_of(step->question),
        .lead = str_of(step->lead),
        .step = n,
        .steps = wizard->count,
        .changing =
            str_is(json_get_str(typed ? request->body : request->query, typed ? "_back" : "from"),
                   "check"),
    };
    view->back = view->changing ? S("/apply/check") : wizard_address(t, wizard, n - 1);
    view->action = wizard->kept ? wizard_address(t, wizard, n)
                                : str_format(t, "/apply/start/%.*s", STR_ARG(wizard->matter.code));
    view->who = str_of(step->variant);
    view->ways = wizard_other_ways(t, step, view->action);
    view->has_ways = view->ways.count > 0;
    response->shape = &apply_step_shape;
    response->view = view;
}

static enum err after_step(struct task *t, struct request *request, struct response *response,
                           struct wizard *wizard, int64_t n)
{
    bool save = json_get_str(request->body, "_save").len > 0;
    bool back = str_is(json_get_str(request->body, "_back"), "check");

    response->redirect = save   ? S("/apply/saved")
                         : back ? S("/apply/check")
                                : wizard_address(t, wizard, n + 1);
    return OK;
}

/* The first page: checked, then kept. */
enum err apply_start(struct task *t, struct request *request, struct response *response)
{
    struct wizard wizard;
    enum err e = wizard_begin(t, json_get_str(request->params, "matter"), &wizard);

    if (e)
        return e;
    show_step(t, request, response, &wizard, 1);
    return OK;
}

/* One application per device: the one before, when it was not handed in, is in nobody's way, unless
 * it was put aside with "save", which takes it off the device. */
static enum err drop_before(struct task *t, const struct request *request)
{
    struct draft before;
    enum err e = draft_open(t, request, &before);

    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        return OK;
    }
    if (e || json_get_str(before.body, "state").len || json_get_bool(before.body, "saved"))
        return e;
    return draft_drop(t, &before);
}

enum err apply_start_post(struct task *t, struct request *request, struct response *response)
{
    struct wizard wizard;
    struct json *clean;
    enum err e = wizard_begin(t, json_get_str(request->params, "matter"), &wizard);

    if (e)
        return e;
    const struct form *form = &wizard.steps[0].form;
    bool save = json_get_str(request->body, "_save").len > 0;
    if (!save && (e = form_check(t, form, request->body, S(""), &clean)))
        return e;
    wizard_take(t, &wizard, form, request->body);
    if (save)
        json_put_bool(t, wizard.draft.body, "saved", true);
    if ((e = drop_before(t, request)) || (e = draft_new(t, wizard.draft.body, &wizard.draft)))
        return e;
    wizard.kept = true;
    response->set_cookie = draft_cookie(t, request, wizard.draft.code);
    return after_step(t, request, response, &wizard, 1);
}

/* An application that begins with what was typed elsewhere: a question that was asked, with all
 * that was said.  It is kept at once, so that a long text needs no room in an address. */
enum err apply_begin(struct task *t, struct request *request, struct response *response)
{
    struct wizard wizard;
    struct str content = str_trim(json_get_str(request->body, "content"));
    enum err e = wizard_begin(t, json_get_str(request->params, "matter"), &wizard);

    if (e)
        return e;
    struct json *body = json_object(t);
    json_put_str(t, body, "content", str_first(content, utf8_prefix(content, CONTENT_MOST)));
    wizard_take(t, &wizard, &wizard.steps[0].form, body);
    if ((e = drop_before(t, request)) || (e = draft_new(t, wizard.draft.body, &wizard.draft)))
        return e;
    wizard.kept = true;
    response->set_cookie = draft_cookie(t, request, wizard.draft.code);
    response->redirect = wizard_address(t, &wizard, 1);
    return OK;
}

static enum err open_step(struct task *t, const struct request *request, struct response *response,
                          struct wizard *wizard, int64_t *ret_n)
{
    int64_t n = json_get_int(request->params, "step");
    enum err e = wizard_open(t, request, response, wizard);

    if (e)
        return e;
    if (!wizard_step(wizard, n))
        return task_fail(t, ERR_NOT_FOUND, "没有这一步");
    *ret_n = n;
    return OK;
}

static enum err show_materials(struct task *t, struct request *request, struct response *response,
                               struct wizard *wizard, int64_t n)
{
    response->template = "portal/materials";
    return apply_materials(t, request, response, wizard, n);
}

enum err apply_step(struct task *t, struct request *request, struct response *response)
{
    struct wizard wizard;
    struct str who = request->method == POST ? json_get_str(request->body, "_who")
                                             : json_get_str(request->query, "who");
    int64_t n;
    enum err e = open_step(t, request, response, &wizard, &n);

    if (e)
        return e;
    if (json_get_str(wizard.draft.body, "state").len) {
        response->redirect = S("/apply/done");
        return OK;
    }
    const struct wizard_step *step = wizard_step(&wizard, n);
    if (step->kind == STEP_CHECK) {
        response->redirect = S("/apply/check");
        return OK;
    }
    if (step->kind == STEP_MATERIALS)
        return show_materials(t, request, response, &wizard, n);
    if (step->kind == STEP_WHO && who.len)
        wizard_who(t, &wizard, str_terminated(t, who));
    show_step(t, request, response, &wizard, n);
    return OK;
}

enum err apply_step_post(struct task *t, struct request *request, struct response *response)
{
    struct wizard wizard;
    struct json *clean;
    int64_t n;
    enum err e = open_step(t, request, response, &wizard, &n);

    if (e)
        return e;
    const struct wizard_step *step = wizard_step(&wizard, n);
    bool save = json_get_str(request->body, "_save").len > 0;
    if (json_get_str(wizard.draft.body, "state").len) {
        response->redirect = S("/apply/done");
        return OK;
    }
    if (step->kind == STEP_WHO)
        wizard_take_who(t, &wizard, json_get_str(request->body, "_who"));
    if (step->form.asks) {
        if (!save && (e = form_check(t, &step->form, request->body, S(""), &clean)))
            return e;
        wizard_take(t, &wizard, &step->form, request->body);
    }
    if (save)
        json_put_bool(t, wizard.draft.body, "saved", true);
    if ((step->form.asks || save) && (e = draft_save(t, &wizard.draft)))
        return e;
    return after_step(t, request, response, &wizard, n);
}

/* --- Put aside, and taken up again --------------------------------------------------------- */

struct saved_view {
    struct str code, until, matter;
};
static const struct field saved_fields[] = {
    FIELD(struct saved_view, code, F_STR, "续填码"),
    FIELD(struct saved_view, until, F_STR, "留到"),
    FIELD(struct saved_view, matter, F_STR, "事项"),
    {0},
};
const struct shape apply_saved_shape = {"ApplySaved", sizeof(struct saved_view), saved_fields};

struct resume_view {
    struct portal_form form;
    struct str open_matter, open_href;
};
static const struct field resume_fields[] = {
    PORTAL_FORM_FIELDS(struct resume_view),
    FIELD(struct resume_view, open_matter, F_STR, "这台设备上的申请"),
    FIELD(struct resume_view, open_href, F_STR, NULL),
    {0},
};
const struct shape apply_resume_shape = {"ApplyResume", sizeof(struct resume_view), resume_fields};

const struct form apply_resume_form = {
    "ResumeCode",
    (const struct ask[]){
        {.name = "code",
         .title = "续填码",
         .type = ASK_TEXT,
         .required = true,
         .max = 40,
         .hint = "16 个字母和数字，大小写都可以"},
        {0},
    },
};

/* As it is read out: in groups of four. */
struct str portal_grouped(struct task *t, struct str code)
{
    struct buf b = buf_new(t, 64);

    for (size_t i = 0; i < code.len; i++) {
        if (i && i % 4 == 0)
            buf_add_char(&b, '-');
        buf_add_char(&b, code.at[i]);
    }
    return buf_str(&b);
}

enum err apply_saved(struct task *t, struct request *request, struct response *response)
{
    struct saved_view *view = NEW(t, struct saved_view, 1);
    struct wizard wizard;
    enum err e = wizard_open(t, request, response, &wizard);

    if (e)
        return e;
    *view = (struct saved_view){portal_grouped(t, code_normalise(t, wizard.draft.code)),
                                portal_day(t, day_of(wizard.draft.until)), wizard.matter.title};
    response->view = view;
    return OK;
}

enum err apply_resume(struct task *t, struct request *request, struct response *response)
{
    struct resume_view *view = NEW(t, struct resume_view, 1);
    struct wizard wizard;

    view->form = portal_form(t, &apply_resume_form, request->body, request->errors);
    enum err e = wizard_open(t, request, response, &wizard);
    if (e && e != ERR_NOT_FOUND)
        return e;
    task_clear_error(t);
    if (e == OK && !json_get_str(wizard.draft.body, "state").len) {
        int64_t next = wizard_unfinished(t, &wizard);

        view->open_matter = wizard.matter.title;
        view->open_href = next ? wizard_address(t, &wizard, next) : S("/apply/check");
    }
    response->view = view;
    return OK;
}

enum err apply_resume_post(struct task *t, struct request *request, struct response *response)
{
    struct json *clean;
    struct draft draft;
    enum err e = form_check(t, &apply_resume_form, request->body, S(""), &clean);

    if (e)
        return e;
    e = draft_open_code(t, json_get_str(clean, "code"), &draft);
    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        task_field_error(t, S("code"), "没有找到。请对照再看一遍；超过 7 天没动的已经自动删除");
        return ERR_BAD_INPUT;
    }
    if (e)
        return e;
    response->set_cookie = draft_cookie(t, request, draft.code);
    response->redirect =
        json_get_str(draft.body, "state").len ? S("/apply/done") : S("/apply/check");
    return OK;
}

/* Off this device; who has the code can go on elsewhere. */
enum err apply_leave(struct task *t, struct request *request, struct response *response)
{
    response->set_cookie = draft_cookie(t, request, (struct str){0});
    response->redirect = S("/");
    return OK;
}

enum err apply_drop(struct task *t, struct request *request, struct response *response)
{
    struct draft draft;
    enum err e = draft_open(t, request, &draft);

    if (e == OK)
        e = draft_drop(t, &draft);
    if (e && e != ERR_NOT_FOUND)
        return e;
    task_clear_error(t);
    return apply_leave(t, request, response);
}
