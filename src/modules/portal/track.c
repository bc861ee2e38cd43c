/* Signing in with number and code, why a date is that date, who looked, the papers, leaving. */
#include "track_private.h"

#include "modules/audit/audit.h"
#include "modules/notices/notices.h"

struct sign_in_view {
    struct portal_form form;
    struct str to;
};

static const struct field sign_in_fields[] = {
    PORTAL_FORM_FIELDS(struct sign_in_view),
    FIELD(struct sign_in_view, to, F_STR, NULL),
    {0},
};
const struct shape track_sign_in_shape = {"TrackSignIn", sizeof(struct sign_in_view),
                                          sign_in_fields};

const struct form track_sign_in_form = {
    "TrackCode",
    (const struct ask[]){
        {.name = "no",
         .title = "工单号",
         .type = ASK_TEXT,
         .required = true,
         .max = 60,
         .hint = "例如 LJ01-20261009-04138，在回执和短信上"},
        {.name = "code",
         .title = "查询码",
         .type = ASK_TEXT,
         .required = true,
         .max = 40,
         .hint = "16 个字母和数字，大小写都可以"},
        {0},
    },
};

static bool is_citizen(const struct request *request)
{
    return request->actor && request->actor->kind == ACTOR_PARTY;
}

enum err track_sign_in(struct task *t, struct request *request, struct response *response)
{
    struct sign_in_view *view = NEW(t, struct sign_in_view, 1);
    struct str to = request->method == POST ? json_get_str(request->body, "_to")
                                            : json_get_str(request->query, "to");

    if (request->method == GET && is_citizen(request) && !request->query->count && !request->api) {
        response->redirect = S("/track/order");
        return OK;
    }
    view->form = portal_form(t, &track_sign_in_form, request->body, request->errors);
    struct portal_field *code = portal_form_field(&view->form, "code");
    code->autocomplete = S("one-time-code");
    view->to = str_is(to, "complain") ? to : (struct str){0};
    response->view = view;
    return OK;
}

struct code_question {
    struct str no, code;
    int64_t order, party;
};

static enum err read_code(struct task *t, void *arg)
{
    struct code_question *q = arg;

    return order_track(t, q->no, q->code, &q->order, &q->party);
}

/* As it stands on a receipt: upper case, no blanks, the dashes that phones like to replace. */
static struct str typed_number(struct task *t, struct str typed)
{
    struct buf b = buf_new(t, typed.len + 1);

    for (size_t i = 0; i < typed.len; i++) {
        struct str rest = str_from(typed, i);

        if (str_starts(rest, S("\xe2\x80\x93")) || str_starts(rest, S("\xe2\x80\x94")) ||
            str_starts(rest, S("\xef\xbc\x8d"))) {
            buf_add_char(&b, '-');
            i += 2;
        } else if (typed.at[i] >= 'a' && typed.at[i] <= 'z') {
            buf_add_char(&b, (char)(typed.at[i] - 'a' + 'A'));
        } else if (typed.at[i] != ' ') {
            buf_add_char(&b, typed.at[i]);
        }
    }
    return buf_str(&b);
}

enum err track_sign_in_post(struct task *t, struct request *request, struct response *response)
{
    struct json *clean;
    struct signed_in session;
    enum err e = form_check(t, &track_sign_in_form, request->body, S(""), &clean);

    if (e)
        return e;
    struct code_question q = {typed_number(t, json_get_str(clean, "no")),
                              json_get_str(clean, "code"), 0, 0};
    e = store_read(t, read_code, &q);
    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        task_field_error(t, S("code"), "工单号和查询码对不上，请对照回执再看一遍");
        return ERR_BAD_INPUT;
    }
    if (e || (e = access_open_party_session(t, q.order, q.party, &session)) ||
        (e = access_end_before(t, request)))
        return e;
    response->set_cookie = access_cookie(t, session.cookie, request->secure);
    response->id = q.order;
    response->redirect = str_is(json_get_str(request->body, "_to"), "complain")
                             ? S("/track/complain")
                             : S("/track/order");
    return OK;
}

enum err track_leave(struct task *t, struct request *request, struct response *response)
{
    enum err e = access_sign_out(t, request->actor);

    if (e)
        return e;
    response->set_cookie = access_cookie(t, (struct str){0}, request->secure);
    response->redirect = S("/");
    return OK;
}

static enum err read_tracked(struct task *t, void *arg)
{
    return tracked_read(t, arg, true);
}

/* Complaints have their own door on many pages; which action it is, the procedure says. */
enum err track_complain(struct task *t, struct request *request, struct response *response)
{
    struct tracked tracked = {.actor = request->actor};
    enum err e = store_read(t, read_tracked, &tracked);

    if (e)
        return e;
    LIST_EACH (const struct action_view, action, tracked.actions) {
        const struct action_rule *rule =
            action->allowed ? step_action(tracked.step, action->name) : NULL;

        for (size_t i = 0; rule && i < rule->effect_count; i++)
            if (rule->effects[i].effect == EFFECT_SPAWN &&
                str_is(rule->effects[i].procedure, "complaint")) {
                response->redirect = str_format(t, "/track/act/%.*s", STR_ARG(action->name));
                return OK;
            }
    }
    response->redirect = S("/speak");
    return OK;
}

/* --- Why this date ------------------------------------------------------------------------- */

struct why_day {
    struct str short_day, label, mark, kind;
    bool due;
};
struct why_view {
    struct str title, told_day, told_word;
    struct list strip, reasons;
    bool strip_cut, provisional;
};

static const struct field why_day_fields[] = {
    FIELD(struct why_day, short_day, F_STR, "日子"),  FIELD(struct why_day, label, F_STR, "第几天"),
    FIELD(struct why_day, mark, F_STR, NULL),         FIELD(struct why_day, kind, F_STR, NULL),
    FIELD(struct why_day, due, F_BOOL, "就是这一天"), {0},
};
static const struct shape why_day_shape = {"TrackWhyDay", sizeof(struct why_day), why_day_fields};

static const struct field why_fields[] = {
    FIELD(struct why_view, title, F_STR, "什么事"),
    FIELD(struct why_view, told_day, F_STR, "最晚哪一天"),
    FIELD(struct why_view, told_word, F_STR, "那一天做什么"),
    FIELD_OF(struct why_view, strip, F_LIST, &why_day_shape, "一天一天数"),
    FIELD_OF(struct why_view, reasons, F_LIST, &due_step_shape, "怎么算的"),
    FIELD(struct why_view, strip_cut, F_BOOL, NULL),
    FIELD(struct why_view, provisional, F_BOOL, "放假安排还没公布"),
    {0},
};
const struct shape track_why_shape = {"TrackWhy", sizeof(struct why_view), why_fields};

/* A citizen was told one date: the inner, safe one is not drawn. */
static void draw_strip(struct task *t, const struct duty_view *duty, struct why_view *view)
{
    LIST_EACH (const struct due_day, day, duty->strip) {
        struct why_day *box = list_add(t, &view->strip, sizeof *box);

        box->short_day = day->short_day;
        box->label = day->label;
        box->kind = day->kind;
        box->due = day->day == duty->legal_day;
        box->mark = box->due                                     ? S("最晚")
                    : str_find(day->mark, S("今天")) != SIZE_MAX ? S("今天")
                                                                 : (struct str){0};
    }
    view->strip_cut = duty->strip_cut;
}

enum err track_why(struct task *t, struct request *request, struct response *response)
{
    struct tracked tracked = {.actor = request->actor};
    struct why_view *view = NEW(t, struct why_view, 1);
    enum err e = store_read(t, read_tracked, &tracked);

    if (e)
        return e;
    const struct duty_view *duty = tracked_told(&tracked);
    view->title = tracked.title;
    response->view = view;
    if (!duty) /* the page says why there is no date */
        return OK;
    view->told_day =
        duty->by_hour ? portal_moment(t, duty->legal_at) : portal_day(t, duty->legal_day);
    view->told_word = duty->tell;
    view->provisional = duty->provisional;
    LIST_EACH (const struct due_step, step, duty->why)
        if (!str_starts(step->what, S("稳妥"))) /* the house's own, earlier date is not told */
            *(struct due_step *)list_add(t, &view->reasons, sizeof *step) = *step;
    draw_strip(t, duty, view);
    return OK;
}

/* --- Who looked ---------------------------------------------------------------------------- */

struct look_line {
    struct str post, unit, when, reason, what;
};
struct looks_view {
    struct str title;
    bool nobody;
    struct list looks;
};

static const struct field look_fields[] = {
    FIELD(struct look_line, post, F_STR, "岗位"),
    FIELD(struct look_line, unit, F_STR, "单位"),
    FIELD(struct look_line, when, F_STR, "时间"),
    FIELD(struct look_line, reason, F_STR, "理由"),
    FIELD(struct look_line, what, F_STR, "看了什么"),
    {0},
};
static const struct shape look_shape = {"TrackLook", sizeof(struct look_line), look_fields};

static const struct field looks_fields[] = {
    FIELD(struct looks_view, title, F_STR, "什么事"),
    FIELD(struct looks_view, nobody, F_BOOL, "没有人看过"),
    FIELD_OF(struct looks_view, looks, F_LIST, &look_shape, "谁看过"),
    {0},
};
const struct shape track_looks_shape = {"TrackLooks", sizeof(struct looks_view), looks_fields};

struct looking {
    struct tracked tracked;
    struct list looks;
};

static enum err read_looks(struct task *t, void *arg)
{
    struct looking *looking = arg;
    enum err e = tracked_read(t, &looking->tracked, false);

    return e ? e : audit_looks(t, looking->tracked.order.id, 0, &looking->looks);
}

enum err track_looks(struct task *t, struct request *request, struct response *response)
{
    struct looking looking = {.tracked.actor = request->actor};
    struct looks_view *view = NEW(t, struct looks_view, 1);
    enum err e = store_read(t, read_looks, &looking);

    if (e)
        return e;
    view->title = looking.tracked.title;
    view->nobody = looking.looks.count == 0;
    LIST_EACH (const struct audit_look, look, looking.looks) {
        struct look_line *line = list_add(t, &view->looks, sizeof *line);

        *line = (struct look_line){.post = look->post,
                                   .unit = look->unit,
                                   .when = portal_moment(t, look->at),
                                   .reason = look->detail};
    }
    response->view = view;
    return OK;
}

/* --- Papers -------------------------------------------------------------------------------- */

struct paper_question {
    const struct actor *actor;
    int64_t id;
    struct key key;
    struct order order;
};

/* Only papers of the citizen's own order: the key of another would not open them either. */
static enum err read_paper(struct task *t, void *arg)
{
    struct paper_question *q = arg;
    struct list papers;
    enum err e = order_load(t, q->actor, q->actor->order, &q->order);

    if (e || (e = papers_of_order(t, q->order.id, &papers)))
        return e;
    LIST_EACH (const struct paper_view, paper, papers)
        if (paper->id == q->id)
            return order_key(t, &q->order, &q->key);
    return task_fail(t, ERR_NOT_FOUND, "没有这份文书");
}

enum err track_paper(struct task *t, struct request *request, struct response *response)
{
    struct paper_question q = {.actor = request->actor, .id = json_get_id(request->params, "id")};
    enum err e = store_read(t, read_paper, &q);

    if (e)
        return e;
    e = paper_pdf(t, &q.key, q.order.id, q.id, &response->file, &response->file_name);
    key_clear(&q.key);
    if (e)
        return e;
    response->file_type = S("application/pdf");
    response->file_inline = true;
    return OK;
}
