/*
 * /knowledge/proposals: the knowledge officer reads what was proposed, edits it, and approves it:
 * then it is an answered question of this city, searched like the others and open to withdrawal.
 */
#include "core/text.h"
#include "knowledge_private.h"
#include "modules/access/access.h"
#include "store/store.h"
#include "upkeep.h"

enum { SHOWN = 30, EXCERPT = 60 };

static const struct choice states[] = {
    {"waiting", "待审核"},   {"approved", "已通过"}, {"returned", "已退回"},
    {"withdrawn", "已撤下"}, {NULL, NULL},
};

const struct form proposals_form = {
    "AnswerProposals",
    (const struct ask[]){
        {.name = "state", .title = "状态", .type = ASK_CHOICE, .choices = states},
        {.name = "before", .title = "在这一条之前", .type = ASK_ID},
        {0},
    },
};

struct proposal_row {
    int64_t id, changed_at;
    struct str question, excerpt, by, state;
};
static const struct field row_fields[] = {
    FIELD(struct proposal_row, id, F_ID, "编号"),
    FIELD(struct proposal_row, changed_at, F_MOMENT, "时间"),
    FIELD(struct proposal_row, question, F_STR, "问题"),
    FIELD(struct proposal_row, excerpt, F_STR, "答复的开头"),
    FIELD(struct proposal_row, by, F_STR, "谁提出的"),
    FIELD(struct proposal_row, state, F_STR, "状态"),
    {0},
};
static const struct shape row_shape = {"AnswerProposalRow", sizeof(struct proposal_row),
                                       row_fields};
struct state_row {
    struct str title, href;
    bool chosen;
};
static const struct field state_fields[] = {
    FIELD(struct state_row, title, F_STR, "状态"),
    FIELD(struct state_row, href, F_STR, "地址"),
    FIELD(struct state_row, chosen, F_BOOL, "选中"),
    {0},
};
static const struct shape state_shape = {"AnswerProposalState", sizeof(struct state_row),
                                         state_fields};

struct proposals_view {
    struct str page_title;
    struct str state, state_title;
    struct list states, rows;
    int64_t next, before;
    bool has_rows;
};
static const struct field list_fields[] = {
    FIELD(struct proposals_view, page_title, F_STR, NULL),
    FIELD(struct proposals_view, state, F_STR, "状态"),
    FIELD(struct proposals_view, state_title, F_STR, "状态（中文）"),
    FIELD_OF(struct proposals_view, states, F_LIST, &state_shape, "可看的状态"),
    FIELD_OF(struct proposals_view, rows, F_LIST, &row_shape, "提出的问答"),
    FIELD(struct proposals_view, next, F_ID, "下一页的 before"),
    FIELD(struct proposals_view, has_rows, F_BOOL, NULL),
    {0},
};
const struct shape proposals_shape = {"AnswerProposalList", sizeof(struct proposals_view),
                                      list_fields};

static struct str state_title(struct task *t, struct str state)
{
    for (const struct choice *s = states; s->value; s++)
        if (str_is(state, s->value))
            return tr_str(t, str_of(s->title));
    return state;
}

static enum err read_list(struct task *t, void *arg)
{
    struct proposals_view *v = arg;
    struct list proposals;
    enum err e =
        proposal_list(t, v->state, v->before ? v->before : INT64_MAX, SHOWN + 1, &proposals);

    if (e)
        return e;
    v->rows = (struct list){0};
    LIST_EACH (struct proposal, p, proposals) {
        if (v->rows.count == SHOWN) {
            v->next = ((struct proposal_row *)v->rows.at)[SHOWN - 1].id;
            break;
        }
        struct proposal_row *row = list_add(t, &v->rows, sizeof *row);
        *row = (struct proposal_row){
            .id = p->id,
            .changed_at = p->changed_at,
            .question = p->question,
            .excerpt = str_first(p->answer, utf8_prefix(p->answer, EXCERPT)),
            .by = p->proposed_by,
            .state = state_title(t, p->state),
        };
    }
    return OK;
}

enum err proposals_get(struct task *t, struct request *request, struct response *response)
{
    struct proposals_view *v = NEW(t, struct proposals_view, 1);
    struct json *input;
    enum err e = form_check(t, &proposals_form, request->query, S(""), &input);

    if (e)
        return e;
    v->state = json_get_str(input, "state").len ? json_get_str(input, "state") : S("waiting");
    v->page_title = tr_str(t, S("审核问答"));
    v->state_title = state_title(t, v->state);
    v->before = json_get_id(input, "before");
    for (const struct choice *s = states; s->value; s++)
        *(struct state_row *)list_add(t, &v->states, sizeof(struct state_row)) = (struct state_row){
            tr_str(t, str_of(s->title)), str_format(t, "/knowledge/proposals?state=%s", s->value),
            str_is(v->state, s->value)};
    response->view = v;
    e = store_read(t, read_list, v);
    v->has_rows = v->rows.count > 0;
    return e;
}

/* --- One ------------------------------------------------------------------------------------- */

static const struct choice deeds[] = {
    {"approve", "通过"}, {"save", "存着"}, {"return", "退回"}, {"withdraw", "撤下"}, {NULL, NULL},
};
const struct form proposal_form = {
    "AnswerProposalDecision",
    (const struct ask[]){
        PROPOSAL_ASKS,
        {.name = "do", .title = "怎么处理", .type = ASK_CHOICE, .required = true, .choices = deeds},
        {0},
    },
};

struct proposal_view {
    struct str page_title;
    int64_t id, proposed_at, changed_at;
    struct str question, answer, topic, laws, note, state, state_title, by, decided_by, href;
    struct str question_error, answer_error, topic_error, laws_error, note_error, error;
    bool waiting, approved, has_errors, own;
};
static const struct field view_fields[] = {
    FIELD(struct proposal_view, page_title, F_STR, NULL),
    FIELD(struct proposal_view, id, F_ID, "编号"),
    FIELD(struct proposal_view, proposed_at, F_MOMENT, "提出的时间"),
    FIELD(struct proposal_view, changed_at, F_MOMENT, "最近的变化"),
    FIELD(struct proposal_view, question, F_STR, "问题"),
    FIELD(struct proposal_view, answer, F_STR, "答复"),
    FIELD(struct proposal_view, topic, F_STR, "主题"),
    FIELD(struct proposal_view, laws, F_STR, "引用法条"),
    FIELD(struct proposal_view, note, F_STR, "说明"),
    FIELD(struct proposal_view, state, F_STR, "状态"),
    FIELD(struct proposal_view, state_title, F_STR, "状态（中文）"),
    FIELD(struct proposal_view, by, F_STR, "谁提出的"),
    FIELD(struct proposal_view, decided_by, F_STR, "谁审核的"),
    FIELD(struct proposal_view, href, F_STR, "通过之后的地址"),
    FIELD(struct proposal_view, question_error, F_STR, NULL),
    FIELD(struct proposal_view, answer_error, F_STR, NULL),
    FIELD(struct proposal_view, topic_error, F_STR, NULL),
    FIELD(struct proposal_view, laws_error, F_STR, NULL),
    FIELD(struct proposal_view, note_error, F_STR, NULL),
    FIELD(struct proposal_view, error, F_STR, NULL),
    FIELD(struct proposal_view, waiting, F_BOOL, NULL),
    FIELD(struct proposal_view, approved, F_BOOL, NULL),
    FIELD(struct proposal_view, has_errors, F_BOOL, NULL),
    FIELD(struct proposal_view, own, F_BOOL, "自己提出的"),
    {0},
};
const struct shape proposal_shape = {"AnswerProposed", sizeof(struct proposal_view), view_fields};

static struct str answer_id(struct task *t, int64_t id)
{
    return str_format(t, "own-%lld", (long long)id);
}

struct reading {
    int64_t id;
    struct proposal proposal;
};

static enum err read_one(struct task *t, void *arg)
{
    struct reading *r = arg;

    return proposal_get(t, r->id, &r->proposal);
}

enum err proposal_page_get(struct task *t, struct request *request, struct response *response)
{
    struct reading r = {.id = json_get_id(request->params, "id")};
    struct proposal_view *v = NEW(t, struct proposal_view, 1);
    struct proposal *p = &r.proposal;
    enum err e = store_read(t, read_one, &r);

    if (e)
        return e;
    /* What was typed stands, not what is kept. */
    if (request->method == POST)
        proposal_take(p, request->body);
    *v = (struct proposal_view){
        .page_title = tr_str(t, S("审核问答")),
        .id = p->id,
        .proposed_at = p->proposed_at,
        .changed_at = p->changed_at,
        .question = p->question,
        .answer = p->answer,
        .topic = p->topic,
        .laws = p->laws,
        .note = p->note,
        .state = p->state,
        .state_title = state_title(t, p->state),
        .by = p->proposed_by,
        .decided_by = p->decided_by,
        .href = str_join(t, S("/answers/"), answer_id(t, p->id)),
        .question_error = request_error(request, "question"),
        .answer_error = request_error(request, "answer"),
        .topic_error = request_error(request, "topic"),
        .laws_error = request_error(request, "laws"),
        .note_error = request_error(request, "note"),
        .waiting = str_is(p->state, "waiting"),
        .approved = str_is(p->state, "approved"),
        .has_errors = request->error != OK,
        .own = p->staff == request->actor->staff,
    };
    if (request->error && !request->errors)
        v->error = request->error_note;
    response->view = v;
    response->shape = &proposal_shape;
    return OK;
}

/* --- Deciding -------------------------------------------------------------------------------- */

struct decision {
    const struct actor *actor;
    const struct json *input;
    int64_t id;
    struct str deed;
};

/* What everybody reads names post and unit of who answered, and who of this house stands for it. */
static enum err publish(struct task *t, const struct proposal *p, bool gone)
{
    struct answered answer = {
        .tenant = t->tenant,
        .id = answer_id(t, p->id),
        .question = p->question,
        .answer = p->answer,
        .answered_by = p->proposed_by,
        .answered_on = day_text(t, day_of(p->proposed_at)),
        .topic = p->topic,
        .laws = p->laws,
        .source = S("本地办结的咨询"),
        .approved_by = p->decided_by,
        .approved_at = t->now,
        .gone = gone,
    };
    enum put what;
    enum err e = knowledge_raise(t, t->tenant, &answer.changed);

    return e ? e : answered_put(t, &(struct putting){0}, &answer, &what);
}

static enum err approve(struct task *t, const struct decision *d, struct proposal *p)
{
    if (p->staff == d->actor->staff)
        return task_fail(t, ERR_FORBIDDEN, "自己提出的要由别人审核");
    enum err e = proposal_check_personal(t, p);
    if (e)
        return e;
    p->state = S("approved");
    return publish(t, p, false);
}

static const char *deed_title(struct str deed)
{
    const struct choice *d = deeds;

    while (d->value && !str_is(deed, d->value))
        d++;
    return d->value ? d->title : "";
}

/* The same person decided just that: asked again, because the first answer did not come. */
static bool decided_already(const struct decision *d, const struct proposal *p)
{
    static const char *const led_to[][2] = {
        {"approve", "approved"}, {"return", "returned"}, {"withdraw", "withdrawn"}};
    bool there = false;
    struct proposal asked = {0};

    proposal_take(&asked, d->input);
    for (size_t i = 0; i < sizeof led_to / sizeof *led_to; i++)
        there = there || (str_is(d->deed, led_to[i][0]) && str_is(p->state, led_to[i][1]));
    return there && p->decided_staff == d->actor->staff &&
           (str_is(d->deed, "withdraw") || proposal_same(p, &asked));
}

static enum err decide(struct task *t, void *arg)
{
    const struct decision *d = arg;
    struct proposal p;
    enum err e = proposal_get(t, d->id, &p);

    if (e)
        return e;
    if (decided_already(d, &p))
        return OK;
    bool withdraws = str_is(d->deed, "withdraw");
    if (!str_is(p.state, withdraws ? "approved" : "waiting"))
        return task_fail(t, ERR_CONFLICT, "这一条已经处理过了，请看最新的状态");
    if (!withdraws)
        proposal_take(&p, d->input);
    if (!str_is(d->deed, "save")) {
        p.decided_staff = d->actor->staff;
        p.decided_by = str_format(t, "%.*s %s", STR_ARG(d->actor->name), d->actor->post->title);
    }
    if (str_is(d->deed, "approve")) {
        e = approve(t, d, &p);
    } else if (withdraws) {
        p.state = S("withdrawn");
        e = publish(t, &p, true);
    } else if (str_is(d->deed, "return")) {
        if (!p.note.len)
            task_field_error(t, S("note"), "请写明为什么退回");
        p.state = S("returned");
        e = task_input_verdict(t);
    }
    if (!e)
        e = proposal_put(t, &p);
    return e ? e
             : actor_record(t, d->actor, "knowledge", p.order, 0,
                            str_format(t, "proposal/%lld", (long long)p.id),
                            str_format(t, "问答：%s", deed_title(d->deed)));
}

enum err proposal_post(struct task *t, struct request *request, struct response *response)
{
    struct json *input;
    enum err e = form_check(t, &proposal_form, request->body, S(""), &input);

    if (e)
        return e;
    struct decision d = {
        .actor = request->actor,
        .input = input,
        .id = json_get_id(request->params, "id"),
        .deed = json_get_str(input, "do"),
    };
    e = store_write(t, decide, &d);
    response->redirect = str_format(t, "/knowledge/proposals/%lld", (long long)d.id);
    return e;
}
