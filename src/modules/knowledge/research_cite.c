/*
 * What was picked, as a list of citations: shown, and put to an order as a note of one act, so that
 * it stands in the order's chain like anything else that was written down.
 */
#include "ask_page.h"
#include "core/text.h"
#include "modules/orders/orders.h"
#include "research.h"
#include "research_sql.h"
#include "store/store.h"

enum { PICKS_MOST = 30, NOTE_MOST = 1000 };

/* --- Citations ------------------------------------------------------------------------------- */

/* What is stored stays Chinese, whoever reads. */
static enum err cite_law(struct task *t, struct citation *c)
{
    struct article a;
    enum err e = article_get(t, c->id, &a);

    if (e || a.gone)
        return e ? e : ERR_NOT_FOUND;
    c->title = str_format(t, "《%.*s》%.*s", STR_ARG(a.of.short_title), STR_ARG(a.article));
    c->facts = str_format(t, "%.*s%s%s", STR_ARG(a.of.version), a.of.version.len ? " 版本，" : "",
                          a.of.expired ? "已失效" : "现行有效");
    c->href = str_join(t, S("/laws/article/"), c->id);
    return OK;
}

static enum err cite_answer(struct task *t, struct citation *c)
{
    struct answered a;
    enum err e = answered_get(t, c->id, &a);

    if (e || a.gone)
        return e ? e : ERR_NOT_FOUND;
    c->title = str_format(t, "问答：%.*s", STR_ARG(a.question));
    c->facts = str_format(t, "%.*s%s%.*s", STR_ARG(a.answered_by), a.answered_on.len ? " " : "",
                          STR_ARG(a.answered_on));
    c->href = str_join(t, S("/answers/"), c->id);
    return OK;
}

static enum err cite_case(struct task *t, struct citation *c)
{
    struct court_case one;
    enum err e = case_get(t, c->id, &one);

    if (e || one.gone)
        return e ? e : ERR_NOT_FOUND;
    c->title = str_format(t, "案例：%.*s", STR_ARG(one.title.len ? one.title : one.cause));
    c->facts = str_format(t, "%.*s%s%.*s", STR_ARG(one.court), one.case_no.len ? " " : "",
                          STR_ARG(one.case_no));
    c->href = str_join(t, S("/cases/"), c->id);
    return OK;
}

static enum err cite_order(struct task *t, const struct actor *actor, struct citation *c)
{
    struct order order;
    enum err e = order_load(t, actor, store_id_at(c->id), &order);

    if (e)
        return e;
    c->title = str_format(t, "工单 %.*s", STR_ARG(order.no));
    c->facts = order.subject;
    c->href = str_join(t, S("/orders/"), c->id);
    return OK;
}

static enum err cite(struct task *t, const struct actor *actor, struct citation *c)
{
    if (str_is(c->kind, "law"))
        return cite_law(t, c);
    if (str_is(c->kind, "answer"))
        return cite_answer(t, c);
    if (str_is(c->kind, "case"))
        return cite_case(t, c);
    if (str_is(c->kind, "order") && store_id_at(c->id))
        return cite_order(t, actor, c);
    return ERR_NOT_FOUND;
}

static enum err add_citation(struct task *t, const struct actor *actor, struct str pick,
                             struct list *list, int64_t *left_out)
{
    struct citation c = {.pick = pick, .id = pick};

    if (!pick.len || list->count == PICKS_MOST)
        return OK;
    LIST_EACH (struct citation, known, *list) {
        if (str_eq(known->pick, pick))
            return OK;
    }
    (void)str_cut(&c.id, ':', &c.kind);
    enum err e = cite(t, actor, &c);
    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        ++*left_out;
        return OK;
    }
    if (e)
        return e;
    struct citation *kept = list_add(t, list, sizeof *kept);
    *kept = c;
    kept->line =
        c.facts.len ? str_format(t, "%.*s（%.*s）", STR_ARG(c.title), STR_ARG(c.facts)) : c.title;
    return OK;
}

enum err research_citations(struct task *t, const struct actor *actor, const struct json *picks,
                            struct list *ret_citations, int64_t *ret_left_out)
{
    struct list list = {0};
    int64_t left_out = 0;
    enum err e = OK;

    if (picks && picks->kind != JSON_LIST)
        e = add_citation(t, actor, json_as_str(picks), &list, &left_out);
    JSON_EACH (pick, picks && picks->kind == JSON_LIST ? picks : NULL) {
        if (!e)
            e = add_citation(t, actor, json_as_str(pick), &list, &left_out);
    }
    if (e)
        return e;
    *ret_citations = list;
    *ret_left_out = left_out;
    return OK;
}

/* --- The list -------------------------------------------------------------------------------- */

static const struct field citation_fields[] = {
    FIELD(struct citation, pick, F_STR, "选用时的名字"),
    FIELD(struct citation, kind, F_STR, "种类"),
    FIELD(struct citation, title, F_STR, "题目"),
    FIELD(struct citation, facts, F_STR, "出处"),
    FIELD(struct citation, href, F_STR, "地址"),
    FIELD(struct citation, line, F_STR, "引用时的写法"),
    {0},
};
static const struct shape citation_shape = {"Citation", sizeof(struct citation), citation_fields};

struct research_list {
    struct str page_title;
    int64_t order, left_out;
    struct str order_no, order_subject, typed_no, no_error, note, note_error, left_text, back_href;
    struct list citations; /* struct citation */
    bool has_citations, has_errors;
};
static const struct field list_fields[] = {
    FIELD(struct research_list, page_title, F_STR, NULL),
    FIELD(struct research_list, order, F_ID, "附到哪一件"),
    FIELD(struct research_list, order_no, F_STR, "工单号"),
    FIELD(struct research_list, order_subject, F_STR, "工单的事由"),
    FIELD(struct research_list, typed_no, F_STR, NULL),
    FIELD(struct research_list, no_error, F_STR, NULL),
    FIELD(struct research_list, note, F_STR, "说明"),
    FIELD(struct research_list, note_error, F_STR, NULL),
    FIELD(struct research_list, left_out, F_INT, "没有列出的"),
    FIELD(struct research_list, left_text, F_STR, NULL),
    FIELD(struct research_list, back_href, F_STR, NULL),
    FIELD_OF(struct research_list, citations, F_LIST, &citation_shape, "选用的"),
    FIELD(struct research_list, has_citations, F_BOOL, NULL),
    FIELD(struct research_list, has_errors, F_BOOL, NULL),
    {0},
};
const struct shape research_list_shape = {"ResearchList", sizeof(struct research_list),
                                          list_fields};

/* Ticks have names with a _: they are read as they came.  What the search had stays for the way
 * back. */
const struct form research_list_form = {
    "ResearchListQuery",
    (const struct ask[]){
        {.name = "order", .title = "附到哪一件", .type = ASK_ID},
        {.name = "kind", .title = "查什么", .type = ASK_TEXT},
        {.name = "s", .title = "检索词", .type = ASK_TEXT, .max = 500},
        {.name = "region", .title = "地区", .type = ASK_TEXT},
        {.name = "court", .title = "法院", .type = ASK_TEXT},
        {.name = "cause", .title = "案由", .type = ASK_TEXT},
        {.name = "from", .title = "从", .type = ASK_TEXT},
        {.name = "until", .title = "到", .type = ASK_TEXT},
        {.name = "expired", .title = "连同已失效的", .type = ASK_TEXT},
        {.name = "sort", .title = "排序", .type = ASK_TEXT},
        {.name = "after", .title = "前面的条数", .type = ASK_TEXT},
        {0},
    },
};

struct list_question {
    const struct actor *actor;
    const struct json *picks;
    struct research_list *view;
};

static enum err read_list(struct task *t, void *arg)
{
    struct list_question *q = arg;
    struct research_list *v = q->view;
    struct order order;
    enum err e = v->order ? order_load(t, q->actor, v->order, &order) : OK;

    if (e == ERR_NOT_FOUND)
        return task_fail(t, e, "没有这一件工单，或者不在您能看到的范围");
    if (!e && v->order) {
        v->order_no = order.no;
        v->order_subject = order.subject;
    }
    return e ? e : research_citations(t, q->actor, q->picks, &v->citations, &v->left_out);
}

static struct str back_address(struct task *t, const struct json *query)
{
    struct buf b = buf_new(t, LIMIT_TARGET * 3);

    buf_add(&b, S("/research?"));
    JSON_EACH (member, query) {
        if (member->kind == JSON_STRING && member->name.len && member->name.at[0] != '_' &&
            member->text.len)
            buf_format(&b, "%.*s=%.*s&", STR_ARG(member->name),
                       STR_ARG(url_escape(t, member->text)));
    }
    JSON_EACH (pick, json_get(query, "_pick")) {
        buf_format(&b, "_pick=%.*s&", STR_ARG(url_escape(t, json_as_str(pick))));
    }
    const struct json *one = json_get(query, "_pick");
    if (one && one->kind == JSON_STRING)
        buf_format(&b, "_pick=%.*s&", STR_ARG(url_escape(t, one->text)));
    struct str address = buf_str(&b);
    return str_first(address, address.len - 1);
}

enum err research_list_get(struct task *t, struct request *request, struct response *response)
{
    const struct json *from = request->method == POST ? request->body : request->query;
    struct research_list *v = NEW(t, struct research_list, 1);
    struct list_question q = {request->actor, json_get(from, "_pick"), v};

    v->order = json_get_id(from, "order");
    v->typed_no = json_get_str(from, "no");
    v->note = json_get_str(from, "note");
    enum err e = store_read(t, read_list, &q);
    if (e)
        return e;
    v->page_title = tr_str(t, S("选中的依据"));
    v->has_citations = v->citations.count > 0;
    if (v->left_out)
        v->left_text = str_format(t, tr(t, "有 %lld 条已经撤下或者不在您能看到的范围，没有列出。"),
                                  (long long)v->left_out);
    v->back_href = back_address(t, from);
    v->no_error = request_error(request, "no");
    v->note_error = request_error(request, "note");
    if (request->error && !v->no_error.len && !v->note_error.len)
        v->no_error = request->error_note;
    v->has_errors = request->error != OK;
    response->view = v;
    response->shape = &research_list_shape;
    response->template = "knowledge/research-list";
    return OK;
}

/* --- To an order ----------------------------------------------------------------------------- */

const struct form research_attach_form = {
    "ResearchAttach",
    (const struct ask[]){
        {.name = "order", .title = "附到哪一件", .type = ASK_ID},
        {.name = "no", .title = "工单号", .type = ASK_TEXT, .max = 40},
        {.name = "note", .title = "说明", .type = ASK_LONG, .max = NOTE_MOST},
        {0},
    },
};

struct attach {
    const struct actor *actor;
    const struct json *picks;
    struct str no, note, key;
    int64_t order;
    struct act_done done;
};

static enum err find_order(struct task *t, struct attach *a)
{
    if (a->order)
        return OK;
    if (!a->no.len)
        task_field_error(t, S("no"), "请填写工单号");
    else if (order_id_of_no(t, a->no, &a->order) || !a->order)
        task_field_error(t, S("no"), "没有这个工单号");
    return task_input_verdict(t);
}

static enum err record_citations(struct task *t, const struct attach *a, struct list citations)
{
    LIST_EACH (struct citation, c, citations) {
        enum err e =
            store_run(t, &q_research_citation_add,
                      ARGS(INT("tenant", t->tenant), INT("orders", a->order), TEXT("kind", c->kind),
                           TEXT("doc", c->id), INT("staff", a->actor->staff), INT("now", t->now)),
                      NULL);

        if (e)
            return e;
    }
    return OK;
}

static enum err put_to_order(struct task *t, void *arg)
{
    struct attach *a = arg;
    struct list citations;
    int64_t left_out, n = 0;
    struct buf text = buf_new(t, LIMIT_BODY);
    struct json *input = json_object(t);
    enum err e = research_citations(t, a->actor, a->picks, &citations, &left_out);

    if (!e && !citations.count)
        task_field_error(t, S("_pick"), "先选要附上的依据");
    if (!e)
        e = task_input_verdict(t);
    if (!e)
        e = find_order(t, a);
    if (e)
        return e;
    if (a->note.len)
        buf_format(&text, "%.*s\n", STR_ARG(a->note));
    buf_add(&text, S("依据："));
    LIST_EACH (struct citation, c, citations) {
        buf_format(&text, "\n%lld. %.*s", (long long)++n, STR_ARG(c->line));
    }
    json_put_str(t, input, "text", buf_str(&text));
    const struct act act = {.order = a->order, .action = S("note"), .input = input, .key = a->key};
    e = order_act(t, a->actor, &act, &a->done);
    return e || a->done.replayed ? e : record_citations(t, a, citations);
}

enum err research_attach_post(struct task *t, struct request *request, struct response *response)
{
    struct json *input;
    enum err e = form_check(t, &research_attach_form, request->body, S(""), &input);

    if (e)
        return e;
    struct attach a = {
        .actor = request->actor,
        .picks = json_get(request->body, "_pick"),
        .no = json_get_str(input, "no"),
        .note = json_get_str(input, "note"),
        .order = json_get_id(input, "order"),
        .key = request->idempotency_key,
    };
    e = store_write(t, put_to_order, &a);
    if (e)
        return e;
    response->redirect =
        str_format(t, "/orders/%lld?done=%lld", (long long)a.order, (long long)a.done.seq);
    return OK;
}
