/*
 * /research/propose: who answered a consultation proposes the answer for everybody.  What was said
 * stands in the form to begin with; nothing goes on that says who it was about.
 */
#include "core/text.h"
#include "modules/orders/orders.h"
#include "store/store.h"
#include "upkeep.h"

const struct form propose_form = {
    "AnswerProposal",
    (const struct ask[]){
        {.name = "order", .title = "从哪一件来", .type = ASK_ID, .required = true},
        PROPOSAL_ASKS,
        {0},
    },
};

struct propose_view {
    struct str page_title;
    int64_t order;
    struct str order_no, question, answer, topic, laws, note;
    struct str question_error, answer_error, topic_error, laws_error, note_error, error;
    bool has_errors, sent;
};
static const struct field view_fields[] = {
    FIELD(struct propose_view, page_title, F_STR, NULL),
    FIELD(struct propose_view, order, F_ID, "从哪一件来"),
    FIELD(struct propose_view, order_no, F_STR, "工单号"),
    FIELD(struct propose_view, question, F_STR, "问题"),
    FIELD(struct propose_view, answer, F_STR, "答复"),
    FIELD(struct propose_view, topic, F_STR, "主题"),
    FIELD(struct propose_view, laws, F_STR, "引用法条"),
    FIELD(struct propose_view, note, F_STR, "给审核人的说明"),
    FIELD(struct propose_view, question_error, F_STR, NULL),
    FIELD(struct propose_view, answer_error, F_STR, NULL),
    FIELD(struct propose_view, topic_error, F_STR, NULL),
    FIELD(struct propose_view, laws_error, F_STR, NULL),
    FIELD(struct propose_view, note_error, F_STR, NULL),
    FIELD(struct propose_view, error, F_STR, NULL),
    FIELD(struct propose_view, has_errors, F_BOOL, NULL),
    FIELD(struct propose_view, sent, F_BOOL, "已经提出"),
    {0},
};
const struct shape propose_shape = {"AnswerProposalForm", sizeof(struct propose_view), view_fields};

static enum err closed_consultation(struct task *t, const struct actor *actor, int64_t id,
                                    struct order *ret_order)
{
    enum err e = order_load(t, actor, id, ret_order);

    if (e == ERR_NOT_FOUND)
        return task_fail(t, e, "没有这一件工单，或者不在您能看到的范围");
    if (e)
        return e;
    if (!str_is(ret_order->status, "closed") || !str_is(ret_order->nature, "consultation"))
        return task_fail(t, ERR_CONFLICT, "只有办结的咨询能拟为问答");
    return OK;
}

struct propose {
    const struct actor *actor;
    struct propose_view *view;
    bool prefill;
    struct proposal proposal;
};

/* What was answered: the longest text behind the registration. */
static enum err find_answer(struct task *t, const struct order *order, struct str *ret_answer)
{
    struct list events;
    enum err e = order_events(t, order, &events);

    if (e)
        return e;
    LIST_EACH (struct event_view, event, events) {
        if (event->seq > 1 && event->text.len > ret_answer->len)
            *ret_answer = event->text;
    }
    return OK;
}

static enum err read_order(struct task *t, void *arg)
{
    struct propose *p = arg;
    struct order order;
    enum err e = closed_consultation(t, p->actor, p->view->order, &order);

    if (e)
        return e;
    p->view->order_no = order.no;
    if (!p->prefill)
        return OK;
    p->view->question = order.subject;
    p->view->answer = (struct str){0};
    return find_answer(t, &order, &p->view->answer);
}

enum err propose_get(struct task *t, struct request *request, struct response *response)
{
    const struct json *from = request->method == POST ? request->body : request->query;
    struct propose_view *v = NEW(t, struct propose_view, 1);
    struct propose p = {.actor = request->actor, .view = v, .prefill = request->method == GET};

    v->page_title = tr_str(t, S("拟为问答"));
    v->order = json_get_id(from, "order");
    v->question = json_get_str(from, "question");
    v->answer = json_get_str(from, "answer");
    v->topic = json_get_str(from, "topic");
    v->laws = json_get_str(from, "laws");
    v->note = json_get_str(from, "note");
    v->question_error = request_error(request, "question");
    v->answer_error = request_error(request, "answer");
    v->topic_error = request_error(request, "topic");
    v->laws_error = request_error(request, "laws");
    v->note_error = request_error(request, "note");
    v->has_errors = request->error != OK;
    v->sent = request->method == GET && json_get_str(from, "sent").len;
    if (request->error && !request->errors)
        v->error = request->error_note;
    response->view = v;
    response->shape = &propose_shape;
    return store_read(t, read_order, &p);
}

enum { NEWEST_LOOKED_AT = 20 };

/* Pressed twice, or asked again because the first answer did not come: it waits already. */
static enum err find_waiting(struct task *t, struct proposal *proposal)
{
    struct list waiting;
    enum err e = proposal_list(t, S("waiting"), INT64_MAX, NEWEST_LOOKED_AT, &waiting);

    if (e)
        return e;
    proposal->id = 0;
    LIST_EACH (struct proposal, there, waiting) {
        if (there->order == proposal->order && there->staff == proposal->staff &&
            proposal_same(there, proposal))
            proposal->id = there->id;
    }
    return OK;
}

static enum err put_proposal(struct task *t, void *arg)
{
    struct propose *p = arg;
    struct order order;
    enum err e = closed_consultation(t, p->actor, p->proposal.order, &order);

    if (!e)
        e = proposal_check_personal(t, &p->proposal);
    if (!e)
        e = find_waiting(t, &p->proposal);
    if (e || p->proposal.id)
        return e;
    e = proposal_put(t, &p->proposal);
    return e ? e
             : actor_record(t, p->actor, "knowledge", order.id, 0,
                            str_format(t, "proposal/%lld", (long long)p->proposal.id),
                            S("提出问答"));
}

enum err propose_post(struct task *t, struct request *request, struct response *response)
{
    const struct actor *actor = request->actor;
    struct json *input;
    enum err e = form_check(t, &propose_form, request->body, S(""), &input);

    if (e)
        return e;
    struct propose p = {.actor = actor};
    proposal_take(&p.proposal, input);
    p.proposal.order = json_get_id(input, "order");
    p.proposal.staff = actor->staff;
    p.proposal.proposed_by =
        str_format(t, "%.*s %s", STR_ARG(actor->unit_name), actor->post->title);
    e = store_write(t, put_proposal, &p);
    if (e)
        return e;
    response->id = p.proposal.id;
    response->redirect =
        str_format(t, "/research/propose?order=%lld&sent=1", (long long)p.proposal.order);
    return OK;
}
