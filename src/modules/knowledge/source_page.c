/* The pages of an answered question and of a case, with the articles they name as links. */
#include "ask_page.h"

#include "core/text.h"
#include "store/store.h"

struct answered_view {
    struct str id, question, answer, by, on, topic, source, approved;
    bool machine;
    struct list pieces, laws;
};
static const struct field answered_fields[] = {
    FIELD(struct answered_view, id, F_STR, "编号"),
    FIELD(struct answered_view, question, F_STR, "问题"),
    FIELD(struct answered_view, answer, F_STR, "答复"),
    FIELD(struct answered_view, by, F_STR, "谁答的"),
    FIELD(struct answered_view, on, F_STR, "何时"),
    FIELD(struct answered_view, topic, F_STR, "主题"),
    FIELD(struct answered_view, source, F_STR, "来源"),
    FIELD(struct answered_view, approved, F_STR, "谁审核"),
    FIELD(struct answered_view, machine, F_BOOL, "机器写的"),
    FIELD_OF(struct answered_view, pieces, F_LIST, &linked_shape, "答复，所指的条文有地址"),
    FIELD_OF(struct answered_view, laws, F_LIST, &linked_shape, "答复时引的条文"),
    {0},
};
const struct shape answered_view_shape = {"AnsweredQuestion", sizeof(struct answered_view),
                                          answered_fields};

struct answered_question {
    struct str id;
    struct answered_view *view;
};

static enum err read_answered(struct task *t, void *arg)
{
    struct answered_question *q = arg;
    struct answered a;
    enum err e = answered_get(t, q->id, &a);

    if (e == ERR_NOT_FOUND || (!e && a.gone))
        return task_fail(t, ERR_NOT_FOUND, "没有这个问答，可能已经撤下");
    if (e)
        return e;
    *q->view = (struct answered_view){
        .id = a.id,
        .question = a.question,
        .answer = a.answer,
        .by = a.answered_by,
        .on = a.answered_on,
        .topic = a.topic,
        .source = a.source,
        .machine = a.machine,
    };
    if (a.approved_by.len)
        q->view->approved = str_format(t, tr(t, "%.*s 于 %.*s 审核"), STR_ARG(a.approved_by),
                                       STR_ARG(day_text(t, day_of(a.approved_at))));
    e = link_text(t, a.answer, (struct str){0}, &q->view->pieces);
    if (!e && a.laws.len)
        e = link_text(t, a.laws, (struct str){0}, &q->view->laws);
    return e;
}

enum err answered_page_get(struct task *t, struct request *request, struct response *response)
{
    struct answered_question q = {json_get_str(request->params, "id"),
                                  NEW(t, struct answered_view, 1)};

    response->view = q.view;
    return store_read(t, read_answered, &q);
}

struct case_view {
    struct str id, kind, title, court, number, date, cause, outcome, source, text;
    struct list pieces;
};
static const struct field case_fields[] = {
    FIELD(struct case_view, id, F_STR, "编号"),
    FIELD(struct case_view, kind, F_STR, "种类"),
    FIELD(struct case_view, title, F_STR, "案件"),
    FIELD(struct case_view, court, F_STR, "法院"),
    FIELD(struct case_view, number, F_STR, "案号"),
    FIELD(struct case_view, date, F_STR, "公布日期"),
    FIELD(struct case_view, cause, F_STR, "案由"),
    FIELD(struct case_view, outcome, F_STR, "结果"),
    FIELD(struct case_view, source, F_STR, "来源"),
    FIELD(struct case_view, text, F_STR, "全文"),
    FIELD_OF(struct case_view, pieces, F_LIST, &linked_shape, "全文，所指的条文有地址"),
    {0},
};
const struct shape case_view_shape = {"CourtCase", sizeof(struct case_view), case_fields};

struct case_question {
    struct str id;
    struct case_view *view;
};

static enum err read_case(struct task *t, void *arg)
{
    struct case_question *q = arg;
    struct court_case one;
    enum err e = case_get(t, q->id, &one);

    if (e == ERR_NOT_FOUND || (!e && one.gone))
        return task_fail(t, ERR_NOT_FOUND, "没有这个案例");
    if (e)
        return e;
    *q->view = (struct case_view){
        .id = one.id,
        .kind = one.kind,
        .title = one.title.len   ? one.title
                 : one.cause.len ? one.cause
                                 : one.kind,
        .court = one.court,
        .number = one.case_no,
        .date = one.published,
        .cause = one.cause,
        .outcome = one.outcome,
        .source = one.source,
        .text = one.text,
    };
    return link_text(t, one.text, (struct str){0}, &q->view->pieces);
}

enum err case_page_get(struct task *t, struct request *request, struct response *response)
{
    struct case_question q = {json_get_str(request->params, "id"), NEW(t, struct case_view, 1)};

    response->view = q.view;
    return store_read(t, read_case, &q);
}
